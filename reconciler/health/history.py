"""What both sides did, as numbers in a row of slices: the form that the evidence is reckoned on. Pure.

Every array has runs as its first axis and slices as its second; a pass judges one run, a benchmark thousands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

_FLAT = 2


@dataclass(frozen=True, slots=True)
class Singles:
    """The cost of single tasks, one entry a task.

    Attributes:
        run: Which run each belongs to.
        place: Which slice each belongs to.
        usd: US dollars.
        completed: Whether the task was completed, 0 or 1; spread evenly where it is not known of the single task.
    """

    run: Integers
    place: Integers
    usd: Floats
    completed: Floats


@dataclass(frozen=True, slots=True)
class Buckets:
    """Durations counted in buckets.

    Attributes:
        bounds: Upper bounds in seconds, ascending, as long as there are buckets.
        counts: Tasks in each bucket, not cumulative: runs x slices x buckets.
    """

    bounds: Floats
    counts: Floats


@dataclass(frozen=True, slots=True)
class Arm:
    """One side.

    Attributes:
        tasks: Tasks that ended in each slice: runs x slices.
        errors: Of these, those that ended in ``error`` or ``timeout``.
        completed: Of these, those that were completed.
        cost: US dollars spent; None when not known for every task.
        costs: The same task by task; None where only the sums are known.
        durations: How long they took; None when not known for every task.
        sessions: Sessions newly assigned; None when not reported.
    """

    tasks: Floats
    errors: Floats
    completed: Floats
    cost: Floats | None = None
    costs: Singles | None = None
    durations: Buckets | None = None
    sessions: Floats | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Both sides since the evidence began.

    Attributes:
        step: Seconds that a slice lasts.
        source: The source; None after complete, where it has no tasks any more.
        target: The target.
        weight: The part of the traffic that the target shall have, 0 to 1.
        previous: What it had in the stage before; equal to ``weight`` when the split stands for long.
    """

    step: float
    source: Arm | None
    target: Arm
    weight: float
    previous: float

    @property
    def shape(self) -> tuple[int, int]:
        """Runs and slices."""
        runs, slices = self.target.tasks.shape
        return runs, slices


def stretched(tasks: Floats, slices: int, at_least: int) -> Integers:
    """Say in which slice a window begins that ends after each slice, stretched back until it holds enough tasks.

    Args:
        tasks: Runs x slices.
        slices: The window's least length.
        at_least: How many tasks it shall hold; one that cannot reaches back to the beginning.
    """
    runs, length = tasks.shape
    by_time = np.maximum(np.arange(1, length + 1) - slices, 0)
    total = np.cumsum(np.concatenate([np.zeros((runs, 1)), tasks], axis=1), axis=1)
    # One search for all runs: each run's totals are lifted above those of the run before it.
    lift = (np.arange(runs) * (float(total.max(initial=0.0)) + at_least + 1.0))[:, None]
    found = np.searchsorted((total + lift).ravel(), (total[:, 1:] + lift - at_least).ravel(), side="right") - 1
    by_count = np.maximum(found.reshape(runs, length) - np.arange(runs)[:, None] * (length + 1), 0)
    begins: Integers = np.minimum(by_time, by_count)
    return begins


def between(values: Floats, begins: Integers) -> Floats:
    """Add up each window that ends after a slice.

    Args:
        values: Runs x slices, or runs x slices x buckets.
        begins: The slice in which each window begins: runs x slices.
    """
    total = np.cumsum(values, axis=1)
    earlier = np.concatenate([np.zeros_like(total[:, :1]), total], axis=1)
    place = begins if values.ndim == _FLAT else begins[:, :, None]
    summed: Floats = total - np.take_along_axis(earlier, place, axis=1)
    return summed


def before(values: Floats) -> Floats:
    """Give what had come together before each slice, so that nothing in a slice bears on its own stake.

    >>> before(np.array([[1.0, 2.0, 3.0]])).tolist()
    [[0.0, 1.0, 3.0]]
    """
    return np.cumsum(values, axis=1) - values
