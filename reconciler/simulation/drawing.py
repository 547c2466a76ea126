"""Draws the tasks of one seed, and what each side would make of them. Pure: the seed is the only chance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from reconciler.model.stage import Side
from reconciler.simulation.scenario import NO_TIME, Change, Period, Profile, Scenario
from reconciler.simulation.traffic import (
    COMPLETED,
    ERROR,
    FAILED,
    MILLISECOND,
    Floats,
    Integers,
    Results,
    Tasks,
)


def draw(scenario: Scenario, seed: int, *, mirrored: int = 0) -> Tasks:
    """Draw the tasks of one seed; the same seed gives the same tasks, wherever the traffic goes.

    Args:
        scenario: How many come, and what each side makes of them.
        seed: From 0.
        mirrored: Percent of the tasks in testing that are mirrored to the target.
    """
    chance = np.random.default_rng(seed)
    length = scenario.horizon / MILLISECOND
    number = chance.poisson(scenario.tasks_per_hour * (scenario.horizon / timedelta(hours=1)))
    at = np.sort(chance.integers(1, round(length) + 1, number))
    bucket, mirror = chance.integers(0, 100, number), chance.integers(0, 100, number)
    results = {side: _results(scenario, side, at, chance) for side in (Side.SOURCE, Side.TARGET)}
    comes = ~np.logical_or.reduce([_part(one, at) > 0 for one in scenario.silences] or [np.zeros(number, dtype=bool)])
    heard = {
        side: Results(one.outcome[comes], one.seconds[comes], one.cost_usd[comes]) for side, one in results.items()
    }
    return Tasks(scenario.begin, at[comes], bucket[comes], mirror[comes], heard, mirrored)


def _results(scenario: Scenario, side: Side, at: Integers, chance: np.random.Generator) -> Results:
    profile: Profile = scenario.source if side is Side.SOURCE else scenario.target
    changes = [change for change in scenario.changes if change.side in {side, None}]
    errors, failures, seconds, cost = (
        _value(name, getattr(profile, name), changes, at) for name in ("errors", "failures", "seconds", "cost_usd")
    )
    number = len(at)
    outcome = np.where(chance.random(number) < failures, FAILED, COMPLETED)
    outcome = np.where(chance.random(number) < errors, ERROR, outcome)
    lasted = seconds * np.exp(profile.spread * chance.standard_normal(number))
    # The mean of a lognormal distribution is exp(spread² / 2) times its median.
    spread = profile.cost_spread
    usd = cost * np.exp(spread * chance.standard_normal(number) - spread**2 / 2)
    return Results(outcome, lasted, usd)


def _value(name: str, usual: float, changes: Sequence[Change], at: Integers) -> Floats:
    value = np.full(len(at), usual)
    for change in changes:
        then = getattr(change, name)
        if then is not None:
            value += (then - value) * _part(change.during, at, over=change.over)
    return value


def _part(during: Period, at: Integers, *, over: timedelta = NO_TIME) -> Floats:
    """Say how far a change is under way at each task: 0 outside of it, 1 once it is complete."""
    since = at - during.at / MILLISECOND
    inside = since > 0
    if during.lasting is not None:
        inside &= since <= during.lasting / MILLISECOND
    return np.where(inside, np.clip(since / (over / MILLISECOND), 0, 1) if over else 1.0, 0.0)
