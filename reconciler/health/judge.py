"""Judges a migration: every check of its policy, and the picture of the whole. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.health.check import answer, no_data
from reconciler.health.indicators import percentile
from reconciler.health.measurement import Case, Sides
from reconciler.health.tally import Tally, add_up, span
from reconciler.health.verdicts import score
from reconciler.health.whole import Standing, by_evidence
from reconciler.model.observation import Observations, SideObservations, Unknown
from reconciler.model.policy import Decide, HealthPolicy
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline, Carried
from reconciler.model.verdict import Health

_HOUR = timedelta(hours=1)
_NOTHING = Carried()


def judge(
    policy: HealthPolicy,
    observations: Observations | Unknown,
    *,
    stage: Stage,
    since: datetime,
    now: datetime,
    baseline: Baseline | None,
    entered: datetime | None = None,
    carried: Carried = _NOTHING,
    sticky: bool = False,
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
        entered: When the stage was entered; None means ``since``. Where evidence began later, nothing is carried.
        carried: What the stages before have left.
        sticky: Whether sessions stay on their side, so that tasks do not follow the weights.

    Returns:
        The answers in the policy's order. A side that is Unknown makes every answer NO_DATA.
    """
    if isinstance(observations, Unknown):
        checks = tuple(no_data(check, observations.reason) for check in policy.checks)
        return Health(checks, fault=observations.reason)
    anew = entered is not None and since > entered
    standing = Standing(stage, since, now, baseline, _NOTHING if anew else carried, sticky=sticky, anew=anew)
    health = _judged(policy, observations, standing)
    return replace(
        health,
        source_tasks=_tasks(observations.source, observations.step, since, now),
        target_tasks=_tasks(observations.target, observations.step, since, now),
        last_task=_last_task(observations.target, observations.step, since, now),
        unknown_since=_unknown_since(observations, standing),
        score=score(health.checks),
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


def _judged(policy: HealthPolicy, observations: Observations, standing: Standing) -> Health:
    source, target = observations.source, observations.target
    if isinstance(target, Unknown):
        return Health(tuple(no_data(check, f"target: {target.reason}") for check in policy.checks))
    if isinstance(source, Unknown) and standing.stage is not Stage.COMPLETE:
        return Health(tuple(no_data(check, f"source: {source.reason}") for check in policy.checks))
    case = Case(
        source=source,
        target=target,
        whole=Sides.over(source, target, observations.step, standing.since, standing.now),
        step=observations.step,
        stage=standing.stage,
        since=standing.since,
        now=standing.now,
        baseline=standing.baseline,
        min_tasks=policy.min_tasks,
        totals=standing.carried.source if standing.stage is Stage.COMPLETE else None,
    )
    if policy.decide is Decide.THRESHOLD or not standing.stage.takes_traffic or isinstance(case.whole.target, Unknown):
        return Health(tuple(answer(check, case) for check in policy.checks))
    return by_evidence(policy, case, standing)


def _last_task(side: SideObservations | Unknown, step: timedelta, since: datetime, now: datetime) -> datetime | None:
    if isinstance(side, Unknown):
        return None
    return next((one.end for one in reversed(span(side, step, begin=since, end=now)) if one.tasks), None)


def _unknown_since(observations: Observations, standing: Standing) -> datetime | None:
    sides = [observations.target] if standing.stage is Stage.COMPLETE else [observations.source, observations.target]
    unknown = [max(one.since or standing.since, standing.since) for one in sides if isinstance(one, Unknown)]
    return min(unknown, default=None)


def _tasks(side: SideObservations | Unknown, step: timedelta, since: datetime, now: datetime) -> int:
    return 0 if isinstance(side, Unknown) else sum(one.tasks for one in span(side, step, begin=since, end=now))


def _per_hour(tally: Tally) -> float | None:
    # A millionth of a dollar is below what anybody pays, and above what adding floats makes of it.
    return None if isinstance(tally.cost_usd, Unknown) else round(tally.cost_usd / (tally.covered / _HOUR), 6)
