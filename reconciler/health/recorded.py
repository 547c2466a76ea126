"""Puts observations into the rows of numbers that the evidence is reckoned on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np

from reconciler.health.history import Arm, Buckets, Floats, Singles
from reconciler.health.tally import span
from reconciler.model.observation import Durations, Histogram, Samples, SideObservations, Slice

_BOUNDS = 2.0 ** (np.arange(-80, 161) / 8)
"""Seconds, from a millisecond to twelve days, each 9 % above the one before: where single durations are sorted in."""


def recorded(
    side: SideObservations, step: timedelta, *, begin: datetime, end: datetime, like: Arm | None = None
) -> Arm:
    """Give one side's slices between two moments as one run.

    Args:
        side: What it did.
        step: The length of a slice.
        begin: The moment evidence begins.
        end: The pass's moment.
        like: The other side, whose buckets a side without a duration takes over.
    """
    slices = span(side, step, begin=begin, end=end)
    # Most slices of an agent are empty: only the others cost anything.
    busy = [(place, one) for place, one in enumerate(slices) if one.tasks or one.cost_usd or one.sessions]
    active = [(place, one) for place, one in busy if one.tasks]
    return Arm(
        tasks=_row(len(slices), busy, lambda one: one.tasks),
        errors=_row(len(slices), busy, lambda one: one.errors),
        completed=_row(len(slices), busy, lambda one: one.completed),
        cost=_row(len(slices), busy, lambda one: one.cost_usd) if _all_told(active) else None,
        costs=_singles(active),
        durations=_durations(len(slices), active, like),
        sessions=_row(len(slices), busy, lambda one: one.sessions) if _reports_sessions(slices) else None,
    )


def _all_told(active: Sequence[tuple[int, Slice]]) -> bool:
    return all(one.cost_usd is not None for _, one in active)


def _reports_sessions(slices: Sequence[Slice]) -> bool:
    return any(one.sessions is not None for one in slices)


def _row(length: int, busy: Sequence[tuple[int, Slice]], number: Callable[[Slice], float | None]) -> Floats:
    row = np.zeros((1, length))
    for place, one in busy:
        row[0, place] = number(one) or 0.0
    return row


def _singles(active: Sequence[tuple[int, Slice]]) -> Singles | None:
    if not active or any(one.costs is None or len(one.costs) != one.tasks for _, one in active):
        return None
    place = np.repeat([place for place, _ in active], [one.tasks for _, one in active])
    usd = np.concatenate([np.asarray(one.costs, dtype=np.float64) for _, one in active])
    completed = np.repeat([one.completed / one.tasks for _, one in active], [one.tasks for _, one in active])
    return Singles(np.zeros_like(place), place, usd, completed)


def _durations(length: int, active: Sequence[tuple[int, Slice]], like: Arm | None) -> Buckets | None:
    if not active:
        shared = like.durations.bounds if like and like.durations else _BOUNDS
        return Buckets(shared, np.zeros((1, length, len(shared))))
    known = [one.durations for _, one in active]
    bounds = _common_bounds(known)
    if bounds is None:
        return None
    counts = np.zeros((1, length, len(bounds)))
    for (place, _), one in zip(active, known, strict=True):
        if isinstance(one, Samples):
            np.add.at(counts[0, place], np.searchsorted(bounds[:-1], np.asarray(one.seconds)), 1.0)
        elif one is not None and one.counts:
            counts[0, place] = one.counts
    return Buckets(bounds, counts)


def _common_bounds(known: Sequence[Durations | None]) -> Floats | None:
    """Give the bounds that all durations share; None when they cannot be put together."""
    if all(isinstance(one, Samples) for one in known):
        return _BOUNDS
    filled = [one for one in known if isinstance(one, Histogram)]
    if len(filled) < len(known):
        return None
    bounds = {one.bounds for one in filled if one.counts}
    return np.asarray(bounds.pop()) if len(bounds) == 1 else None
