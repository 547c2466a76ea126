"""Measures one check over one span: the target's value, the limit it is held against, and on how many tasks. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.health.indicators import Reading, measure, size
from reconciler.health.limits import compares_with_source, in_units, is_inside, is_outside, reference
from reconciler.health.resolution import too_coarse
from reconciler.health.tally import Tally, add_up
from reconciler.model.observation import SideObservations, Unknown
from reconciler.model.policy import Check
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline, Totals


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides over one span; Unknown where a side's counts contradict each other."""

    source: Tally | Unknown
    target: Tally | Unknown

    @classmethod
    def over(
        cls,
        source: SideObservations | Unknown,
        target: SideObservations,
        step: timedelta,
        begin: datetime,
        end: datetime,
    ) -> Sides:
        """Add up both sides between two moments."""
        known = source if isinstance(source, Unknown) else add_up(source, step, begin=begin, end=end)
        return cls(known, add_up(target, step, begin=begin, end=end))


@dataclass(frozen=True, slots=True)
class Case:
    """What a check is judged on.

    Attributes:
        source: The source side; after complete it may be Unknown, because only the baseline counts.
        target: The target side.
        whole: Both sides since the evidence began, added up once for all checks.
        step: The length of a slice.
        since: The moment evidence begins.
        now: The pass's one moment.
        min_tasks: The least number of tasks on a side for a verdict.
        totals: What the source did while both sides took traffic; None before complete.
    """

    source: SideObservations | Unknown
    target: SideObservations
    whole: Sides
    step: timedelta
    stage: Stage
    since: datetime
    now: datetime
    baseline: Baseline | None
    min_tasks: int
    totals: Totals | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One check's numbers over one span.

    Attributes:
        value: What the target did, in the indicator's unit.
        relative_to: What the limit is relative to, in the same unit; 0 for a fixed limit.
        limit: The limit in the same unit; not a number when there is nothing it could be relative to.
        tally: What the target did in this span.
        tasks: How many tasks of the target the value rests on.
        source_tasks: How many tasks of the source the limit rests on; all of them for a fixed limit.
        compared: The smallest number of tasks on a side that the comparison itself rests on.
    """

    value: Reading
    relative_to: Reading
    limit: float
    tally: Tally
    tasks: int
    source_tasks: int
    compared: int


def over_stage(check: Check, case: Case) -> Measurement | Unknown:
    """Measure everything since the evidence began."""
    return _measured(check, case, case.whole)


def over_window(check: Check, case: Case, *, end: datetime) -> Measurement | Unknown:
    """Measure the check's window that ends at a moment, without what lies before the evidence began."""
    begin = case.since if check.window is None else max(case.since, end - check.window)
    return _measured(check, case, Sides.over(case.source, case.target, case.step, begin, end))


def breaks(check: Check, over: Measurement) -> bool:
    """Say whether the value is known and outside the limit."""
    return isinstance(over.value, float) and is_outside(check.bound, over.value, over.limit)


def holds(check: Check, over: Measurement) -> bool:
    """Say whether the value is known and inside the limit."""
    return isinstance(over.value, float) and is_inside(check.bound, over.value, over.limit)


def _measured(check: Check, case: Case, sides: Sides) -> Measurement | Unknown:
    source, target = sides.source, sides.target
    if isinstance(target, Unknown):
        return Unknown(f"target: {target.reason}")
    if isinstance(source, Unknown) and case.stage is not Stage.COMPLETE:
        return Unknown(f"source: {source.reason}")
    relative_to = reference(
        check.limit,
        check.indicator,
        source=source,
        covered=target.covered,
        stage=case.stage,
        baseline=case.baseline,
        totals=case.totals,
    )
    relative = compares_with_source(check.limit, case.stage)
    tasks, source_tasks = size(check.indicator, target), _source_size(check.indicator, source, relative=relative)
    return Measurement(
        value=_value(check, target, source, relative_to, relative=relative),
        relative_to=relative_to,
        limit=in_units(check.limit, relative_to) if isinstance(relative_to, float) else math.nan,
        tally=target,
        tasks=tasks,
        source_tasks=source_tasks,
        compared=min(tasks, source_tasks) if relative else tasks,
    )


def _value(check: Check, target: Tally, source: Tally | Unknown, relative_to: Reading, *, relative: bool) -> Reading:
    value = measure(check.indicator, target)
    if check.indicator != "latency_p95" or check.indicator in target.readings:
        return value
    if not (isinstance(value, float) and isinstance(relative_to, float)):
        return value
    durations = source.durations if relative and isinstance(source, Tally) else relative_to
    return Unknown(coarse) if (coarse := too_coarse(check.limit, target.durations, durations)) else value


def _source_size(indicator: str, source: Tally | Unknown, *, relative: bool) -> int:
    if isinstance(source, Unknown):
        return 0
    return size(indicator, source) if relative else source.tasks
