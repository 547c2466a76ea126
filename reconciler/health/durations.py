"""Counts the tasks above a quantile of the source, and reads percentiles off buckets. Pure."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reconciler.health.history import Buckets, Floats, Integers, before

COARSE = 2.0
"""A bucket whose upper bound is more than so many times its lower one leaves comparisons open."""

NONE = -2
"""The place of a threshold that is not known yet."""


def quantile_before(buckets: Buckets, quantile: float, *, at_least: int) -> Integers:
    """Find the bucket that held a quantile of everything before each slice.

    Args:
        buckets: The source's.
        quantile: Between 0 and 1.
        at_least: How many tasks it takes; with fewer there is no threshold.

    Returns:
        The bucket's place, ``NONE`` without a threshold: runs x slices.
    """
    known = before(buckets.counts)
    return np.where(known.sum(axis=2) >= at_least, _place(known, quantile), NONE)


def above(buckets: Buckets, place: Integers) -> Floats:
    """Count the tasks of each slice in buckets above a place; 0 without a threshold.

    Args:
        buckets: Whose tasks.
        place: Runs x slices; -1 counts every task.
    """
    within = np.cumsum(buckets.counts, axis=2)
    largest = buckets.counts.shape[2] - 1
    upto = np.take_along_axis(within, np.clip(place, 0, largest)[:, :, None], axis=2)[:, :, 0]
    return np.where(place <= NONE, 0.0, within[:, :, -1] - np.where(place < 0, 0.0, upto))


def at_most(bounds: Floats, threshold: Floats) -> Integers:
    """Find the largest bound that is a threshold at most, -1 when none is: more tasks count as slow, never fewer."""
    return np.searchsorted(bounds, threshold * (1 + 1e-9), side="right") - 1


def at_least(bounds: Floats, threshold: Floats) -> Integers:
    """Find the smallest bound that is a threshold at least: then fewer tasks count as slow, never more."""
    return np.minimum(np.searchsorted(bounds, threshold * (1 - 1e-9), side="left"), len(bounds) - 1)


def percentile_95(bounds: Floats, counts: Floats, *, coarse: Literal["lower", "upper"]) -> Floats:
    """Interpolate the 95th percentile in its bucket, in seconds; not a number without tasks.

    Args:
        bounds: Upper bounds of the buckets.
        counts: Runs x slices x buckets.
        coarse: Which end of a bucket is taken where the upper is more than twice the lower.
    """
    within = np.cumsum(counts, axis=2)
    rank = 0.95 * within[:, :, -1]
    place = _place(counts, 0.95)
    lower = np.concatenate([[0.0], bounds[:-1]])[place]
    upper = np.where(np.isfinite(bounds[place]), bounds[place], lower)  # such a bucket is coarse
    inside = np.take_along_axis(counts, place[:, :, None], axis=2)[:, :, 0]
    up_to = np.take_along_axis(within, place[:, :, None], axis=2)[:, :, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = lower + (upper - lower) * (rank - (up_to - inside)) / inside
    found = np.where(bounds[place] > COARSE * lower, lower if coarse == "lower" else bounds[place], found)
    return np.where(rank > 0, found, np.nan)


def _place(counts: Floats, quantile: float) -> Integers:
    within = np.cumsum(counts, axis=2)
    short = within < quantile * within[:, :, -1:] - 1e-9
    place: Integers = np.minimum(short.sum(axis=2), counts.shape[2] - 1)
    return place
