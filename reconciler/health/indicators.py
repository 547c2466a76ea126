"""Reads one indicator off what a side did. Pure."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise

from reconciler.health.tally import Tally
from reconciler.model.observation import Durations, Histogram, Samples, Unknown

Reading = float | Unknown | None
"""A number; Unknown when it cannot be known; None when nothing has happened yet that it could be read off."""

_QUANTILE = 0.95


def measure(indicator: str, tally: Tally) -> Reading:
    """Read one indicator; a query of the environment by that name takes precedence over our own reckoning.

    Returns:
        A rate from 0 to 1, seconds, US dollars, or whatever unit the environment's query has. Infinite for
        ``cost_per_completed_task`` when money was spent and nothing was completed: no limit holds that.
    """
    return tally.readings[indicator] if indicator in tally.readings else _reckon(indicator, tally)


def size(indicator: str, tally: Tally) -> int:
    """Say how many tasks the indicator rests on: for durations those whose duration is known."""
    if indicator != "latency_p95" or indicator in tally.readings:
        return tally.tasks
    match tally.durations:
        case Unknown():
            return tally.tasks
        case Samples(seconds):
            return min(tally.tasks, len(seconds))
        case Histogram(counts=counts):
            return min(tally.tasks, math.floor(math.fsum(counts)))


def percentile(durations: Durations | Unknown) -> Reading:
    """Find the time within which 95 of 100 tasks ended, in seconds.

    Source:
        Single tasks: linear interpolation between order statistics, type 7 of Hyndman & Fan (1996). Buckets: linear
        interpolation inside the bucket, the first one starting at 0, as Prometheus' ``histogram_quantile`` does.

    >>> percentile(Samples((1.0, 2.0, 3.0)))
    2.9
    >>> percentile(Histogram((10.0, 20.0), (19.0, 1.0)))
    10.0
    """
    match durations:
        case Unknown():
            return durations
        case Samples(seconds):
            return _of_samples(sorted(seconds))
        case Histogram(bounds, counts):
            return _of_buckets(bounds, counts)


def _reckon(indicator: str, tally: Tally) -> Reading:
    match indicator:
        case "error_rate":
            return _rate(tally.errors, tally.tasks)
        case "completion_rate":
            return _rate(tally.completed, tally.tasks)
        case "latency_p95":
            return percentile(tally.durations)
        case "cost_per_completed_task":
            return _cost_per_completed_task(tally)
        case "cost_total":
            return tally.cost_usd
        case name:
            return Unknown(f"no query answers {name}")


def _rate(part: int, tasks: int) -> float | None:
    return part / tasks if tasks else None


def _of_samples(seconds: list[float]) -> float | None:
    if not seconds:
        return None
    place = (len(seconds) - 1) * _QUANTILE
    below = math.floor(place)
    above = min(below + 1, len(seconds) - 1)
    return seconds[below] + (place - below) * (seconds[above] - seconds[below])


def _of_buckets(bounds: tuple[float, ...], counts: tuple[float, ...]) -> Reading:
    if any(not lower < upper for lower, upper in pairwise(bounds)):
        return Unknown("the buckets of the durations are not in ascending order")
    rank = _QUANTILE * math.fsum(counts)
    if not rank:
        return None
    cumulated = list(accumulate(counts))
    place = next((index for index, count in enumerate(cumulated) if count >= rank), len(bounds) - 1)
    lower, upper = (0.0, *bounds)[place], bounds[place]
    if not math.isfinite(upper):
        return Unknown(f"latency p95 lies above the largest bucket of {lower:g} s")
    return lower + (upper - lower) * (rank - (cumulated[place] - counts[place])) / counts[place]


def _cost_per_completed_task(tally: Tally) -> Reading:
    if isinstance(tally.cost_usd, Unknown):
        return tally.cost_usd
    if tally.completed:
        return tally.cost_usd / tally.completed
    if tally.cost_usd:
        return math.inf
    return Unknown("no task was completed and nothing was spent") if tally.tasks else None
