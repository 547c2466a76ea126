"""Bets on what a completed task costs, on single tasks where they are known, else on the mean of each slice. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reconciler.health.bets import SLOWER, label, mean_gains
from reconciler.health.durations import above, quantile_before
from reconciler.health.history import Arm, Buckets, Floats, History, Integers, Singles, before
from reconciler.health.split import Split
from reconciler.health.wealth import Bets, even, share_out

_PARTS = np.asarray([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 0.95])
"""The parts of the largest possible stake that are bet."""

_NEEDED = 10
_CAP_DEARER = 3.0
_CAP_CHEAPER = 7.5
"""By how many times the reference a single task may be off; the estimand is a mean of costs cut off there."""

_BOUNDS = 2.0 ** (np.arange(-160, 160) / 8)
"""US dollars; each 9 % above the one before."""


@dataclass(frozen=True, slots=True)
class _Draws:
    """What was drawn of one side: single tasks, or the mean of a slice.

    Attributes:
        place: Run and slice.
        usd: What one task cost.
        completed: The part of it that was completed.
    """

    place: tuple[Integers, Integers]
    usd: Floats
    completed: Floats


def dearer(history: History, split: Split, *, limit: float | None = None) -> Bets | None:
    """Bet against "a completed task costs the target what it costs the source at most", or ``limit`` at most.

    Where single costs are known, half of the stake is on which side the expensive tasks come from.

    Returns:
        None while nothing can be bet on, because the costs are not known.
    """
    books = _books(history, split, limit, 1.0, _CAP_DEARER)
    if books is None:
        return None
    means = even(_gains(books, history, sign=1.0))
    labels = _labels(history, split)
    return means if labels is None or limit is not None else share_out(means, labels)


def cheaper(history: History, split: Split, *, factor: float = 1.0, limit: float | None = None) -> Bets | None:
    """Bet against "a completed task costs the target ``factor`` times what it costs the source at least".

    Args:
        history: Both sides.
        split: The share in force.
        factor: Above 0.
        limit: US dollars, in place of the source.
    """
    books = _books(history, split, limit, factor, _CAP_CHEAPER)
    return None if books is None else even(_gains(books, history, sign=-1.0))


@dataclass(frozen=True, slots=True)
class _Books:
    """What the bets rest on.

    Attributes:
        target: The target's draws.
        source: The source's; None where a fixed limit stands in for it.
        due: What a completed task may cost, known before each slice: runs x slices, infinite while nothing is bet.
        factor: How many times the source's cost that is.
        cap: By how much a draw may be above or below what is due; the rest is cut off.
        share: The part of the draws that are the target's.
    """

    target: _Draws
    source: _Draws | None
    due: Floats
    factor: float
    cap: Floats
    share: Floats


def _books(history: History, split: Split, limit: float | None, factor: float, cap: float) -> _Books | None:
    target, source = history.target, history.source
    if target.cost is None:
        return None
    singly = target.costs is not None and (source is None or source.costs is not None)
    # The mean of many tasks strays less than one task does, so it is cut off sooner and bet on higher.
    many = np.maximum(1.0, before(target.tasks) / np.maximum(before(_active(target)), 1.0))
    near = cap / (1.0 if singly else np.sqrt(many))
    draws = _singly if singly else _means
    if limit is not None:
        due = np.full(history.shape, limit)
        return _Books(draws(target), None, due, 1.0, due * near, due)
    if source is None or source.cost is None:
        return None
    completed = before(source.completed)
    with np.errstate(divide="ignore", invalid="ignore"):
        reference = np.where(completed >= _NEEDED, before(source.cost) / completed, np.inf)
    reference = np.where(split.settled & (reference > 0), reference, np.inf)
    share = split.share if singly else _share_of_slices(target, source)
    return _Books(draws(target), draws(source), factor * reference, factor, reference * near, share)


def _gains(books: _Books, history: History, *, sign: float) -> Floats:
    """Stake on both sides what keeps an error of the reference from mattering: in the ratio of their shares.

    Args:
        books: What the bets rest on.
        history: For its shape.
        sign: 1 to bet that the target costs more than is due, -1 that it costs less.
    """
    known = np.isfinite(books.due)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.minimum(books.due, books.cap)
        loss, loss_of_source = (below, books.cap) if sign > 0 else (books.cap, below)
        odds = books.share / (1 - books.share) if books.source else np.ones(history.shape)
        stake = 1 / loss if books.source is None else np.minimum(1 / loss, 1 / (odds * loss_of_source))
    gains = _side(books, books.target, 1.0, np.where(known, stake, 0.0), sign, history)
    if books.source is None:
        return gains
    return gains + _side(books, books.source, books.factor, np.where(known, stake * odds, 0.0), -sign, history)


def _side(books: _Books, draws: _Draws, factor: float, stake: Floats, sign: float, history: History) -> Floats:
    due, cap = books.due[draws.place], books.cap[draws.place]
    known = np.isfinite(due)
    above = factor * draws.usd - np.where(known, due, 0.0) * draws.completed
    amounts = sign * np.clip(above, -np.where(known, cap, 0.0), np.where(known, cap, 0.0))
    return mean_gains(amounts, stake[draws.place][:, None] * _PARTS, draws.place, history.shape)


def _share_of_slices(target: Arm, source: Arm) -> Floats:
    mine, others = before(_active(target)), before(_active(source))
    return (mine + 1) / (mine + others + 2)


def _active(arm: Arm) -> Floats:
    return (arm.tasks > 0).astype(np.float64)


def _singly(arm: Arm) -> _Draws:
    costs = arm.costs
    return _means(arm) if costs is None else _Draws((costs.run, costs.place), costs.usd, costs.completed)


def _means(arm: Arm) -> _Draws:
    run, place = np.nonzero(arm.tasks > 0)
    tasks = arm.tasks[run, place]
    cost = np.zeros_like(tasks) if arm.cost is None else arm.cost[run, place]
    return _Draws((run, place), cost / tasks, arm.completed[run, place] / tasks)


def _labels(history: History, split: Split) -> Bets | None:
    target, source = history.target, history.source
    if source is None or target.costs is None or source.costs is None:
        return None
    mine, others = (_in_buckets(costs, history.shape) for costs in (target.costs, source.costs))
    bets = []
    for quantile in (0.5, 0.75, 0.9):
        place = quantile_before(others, quantile, at_least=20)
        dear, others_dear = (split.only_settled(above(one, place)) for one in (mine, others))
        bets.append(label(dear, others_dear, split.share, SLOWER))
    return share_out(*bets)


def _in_buckets(costs: Singles, shape: tuple[int, int]) -> Buckets:
    counts = np.zeros((*shape, len(_BOUNDS)))
    np.add.at(counts, (costs.run, costs.place, np.searchsorted(_BOUNDS[:-1], costs.usd)), 1.0)
    return Buckets(_BOUNDS, counts)
