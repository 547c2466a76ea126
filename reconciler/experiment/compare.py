"""Compares both sides over one stage, for people to read at its end. Pure."""

from __future__ import annotations

from datetime import datetime

from reconciler.experiment.contrasts import contrast, durations, means, rates
from reconciler.experiment.intervals import quantiles, rate, timed
from reconciler.experiment.pool import Pool, pool
from reconciler.model.comparison import Comparison, CostContrast, FixedLook, Summary
from reconciler.model.observation import Observations, Unknown


def compare(observations: Observations, *, begin: datetime, end: datetime) -> Comparison:
    """Compare both sides over the slices that lie wholly between two moments.

    Returns:
        What can be said of each side by itself and of the two against each other. Every number in it is finite. Its p
        values hold for one look at a moment fixed beforehand: nothing may be decided from them.
    """
    source = pool(observations.source, observations.step, begin=begin, end=end)
    target = pool(observations.target, observations.step, begin=begin, end=end)
    if isinstance(source, Unknown):
        return _nothing(source, target, f"source: {source.reason}", begin, end)
    if isinstance(target, Unknown):
        return _nothing(source, target, f"target: {target.reason}", begin, end)
    before, after = _summary(source), _summary(target)
    return Comparison(
        begin=begin,
        end=end,
        source=before,
        target=after,
        errors=rates(before.errors, after.errors),
        completed=rates(before.completed, after.completed),
        durations=durations(source.durations, target.durations),
        cost=_cost(source, target),
        tokens_per_task=contrast(_per(source.tokens, source.tasks), _per(target.tokens, target.tasks)),
    )


def _nothing(source: Pool | Unknown, target: Pool | Unknown, reason: str, begin: datetime, end: datetime) -> Comparison:
    before, after = (side if isinstance(side, Unknown) else _summary(side) for side in (source, target))
    unknown = Unknown(reason)
    return Comparison(begin, end, before, after, unknown, unknown, unknown, unknown, unknown)


def _summary(side: Pool) -> Summary:
    return Summary(
        tasks=side.tasks,
        errors=rate(side.errors, side.tasks),
        completed=rate(side.completed, side.tasks),
        timed=timed(side.durations),
        durations=side.durations if isinstance(side.durations, Unknown) else quantiles(side.durations),
    )


def _cost(source: Pool, target: Pool) -> CostContrast:
    test, effect = _means_of_costs(source.costs, target.costs)
    return CostContrast(
        per_task=contrast(_per(source.cost_usd, source.tasks), _per(target.cost_usd, target.tasks)),
        per_completed_task=contrast(_per(source.cost_usd, source.completed), _per(target.cost_usd, target.completed)),
        welch=test,
        hedges_g=effect,
    )


def _means_of_costs(
    source: tuple[float, ...] | Unknown, target: tuple[float, ...] | Unknown
) -> tuple[FixedLook | Unknown, float | Unknown]:
    if isinstance(source, Unknown):
        return source, source
    if isinstance(target, Unknown):
        return target, target
    return means(source, target)


def _per(amount: float | Unknown, tasks: int) -> float | Unknown:
    if isinstance(amount, Unknown):
        return amount
    return amount / tasks if tasks else Unknown("there were no such tasks")
