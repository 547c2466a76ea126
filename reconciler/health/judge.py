"""Judges a migration: every check of its policy, and the picture of the whole. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from reconciler.health.check import answer, no_data
from reconciler.health.indicators import percentile
from reconciler.health.measurement import Case, Sides
from reconciler.health.tally import Tally, add_up, span
from reconciler.model.observation import Observations, SideObservations, Unknown
from reconciler.model.policy import HealthPolicy, OnBreach
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline
from reconciler.model.verdict import CheckResult, Health, Verdict

_HOUR = timedelta(hours=1)
_PERCENT = 100


def judge(
    policy: HealthPolicy,
    observations: Observations | Unknown,
    *,
    stage: Stage,
    since: datetime,
    now: datetime,
    baseline: Baseline | None,
) -> Health:
    """Answer every check of a policy.

    Args:
        policy: What healthy means.
        observations: What was seen of both sides; Unknown when the metric source could not be asked at all.
        stage: Where the migration stands. After complete the source has no tasks any more: only the target has to be
            known, and limits relative to the source rest on the baseline.
        since: The moment evidence begins; a slice that began earlier does not count.
        now: The pass's one moment; a slice that ends later does not count.
        baseline: The source before the target took traffic.

    Returns:
        The answers in the policy's order. A side that is Unknown makes every answer NO_DATA.
    """
    if isinstance(observations, Unknown):
        return Health(tuple(no_data(check, observations.reason) for check in policy.checks), fault=observations.reason)
    checks = _answers(policy, observations, stage=stage, since=since, now=now, baseline=baseline)
    return Health(
        checks=checks,
        source_tasks=_tasks(observations.source, observations.step, since, now),
        target_tasks=_tasks(observations.target, observations.step, since, now),
        score=_score(checks),
    )


def baseline(observations: Observations, *, begin: datetime, end: datetime) -> Baseline | None:
    """Freeze how the source did between two moments.

    Returns:
        The baseline over the slices that lie wholly between the moments, its ``begin`` and ``end`` being theirs; None
        when the source is Unknown or had no tasks. Cost and latency are None where they could not be known.
    """
    if isinstance(observations.source, Unknown):
        return None
    slices = span(observations.source, observations.step, begin=begin, end=end)
    tally = add_up(observations.source, observations.step, begin=begin, end=end)
    if isinstance(tally, Unknown) or not tally.tasks:
        return None
    latency = percentile(tally.durations)
    return Baseline(
        cost_per_hour=_per_hour(tally),
        latency_p95=latency if isinstance(latency, float) else None,
        tasks=tally.tasks,
        begin=slices[0].end - observations.step,
        end=slices[-1].end,
    )


def _answers(
    policy: HealthPolicy,
    observations: Observations,
    *,
    stage: Stage,
    since: datetime,
    now: datetime,
    baseline: Baseline | None,
) -> tuple[CheckResult, ...]:
    source, target = observations.source, observations.target
    if isinstance(target, Unknown):
        return tuple(no_data(check, f"target: {target.reason}") for check in policy.checks)
    if isinstance(source, Unknown) and stage is not Stage.COMPLETE:
        return tuple(no_data(check, f"source: {source.reason}") for check in policy.checks)
    case = Case(
        source=source,
        target=target,
        whole=Sides.over(source, target, observations.step, since, now),
        step=observations.step,
        stage=stage,
        since=since,
        now=now,
        baseline=baseline,
        min_tasks=policy.min_tasks,
    )
    return tuple(answer(check, case) for check in policy.checks)


def _tasks(side: SideObservations | Unknown, step: timedelta, since: datetime, now: datetime) -> int:
    return 0 if isinstance(side, Unknown) else sum(one.tasks for one in span(side, step, begin=since, end=now))


def _score(checks: Sequence[CheckResult]) -> int | None:
    if any(one.verdict is Verdict.FAIL and one.on_breach is OnBreach.ROLLBACK for one in checks):
        return 0
    judged = [one for one in checks if one.verdict in (Verdict.PASS, Verdict.FAIL)]
    if not judged or len(judged) * 2 < len(checks):
        return None
    return round(_PERCENT * sum(one.verdict is Verdict.PASS for one in judged) / len(judged))


def _per_hour(tally: Tally) -> float | None:
    # A millionth of a dollar is below what anybody pays, and above what adding floats makes of it.
    return None if isinstance(tally.cost_usd, Unknown) else round(tally.cost_usd / (tally.covered / _HOUR), 6)
