"""The bets: on whose bad events they are, on a rate, on the distance of two rates, and on a mean. Pure.

Each function gives the logarithm of factors, runs x slices x bets. A factor of a slice depends on that slice through
sums alone, so it does not matter how events are cut into pieces or in which order they come within a slice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from reconciler.health.history import Floats
from reconciler.health.wealth import Bets, even

WORSE = (3.0, 8.0, 15.0, 50.0)
"""How many times as often as the source the target may have a bad event."""

SLOWER = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0)
"""The same for tasks above a quantile, of which there are many."""

BETTER = (0.02, 0.1, 0.2, 0.4, 0.6, 0.8)
"""The part of the limit that the target may be at."""

_ABOVE = (0.2, 0.9)
_GUESSES = (0.001, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.5)
_SHARES = np.arange(1, 1000) / 1000


def label(target: Floats, source: Floats, share: Floats, ratios: Sequence[float], *, null: float = 1.0) -> Bets:
    """Bet on whose bad event each one is.

    While the target has them at most ``null`` times as often as the source, a bad event is the target's with the chance
    ``theta(null)`` at most, ``theta(r) = s r / (s r + 1 - s)`` with the share ``s`` of the traffic, whatever the level
    of both sides is and however it changes (Lindon & Malek, NeurIPS 2022, inhomogeneous Bernoulli processes; a grid of
    ratios in place of their prior). Ratios above 1 bet against "at most ``null``", those below against "at least".

    Args:
        target: Bad events of the target: runs x slices.
        source: Bad events of the source.
        share: The target's part of the traffic in each slice, between 0 and 1.
        ratios: What to bet on, as multiples of ``null``.
        null: The hypothesis.
    """
    odds = (share / (1 - share) * null)[:, :, None]
    many = np.asarray(ratios)
    # ln theta(r) = ln(r odds) - ln(1 + r odds), and ln(1 - theta(r)) = -ln(1 + r odds)
    against = np.log1p(odds) - np.log1p(odds * many)
    return even(target[:, :, None] * (np.log(many) + against) + source[:, :, None] * against)


def rate_above(bad: Floats, tasks: Floats, limit: float) -> Bets:
    """Bet against "bad events have the rate ``limit`` at most": the likelihood ratio for a grid of higher rates."""
    return _bernoulli(bad, tasks, limit, [limit + (1 - limit) * part for part in _ABOVE])


def rate_below(bad: Floats, tasks: Floats, limit: float) -> Bets:
    """Bet against "bad events have the rate ``limit`` at least": the likelihood ratio for a grid of lower rates."""
    return _bernoulli(bad, tasks, limit, [limit * part for part in BETTER])


def _bernoulli(bad: Floats, tasks: Floats, limit: float, rates: Sequence[float]) -> Bets:
    many = np.asarray(rates)
    if_bad, if_good = np.log(many / limit), np.log1p(-many) - np.log1p(-limit)
    return even(bad[:, :, None] * if_bad + (tasks - bad)[:, :, None] * if_good)


def rates_closer(
    target_bad: Floats, target: Floats, source_bad: Floats, source: Floats, share: Floats, margin: float
) -> Bets:
    """Bet against "the target's rate of bad events is the source's plus ``margin`` at least".

    Each bet is on both rates being p, held against the pair of rates (x, x + margin) that is nearest to it in relative
    entropy, weighted with the share. At that pair both derivatives cancel, so a task's factor is worth 1 at most
    everywhere beyond the margin (reverse information projection; Turner, Ly & Gruenwald, 2024, theorem 1).

    Args:
        target_bad: Bad events of the target: runs x slices.
        target: Tasks of the target.
        source_bad: Bad events of the source.
        source: Tasks of the source.
        share: The target's part of the traffic in each slice, between 0 and 1.
        margin: By how much the target may be worse, above 0 and below 1.
    """
    guesses = np.asarray([guess for guess in _GUESSES if guess < 1 - margin])
    nearest = _nearest(guesses, _SHARES[:, None], margin)
    place = np.clip(np.rint(share * 1000).astype(np.int64), 1, 999) - 1
    low = nearest[place]
    gains = (
        target_bad[:, :, None] * np.log(guesses / (low + margin))
        + (target - target_bad)[:, :, None] * (np.log1p(-guesses) - np.log1p(-low - margin))
        + source_bad[:, :, None] * np.log(guesses / low)
        + (source - source_bad)[:, :, None] * (np.log1p(-guesses) - np.log1p(-low))
    )
    return even(gains)


def _nearest(guesses: Floats, share: Floats, margin: float) -> Floats:
    """Solve ``(1-s) (x-p) / (x (1-x)) + s (x+m-p) / ((x+m) (1-x-m)) = 0`` for x by halving; the left side rises."""
    low = np.maximum(guesses - margin, 0.0) + np.zeros_like(share)
    high = guesses + np.zeros_like(share)
    for _ in range(60):
        x = (low + high) / 2
        y = x + margin
        slope = (1 - share) * (x - guesses) / (x * (1 - x)) + share * (y - guesses) / (y * (1 - y))
        low, high = np.where(slope < 0, x, low), np.where(slope < 0, high, x)
    return (low + high) / 2


def mean_gains(
    amounts: Floats, stakes: Floats, place: tuple[npt.NDArray[np.int64], ...], shape: tuple[int, int]
) -> Floats:
    """Add up ``ln(1 + stake x amount)`` of every draw in its slice.

    While the amounts are worth 0 at most on average, so is the bet (Waudby-Smith & Ramdas, JRSS B 86, 2024: betting on
    bounded means). With both sides' amounts about the same reference, and stakes in the ratio of the shares, an error
    of the reference cancels.

    Args:
        amounts: One for each draw.
        stakes: Draws x bets, each so small that ``stake x amount > -1``.
        place: Run and slice of every draw.
        shape: Runs and slices.

    Returns:
        Runs x slices x bets.
    """
    gains = np.zeros((*shape, stakes.shape[1]))
    np.add.at(gains, place, np.log1p(stakes * amounts[:, None]))
    return gains
