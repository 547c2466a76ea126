"""Keeps the books of bets against a hypothesis: a wealth that is hard to make while the hypothesis is true. Pure.

Each bet multiplies its stake, slice by slice, by a factor that is worth 1 at most on average while the hypothesis
holds. Then the chance that all bets together ever reach 1 / alpha times what they began with is alpha at most, however
often somebody looks (Ville, 1939; Ramdas, Gruenwald, Vovk & Shafer, Statistical Science 38, 2023). All of it is done in
logarithms, because wealth leaves the range of floating point within a few hundred tasks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reconciler.health.history import Floats

_AT_ONCE = 0.6
FRESH = float(np.log(_AT_ONCE))
"""The logarithm of what is staked at once; the rest is staked bit by bit."""

_HALF_STAKED = 4 * 3600.0
"""Seconds after which half of that rest is staked."""


@dataclass(frozen=True, slots=True)
class Bets:
    """Several bets against one hypothesis.

    Attributes:
        gains: The logarithm of each bet's factor in each slice: runs x slices x bets.
        parts: The part of the stake that each bet gets; they add up to 1.
    """

    gains: Floats
    parts: Floats


def share_out(*bets: Bets, first: float | None = None) -> Bets:
    """Share the stake between groups of bets: an average of such wealths is one again.

    Args:
        bets: The groups.
        first: The part that the first group gets; the others share the rest. None treats all alike.
    """
    part = 1 / len(bets) if first is None else first
    rest = (1 - part) / max(len(bets) - 1, 1)
    parts = [one.parts * (rest if index else part) for index, one in enumerate(bets)]
    return Bets(np.concatenate([one.gains for one in bets], axis=2), np.concatenate(parts))


def even(gains: Floats) -> Bets:
    """Give each bet the same part of the stake."""
    count = gains.shape[2]
    return Bets(gains, np.full(count, 1 / count))


def grow(bets: Bets, carried: float = 0.0) -> Floats:
    """Reckon the logarithm of the wealth after every slice when all of it is staked from the beginning.

    Args:
        bets: The bets.
        carried: The logarithm of the wealth that the stages before have left.

    Returns:
        Runs x slices.
    """
    return _sum_of_exponentials(np.cumsum(bets.gains, axis=1) + np.log(bets.parts)) + carried


def grow_restarted(bets: Bets, step: float, *, seconds: float = 0.0, carried: float = FRESH) -> tuple[Floats, Floats]:
    """Reckon the wealth when most is staked at once and the rest bit by bit, so that a late change is found as well.

    A cumulative wealth has lost nearly everything when the target breaks after days of health. What is staked in
    slice j knows nothing of the slices before, so this is an average over the time of the change (Shiryaev's mixture)
    with a heavy-tailed prior: of what is kept, c / (c + t) is left after a time t, with c = 4 hours.

    Args:
        bets: The bets.
        step: Seconds that a slice lasts.
        seconds: How long the evidence had been gathered before the first slice.
        carried: The logarithm of what was staked then.

    Returns:
        The logarithm of the whole wealth after every slice, and of its staked part: runs x slices each.
    """
    slices = bets.gains.shape[1]
    kept = np.log((1 - _AT_ONCE) * _HALF_STAKED / (_HALF_STAKED + seconds + step * np.arange(slices + 1)))
    staked_now = kept[:-1] + np.log(-np.expm1(np.diff(kept)))
    total = np.cumsum(bets.gains, axis=1)
    # What is staked in a slice is worth the gains from that slice on: exp(total now - total before it).
    stakes = staked_now[None, :, None] - (total - bets.gains)
    stakes[:, :1] = np.logaddexp(stakes[:, :1], carried)
    staked = _sum_of_exponentials(total + np.logaddexp.accumulate(stakes, axis=1) + np.log(bets.parts))
    return np.logaddexp(staked, kept[None, 1:]), staked


def _sum_of_exponentials(logarithms: Floats) -> Floats:
    largest = logarithms.max(axis=2)
    summed: Floats = largest + np.log(np.exp(logarithms - largest[:, :, None]).sum(axis=2))
    return summed
