"""Says what one side's rates and durations are, and how sure one can be of them. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from reconciler.model.comparison import Interval, Quantile, Rate
from reconciler.model.observation import Durations, Histogram, Samples, Unknown

LEVELS = (0.5, 0.95, 0.99)
"""The quantiles that are shown, as shares of the tasks."""


def rate(events: int, tasks: int) -> Rate:
    """Give a rate and its interval.

    Source:
        Score interval of Wilson (1927) without continuity correction.

    >>> found = rate(0, 20).interval
    >>> round(found.lower, 4), round(found.upper, 4)
    (0.0, 0.1611)
    """
    from scipy.stats import binomtest

    if not tasks:
        return Rate(events, tasks, _NO_TASKS, _NO_TASKS)
    found = binomtest(events, tasks).proportion_ci(_CONFIDENCE, method="wilson")
    return Rate(events, tasks, events / tasks, Interval(float(found.low), float(found.high)))


def quantiles(durations: Durations) -> tuple[Quantile, ...]:
    """Give p50, p95 and p99.

    The interval makes no assumption about the distribution: its ends are two of the durations themselves. Where only
    buckets are known, it reaches from the lower bound of the bucket that holds the one to the upper bound of the bucket
    that holds the other, and so is as sure, but as wide as the buckets.

    Args:
        durations: Single ones in ascending order, or buckets that ascend from 0 with whole numbers of tasks.

    Source:
        Value: linear interpolation between order statistics, type 7 of Hyndman & Fan (1996); in buckets linear inside
        the bucket, as Prometheus' ``histogram_quantile`` does. Interval: Hahn & Meeker, Statistical Intervals (1991),
        section 5.2, with equal tails.
    """
    return tuple(_quantile(durations, level) for level in LEVELS)


def ranks(number: int, level: float) -> tuple[int, int] | None:
    """Say between which of so many sorted values a quantile lies, counted from 1; None when there are too few.

    >>> ranks(10, 0.5), ranks(71, 0.95)
    ((2, 9), None)
    """
    from scipy.stats import binom

    lower, upper = (int(found) for found in binom.ppf([_TAIL, 1 - _TAIL], number, level))
    return (lower, upper + 1) if lower >= 1 and upper + 1 <= number else None


def timed(durations: Durations | Unknown) -> int:
    """Say how many durations are known."""
    match durations:
        case Unknown():
            return 0
        case Samples(seconds):
            return len(seconds)
        case Histogram(counts=counts):
            return round(math.fsum(counts))


def _quantile(durations: Durations, level: float) -> Quantile:
    number = timed(durations)
    if not number:
        return Quantile(level, _NO_DURATIONS, _NO_DURATIONS, None)
    between = ranks(number, level)
    match durations:
        case Samples(seconds):
            interval = Interval(seconds[between[0] - 1], seconds[between[1] - 1]) if between else _too_few(level)
            return Quantile(level, _interpolated(seconds, level), interval, None)
        case Histogram():
            return _in_buckets(durations, level, between)


def _interpolated(seconds: Sequence[float], level: float) -> float:
    place = (len(seconds) - 1) * level
    below = math.floor(place)
    above = min(below + 1, len(seconds) - 1)
    return seconds[below] + (place - below) * (seconds[above] - seconds[below])


def _in_buckets(histogram: Histogram, level: float, between: tuple[int, int] | None) -> Quantile:
    cumulated = list(accumulate(histogram.counts))
    edges = (0.0, *histogram.bounds)
    rank = level * cumulated[-1]
    place = bisect_left(cumulated, rank)
    lower, upper = edges[place], edges[place + 1]
    value: float | Unknown = _above(edges)
    if math.isfinite(upper):
        value = (
            lower + (upper - lower) * (rank - (cumulated[place] - histogram.counts[place])) / histogram.counts[place]
        )
    interval: Interval | Unknown = _too_few(level)
    if between:
        first, last = (bisect_left(cumulated, one) for one in between)
        interval = Interval(edges[first], edges[last + 1]) if math.isfinite(edges[last + 1]) else _above(edges)
    return Quantile(level, value, interval, upper - lower if math.isfinite(upper) else None)


def _above(edges: Sequence[float]) -> Unknown:
    return Unknown(f"it lies above the largest bucket of {edges[-2]:g} s")


def _too_few(level: float) -> Unknown:
    needed = math.ceil(math.log(_TAIL) / math.log(max(level, 1 - level)))
    return Unknown(f"a 95 % interval needs at least {needed} durations")


_CONFIDENCE = 0.95
_TAIL = (1 - _CONFIDENCE) / 2
_NO_TASKS = Unknown("there were no tasks")
_NO_DURATIONS = Unknown("no duration is known")
