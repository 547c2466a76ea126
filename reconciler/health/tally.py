"""Adds up what one side did over a span of time. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.observation import Durations, Histogram, Samples, SideObservations, Slice, Unknown

_LARGEST = 1e15
"""No agent takes that long or costs that much; larger numbers are mistakes, and their sums could overflow."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One side over one span of time.

    Attributes:
        tasks: Tasks that ended.
        errors: Of these, those that ended in ``error`` or ``timeout``.
        completed: Of these, those that were completed.
        cost_usd: US dollars spent; Unknown when it was not reported for every slice with tasks.
        durations: How long the tasks took; Unknown when it was not reported for every slice with tasks.
        covered: How much time the slices cover.
        readings: Indicators that the environment's own queries answer, by name; finite when not Unknown.
    """

    tasks: int
    errors: int
    completed: int
    cost_usd: float | Unknown
    durations: Durations | Unknown
    covered: timedelta
    readings: Mapping[str, float | Unknown]


def span(side: SideObservations, step: timedelta, *, begin: datetime, end: datetime) -> tuple[Slice, ...]:
    """Give the slices that lie wholly between two moments: a slice that began earlier also holds earlier tasks."""
    first = bisect_left(side.slices, begin + step, key=_end)
    return side.slices[first : max(first, bisect_right(side.slices, end, key=_end))]


def add_up(side: SideObservations, step: timedelta, *, begin: datetime, end: datetime) -> Tally | Unknown:
    """Add up the slices between two moments; it does not matter what happened in which of them.

    Returns:
        The sums, or Unknown when the counts contradict each other and so say nothing.
    """
    covered = span(side, step, begin=begin, end=end)
    slices = [one for one in covered if one.tasks or one.errors or one.completed or one.cost_usd or one.durations]
    if not all(_is_possible(one) for one in slices):
        return Unknown(
            "the counts contradict each other: more errors and completed tasks than tasks, or less than none"
        )
    return Tally(
        tasks=sum(one.tasks for one in slices),
        errors=sum(one.errors for one in slices),
        completed=sum(one.completed for one in slices),
        cost_usd=_cost(slices),
        durations=_durations(slices),
        covered=len(covered) * step,
        readings={name: _finite(name, reading) for name, reading in side.readings.items()},
    )


def _end(one: Slice) -> datetime:
    return one.end


def _is_possible(one: Slice) -> bool:
    return min(one.errors, one.completed) >= 0 and one.errors + one.completed <= one.tasks


def _cost(slices: Sequence[Slice]) -> float | Unknown:
    if any(one.tasks and one.cost_usd is None for one in slices):
        return Unknown("cost is not reported for every task")
    costs = [one.cost_usd for one in slices if one.cost_usd is not None]
    singly = [usd for one in slices for usd in one.costs or ()]
    if not all(_is_amount(cost) for cost in (*costs, *singly)):
        return Unknown("a reported cost is not a number of US dollars from 0")
    return math.fsum(costs)


def _durations(slices: Sequence[Slice]) -> Durations | Unknown:
    if any(one.tasks and one.durations is None for one in slices):
        return Unknown("durations are not reported")
    samples = [one.durations.seconds for one in slices if isinstance(one.durations, Samples)]
    histograms = [one.durations for one in slices if isinstance(one.durations, Histogram) and any(one.durations.counts)]
    if samples and histograms:
        return Unknown("durations are reported both one by one and in buckets")
    return _histogram(histograms) if histograms else _samples(samples)


def _samples(parts: Sequence[tuple[float, ...]]) -> Samples | Unknown:
    seconds = tuple(sorted(second for part in parts for second in part))
    if not all(_is_amount(second) for second in seconds):
        return Unknown("a reported duration is not a number of seconds from 0")
    return Samples(seconds)


def _histogram(parts: Sequence[Histogram]) -> Histogram | Unknown:
    bounds = parts[0].bounds
    if any(part.bounds != bounds or len(part.counts) != len(bounds) for part in parts):
        return Unknown("the buckets of the durations changed")
    if not all(_is_amount(count) for part in parts for count in part.counts):
        return Unknown("a bucket of the durations does not hold a count")
    return Histogram(bounds, tuple(math.fsum(column) for column in zip(*(part.counts for part in parts), strict=True)))


def _is_amount(number: float) -> bool:
    return 0 <= number <= _LARGEST


def _finite(name: str, reading: float | Unknown) -> float | Unknown:
    if isinstance(reading, Unknown):
        return reading
    return float(reading) if math.isfinite(reading) else Unknown(f"{name} is {reading}, expected a finite number")
