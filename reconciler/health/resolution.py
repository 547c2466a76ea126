"""Says when buckets are too coarse to tell on which side of its limit a 95th percentile lies. Pure.

A mesh's buckets reach from one to five minutes in one step: a percentile interpolated there may be off by a factor of
two, enough to roll back a healthy target and to miss one that takes twice as long.
"""

from __future__ import annotations

import math
from itertools import accumulate

from reconciler.health.durations import COARSE
from reconciler.health.limits import in_units
from reconciler.model.observation import Durations, Histogram, Unknown
from reconciler.model.policy import Limit


def too_coarse(limit: Limit, target: Durations | Unknown, source: Durations | Unknown | float) -> str:
    """Say why buckets leave the comparison open; empty when they do not.

    Args:
        limit: The limit on the percentile.
        target: The target's durations.
        source: What the limit is relative to: the source's durations, or a number of seconds.
    """
    mine = _place(target) if isinstance(target, Histogram) else None
    others = (
        _place(source) if isinstance(source, Histogram) else (source, source) if isinstance(source, float) else None
    )
    if mine is None or others is None:
        return ""
    coarse = [place for place in (mine, others) if place[1] > COARSE * place[0]]
    least, most = (in_units(limit, one) for one in others)
    if not coarse or mine[0] >= most or mine[1] <= least:
        return ""
    lower, upper = coarse[0]
    return f"the buckets are too coarse: a 95th percentile lies between {lower:g} and {upper:g} s, add bounds there"


def _place(histogram: Histogram) -> tuple[float, float] | None:
    """Give both bounds of the bucket that holds the percentile; None without tasks."""
    total = math.fsum(histogram.counts)
    within = enumerate(accumulate(histogram.counts))
    place = next((index for index, count in within if total and count >= 0.95 * total), None)
    return None if place is None else ((0.0, *histogram.bounds)[place], histogram.bounds[place])
