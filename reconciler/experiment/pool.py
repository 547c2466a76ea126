"""Puts everything together that one side did over a stage. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from reconciler.model.observation import Durations, Histogram, Samples, SideObservations, Slice, Unknown


@dataclass(frozen=True, slots=True)
class Pool:
    """One side over one stage; what was not reported for every slice with tasks is Unknown.

    Attributes:
        tasks: Tasks that ended.
        errors: Of these, those that ended in ``error`` or ``timeout``.
        completed: Of these, those that were completed.
        durations: Single ones in ascending order, or whole numbers of tasks in buckets that ascend from 0.
        cost_usd: US dollars spent.
        costs: US dollars of single tasks.
        tokens: Tokens used.
    """

    tasks: int
    errors: int
    completed: int
    durations: Durations | Unknown
    cost_usd: float | Unknown
    costs: tuple[float, ...] | Unknown
    tokens: int | Unknown


def pool(side: SideObservations | Unknown, step: timedelta, *, begin: datetime, end: datetime) -> Pool | Unknown:
    """Put the slices together that lie wholly between two moments, in any order.

    Returns:
        The sums; Unknown when the side is, or when its counts contradict each other and so say nothing.
    """
    if isinstance(side, Unknown):
        return side
    slices = [one for one in side.slices if one.end - step >= begin and one.end <= end]
    if any(min(one.errors, one.completed) < 0 or one.errors + one.completed > one.tasks for one in slices):
        return Unknown("its counts contradict each other")
    if (tasks := sum(one.tasks for one in slices)) > _MOST_TASKS:
        return Unknown(f"it reports more than {_MOST_TASKS:,} tasks, which no stage has")
    return Pool(
        tasks=tasks,
        errors=sum(one.errors for one in slices),
        completed=sum(one.completed for one in slices),
        durations=_durations(slices),
        cost_usd=_cost(slices),
        costs=_costs(slices),
        tokens=_tokens(slices),
    )


def _durations(slices: Sequence[Slice]) -> Durations | Unknown:
    if any(one.tasks and one.durations is None for one in slices):
        return Unknown("durations are not reported for every task")
    samples = [one.durations.seconds for one in slices if isinstance(one.durations, Samples)]
    histograms = [one.durations for one in slices if isinstance(one.durations, Histogram) and any(one.durations.counts)]
    if any(samples) and histograms:
        return Unknown("durations are reported both one by one and in buckets")
    return _histogram(histograms) if histograms else _samples(samples)


def _samples(parts: Sequence[tuple[float, ...]]) -> Samples | Unknown:
    seconds = sorted(second for part in parts for second in part)
    return Samples(tuple(seconds)) if _are_amounts(seconds) else Unknown("a duration is not a number of seconds from 0")


def _histogram(parts: Sequence[Histogram]) -> Histogram | Unknown:
    bounds = parts[0].bounds
    if any(part.bounds != bounds or len(part.counts) != len(bounds) for part in parts):
        return Unknown("the buckets of the durations changed")
    if any(not lower < upper for lower, upper in pairwise((0.0, *bounds))):
        return Unknown("the buckets of the durations do not ascend from 0")
    if not all(_are_amounts(part.counts) for part in parts):
        return Unknown("a bucket of the durations does not hold a count")
    sums = [math.fsum(column) for column in zip(*(part.counts for part in parts), strict=True)]
    # Counters that are read between two scrapes give fractions. Rounding what has been added up loses no task.
    whole = [round(count) for count in accumulate(sums)]
    if whole[-1] > _MOST_TASKS:
        return Unknown(f"the buckets hold more than {_MOST_TASKS:,} durations, which no stage has")
    return Histogram(bounds, tuple(float(upper - lower) for lower, upper in pairwise([0, *whole])))


def _cost(slices: Sequence[Slice]) -> float | Unknown:
    if any(one.tasks and one.cost_usd is None for one in slices):
        return Unknown("cost is not reported for every task")
    costs = [one.cost_usd for one in slices if one.cost_usd is not None]
    return math.fsum(costs) if _are_amounts(costs) else Unknown("a cost is not a number of US dollars from 0")


def _costs(slices: Sequence[Slice]) -> tuple[float, ...] | Unknown:
    if any(one.tasks and one.costs is None for one in slices):
        return Unknown("the cost of single tasks is not reported")
    costs = tuple(sorted(cost for one in slices if one.costs is not None for cost in one.costs))
    return costs if _are_amounts(costs) else Unknown("a cost is not a number of US dollars from 0")


def _tokens(slices: Sequence[Slice]) -> int | Unknown:
    if any(one.tasks and one.tokens is None for one in slices):
        return Unknown("tokens are not reported for every task")
    tokens = [one.tokens for one in slices if one.tokens is not None]
    return sum(tokens) if _are_amounts(tokens) else Unknown("a number of tokens is less than none")


def _are_amounts(numbers: Iterable[float]) -> bool:
    return all(0 <= number <= _LARGEST for number in numbers)


_LARGEST = 1e15
"""No agent takes that long or costs that much; larger numbers are mistakes, and their sums could overflow."""
_MOST_TASKS = 100_000_000
"""Exact tests take a time that grows with the counts; a mistake in one may not delay a rollback."""
