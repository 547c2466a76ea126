"""Holds all that a decision rests on. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.migration import Migration
from reconciler.model.policy import HealthPolicy
from reconciler.model.stage import Stage
from reconciler.model.status import Hold, Notes, Status
from reconciler.model.verdict import Health
from reconciler.rollout.gates import Prerequisites
from reconciler.rollout.people import PersonsAct


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision rests on; every arrow that leads to ``decide`` ends here.

    Attributes:
        migration: What people want; None when the file is gone.
        status: Where it stands; None before planning.
        notes: Our hold and the start of evidence.
        act: What people did since we last wrote.
        policy: The law of this decision.
        health: What was seen; empty before testing.
        prerequisites: Losses and required migrations.
        drift: Why the rendered files must not be touched although they are not what they should be; empty without.
        now: The pass's moment.
        unknown_elsewhere: Whether nothing is known of another migration of this pass either.
    """

    migration: Migration | None
    status: Status | None
    notes: Notes | None
    act: PersonsAct
    policy: HealthPolicy
    health: Health
    now: datetime
    prerequisites: Prerequisites = field(default_factory=Prerequisites)
    drift: str = ""
    unknown_elsewhere: bool = False

    @property
    def hold(self) -> Hold | None:
        """Our hold that still stands."""
        return self.notes.hold if self.notes else None

    @property
    def is_held(self) -> bool:
        """Whether we or a person hold it."""
        return self.hold is not None or (self.migration is not None and self.migration.hold is not None)


def evidence_since(status: Status, notes: Notes | None) -> datetime:
    """Say from when on evidence counts: the stage's beginning, or later when a person armed it anew."""
    begins = notes.evidence_from if notes else None
    return max(status.since, begins) if begins else status.since


def source_is_gone(status: Status, policy: HealthPolicy, now: datetime) -> bool:
    """Say whether the source is no longer kept warm, so that nothing can go back to it."""
    return status.stage is Stage.COMPLETE and now - status.since > policy.keep_source
