"""What a stage still needs before it may be left forward. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.migration import MigrationId
from reconciler.model.policy import HealthPolicy
from reconciler.model.stage import Stage
from reconciler.model.verdict import CheckResult, Health, Verdict
from reconciler.rollout.no_advance import closed_until
from reconciler.rollout.words import span


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that is missing.

    Attributes:
        name: What a person's raise records as skipped: ``soak``, ``proof(errors)``.
        reason: What is missing, for the operator.
        replaceable: Whether a person's raise stands in for it.
    """

    name: str
    reason: str
    replaceable: bool


@dataclass(frozen=True, slots=True)
class Prerequisites:
    """What lies outside health.

    Attributes:
        errors: Why the target cannot work with the converted configuration.
        unaccepted_losses: What the conversion drops and nobody accepted.
        incomplete: The migrations that must be complete first.
    """

    errors: Sequence[str] = ()
    unaccepted_losses: Sequence[str] = ()
    incomplete: Sequence[MigrationId] = ()


def closed_gates(
    stage: Stage,
    *,
    policy: HealthPolicy,
    health: Health,
    prerequisites: Prerequisites,
    since: datetime,
    now: datetime,
) -> tuple[Gate, ...]:
    """List everything that keeps a migration from leaving this stage forward.

    Args:
        stage: The stage to leave.
        policy: The law.
        health: What was seen since the evidence began.
        prerequisites: Losses and required migrations.
        since: When the stage was entered or evidence began anew, whichever is later.
        now: The pass's moment.

    Returns:
        The closed gates, those a person cannot replace first; empty means the way is free.
    """
    gates = [*_prerequisites(stage, prerequisites), *_soak(policy.rule(stage).soak, since, now)]
    if stage is not Stage.PLANNING:
        gates += _no_advance(policy, now)
    if stage is Stage.TESTING:
        gates += [*_served(health), *_proofs([check for check in health.checks if check.verdict in _STOPS_TESTING])]
    if stage.splits_traffic:
        gates += _proofs(health.checks)
    return tuple(sorted(gates, key=lambda gate: gate.replaceable))


def _prerequisites(stage: Stage, prerequisites: Prerequisites) -> Iterator[Gate]:
    if prerequisites.errors:
        yield Gate("validation", f"the target cannot work with it: {_shown(prerequisites.errors)}", replaceable=False)
    if prerequisites.unaccepted_losses:
        shown = _shown(prerequisites.unaccepted_losses)
        yield Gate("losses", f"losses nobody accepted: {shown}", replaceable=False)
    if prerequisites.incomplete and stage is not Stage.PLANNING:
        names = ", ".join(str(other) for other in prerequisites.incomplete)
        yield Gate("requires", f"waits for {names} to be complete", replaceable=False)


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _no_advance(policy: HealthPolicy, now: datetime) -> Iterator[Gate]:
    until = closed_until(policy.no_advance, now)
    if until is not None:
        reason = f"no stage is entered before {until:%a %Y-%m-%d %H:%M} {until.tzinfo}"
        yield Gate("noAdvance", reason, replaceable=False)


def _soak(soak: timedelta, since: datetime, now: datetime) -> Iterator[Gate]:
    left = soak - (now - since)
    if now <= since:
        # Two passes at one moment must do what one does, so no stage is left in the moment of its entry.
        yield Gate("soak", "was entered just now", replaceable=True)
    elif left > timedelta(0):
        yield Gate("soak", f"soaks another {span(left)} of {span(soak)}", replaceable=True)


def _served(health: Health) -> Iterator[Gate]:
    if health.fault is not None or health.target_tasks < 1:
        yield Gate("probe", "the target has not served a task yet", replaceable=True)


def _proofs(checks: Sequence[CheckResult]) -> Iterator[Gate]:
    for check in checks:
        if check.verdict is not Verdict.PASS:
            failed = check.verdict is Verdict.FAIL
            yield Gate(f"proof({check.name})", check.reason, replaceable=not failed)


_SHOWN = 3

_STOPS_TESTING = (Verdict.FAIL, Verdict.NO_DATA, Verdict.INVALID)
