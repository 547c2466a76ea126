"""Cells about going forward: a target exactly at a limit, and one far worse than the source."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from reconciler.health.history import Booleans, Floats
from tests.bench.decisions.board import Figure, median, rate, with_chance
from tests.bench.decisions.cells import Cell
from tests.bench.decisions.judging import CHECKS, OURS, Outcome, first, judged, proven, trips
from tests.bench.decisions.peers import chi_square
from tests.bench.decisions.world import Truth, World

LEVELS = (0.20, 0.10, 0.05)
SOAK = 60


def cells() -> Iterator[Cell]:
    """Give the cells of group 3."""
    for rate_ in (20, 60, 200):
        yield at_limit("errors", World(rate_, 0.10, Truth(errors=0.05)))
    for rate_ in (20, 60, 200):
        yield at_limit("latency", World(rate_, 0.10, Truth(slower=2.0)), runs=1000)
    for rate_ in (20, 60, 200):
        yield at_limit("cost", World(rate_, 0.10, Truth(dearer=1.5)))
    for rate_ in (20, 60):
        yield at_limit("cost", World(rate_, 0.10, Truth(dearer=1.5), singly=True), runs=1000)
    for rate_ in (20, 60, 200):
        yield at_limit("done", World(rate_, 0.10, Truth(unfinished=1 - _FLOOR / 0.98)))
    for rate_ in (20, 60, 200):
        world = World(rate_, 0.10, Truth(errors=0.08))
        yield Cell(_WORSE, f"8 % errors, {rate_}/h 10 %", 500, partial(advanced, world), _far_worse)


def at_limit(check: str, world: World, *, runs: int = 2000) -> Cell:
    """Prove nothing that is not so.

    Args:
        check: The check that the target is exactly at the limit of.
        world: The target's truth.
        runs: How many migrations.
    """
    kind = ", single costs" if world.singly else ""
    name = f"{check} at the limit, {world.rate}/h {world.share * 100:.0f} %{kind}"
    return Cell(_AT_LIMIT, name, runs, partial(proofs, check, world), _levels, batch=125 if world.singly else 250)


def proofs(check: str, world: World, runs: int, generator: np.random.Generator) -> Outcome:
    """Say when one check is proven at each level, and what looking for an alarm for an hour says."""
    history = world.draw(runs, generator)
    answers = judged(history, [CHECKS[check]])
    return {
        **{_column(level): first(proven(answers.values(), level)) for level in LEVELS},
        **_beside(answers[check].tripped, chi_square(history)),
    }


def advanced(world: World, runs: int, generator: np.random.Generator) -> Outcome:
    """Say when all checks are proven after the soak, and when one has tripped."""
    history = world.draw(runs, generator)
    answers = judged(history)
    columns = {}
    for level in LEVELS:
        passed = proven(answers.values(), level)
        passed[:, : SOAK - 1] = False
        columns[_column(level)] = first(passed)
    alarm = np.any([one.tripped for one in answers.values()], axis=0)
    return {**columns, **_beside(alarm, chi_square(history)), OURS: trips(answers)[OURS]}


def _beside(alarm: Booleans, chi2: Floats) -> dict[str, Floats]:
    return {
        _QUIET: np.where(alarm[:, SOAK - 1], np.inf, SOAK),
        _CHI: np.where(chi2[:, SOAK - 1] > 3.841, np.inf, SOAK),
    }


def _levels(outcome: Outcome) -> tuple[Figure, ...]:
    levels = (
        Figure(_column(level), rate(outcome[_column(level)]), with_chance(level, len(outcome[_column(level)])))
        for level in LEVELS
    )
    return *levels, Figure(_QUIET, rate(outcome[_QUIET])), Figure(_CHI, rate(outcome[_CHI]))


def _far_worse(outcome: Outcome) -> tuple[Figure, ...]:
    first_, *others = (_column(level) for level in LEVELS)
    return (
        Figure(first_, rate(outcome[first_]), 0.05),
        *(Figure(column, rate(outcome[column])) for column in others),
        Figure(_QUIET, rate(outcome[_QUIET])),
        Figure(_CHI, rate(outcome[_CHI])),
        Figure("rolled back", rate(outcome[OURS])),
        Figure("minute", median(outcome[OURS]), digits=0),
    )


def _column(level: float) -> str:
    return f"proven at {level * 100:.0f} %"


_FLOOR = 0.98 * 0.98 - 0.05
"""The part that the target completes when the source completes 96 % and 5 points less are allowed."""
_QUIET, _CHI = "1 h no alarm", "1 h chi2 p>.05"
_AT_LIMIT = "3a A target exactly at a limit: proven at any look within 6 h (bound: the level and two standard errors)"
_WORSE = "3b A target 4x worse than the source: every check proven after the soak, at any look within 6 h"
