"""Draws the tasks of a source and a target whose true rates, durations and costs are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reconciler.health.history import Arm, Booleans, Buckets, Floats, History, Integers, Singles

MINUTES = 360
"""Six hours of looks, one a minute."""

PREVIOUS = {0.10: 0.0, 0.25: 0.10, 0.50: 0.25}
"""The target's part of the traffic in the stage before."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a side is really like; the defaults are those of a healthy one.

    Attributes:
        errors: The part of its tasks that end in an error.
        unfinished: The part of the others that are not completed.
        slower: Its durations, as a multiple of a lognormal with median 20 s and sigma 1.
        dearer: Its costs, as a multiple of a lognormal with median 1 USD and sigma 1; 1 task in 20 is free.
    """

    errors: float = 0.02
    unfinished: float = 0.02
    slower: float = 1.0
    dearer: float = 1.0


HEALTHY = Truth()


@dataclass(frozen=True, slots=True)
class World:
    """One kind of migration.

    Attributes:
        rate: Tasks an hour on the target's side; they arrive as a Poisson process.
        share: The target's rendered part of the traffic.
        target: What the target is like from the minute ``onset`` on; before it is healthy. The source always is.
        incident: The first minute, and the one after the last, in which 30 % of both sides' tasks are errors.
        applied: The minute in which the rendered split comes into force; before, that of the stage before is.
        real: The part of the traffic that reaches the target in truth; None is ``share``.
        clustered: Whether tasks come in sessions of 5 on average that are routed whole and are alike.
        singly: Whether the cost of single tasks is known, as from a ledger, or only the sum of a minute.
    """

    rate: float
    share: float
    target: Truth = HEALTHY
    onset: int = 0
    minutes: int = MINUTES
    incident: tuple[int, int] = (0, 0)
    applied: int = 0
    real: float | None = None
    clustered: bool = False
    singly: bool = False

    def draw(self, runs: int, generator: np.random.Generator) -> History:
        """Draw so many migrations of this kind."""
        minute = np.arange(self.minutes)
        real = self.share if self.real is None else self.real
        share = np.where(minute < self.applied, PREVIOUS[self.share], real)
        an_hour = self.rate / self.share
        source = _arm(self, HEALTHY, _tasks(self, an_hour * (1 - share), runs, generator), runs, generator)
        target = _arm(self, self.target, _tasks(self, an_hour * share, runs, generator), runs, generator)
        return History(60.0, source, target, self.share, PREVIOUS[self.share])


@dataclass(frozen=True, slots=True)
class _Tasks:
    """Tasks and the sessions they belong to; without sessions each task is its own.

    Attributes:
        place: The slice of each task, counted through all runs.
        session: Which session each belongs to.
        begun: The slice in which each session began.
    """

    place: Integers
    session: Integers
    begun: Integers


def _tasks(world: World, an_hour: Floats, runs: int, generator: np.random.Generator) -> _Tasks:
    size = _SESSION if world.clustered else 1.0
    begun = np.repeat(
        np.arange(runs * world.minutes), generator.poisson(an_hour / 60 / size, (runs, world.minutes)).ravel()
    )
    every = np.arange(len(begun))
    if not world.clustered:
        return _Tasks(begun, every, begun)
    session = np.repeat(every, 1 + generator.poisson(_SESSION - 1, len(begun)))
    place = begun[session] + generator.integers(0, _LASTS, len(session))
    inside = place // world.minutes == begun[session] // world.minutes
    return _Tasks(place[inside], session[inside], begun)


def _arm(world: World, truth: Truth, tasks: _Tasks, runs: int, generator: np.random.Generator) -> Arm:
    minute = np.arange(world.minutes)
    changed, shape = minute >= world.onset, (runs, world.minutes)
    errors = np.where(changed, truth.errors, HEALTHY.errors)
    errors[slice(*world.incident)] = _INCIDENT
    failed = _happens(world, errors, tasks, generator)
    unfinished = ~failed & _happens(world, np.where(changed, truth.unfinished, HEALTHY.unfinished), tasks, generator)
    late = changed[tasks.place % world.minutes]
    seconds = _MEDIAN * np.exp(_varies(world, tasks, generator)) * np.where(late, truth.slower, 1.0)
    usd = np.exp(_varies(world, tasks, generator)) * (generator.random(len(tasks.place)) >= _FREE)
    usd *= np.where(late, truth.dearer, 1.0)
    count = _counted(tasks.place, shape)
    completed = count - _counted(tasks.place[failed | unfinished], shape)
    return Arm(
        tasks=count,
        errors=_counted(tasks.place[failed], shape),
        completed=completed,
        cost=_counted(tasks.place, shape, usd),
        costs=_singles(tasks.place, usd, completed / np.maximum(count, 1)) if world.singly else None,
        durations=_durations(tasks.place, seconds, shape),
        sessions=_counted(tasks.begun, shape) if world.clustered else None,
    )


def _happens(world: World, chance: Floats, tasks: _Tasks, generator: np.random.Generator) -> Booleans:
    of_session = chance[tasks.begun % world.minutes]
    if world.clustered:  # beta-binomial: the correlation is 1 / (a + b + 1)
        total = 1 / _ALIKE - 1
        of_session = generator.beta(total * of_session, total * (1 - of_session))
    happens: Booleans = generator.random(len(tasks.place)) < of_session[tasks.session]
    return happens


def _varies(world: World, tasks: _Tasks, generator: np.random.Generator) -> Floats:
    own = generator.standard_normal(len(tasks.place))
    if not world.clustered:
        return own
    shared = generator.standard_normal(len(tasks.begun))[tasks.session]
    return math.sqrt(_ALIKE) * shared + math.sqrt(1 - _ALIKE) * own


def _counted(place: Integers, shape: tuple[int, int], values: Floats | None = None) -> Floats:
    counts = np.bincount(place, weights=values, minlength=shape[0] * shape[1])
    return counts.astype(np.float64).reshape(shape)


def _durations(place: Integers, seconds: Floats, shape: tuple[int, int]) -> Buckets:
    many = len(_BOUNDS)
    counts = np.bincount(place * many + np.searchsorted(_BOUNDS, seconds), minlength=shape[0] * shape[1] * many)
    return Buckets(_BOUNDS, counts.astype(np.float64).reshape(*shape, many))


def _singles(place: Integers, usd: Floats, completed: Floats) -> Singles:
    minutes = completed.shape[1]
    return Singles(place // minutes, place % minutes, usd, completed.ravel()[place])


_MEDIAN = 20.0
_FREE = 0.05
_INCIDENT = 0.3
_SESSION = 5.0
_LASTS = 10
"""Minutes over which the tasks of a session are spread."""
_ALIKE = 0.3
"""The correlation of two tasks of a session."""
_BOUNDS = np.append(10 * 2.0 ** (np.arange(50) / 8), np.inf)
"""Seconds, each 9 % above the one before: about the quantiles that the checks look at."""
