"""Says which side did which tasks where the traffic was routed so, and what a metric source saw of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import fsum

import numpy as np
import numpy.typing as npt

from reconciler.model.observation import Histogram, Observations, Samples, SideObservations, Slice
from reconciler.model.stage import Side, Stage

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

MINUTE = timedelta(minutes=1)
"""How often a simulated pass looks, and how long a slice is; the same as with a policy whose windows are 5 minutes."""

OUTCOMES = ("completed", "failed", "error")
COMPLETED, FAILED, ERROR = range(len(OUTCOMES))
_MINUTE = 60_000
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Route:
    """From a moment on, the traffic goes as this stage routes it."""

    begin: datetime
    stage: Stage


@dataclass(frozen=True, slots=True)
class Event:
    """One task's outcome, as ``reconciler record`` takes it."""

    at: datetime
    side: Side
    outcome: str
    seconds: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Results:
    """What a side makes of every task, whether or not the task reaches it.

    Attributes:
        outcome: Places in ``OUTCOMES``.
        seconds: How long it takes.
        cost_usd: US dollars.
    """

    outcome: Integers
    seconds: Floats
    cost_usd: Floats


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of one seed, in order of time. Which side they reach is not drawn: that follows from the routes.

    Attributes:
        begin: When the migration begins.
        at: When each comes (and counts), in milliseconds since then.
        bucket: 0 to 99; below the target's weight the task is the target's, so who is in at 10 % stays in at 25 %.
        mirror: 0 to 99; below the mirrored percentage a task of the testing stage goes to the target as well.
        results: By side.
        mirrored: Percent that is mirrored in testing; with 0 the first task there is a person's probe.
    """

    begin: datetime
    at: Integers
    bucket: Integers
    mirror: Integers
    results: Mapping[Side, Results]
    mirrored: int = 0

    def reached(self, side: Side, routes: Sequence[Route]) -> Booleans:
        """Say which tasks reach a side."""
        begins = np.asarray([(route.begin - self.begin) // MILLISECOND for route in routes])
        stages = np.searchsorted(begins, self.at, side="left") - 1
        weights = np.asarray([route.stage.target_weight for route in routes])[stages]
        of_target: Booleans = self.bucket < weights
        if side is Side.SOURCE:
            return ~of_target
        testing = np.asarray([route.stage is Stage.TESTING for route in routes])[stages]
        mirrored = self.mirror < self.mirrored if self.mirrored else np.cumsum(testing) == 1
        reached: Booleans = of_target | (testing & mirrored)
        return reached

    def observations(
        self, routes: Sequence[Route], begin: datetime, end: datetime, bounds: tuple[float, ...] = ()
    ) -> Observations:
        """Give what a metric source would say of both sides between two moments, by the minute.

        Args:
            routes: Where the traffic goes.
            begin: The first minute's beginning.
            end: The last minute's end.
            bounds: The buckets of a Prometheus, which knows costs as sums; empty for a ledger, which knows each task.
        """
        sides = (
            SideObservations(tuple(_reported(one, bounds) for one in self._slices(side, routes, begin, end)))
            for side in (Side.SOURCE, Side.TARGET)
        )
        return Observations(MINUTE, *sides)

    def events(self, routes: Sequence[Route], begin: datetime, end: datetime) -> Iterator[Event]:
        """Give the outcomes after ``begin`` and up to ``end``, by side and time, e.g. to fill a ledger with."""
        for side, results in self.results.items():
            for place in self._between(side, routes, begin, end):
                outcome, seconds, cost = (one[place] for one in (results.outcome, results.seconds, results.cost_usd))
                at = self.begin + int(self.at[place]) * MILLISECOND
                yield Event(at, side, OUTCOMES[outcome], float(seconds), float(cost))

    def first(self, side: Side, routes: Sequence[Route], begin: datetime) -> datetime | None:
        """Give the end of the minute in which the first task after a moment reaches a side; None when none does."""
        later = self.at > (begin - self.begin) // MILLISECOND
        found = np.flatnonzero(later & self.reached(side, routes))
        return self.begin + -(-int(self.at[found[0]]) // _MINUTE) * MINUTE if len(found) else None

    def _between(self, side: Side, routes: Sequence[Route], begin: datetime, end: datetime) -> Integers:
        bounds = [(moment - self.begin) // MILLISECOND for moment in (begin, end)]
        first, last = np.searchsorted(self.at, bounds, side="right")
        places: Integers = first + np.flatnonzero(self.reached(side, routes)[first:last])
        return places

    def _slices(self, side: Side, routes: Sequence[Route], begin: datetime, end: datetime) -> Iterator[Slice]:
        chosen, results = self._between(side, routes, begin, end), self.results[side]
        minutes = (end - begin) // MINUTE
        # The end of a slice belongs to it.
        minute = (self.at[chosen] - (begin - self.begin) // MILLISECOND + _MINUTE - 1) // _MINUTE - 1
        outcome = results.outcome[chosen]
        seconds, costs = results.seconds[chosen].tolist(), results.cost_usd[chosen].tolist()
        tasks, errors, completed = (
            np.bincount(minute[one], minlength=minutes).tolist()
            for one in (outcome >= 0, outcome == ERROR, outcome == COMPLETED)
        )
        first = 0
        for place, count in enumerate(tasks):
            at, last = begin + (place + 1) * MINUTE, first + count
            yield (
                Slice(
                    at,
                    count,
                    errors[place],
                    completed[place],
                    cost_usd=fsum(costs[first:last]),
                    durations=Samples(tuple(seconds[first:last])),
                    costs=tuple(costs[first:last]),
                )
                if count
                else Slice(at, 0, 0, 0)
            )
            first = last


def _reported(one: Slice, bounds: tuple[float, ...]) -> Slice:
    if not bounds or not isinstance(one.durations, Samples):
        return one
    counts = np.bincount(np.searchsorted(bounds, one.durations.seconds), minlength=len(bounds))
    return replace(one, durations=Histogram(bounds, tuple(map(float, counts))), costs=None)
