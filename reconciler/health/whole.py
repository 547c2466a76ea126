"""Judges a whole migration by the evidence: its checks, its split, and whether both sides broke. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.health.evidence import Reference
from reconciler.health.history import History
from reconciler.health.indicators import measure, percentile
from reconciler.health.limits import is_outside
from reconciler.health.measurement import Case, Sides
from reconciler.health.recorded import recorded
from reconciler.health.split import CONTRADICTION, Split, newly_assigned, split
from reconciler.health.tally import Tally
from reconciler.health.verdicts import Record, answer_by_evidence
from reconciler.health.words import with_unit
from reconciler.model.observation import SideObservations, Unknown
from reconciler.model.policy import Absolute, Check, HealthPolicy, OnBreach
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline, Carried, Totals
from reconciler.model.verdict import CheckResult, Health, Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a migration stands when it is judged.

    Attributes:
        since: The moment evidence begins.
        now: The pass's one moment.
        baseline: The source before the target took traffic.
        carried: What the stages before have left.
        sticky: Whether sessions stay on their side, so that tasks do not follow the weights.
        anew: Whether evidence began after the stage did, so that the split has stood for a while.
    """

    stage: Stage
    since: datetime
    now: datetime
    baseline: Baseline | None
    carried: Carried
    sticky: bool
    anew: bool


def by_evidence(policy: HealthPolicy, case: Case, standing: Standing) -> Health:
    """Answer every check by the evidence, and say why the answers cannot be used if they cannot."""
    record = record_of(case.source, case.target, case.step, standing)
    history = record.history
    answers = [answer_by_evidence(check, case, record, policy) for check in policy.checks]
    wealth = {check.name: left for check, (_, left) in zip(policy.checks, answers, strict=True) if left is not None}
    invalid = _invalid(history, record.split, sticky=standing.sticky)
    checks = tuple(result for result, _ in answers)
    return Health(
        tuple(map(_not_comparable, checks)) if invalid else checks,
        common_cause=_common_cause(policy, case),
        invalid=invalid,
        measured_share=_measured(history),
        carried=Carried(
            seconds=standing.carried.seconds + round(history.step * history.shape[1]),
            wealth=wealth,
            source=_totals(standing.carried.source, case.whole.source),
        ),
    )


def record_of(
    source: SideObservations | Unknown, target: SideObservations, step: timedelta, standing: Standing
) -> Record:
    """Put together what the evidence rests on, for the newest slice and for every one before it.

    Args:
        source: The source; it does not count after complete.
        target: The target.
        step: The length of a slice.
        standing: Where the migration stands.
    """
    begin, end = standing.since, standing.now
    of_source = None
    if standing.stage is not Stage.COMPLETE and not isinstance(source, Unknown):
        of_source = recorded(source, step, begin=begin, end=end)
    of_target = recorded(target, step, begin=begin, end=end, like=of_source)
    weight = standing.stage.target_weight / 100
    previous = weight if standing.anew else _before(standing.stage)
    history = History(step.total_seconds(), of_source, of_target, weight, previous)
    return Record(history, split(history), _reference(standing), standing.carried)


def _reference(standing: Standing) -> Reference:
    """Give what stands in for the source after complete.

    A 95th percentile counts only where it rests on 200 tasks: that of 20 is off by a factor of two too often.
    """
    totals, baseline = standing.carried.source, standing.baseline
    latency = totals.latency_p95 if totals else None
    if latency is None and baseline is not None and baseline.tasks >= _MANY:
        latency = baseline.latency_p95
    return Reference(latency, totals)


def _before(stage: Stage) -> float:
    """Give the target's weight in the stage from which this one is entered."""
    return next(one.target_weight for one in Stage if one.next is stage) / 100


def _measured(history: History) -> float | None:
    if history.source is None:
        return None
    target, source = (float(one.sum()) for one in newly_assigned(history.target, history.source))
    return target / (target + source) if target + source else None


def _invalid(history: History, observed: Split, *, sticky: bool) -> str:
    source = history.source
    if source is None or not history.shape[1]:
        return ""
    if sticky and (source.sessions is None or history.target.sessions is None):
        return ""  # tasks follow their session, not the weights: nothing is newly assigned that we could count
    if observed.contradiction[0, -1] < CONTRADICTION:
        return ""
    total = sum(float(one.sum()) for one in newly_assigned(history.target, source))
    measured = (_measured(history) or 0.0) * 100
    return (
        f"the split is not the rendered one: {measured:.3g} % of {total:.0f} tasks reach the target, "
        f"rendered are {history.weight * 100:.3g} %; is it applied, and does nobody else write weights?"
    )


def _not_comparable(result: CheckResult) -> CheckResult:
    """Let only a failure stand: its evidence counts the split as it was observed."""
    return result if result.verdict is Verdict.FAIL else replace(result, verdict=Verdict.INVALID)


def _common_cause(policy: HealthPolicy, case: Case) -> str:
    checks = [one for one in policy.checks if one.on_breach is OnBreach.ROLLBACK and isinstance(one.limit, Absolute)]
    for check in checks:
        window = check.window or timedelta(hours=1)
        sides = Sides.over(case.source, case.target, case.step, max(case.since, case.now - window), case.now)
        broken = [_breach(check, side) for side in (sides.source, sides.target)]
        if all(broken):
            return f"both sides break {check.name}: source {broken[0]}, target {broken[1]}"
    return ""


def _breach(check: Check, side: Tally | Unknown) -> str:
    if isinstance(side, Unknown) or not isinstance(check.limit, Absolute):
        return ""
    value = measure(check.indicator, side)
    outside = isinstance(value, float) and is_outside(check.bound, value, check.limit.value)
    return with_unit(value, check.indicator) if outside and isinstance(value, float) else ""


def _totals(before: Totals | None, now: Tally | Unknown) -> Totals | None:
    if isinstance(now, Unknown):
        return before
    latency = percentile(now.durations) if now.tasks >= _MANY else None
    cost = None if isinstance(now.cost_usd, Unknown) else round(now.cost_usd, _DIGITS)
    known = round(latency, _DIGITS) if isinstance(latency, float) else None
    if before is None:
        return Totals(now.tasks, now.errors, now.completed, cost, known)
    return Totals(
        before.tasks + now.tasks,
        before.errors + now.errors,
        before.completed + now.completed,
        None if cost is None or before.cost_usd is None else round(before.cost_usd + cost, _DIGITS),
        before.latency_p95 if known is None else known,
    )


_MANY = 200
_DIGITS = 6
