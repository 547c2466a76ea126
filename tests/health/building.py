"""Builds observations and policies for tests, one slice a minute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.model.observation import Durations, Observations, Samples, SideObservations, Slice
from reconciler.model.policy import Absolute, Bound, Check, Decide, HealthPolicy, OnBreach
from reconciler.model.status import Baseline

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEP = timedelta(minutes=1)
HOUR_AGO = NOW - timedelta(hours=1)
MIN_TASKS = 20
BASELINE = Baseline(cost_per_hour=6.0, latency_p95=40.0, tasks=60, begin=HOUR_AGO - timedelta(hours=1), end=HOUR_AGO)

ERRORS = Check(
    name="errors",
    indicator="error_rate",
    bound=Bound.MAX,
    limit=Absolute(0.05),
    window=timedelta(minutes=5),
    sustained=timedelta(0),
    on_breach=OnBreach.ROLLBACK,
)
LATENCY = replace(ERRORS, name="latency", indicator="latency_p95", limit=Absolute(60.0))
COST = replace(ERRORS, name="cost", indicator="cost_per_completed_task", limit=Absolute(0.5))
BUDGET = replace(ERRORS, name="budget", indicator="cost_total", limit=Absolute(10.0), on_breach=OnBreach.FREEZE)
DONE = replace(ERRORS, name="done", indicator="completion_rate", bound=Bound.MIN, limit=Absolute(0.9), window=None)


def policy(*checks: Check, min_tasks: int = MIN_TASKS, decide: Decide = Decide.THRESHOLD) -> HealthPolicy:
    """Give a policy of these checks; the bare limit decides unless evidence shall."""
    return HealthPolicy(
        name="default",
        checks=checks,
        min_tasks=min_tasks,
        decide=decide,
        wrong_rollback=0.05,
        stages={},
        keep_source=timedelta(days=7),
    )


def minute(
    ago: int, tasks: int = 0, *, errors: int = 0, cost: float | None = None, durations: Durations | None = None
) -> Slice:
    """Give the slice that ended so many minutes before NOW; what is no error was completed."""
    return Slice(NOW - ago * STEP, tasks, errors, tasks - errors, cost, durations)


def side(*slices: Slice, minutes: int = 60) -> SideObservations:
    """Give an hour of one side: these slices, and empty ones between."""
    known = {one.end: one for one in slices}
    return SideObservations(tuple(known.get(NOW - ago * STEP, minute(ago)) for ago in reversed(range(minutes))))


def spread(tasks: int, errors: int = 0, *, within: Sequence[int] = range(5), seconds: float = 10.0) -> SideObservations:
    """Spread tasks over the slices of some minutes, errors first; each task costs 0.25 USD."""
    counts = dict.fromkeys(within, 0)
    failed = dict.fromkeys(within, 0)
    for index in range(tasks):
        counts[within[index % len(within)]] += 1
        failed[within[index % len(within)]] += index < errors
    return side(
        *(
            minute(
                ago,
                counts[ago],
                errors=failed[ago],
                cost=0.25 * counts[ago],
                durations=Samples((seconds,) * counts[ago]),
            )
            for ago in within
        )
    )


def joined(*sides: SideObservations) -> SideObservations:
    """Put several hours of one side on top of each other, without cost and durations."""
    return SideObservations(tuple(_sum(column) for column in zip(*(one.slices for one in sides), strict=True)))


def both(source: SideObservations, target: SideObservations) -> Observations:
    """Give both sides."""
    return Observations(STEP, source, target)


def _sum(column: Iterable[Slice]) -> Slice:
    first, *others = column
    for other in others:
        first = replace(
            first,
            tasks=first.tasks + other.tasks,
            errors=first.errors + other.errors,
            completed=first.completed + other.completed,
        )
    return replace(first, cost_usd=None, durations=None)
