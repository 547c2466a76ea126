"""Decides whether a migration goes back, and how far at once: a failed check, patience at its end, a goal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from reconciler.model.decision import Rollback, Wait
from reconciler.model.policy import HealthPolicy, OnBreach
from reconciler.model.stage import Stage
from reconciler.model.status import Goal, Status
from reconciler.model.verdict import CheckResult, Health, Verdict
from reconciler.rollout.deadlines import overdue
from reconciler.rollout.situation import Situation, source_is_gone
from reconciler.rollout.words import span


def must_go_back(situation: Situation) -> Rollback | Wait | None:
    """Go back on a failed check, or go on with a rollback in steps; neither gate nor hold nor raise stops it.

    Returns:
        The rollback; what to wait for when the next step is not due or the source is gone; None when nothing failed.
    """
    status = situation.status
    if status is None or not status.stage.takes_traffic:
        return None
    failed = failed_checks(situation.health, OnBreach.ROLLBACK)
    if status.carried.goal is not None:
        return _next_step(situation, status, status.carried.goal, failed)
    if not failed:
        return None
    if source_is_gone(status, situation.policy, situation.now):
        return Wait(f"{reasons(failed)}; the source is no longer kept, a person must act")
    return Rollback(reasons(failed), _names(failed), _first_stop(situation.policy, status.stage, failed))


def out_of_patience(situation: Situation) -> Rollback | None:
    """Go back because something was waited for longer than the policy lets it, where it says that this rolls back."""
    status = situation.status
    if status is None or not status.stage.takes_traffic:
        return None
    ends = [wait.reason for wait in overdue(situation, status) if wait.rolls_back]
    if not ends:
        return None
    return Rollback("; ".join(ends), (), _first_stop(situation.policy, status.stage, ()))


def failed_checks(health: Health, on_breach: OnBreach) -> list[CheckResult]:
    """List the failed checks that lead to this."""
    return [check for check in health.checks if check.verdict is Verdict.FAIL and check.on_breach is on_breach]


def reasons(checks: Sequence[CheckResult]) -> str:
    """Join what the checks say."""
    return "; ".join(check.reason for check in checks)


def _names(checks: Sequence[CheckResult]) -> tuple[str, ...]:
    return tuple(check.name for check in checks)


def _first_stop(policy: HealthPolicy, stage: Stage, failed: Sequence[CheckResult]) -> Stage:
    if policy.graceful_step is None or _hurts(failed):
        return Stage.ROLLED_BACK
    return _one_back(stage)


def _next_step(situation: Situation, status: Status, goal: Goal, failed: Sequence[CheckResult]) -> Rollback | Wait:
    """Go on with what was begun, whatever health says now: what failed at a higher share has not been repaired."""
    if _hurts(failed):
        return Rollback(reasons(failed), _names(failed))
    step = situation.policy.graceful_step
    if step is None:
        return Rollback(goal.reason, goal.checks, goal.to)
    to = _one_back(status.stage)
    left = step - (situation.now - status.since)
    if left > timedelta(0):
        return Wait(f"goes back in steps: {to} in {span(left)}; {goal.reason}")
    return Rollback(goal.reason, goal.checks, to)


def _hurts(failed: Sequence[CheckResult]) -> bool:
    """Say whether tasks are lost: then every minute on the way costs more than a hard change does."""
    return any(check.indicator in _LOSES_TASKS for check in failed)


def _one_back(stage: Stage) -> Stage:
    below = [other for other in Stage if other.takes_traffic and other.rank == stage.rank - 1]
    return below[0] if below else Stage.ROLLED_BACK


_LOSES_TASKS = frozenset({"error_rate", "completion_rate"})
