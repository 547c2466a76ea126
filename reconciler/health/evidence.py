"""Reckons the evidence about one check: that the target is worse, and that it is inside its limit. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reconciler.health import durations
from reconciler.health.bets import BETTER, SLOWER, WORSE, label, rate_above, rate_below, rates_closer
from reconciler.health.costs import cheaper, dearer
from reconciler.health.history import Arm, Booleans, Buckets, Floats, History, between, stretched
from reconciler.health.split import Split
from reconciler.health.wealth import FRESH, Bets, grow, grow_restarted, share_out
from reconciler.model.policy import Absolute, Bound, Check, Limit, SourcePlus, TimesExpected, TimesSource
from reconciler.model.status import Totals, Wealth


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands in for the source after complete; all None before.

    Attributes:
        latency_p95: Seconds.
        totals: What the source did while both sides took traffic.
    """

    latency_p95: float | None = None
    totals: Totals | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The logarithms of the wealth, runs x slices each.

    Attributes:
        fail: Against "the target is no worse than the source, nor beyond its limit".
        staked: What of it is staked; the next stage goes on from there.
        proof: Against "the target is at its limit or beyond".
    """

    fail: Floats
    staked: Floats
    proof: Floats


def reckon(
    check: Check,
    history: History,
    split: Split,
    *,
    reference: Reference,
    carried: Wealth | None = None,
    seconds: float = 0.0,
) -> Evidence | None:
    """Reckon the evidence about one check.

    Args:
        check: The check.
        history: Both sides.
        split: The share in force.
        reference: What stands in for the source after complete.
        carried: What the stages before have left; None begins anew.
        seconds: How long the evidence had been gathered then.

    Returns:
        None for an indicator that no test exists for: such a check can freeze, it cannot roll back.
    """
    worse, better = _bets(check, history, split, reference)
    if worse is None and better is None:
        return None
    nothing = np.zeros((*history.shape, 1))
    fail, staked = grow_restarted(
        _per_session(worse, split) or Bets(nothing, np.ones(1)),
        history.step,
        seconds=seconds,
        carried=carried.fail if carried else FRESH,
    )
    proof = grow(_per_session(better, split) or Bets(nothing, np.ones(1)), carried.proof if carried else 0.0)
    return Evidence(fail, staked, proof)


def _per_session(bets: Bets | None, split: Split) -> Bets | None:
    """Count the tasks of a session as one: their mean gain is a fair bet however alike they are (Jensen)."""
    return None if bets is None else Bets(bets.gains * split.per_task[:, :, None], bets.parts)


def _bets(check: Check, history: History, split: Split, reference: Reference) -> tuple[Bets | None, Bets | None]:
    match check.indicator:
        case "error_rate" | "completion_rate":
            return _of_rate(check, history, split, reference)
        case "latency_p95":
            return _of_latency(check.limit, history, split, reference)
        case "cost_per_completed_task":
            return _of_cost(check.limit, history, split, reference)
        case _:
            return None, None


def bad(check: Check, arm: Arm) -> Floats:
    """Count the events that speak against a side: errors, or tasks that were not completed."""
    return arm.tasks - arm.completed if check.bound is Bound.MIN else _counted(check, arm)


def _counted(check: Check, arm: Arm) -> Floats:
    return arm.errors if check.indicator == "error_rate" else arm.completed


def _of_rate(check: Check, history: History, split: Split, reference: Reference) -> tuple[Bets | None, Bets | None]:
    if (check.indicator == "completion_rate") is not (check.bound is Bound.MIN):
        return None, None
    target, source = history.target, history.source
    mine = bad(check, target)
    if source is None:
        limit = _rate_limit(check, reference)
        return (None, None) if limit is None else (rate_above(mine, target.tasks, limit), None)
    others = bad(check, source)
    labels = label(split.only_settled(mine), split.only_settled(others), split.share, WORSE)
    match check.limit:
        case Absolute(value):
            limit = _inside_0_1(1 - value if check.bound is Bound.MIN else value)
            healthy = _healthy(others, source.tasks, limit, _slices(check, history))
            counted = np.where(healthy, mine, 0.0), np.where(healthy, target.tasks, 0.0)
            return share_out(labels, rate_above(*counted, limit), first=_LABELS), rate_below(*counted, limit)
        case TimesSource() if check.bound is Bound.MIN:
            return None, None
        case TimesSource(factor):
            return labels, label(split.only_settled(mine), split.only_settled(others), split.share, BETTER, null=factor)
        case SourcePlus(margin) if (more_bad := allowed_more(check, margin)) > 0:
            targets = split.only_settled(mine), split.only_settled(target.tasks)
            sources = split.only_settled(others), split.only_settled(source.tasks)
            return labels, rates_closer(*targets, *sources, split.share, _inside_0_1(more_bad))
        case SourcePlus():
            return labels, label(split.only_settled(mine), split.only_settled(others), split.share, BETTER)
        case TimesExpected():
            return None, None


def allowed_more(check: Check, margin: float) -> float:
    """Give by how much the rate of bad events may be above the source's; below 0 it must be under it."""
    return -margin if check.bound is Bound.MIN else margin


def _rate_limit(check: Check, reference: Reference) -> float | None:
    """Give the rate of bad events that is the limit after complete."""
    totals, limit = reference.totals, check.limit
    flip = check.bound is Bound.MIN
    if flip and isinstance(limit, TimesSource):
        return None
    if isinstance(limit, Absolute):
        return _inside_0_1(1 - limit.value if flip else limit.value)
    if totals is None or not totals.tasks or isinstance(limit, TimesExpected):
        return None
    of_source = (totals.tasks - totals.completed if flip else totals.errors) / totals.tasks
    return _inside_0_1(
        of_source * limit.factor if isinstance(limit, TimesSource) else of_source + allowed_more(check, limit.margin)
    )


def _inside_0_1(rate: float) -> float:
    return min(max(rate, 1e-3), 1 - 1e-3)


def _slices(check: Check, history: History) -> int:
    window = check.window.total_seconds() if check.window else 3600.0
    return max(1, round(window / history.step))


def _healthy(others: Floats, tasks: Floats, limit: float, slices: int) -> Booleans:
    """Say whether the source was healthy up to each slice: inside the limit, or with one bad event at most.

    The window is stretched to 20 tasks, because an incident must show in it on a source with few. What the source did
    says nothing of what the target did while that is inside its limit, so the bet stays fair.
    """
    begins = stretched(tasks, slices, _FEW)
    lately = between(others, begins)
    healthy: Booleans = (lately <= limit * between(tasks, begins)) | (lately <= 1)
    return healthy


def _of_latency(limit: Limit, history: History, split: Split, reference: Reference) -> tuple[Bets | None, Bets | None]:
    mine = history.target.durations
    others = history.source.durations if history.source else None
    if mine is None or (history.source is not None and not _comparable(mine, others)):
        return None, None
    if not isinstance(limit, Absolute | TimesSource):
        return None, None
    seconds = limit.value if isinstance(limit, Absolute) else None
    if others is None:
        if isinstance(limit, TimesSource):
            seconds = reference.latency_p95 * limit.factor if reference.latency_p95 else None
        return (None, None) if seconds is None else (_slower_than(mine, seconds, np.True_), None)
    labels = share_out(*(_slow(mine, others, split, quantile) for quantile in (0.5, 0.75, 0.9, 0.95)))
    if isinstance(limit, TimesSource):
        return labels, share_out(*_faster(mine, others, split, limit.factor))
    place = np.full(history.shape, durations.at_least(mine.bounds, np.asarray(limit.value)))
    tasks = others.counts.sum(axis=2)
    healthy = _healthy(durations.above(others, place), tasks, _TAIL, round(3600 / history.step) or 1)
    return share_out(labels, _slower_than(mine, limit.value, healthy), first=_LABELS), _faster_than(
        mine, limit.value, healthy
    )


def _comparable(mine: Buckets, others: Buckets | None) -> bool:
    return others is not None and np.array_equal(mine.bounds, others.bounds)


def _slow(mine: Buckets, others: Buckets, split: Split, quantile: float) -> Bets:
    """Bet on whose the tasks above a quantile of the source are: a quantile bet needs no assumption on the shape."""
    place = durations.quantile_before(others, quantile, at_least=_FEW)
    slow, others_slow = (split.only_settled(durations.above(one, place)) for one in (mine, others))
    return label(slow, others_slow, split.share, SLOWER)


def _slower_than(mine: Buckets, seconds: float, counted: Booleans | np.bool_) -> Bets:
    """Bet against "1 task in 20 takes longer at most", which is "the 95th percentile is inside"."""
    tasks = mine.counts.sum(axis=2)
    place = np.full(tasks.shape, durations.at_least(mine.bounds, np.asarray(seconds)))
    return rate_above(np.where(counted, durations.above(mine, place), 0.0), np.where(counted, tasks, 0.0), _TAIL)


def _faster_than(mine: Buckets, seconds: float, counted: Booleans) -> Bets:
    tasks = mine.counts.sum(axis=2)
    place = np.full(tasks.shape, durations.at_most(mine.bounds, np.asarray(seconds)))
    return rate_below(np.where(counted, durations.above(mine, place), 0.0), np.where(counted, tasks, 0.0), _TAIL)


def _faster(mine: Buckets, others: Buckets, split: Split, factor: float) -> tuple[Bets, Bets]:
    """Bet against "the 95th percentile is ``factor`` times the source's at least", in two ways.

    One bets on whose the tasks are that take longer than the source's percentile, the target's held against ``factor``
    times it. The other takes the source's percentile as it was so far, on the cautious side of its bucket.
    """
    place = durations.quantile_before(others, 1 - _TAIL, at_least=_MANY)
    known = place > durations.NONE
    bounds = np.concatenate([[0.0], mine.bounds])
    far = np.where(known, durations.at_most(mine.bounds, factor * bounds[np.clip(place, 0, None) + 1]), durations.NONE)
    labels = label(
        split.only_settled(durations.above(mine, far)),
        split.only_settled(durations.above(others, place)),
        split.share,
        BETTER,
    )
    near = np.where(known, durations.at_most(mine.bounds, factor * bounds[np.clip(place, 0, None)]), durations.NONE)
    tasks = np.where(known, mine.counts.sum(axis=2), 0.0)
    return labels, rate_below(durations.above(mine, near), tasks, _TAIL)


def _of_cost(limit: Limit, history: History, split: Split, reference: Reference) -> tuple[Bets | None, Bets | None]:
    match limit:
        case Absolute(value):
            return dearer(history, split, limit=value), cheaper(history, split, limit=value)
        case TimesSource(factor) if history.source is not None:
            return dearer(history, split), cheaper(history, split, factor=factor)
        case TimesSource(factor) if reference.totals and reference.totals.cost_usd and reference.totals.completed:
            usd = factor * reference.totals.cost_usd / reference.totals.completed
            return dearer(history, split, limit=usd), cheaper(history, split, limit=usd)
        case _:
            return None, None


_LABELS = 0.6
"""The part of the stake that is on whose the bad events are; the rest is on the fixed limit."""

_TAIL = 0.05
_FEW = 20
_MANY = 50
