"""Says what a decision makes of a migration's status and notes. Pure; the evolve to ``decide``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline, Carried, Goal, Hold, HoldKind, Notes, Status, Weights


@dataclass(frozen=True, slots=True)
class Moment:
    """When and in which pass something is written.

    Attributes:
        at: The pass's moment, UTC to the second.
        run: The pass's unique id.
    """

    at: datetime
    run: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who acted last on a migration's files, for people to read; never for authority."""

    name: str
    commit: str


def entered_stage(decision: Decision, stage: Stage | None) -> Stage | None:
    """Say which stage a decision enters; None when it moves nothing.

    Args:
        decision: What was decided.
        stage: Where the migration stands; None before planning.
    """
    match decision:
        case made.Begin():
            return Stage.PLANNING
        case made.Advance(to) | made.Propose(to) | made.Lower(to) | made.Rearm(to):
            return to
        case made.Rollback(to=to):
            return None if stage is Stage.ROLLED_BACK else to
        case (
            made.PutOnHold() | made.Resume() | made.Retire() | made.Wait() | made.Freeze() | made.Rest() | made.Refuse()
        ):
            return None


def next_status(
    migration: MigrationId,
    status: Status | None,
    decision: Decision,
    moment: Moment,
    *,
    baseline: Baseline | None,
    carried: Carried,
) -> Status | None:
    """Give the status after a decision; None when the decision enters no stage.

    Args:
        migration: Which migration.
        status: Where it stands; None before planning.
        decision: What was decided.
        moment: When and by which pass.
        baseline: How the source did so far; frozen when the canary is entered.
        carried: What health hands on to the next stage, as far as the decision lets anything be handed on.
    """
    to = entered_stage(decision, status.stage if status else None)
    if to is None:
        return None
    if status is None:
        return Status(migration, to, moment.at, 1, moment.run, Weights.of(to))
    rearmed = isinstance(decision, made.Rearm)
    return replace(
        status,
        stage=to,
        since=moment.at,
        run=moment.run,
        attempt=status.attempt + rearmed,
        weights=Weights.of(to),
        baseline=baseline if to is Stage.CANARY and not rearmed and baseline else status.baseline,
        carried=_handed_on(decision, carried),
    )


def _handed_on(decision: Decision, carried: Carried) -> Carried:
    """Give what the entered stage goes on from; where a person or a rollback began anew, that is nothing."""
    match decision:
        case made.Advance() | made.Propose():
            return replace(carried, goal=None)
        case made.Rollback(reason, checks, to) if to.takes_traffic:
            return replace(carried, goal=Goal(Stage.ROLLED_BACK, checks, reason))
        case (
            made.Begin()
            | made.Rollback()
            | made.Lower()
            | made.Rearm()
            | made.PutOnHold()
            | made.Resume()
            | made.Retire()
            | made.Wait()
            | made.Freeze()
            | made.Rest()
            | made.Refuse()
        ):
            return Carried()


def next_notes(
    migration: MigrationId,
    notes: Notes | None,
    decision: Decision,
    moment: Moment,
    *,
    person: Person,
    inputs: Mapping[str, str] | None = None,
) -> Notes | None:
    """Give the notes after a decision; None when they stay as they are.

    Args:
        migration: Which migration.
        notes: What they say now.
        decision: What was decided.
        moment: When and by which pass.
        person: Who acted last, for a hold.
        inputs: Blob ids of what is rendered now, when the rendering is renewed with the decision.
    """
    old = notes or Notes(migration, moment.run)
    match decision:
        case made.PutOnHold(kind, reason):
            return replace(old, run=moment.run, hold=_hold(kind, reason, person, moment))
        case made.Lower(_, reason):
            return replace(old, run=moment.run, hold=_hold(HoldKind.LOWERED, reason, person, moment))
        case made.Rearm(_, reason, kind):
            hold = _hold(kind, reason, person, moment) if kind else None
            return replace(old, run=moment.run, hold=hold, evidence_from=moment.at)
        case made.Resume():
            return replace(old, run=moment.run, hold=None, evidence_from=moment.at)
        case made.Advance(by_person=True) if old.hold is not None:
            return replace(old, run=moment.run, hold=None, evidence_from=moment.at)
        case made.Begin():
            return Notes(migration, moment.run, inputs=inputs or {})
        case (
            made.Advance()
            | made.Propose()
            | made.Rollback()
            | made.Retire()
            | made.Wait()
            | made.Freeze()
            | made.Rest()
            | made.Refuse()
        ):
            return None


def _hold(kind: HoldKind, reason: str, person: Person, moment: Moment) -> Hold:
    return Hold(kind, reason, person.name, person.commit, moment.at)
