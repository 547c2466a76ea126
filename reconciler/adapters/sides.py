"""Puts the numbers of a Prometheus together to what one side of a migration did."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from reconciler.adapters.promql import COST, DURATIONS, TASKS
from reconciler.adapters.rows import Key, Table
from reconciler.adapters.slicing import Grid
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Histogram, SideObservations, Slice, Unknown
from reconciler.model.stage import Side

_OUTCOMES = frozenset({"completed", "failed", "error", "timeout"})
_ERRORS = ("error", "timeout")
_NEARLY_WHOLE = 1e-6
_ROUNDED = 0.001
"""Seconds: we ask in milliseconds, so a sample may lie that much behind the moment asked for."""


@dataclass(frozen=True, slots=True)
class NewestSamples:
    """When each side was last seen.

    Attributes:
        table: Seconds since 1970 by side and metric, at the newest slice.
        oldest: How old a newest sample may be.
    """

    table: Table
    oldest: timedelta

    def of(self, key: Key, metric: str, at: datetime) -> float | Unknown | None:
        """Say when a metric was last seen on a side; None when it was not seen, Unknown when that cannot be trusted."""
        if key in self.table.doubts:
            return self.table.doubts[key]
        seconds = self.table.cells.get(key, {}).get(0, {}).get(metric)
        if seconds is None:
            return None
        age, limit = at.timestamp() - seconds, self.oldest.total_seconds()
        if age < -_ROUNDED:
            return Unknown(f"{metric}: the newest sample lies {-age:.3g} s in the future")
        if age > limit:
            return Unknown(f"{metric}: the newest sample is {age:.0f} s old, expected at most {limit:.0f} s")
        return seconds


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a Prometheus answered in one pass.

    Attributes:
        tasks: Tasks that ended, by outcome.
        cost: US dollars spent.
        durations: Tasks that ended within a bucket's bound, by the bound.
        newest: When each side was last seen.
        readings: What the environment's own queries answered, by name; Unknown when one could not be asked.
    """

    tasks: Table
    cost: Table
    durations: Table
    newest: NewestSamples
    readings: Mapping[str, Table | Unknown]


def side_of(answers: Answers, grid: Grid, migration: MigrationId, side: Side) -> SideObservations | Unknown:
    """Say what one side did; Unknown when it was not seen, not lately, or with numbers that cannot be."""
    key = migration.name, side
    if (reason := next(_doubts(answers, key, grid.at), None)) is not None:
        return reason
    reports_cost = answers.newest.of(key, COST, grid.at) is not None
    reports_durations = answers.newest.of(key, DURATIONS, grid.at) is not None
    tasks, costs, durations = (table.cells.get(key, {}) for table in (answers.tasks, answers.cost, answers.durations))
    slices = {
        ago: _slice(
            grid.end(ago),
            tasks.get(ago, {}),
            cost=costs.get(ago, {}).get("", 0.0) if reports_cost else None,
            durations=_histogram(durations.get(ago, {})) if reports_durations else None,
        )
        for ago in tasks.keys() | costs.keys() | durations.keys()
    }
    readings = {name: _reading(name, answer, key) for name, answer in answers.readings.items()}
    return grid.side(migration, slices, readings)


def _doubts(answers: Answers, key: Key, at: datetime) -> Iterator[Unknown]:
    seen = {metric: answers.newest.of(key, metric, at) for metric in (TASKS, COST, DURATIONS)}
    yield from (found for found in seen.values() if isinstance(found, Unknown))
    if seen[TASKS] is None:
        yield Unknown(f"{TASKS}: no sample for this side within the last minutes")
    for metric, table in ((TASKS, answers.tasks), (COST, answers.cost), (DURATIONS, answers.durations)):
        if key in table.doubts:
            yield Unknown(f"{metric}: {table.doubts[key].reason}")
    yield from _doubtful_counts(answers.tasks.cells.get(key, {}).values())
    if any(not _is_number(bound) for cell in answers.durations.cells.get(key, {}).values() for bound in cell):
        yield Unknown(f"{DURATIONS}: a bucket's bound is no number")


def _doubtful_counts(cells: Iterable[Mapping[str, float]]) -> Iterator[Unknown]:
    for cell in cells:
        if not cell.keys() <= _OUTCOMES:
            yield Unknown(f"{TASKS}: an outcome is none of {', '.join(sorted(_OUTCOMES))}")
        if any(abs(count - round(count)) > _NEARLY_WHOLE for count in cell.values()):
            yield Unknown(f"{TASKS}: a number of tasks is not whole")


def _slice(end: datetime, tasks: Mapping[str, float], *, cost: float | None, durations: Histogram | None) -> Slice:
    return Slice(
        end=end,
        tasks=round(sum(tasks.values())),
        errors=round(sum(tasks.get(outcome, 0) for outcome in _ERRORS)),
        completed=round(tasks.get("completed", 0)),
        cost_usd=cost,
        durations=durations,
    )


def _histogram(cumulated: Mapping[str, float]) -> Histogram:
    # Counters of one histogram that started anew between two scrapes may disagree for a moment: a bucket never holds
    # less than the ones it includes, as Prometheus itself assumes.
    buckets = sorted((float(bound), count) for bound, count in cumulated.items())
    rising = list(accumulate((count for _, count in buckets), max))
    return Histogram(
        tuple(bound for bound, _ in buckets), tuple(upper - lower for lower, upper in pairwise([0.0, *rising]))
    )


def _reading(name: str, answer: Table | Unknown, key: Key) -> float | Unknown:
    if isinstance(answer, Unknown):
        return answer
    if key in answer.doubts:
        return Unknown(f"query {name}: {answer.doubts[key].reason}")
    found = answer.cells.get(key, {}).get(0, {}).get("")
    absent = Unknown(f"query {name} has no row for this side; it must return environment, migration and side")
    return absent if found is None else found


def _is_number(bound: str) -> bool:
    try:
        return not math.isnan(float(bound))
    except ValueError:
        return False
