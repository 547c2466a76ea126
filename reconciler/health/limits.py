"""Turns a check's limit into a number in the indicator's unit. Pure."""

from __future__ import annotations

import math
from datetime import timedelta

from reconciler.health.indicators import Reading, measure
from reconciler.health.tally import Tally
from reconciler.model.observation import Unknown
from reconciler.model.policy import Absolute, Bound, Limit, SourcePlus, TimesExpected, TimesSource
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline, Totals

_HOUR = timedelta(hours=1)
_PERCENT = 100
_MANY = 200


def compares_with_source(limit: Limit, stage: Stage) -> bool:
    """Say whether the limit rests on what the source does now; after complete it rests on the frozen baseline."""
    return isinstance(limit, TimesSource | SourcePlus) and stage is not Stage.COMPLETE


def reference(
    limit: Limit,
    indicator: str,
    *,
    source: Tally | Unknown,
    covered: timedelta,
    stage: Stage,
    baseline: Baseline | None,
    totals: Totals | None,
) -> Reading:
    """Give the number that the limit is relative to, in the indicator's unit; 0 for a fixed limit.

    Args:
        limit: The limit as the policy writes it.
        indicator: What is measured.
        source: The source side over the same span as the target.
        covered: How much time that span covers; a total grows with it.
        stage: Where the migration stands; a total grows with the target's share, too.
        baseline: The source before the target took traffic; it stands in for the source after complete.
        totals: What the source did while both took traffic; after complete it says its rates and its unit cost.
    """
    match limit:
        case Absolute():
            return 0.0
        case TimesExpected():
            return _expected(indicator, source, covered, stage, baseline)
        case TimesSource() | SourcePlus() if stage is Stage.COMPLETE:
            return _frozen(indicator, baseline, totals)
        case TimesSource() | SourcePlus():
            return source if isinstance(source, Unknown) else _of_source(measure(indicator, source), indicator)


def in_units(limit: Limit, relative_to: float) -> float:
    """Compute the limit from the number that it is relative to.

    >>> in_units(SourcePlus(-0.25), 1.0)
    0.75
    """
    match limit:
        case Absolute(value):
            return value
        case TimesSource(factor) | TimesExpected(factor):
            return factor * relative_to
        case SourcePlus(margin):
            return relative_to + margin


def is_inside(bound: Bound, value: float, limit: float) -> bool:
    """Say whether a value is healthy: both numbers are finite and the value is on the right side."""
    if not (math.isfinite(value) and math.isfinite(limit)):
        return False
    return value <= limit if bound is Bound.MAX else value >= limit


def is_outside(bound: Bound, value: float, limit: float) -> bool:
    """Say whether a value is a breach; an infinite one breaks every finite limit, what is no number breaks none."""
    if math.isnan(value) or not math.isfinite(limit):
        return False
    return math.isinf(value) or not is_inside(bound, value, limit)


def _of_source(reading: Reading, indicator: str) -> Reading:
    if isinstance(reading, Unknown):
        return Unknown(f"source: {reading.reason}")
    if reading is not None and not math.isfinite(reading):
        return Unknown(f"source: {indicator} is no finite number, so nothing can be compared with it")
    return reading


def _expected(
    indicator: str, source: Tally | Unknown, covered: timedelta, stage: Stage, baseline: Baseline | None
) -> Reading:
    """Give the total that the target's share of the baseline comes to; None while the target has no share.

    A baseline of few tasks may be far too low, and everything would stand still because of it. Then what the source
    spends meanwhile counts where it is more.
    """
    if indicator != "cost_total":
        return Unknown(f"{indicator} has no expected total, only cost_total has")
    if not stage.takes_traffic:
        return None
    if baseline is None or baseline.cost_per_hour is None:
        return Unknown("no baseline of the source's cost, so no total is expected")
    weight = stage.target_weight
    expected = baseline.cost_per_hour * (covered / _HOUR) * weight / _PERCENT
    if baseline.tasks < _MANY and stage.splits_traffic and isinstance(source, Tally):
        meanwhile = 0.0 if isinstance(source.cost_usd, Unknown) else source.cost_usd
        expected = max(expected, meanwhile * weight / (_PERCENT - weight))
    return _finite(expected)


def _frozen(indicator: str, baseline: Baseline | None, totals: Totals | None) -> float | Unknown:
    if totals is not None and (found := _of_totals(indicator, totals)) is not None:
        return _finite(found)
    if baseline is None:
        return Unknown("no baseline of the source was kept")
    match indicator:
        case "latency_p95" if baseline.latency_p95 is not None:
            return _finite(baseline.latency_p95)
        case "cost_per_completed_task" if baseline.cost_per_hour is not None and baseline.tasks > 0:
            return _finite(baseline.cost_per_hour * ((baseline.end - baseline.begin) / _HOUR) / baseline.tasks)
        case _:
            return Unknown(f"the baseline of the source holds no {indicator}")


def _of_totals(indicator: str, totals: Totals) -> float | None:
    match indicator:
        case "latency_p95":
            return totals.latency_p95
        case "error_rate" if totals.tasks:
            return totals.errors / totals.tasks
        case "completion_rate" if totals.tasks:
            return totals.completed / totals.tasks
        case "cost_per_completed_task" if totals.completed and totals.cost_usd is not None:
            return totals.cost_usd / totals.completed
        case _:
            return None


def _finite(number: float) -> float | Unknown:
    return float(number) if math.isfinite(number) else Unknown("the baseline of the source is no finite number")
