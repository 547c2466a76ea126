"""Says at which moments a check's own limit was broken, over as many tasks as it takes to say so. Pure.

Evidence alone does not roll back: the target must also be past the limit that people wrote. A window of five minutes
holds a task or two of an agent, so it is stretched backwards until it holds ``minTasks``.
"""

from __future__ import annotations

import numpy as np

from reconciler.health.durations import percentile_95
from reconciler.health.evidence import Reference, allowed_more, bad
from reconciler.health.history import Arm, Booleans, Floats, History, Integers, between, stretched
from reconciler.model.policy import Absolute, Bound, Check, Limit, SourcePlus, TimesExpected, TimesSource


def beyond(check: Check, history: History, *, reference: Reference, min_tasks: int) -> Booleans:
    """Say after which slices the target was beyond the limit: runs x slices.

    Rates are beyond it over the stretched window or over everything; a 95th percentile needs ``min_tasks`` tasks, a
    cost half as many, and both must last for the check's ``for``.
    """
    window = check.window.total_seconds() if check.window else 0.0
    begins = stretched(history.target.tasks, max(1, round(window / history.step)), min_tasks)
    match check.indicator:
        case "error_rate" | "completion_rate":
            over = _rate_beyond(check, history, begins, reference)
            return over | _rate_beyond(check, history, np.zeros_like(begins), reference)
        case "latency_p95":
            over = _latency_beyond(check.limit, history, begins, reference, min_tasks)
        case "cost_per_completed_task":
            over = _cost_beyond(check.limit, history, begins, reference, min_tasks // 2)
        case _:
            return np.zeros(history.shape, dtype=bool)
    return _lasting(over, round(check.sustained.total_seconds() / history.step))


def _over(value: Floats, limit: Floats | float, tasks: Floats, at_least: float) -> Booleans:
    with np.errstate(invalid="ignore"):
        over: Booleans = (tasks >= at_least) & (value > limit * (1 + _ROUNDING))
    return over


def _divide(part: Floats, whole: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return part / whole


def _rate_beyond(check: Check, history: History, begins: Integers, reference: Reference) -> Booleans:
    target, source = history.target, history.source
    tasks = between(target.tasks, begins)
    rate = _divide(between(bad(check, target), begins), tasks)
    limit = check.limit
    if isinstance(limit, Absolute):
        return _over(rate, 1 - limit.value if check.bound is Bound.MIN else limit.value, tasks, 1)
    of_source = _rate_of_source(check, source, begins, reference)
    match limit:
        case TimesSource(factor) if check.bound is Bound.MIN:
            return _over(rate, 1 - factor * (1 - of_source), tasks, 1)
        case TimesSource(factor):
            return _over(rate, factor * of_source, tasks, 1)
        case SourcePlus(margin):
            return _over(rate, of_source + allowed_more(check, margin), tasks, 1)
        case TimesExpected():
            return np.zeros(history.shape, dtype=bool)


def _rate_of_source(check: Check, source: Arm | None, begins: Integers, reference: Reference) -> Floats | float:
    if source is not None:
        return _divide(between(bad(check, source), begins), between(source.tasks, begins))
    totals = reference.totals
    if totals is None or not totals.tasks:
        return np.nan
    return (totals.tasks - totals.completed if check.bound is Bound.MIN else totals.errors) / totals.tasks


def _latency_beyond(limit: Limit, history: History, begins: Integers, reference: Reference, min_tasks: int) -> Booleans:
    mine, others = history.target.durations, history.source.durations if history.source else None
    if mine is None:
        return np.zeros(history.shape, dtype=bool)
    counts = between(mine.counts, begins)
    value, tasks = percentile_95(mine.bounds, counts, coarse="lower"), counts.sum(axis=2)
    match limit:
        case Absolute(seconds):
            return _over(value, seconds, tasks, min_tasks)
        case TimesSource(factor) if others is not None:
            of_source = percentile_95(others.bounds, between(others.counts, begins), coarse="upper")
            return _over(value, factor * of_source, tasks, min_tasks)
        case TimesSource(factor) if reference.latency_p95 is not None:
            return _over(value, factor * reference.latency_p95, tasks, min_tasks)
        case _:
            return np.zeros(history.shape, dtype=bool)


def _cost_beyond(limit: Limit, history: History, begins: Integers, reference: Reference, at_least: int) -> Booleans:
    target, source = history.target, history.source
    if target.cost is None:
        return np.zeros(history.shape, dtype=bool)
    tasks = between(target.tasks, begins)
    value = _divide(between(target.cost, begins), between(target.completed, begins))
    match limit:
        case Absolute(usd):
            return _over(value, usd, tasks, at_least)
        case TimesSource(factor) if source is not None and source.cost is not None:
            of_source = _divide(between(source.cost, begins), between(source.completed, begins))
            return _over(value, factor * of_source, tasks, at_least)
        case TimesSource(factor) if reference.totals and reference.totals.cost_usd and reference.totals.completed:
            return _over(value, factor * reference.totals.cost_usd / reference.totals.completed, tasks, at_least)
        case _:
            return np.zeros(history.shape, dtype=bool)


def _lasting(over: Booleans, slices: int) -> Booleans:
    """Say where something was so after this slice and after each of so many slices before it."""
    if slices < 1:
        return over
    total = np.cumsum(over, axis=1)
    earlier = np.zeros_like(total)
    earlier[:, slices + 1 :] = total[:, : -slices - 1]
    lasting: Booleans = total - earlier == slices + 1
    return lasting


_ROUNDING = 1e-12
