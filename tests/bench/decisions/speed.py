"""Times the engine on one migration against numpy's running sum of the same rows, so that the machine cancels out."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from reconciler.health.history import History
from tests.bench.decisions.board import Figure, Row
from tests.bench.decisions.judging import judged
from tests.bench.decisions.world import World


def rows(seed: int) -> list[Row]:
    """Time one migration of 6 hours and one of 3 days."""
    return [_row(minutes, seed) for minutes in (360, 4320)]


def _row(minutes: int, seed: int) -> Row:
    history = World(20, 0.10, minutes=minutes).draw(1, np.random.default_rng(seed))
    ratio = median(_seconds(lambda: judged(history)) / _seconds(lambda: _sums(history)) for _ in range(_TIMES))
    return Row(_GROUP, f"{minutes} minutes", (Figure("times a running sum", ratio, digits=0),))


def _sums(history: History) -> None:
    for arm in (history.source, history.target):
        assert arm is not None
        assert arm.durations is not None
        for row in (arm.tasks, arm.errors, arm.completed, arm.cost, arm.durations.counts):
            assert row is not None
            np.cumsum(row, axis=1)


def _seconds(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


_TIMES = 9
_GROUP = "8  Time to judge one migration by all four checks"
