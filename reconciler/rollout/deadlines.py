"""Says which waits have lasted longer than the policy lets them, and whether they end in a rollback. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from reconciler.model.policy import Patience, Then
from reconciler.model.stage import Stage
from reconciler.model.status import Status
from reconciler.model.verdict import Health, Verdict
from reconciler.rollout.situation import Situation, evidence_since, source_is_gone
from reconciler.rollout.words import span


@dataclass(frozen=True, slots=True)
class Overdue:
    """A wait that has lasted too long.

    Attributes:
        reason: What has lasted, how long, and how long it may.
        rolls_back: Whether it ends in a rollback; otherwise somebody must look.
    """

    reason: str
    rolls_back: bool


def overdue(situation: Situation, status: Status) -> tuple[Overdue, ...]:
    """List the waits that have lasted too long; an empty list means that patience is not at its end.

    A source that cannot be asked, or that knows nothing of other migrations either, failed for all of them, and
    going back would repair nothing: those waits never end in a rollback.
    """
    waits = status.stage.takes_traffic or status.stage is Stage.TESTING
    if not waits or source_is_gone(status, situation.policy, situation.now):
        return ()
    return (*_no_tasks(situation, status), *_no_metrics(situation, status), *_inconclusive(situation, status))


def _no_tasks(situation: Situation, status: Status) -> Iterator[Overdue]:
    health = situation.health
    # Silence is only known where something is known.
    if health.fault is None and health.unknown_since is None:
        waited = situation.now - (health.last_task or evidence_since(status, situation.notes))
        yield from _too_long("no task reached the target", waited, situation.policy.no_tasks)


def _no_metrics(situation: Situation, status: Status) -> Iterator[Overdue]:
    health = situation.health
    if health.unknown_since is not None:
        begin = max(health.unknown_since, evidence_since(status, situation.notes))
        alone = health.fault is None and not situation.unknown_elsewhere
        what = "nothing is known of it" if alone else "nothing is known of it and of others"
        yield from _too_long(what, situation.now - begin, situation.policy.no_metrics, may_roll_back=alone)


def _inconclusive(situation: Situation, status: Status) -> Iterator[Overdue]:
    """A stage that is held is not expected to prove anything."""
    health = situation.health
    known = health.fault is None and health.unknown_since is None
    if status.stage.splits_traffic and known and not situation.is_held and not _is_settled(health):
        waited = situation.now - evidence_since(status, situation.notes)
        repairs = not health.common_cause
        what = f"{status.stage} has neither proven nor failed"
        yield from _too_long(what, waited, situation.policy.inconclusive, may_roll_back=repairs)


def _is_settled(health: Health) -> bool:
    proven = bool(health.checks) and all(check.verdict is Verdict.PASS for check in health.checks)
    return proven and not health.invalid and not health.common_cause


def _too_long(what: str, waited: timedelta, patience: Patience, *, may_roll_back: bool = True) -> Iterator[Overdue]:
    if waited > patience.after:
        reason = f"{what} for {span(waited)}, longer than {span(patience.after)}"
        yield Overdue(reason, rolls_back=may_roll_back and patience.then is Then.ROLLBACK)
