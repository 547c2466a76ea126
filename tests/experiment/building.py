"""Builds observations for tests, one slice a minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from reconciler.experiment.compare import compare
from reconciler.model.comparison import Comparison
from reconciler.model.observation import Durations, Observations, Samples, SideObservations, Slice, Unknown

END = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEP = timedelta(minutes=1)
MINUTES = 10
BEGIN = END - MINUTES * STEP


def minute(
    ago: int,
    tasks: int,
    errors: int = 0,
    *,
    durations: Durations | None = None,
    cost: float | None = None,
    costs: Sequence[float] | None = None,
    tokens: int | None = None,
) -> Slice:
    """Give the slice that ended so many minutes before END; what is no error was completed."""
    spent = sum(costs) if cost is None and costs is not None else cost
    single = None if costs is None else tuple(costs)
    return Slice(END - ago * STEP, tasks, errors, tasks - errors, spent, durations, single, tokens)


def timed(*seconds: float) -> SideObservations:
    """Give a side whose tasks took so long, all in one minute."""
    return SideObservations((minute(0, len(seconds), durations=Samples(seconds)),))


def compared(source: SideObservations | Unknown, target: SideObservations | Unknown) -> Comparison:
    """Compare two sides over the last ten minutes."""
    return compare(Observations(STEP, source, target), begin=BEGIN, end=END)
