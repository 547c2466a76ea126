"""Measures agents by the metrics that they report themselves: the profile ``agent``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.adapters import promql
from reconciler.adapters.asking import Asker
from reconciler.adapters.buckets import Layout, is_bound, is_whole
from reconciler.adapters.freshness import NewestSamples, newest_samples
from reconciler.adapters.rows import Key, Table, agent_side
from reconciler.adapters.slicing import Grid
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Slice, Unknown
from reconciler.model.stage import Side

TASKS = "agent_tasks_total"
COST = "agent_task_cost_usd_total"
TOKENS = "agent_task_tokens_total"
SESSIONS = "agent_sessions_total"
DURATIONS = "agent_task_duration_seconds_bucket"
METRICS = (TASKS, COST, TOKENS, SESSIONS, DURATIONS)

_OUTCOMES = frozenset({"completed", "failed", "error", "timeout"})
_ERRORS = ("error", "timeout")


class Agents:
    """The agents of an environment.

    Args:
        environment: The value of the ``environment`` label that belongs to it.
    """

    unmeasured: Mapping[str, Unknown] = {}

    def __init__(self, environment: str) -> None:
        self._scope = promql.agents(environment)
        self._whose = agent_side(environment)

    def ask(self, asker: Asker) -> Answers:
        """Ask what all of them did; ``Answers`` tells it by side."""
        scope, whose, grid = self._scope, self._whose, asker.grid

        def grown(metric: str, *by: str) -> Table:
            return asker.over_time(metric, promql.increases(metric, scope, grid.step, by=by), whose, by)

        keys = [(migration.name, side.value) for migration in grid.lengths for side in Side]
        return Answers(
            grid=grid,
            newest=newest_samples(asker, METRICS, scope, by=scope.side, whose=whose, keys=keys),
            bounds=asker.now("buckets", promql.bounds(DURATIONS, scope), whose, ("le",)),
            grown={
                TASKS: grown(TASKS, "outcome"),
                COST: grown(COST),
                TOKENS: grown(TOKENS),
                SESSIONS: grown(SESSIONS),
                DURATIONS: grown(DURATIONS, "le"),
            },
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a Prometheus answered about agents in one pass.

    Attributes:
        grid: The slices asked about.
        newest: When each side was last seen, by metric.
        bounds: Which buckets each side's durations have now.
        grown: By metric: tasks that ended by outcome, US dollars, tokens, sessions, tasks within a bucket's bound.
    """

    grid: Grid
    newest: NewestSamples
    bounds: Table
    grown: Mapping[str, Table]

    def side(self, migration: MigrationId, side: Side) -> Mapping[int, Slice] | Unknown:
        """Say what one side did, by slice; Unknown when it was not seen, not lately, or with impossible numbers."""
        key, slices = (migration.name, side.value), self.grid.lengths[migration]
        if (reason := next(self._doubts(key, slices), None)) is not None:
            return reason
        reports = {metric for metric in METRICS if self.newest.of(key, metric) is not None}
        happened = {ago for table in self.grown.values() for ago in table.cells.get(key, ()) if ago < slices}
        layout = Layout(self.bounds.at(key))
        return {
            ago: _slice(self.grid.end(ago), {metric: self.grown[metric].at(key, ago) for metric in reports}, layout)
            for ago in happened
        }

    def _doubts(self, key: Key, slices: int) -> Iterator[Unknown]:
        seen = {metric: self.newest.of(key, metric) for metric in METRICS}
        yield from (found for found in seen.values() if isinstance(found, Unknown))
        if seen[TASKS] is None:
            yield Unknown(f"{TASKS}: no sample for this side within the last minutes", self._last_seen(key))
        if reason := _impossible_buckets(self.bounds.at(key)):
            yield Unknown(f"{DURATIONS}: {reason}")
        for metric, table in self.grown.items():
            if doubt := table.doubt(key, slices):
                yield Unknown(f"{metric}: {doubt.reason}", self.grid.end(doubt.oldest))
            for ago, cell in table.cells.get(key, {}).items():
                if ago < slices and (reason := _IMPOSSIBLE[metric](cell)):
                    yield Unknown(f"{metric}: {reason}", self.grid.end(ago))

    def _last_seen(self, key: Key) -> datetime | None:
        newest = min(self.grown[TASKS].cells.get(key, ()), default=None)
        return self.newest.before_it_went(key) or (None if newest is None else self.grid.end(newest))


def _slice(end: datetime, grown: Mapping[str, Mapping[str, float]], layout: Layout) -> Slice:
    tasks = grown[TASKS]
    return Slice(
        end=end,
        tasks=round(math.fsum(tasks.values())),
        errors=round(math.fsum(tasks.get(outcome, 0) for outcome in _ERRORS)),
        completed=round(tasks.get("completed", 0)),
        cost_usd=grown[COST].get("", 0.0) if COST in grown else None,
        durations=layout.histogram(grown[DURATIONS]) if DURATIONS in grown else None,
        tokens=round(grown[TOKENS].get("", 0)) if TOKENS in grown else None,
        sessions=round(grown[SESSIONS].get("", 0)) if SESSIONS in grown else None,
    )


def _impossible_tasks(cell: Mapping[str, float]) -> str:
    if not cell.keys() <= _OUTCOMES:
        return f"an outcome is none of {', '.join(sorted(_OUTCOMES))}"
    return "" if all(is_whole(count) for count in cell.values()) else "a number of tasks is not whole"


def _impossible_count(cell: Mapping[str, float]) -> str:
    return "" if all(is_whole(count) for count in cell.values()) else "a count is not whole"


def _impossible_buckets(cell: Mapping[str, float]) -> str:
    return "" if all(is_bound(bound) for bound in cell) else "a bucket's bound is no number"


_IMPOSSIBLE: Mapping[str, Callable[[Mapping[str, float]], str]] = {
    TASKS: _impossible_tasks,
    COST: lambda _: "",
    TOKENS: _impossible_count,
    SESSIONS: _impossible_count,
    DURATIONS: _impossible_buckets,
}
