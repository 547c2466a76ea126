"""Cells about rolling back: a healthy target, a broken one, an incident on both sides, sessions of like tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from reconciler.health.history import Floats, History
from reconciler.health.split import CONTRADICTION, split
from tests.bench.decisions import peers
from tests.bench.decisions.board import Figure, median, rate, upper, with_chance
from tests.bench.decisions.cells import Cell
from tests.bench.decisions.judging import CHECKS, OURS, POLICY, Outcome, first, judged, proven, trips
from tests.bench.decisions.world import Truth, World

RATES, SHARES = (5, 20, 60, 200), (0.10, 0.25, 0.50)


def cells() -> Iterator[Cell]:
    """Give the cells of groups 1, 2, 4, 6 and 7."""
    for rate_, share in ((rate_, share) for rate_ in RATES for share in SHARES):
        yield healthy(rate_, share)
    for rate_, share in ((rate_, share) for rate_ in RATES for share in (0.10, 0.50)):
        yield healthy(rate_, share, singly=True)
    yield from _broken()
    for rate_, share in ((rate_, share) for rate_ in (20, 60, 200) for share in (0.10, 0.50)):
        yield incident(rate_, share)
    for rate_, share in ((rate_, share) for rate_ in (20, 60, 200) for share in (0.10, 0.50)):
        world = World(rate_, share, clustered=True)
        yield Cell(_SESSIONS, _place(world), 2000, partial(_with_and_without_sessions, world), _false_with_sessions)
    yield from _splits()


def healthy(rate_: float, share: float, *, singly: bool = False, runs: int = 2000) -> Cell:
    """Roll back nothing where nothing is wrong."""
    world = World(rate_, share, singly=singly)
    if singly:
        return Cell(_HEALTHY, f"{_place(world)}, single costs", 500, partial(rolled_back, world), _false, batch=125)
    return Cell(_HEALTHY, _place(world), runs, partial(with_peers, world), _false)


def broken(name: str, world: World, *, within: float, caught: float = 0.97, runs: int = 2000) -> Cell:
    """Find what is wrong in time.

    Args:
        name: What is wrong.
        world: The target's truth.
        within: The bound of the median, in minutes from when it is wrong.
        caught: The least part that must be found at all.
        runs: How many migrations.
    """

    def figures(outcome: Outcome) -> tuple[Figure, ...]:
        in_time = {name: _since(world.onset, moments) for name, moments in outcome.items() if name in _RULES}
        ours = in_time.pop(OURS)
        beside = (Figure(name, median(moments), digits=0) for name, moments in in_time.items())
        found = Figure("found", rate(ours), caught, at_least=True, digits=2)
        return found, Figure("median minutes", median(ours), within, digits=0), *beside

    return Cell(
        _BROKEN,
        f"{name}, {_place(world)}",
        runs,
        partial(with_peers, world),
        figures,
        batch=125 if world.singly else 250,
    )


def incident(rate_: float, share: float) -> Cell:
    """Blame no side for what befalls both."""
    world = World(rate_, share, incident=(180, 210))
    return Cell(_INCIDENT, _place(world), 1000, partial(with_peers, world), _false_in_incident)


def rolled_back(world: World, runs: int, generator: np.random.Generator) -> Outcome:
    """Say when which check rolls back, when the split was called wrong, and when all is proven."""
    return _ours(world.draw(runs, generator), world.share)


def with_peers(world: World, runs: int, generator: np.random.Generator) -> Outcome:
    """The same with the rules of others on the same tasks."""
    history = world.draw(runs, generator)
    return {**_ours(history, world.share), **peers.moments(history)}


def _ours(history: History, share: float) -> Outcome:
    seen = split(history)
    answers = judged(history, seen=seen)
    passed = proven(answers.values(), _LEVELS[share])
    passed[:, :59] = False  # the soak
    return {**trips(answers), _INVALID: first(seen.contradiction >= CONTRADICTION), _ADVANCES: first(passed)}


def _with_and_without_sessions(world: World, runs: int, generator: np.random.Generator) -> Outcome:
    history = world.draw(runs, generator)
    assert history.source is not None
    blind = replace(
        history, source=replace(history.source, sessions=None), target=replace(history.target, sessions=None)
    )
    return {**with_peers_of(history), _BLIND: trips(judged(blind))[OURS]}


def with_peers_of(history: History) -> Outcome:
    """Give when our checks and when the rules of others roll back one drawn history."""
    return {**trips(judged(history)), **peers.moments(history)}


def _broken() -> Iterator[Cell]:
    outage = Truth(errors=1.0)
    for rate_, within in ((5, 45), (20, 12), (60, 5), (200, 2)):
        yield broken("all tasks fail", World(rate_, 0.10, outage), within=within)
    yield broken("all fail from hour 3", World(20, 0.10, outage, onset=180), within=15)
    yield broken("20 % errors", World(20, 0.10, Truth(errors=0.20)), within=75, runs=4000)
    yield broken("3x as slow", World(20, 0.10, Truth(slower=3.0)), within=100)
    yield broken("2x as dear", World(60, 0.10, Truth(dearer=2.0)), within=80)
    yield broken("2x as dear, single costs", World(60, 0.10, Truth(dearer=2.0), singly=True), within=80, runs=500)


def _splits() -> Iterator[Cell]:
    for real in (0.10, 0.12, 0.15, 0.05):
        world = World(60, 0.10, real=real)
        figures = _honest_split if real == world.share else _wrong_split
        runs = 4000 if real == world.share else 500
        yield Cell(
            _SPLIT,
            f"rendered 10 %, real {real * 100:.0f} %, {_place(world)}",
            runs,
            partial(rolled_back, world),
            figures,
        )


def _since(onset: int, moments: Floats) -> Floats:
    return moments[moments > onset] - onset


def _false(outcome: Outcome) -> tuple[Figure, ...]:
    ours = outcome[OURS]
    return (
        Figure(OURS, rate(ours), digits=4),
        Figure("95 % bound", upper(ours), POLICY.wrong_rollback),
        *(Figure(name, rate(outcome[name]), digits=4) for name in CHECKS),
        Figure(_INVALID, rate(outcome[_INVALID]), digits=4),
        Figure(_ADVANCES, rate(outcome[_ADVANCES]), digits=2),
        Figure("minute", median(outcome[_ADVANCES]), digits=0),
        *_beside(outcome),
    )


def _false_in_incident(outcome: Outcome) -> tuple[Figure, ...]:
    return (
        Figure(OURS, rate(outcome[OURS]), 0.07),
        *(Figure(name, rate(outcome[name])) for name in CHECKS),
        *_beside(outcome),
    )


def _false_with_sessions(outcome: Outcome) -> tuple[Figure, ...]:
    ours = Figure(OURS, rate(outcome[OURS]), POLICY.wrong_rollback)
    checks = (Figure(name, rate(outcome[name])) for name in CHECKS)
    return ours, *checks, Figure(_BLIND, rate(outcome[_BLIND])), *_beside(outcome)


def _honest_split(outcome: Outcome) -> tuple[Figure, ...]:
    wrong = outcome[_INVALID]
    return Figure("called wrong", rate(wrong), with_chance(0.001, len(wrong)), digits=4), *_wrong_split(outcome)[1:]


def _wrong_split(outcome: Outcome) -> tuple[Figure, ...]:
    wrong = outcome[_INVALID]
    return (
        Figure("called wrong", rate(wrong), digits=4),
        Figure("median minutes", median(wrong), digits=0),
        Figure("rolled back", rate(outcome[OURS])),
    )


def _beside(outcome: Outcome) -> tuple[Figure, ...]:
    return tuple(Figure(name, rate(outcome[name])) for name in peers.RULES if name in outcome)


def _place(world: World) -> str:
    return f"{world.rate}/h {world.share * 100:.0f} %"


_LEVELS = {0.10: 0.20, 0.25: 0.10, 0.50: 0.05}
_INVALID, _ADVANCES, _BLIND = "INVALID", "advances", "per task"
_RULES = (OURS, *peers.RULES)
_HEALTHY = "1  A healthy target, rolled back within 6 h (aim 0.01; beside it: when it may advance, and others' rules)"
_BROKEN = "2  A broken target at 10 %: found within 6 h, and after how many minutes (all runs; others' medians beside)"
_INCIDENT = "4  30 % errors on both sides for 30 minutes: rolled back"
_SESSIONS = "6  A healthy target whose tasks come in sessions of 5 that are alike (0.3): rolled back"
_SPLIT = "7  The real split: called wrong within 6 h"
