"""When a target is beyond its own limit, against a plain walk over the slices."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.health.beyond import beyond
from reconciler.health.evidence import Reference
from reconciler.health.history import Arm, Buckets, Floats, History
from reconciler.model.policy import Absolute, Bound, Check, Limit, SourcePlus, TimesSource
from reconciler.model.status import Totals
from tests.health.building import COST, DONE, ERRORS, LATENCY

BOUNDS = 2.0 ** np.arange(0, 8, 0.5)
MIN_TASKS = 6
NOTHING = Reference()
AFTER_COMPLETE = Reference(latency_p95=8.0, totals=Totals(100, 4, 90, 50.0))
counted = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3), st.integers(0, 40), st.integers(0, 15))
slices = st.lists(counted, min_size=1, max_size=12)


def arm(drawn: list[tuple[int, int, int, int, int]]) -> Arm:
    """Give a side of completed, failed and broken-off tasks, with a cost and a bucket for all tasks of a slice."""
    table = np.asarray(drawn, dtype=np.float64)[None]
    tasks = table[:, :, 0] + table[:, :, 1] + table[:, :, 2]
    counts = np.zeros((1, len(drawn), len(BOUNDS)))
    for place, one in enumerate(drawn):
        counts[0, place, one[4]] = tasks[0, place]
    return Arm(tasks, table[:, :, 1], table[:, :, 0], table[:, :, 3] / 8, durations=Buckets(BOUNDS, counts))


def history(target: Arm, source: Arm | None) -> History:
    return History(60.0, source, target, 0.5, 0.5)


def stretched(check: Check, target: Arm, end: int, at_least: int) -> range:
    """Walk back from a slice until the window is over and enough tasks are in it."""
    minutes = round((check.window or timedelta(0)) / timedelta(minutes=1))
    begin, tasks = end + 1, 0.0
    while begin > 0 and (end + 1 - begin < max(minutes, 1) or tasks < at_least):
        begin -= 1
        tasks += target.tasks[0, begin]
    return range(begin, end + 1)


def added(values: Floats, window: range) -> float:
    return float(values[0, list(window)].sum())


def rate(check: Check, side: Arm, window: range) -> float:
    """Give the rate of what is bad."""
    tasks = added(side.tasks, window)
    bad = tasks - added(side.completed, window) if check.bound is Bound.MIN else added(side.errors, window)
    return bad / tasks if tasks else math.nan


def price(side: Arm, window: range) -> float:
    assert side.cost is not None
    cost, completed = added(side.cost, window), added(side.completed, window)
    return cost / completed if completed else math.inf if cost else math.nan


def slow(side: Arm, window: range) -> float:
    """Give the 95th percentile; every bucket but the first is narrow."""
    assert side.durations is not None
    counts = side.durations.counts[0, list(window)].sum(axis=0)
    rank, passed = 0.95 * counts.sum(), 0.0
    for place, count in enumerate(counts):
        if count and passed + count >= rank - 1e-9:
            low = BOUNDS[place - 1] if place else 0.0
            return float(low + (BOUNDS[place] - low) * (rank - passed) / count)
        passed += count
    return math.nan


def is_over(value: float, limit: float) -> bool:
    return value > limit * (1 + 1e-12)


def walked(
    target: Arm, check: Check, at_least: int, over: Callable[[range], bool], *, whole: bool = False
) -> list[bool]:
    found = []
    for end in range(target.tasks.shape[1]):
        windows = [stretched(check, target, end, MIN_TASKS)] + [range(end + 1)] * whole
        found.append(any(added(target.tasks, one) >= at_least and over(one) for one in windows))
    lasts = round(check.sustained / timedelta(minutes=1))
    return [end >= lasts and all(found[end - lasts : end + 1]) for end in range(len(found))]


windows = st.none() | st.integers(1, 6).map(lambda minutes: timedelta(minutes=minutes))
waits = st.integers(0, 3).map(lambda minutes: timedelta(minutes=minutes))


@given(slices, slices, windows, st.sampled_from([ERRORS, DONE]), st.floats(0.05, 0.95))
def test_a_rate_is_beyond_a_fixed_limit_in_the_stretched_window_or_over_everything(
    mine: list[tuple[int, int, int, int, int]],
    others: list[tuple[int, int, int, int, int]],
    window: timedelta | None,
    kind: Check,
    limit: float,
) -> None:
    check = replace(kind, limit=Absolute(limit), window=window)
    target, source = arm(mine), arm((others * 12)[: len(mine)])
    most = 1 - limit if check.bound is Bound.MIN else limit

    expected = walked(target, check, 1, lambda one: is_over(rate(check, target, one), most), whole=True)

    assert beyond(check, history(target, source), reference=NOTHING, min_tasks=MIN_TASKS)[0].tolist() == expected


@given(slices, slices, windows, st.sampled_from([ERRORS, DONE]), st.sampled_from([0.05, 0.25]))
def test_a_rate_is_beyond_the_sources_plus_a_margin_over_the_same_window(
    mine: list[tuple[int, int, int, int, int]],
    others: list[tuple[int, int, int, int, int]],
    window: timedelta | None,
    kind: Check,
    margin: float,
) -> None:
    check = replace(kind, limit=SourcePlus(-margin if kind.bound is Bound.MIN else margin), window=window)
    target, source = arm(mine), arm((others * 12)[: len(mine)])

    expected = walked(
        target,
        check,
        1,
        lambda one: is_over(rate(check, target, one), rate(check, source, one) + margin),
        whole=True,
    )

    assert beyond(check, history(target, source), reference=NOTHING, min_tasks=MIN_TASKS)[0].tolist() == expected


@given(slices, slices, windows, waits, st.sampled_from([TimesSource(2.0), TimesSource(1.5), Absolute(9.0)]))
def test_a_percentile_needs_enough_tasks_and_must_last(
    mine: list[tuple[int, int, int, int, int]],
    others: list[tuple[int, int, int, int, int]],
    window: timedelta | None,
    lasting: timedelta,
    limit: Limit,
) -> None:
    # The first bucket reaches from 0 to 1 and says nothing, so nobody is in it.
    mine, others = ([(*one[:4], max(one[4], 1)) for one in drawn] for drawn in (mine, others))
    check = replace(LATENCY, limit=limit, window=window, sustained=lasting)
    target, source = arm(mine), arm((others * 12)[: len(mine)])

    expected = walked(
        target,
        check,
        MIN_TASKS,
        lambda one: is_over(
            slow(target, one), 9.0 if isinstance(limit, Absolute) else factor(limit) * slow(source, one)
        ),
    )

    assert beyond(check, history(target, source), reference=NOTHING, min_tasks=MIN_TASKS)[0].tolist() == expected


@given(slices, slices, windows, waits, st.sampled_from([TimesSource(1.5), Absolute(0.4)]))
def test_a_cost_needs_half_as_many_tasks_and_must_last(
    mine: list[tuple[int, int, int, int, int]],
    others: list[tuple[int, int, int, int, int]],
    window: timedelta | None,
    lasting: timedelta,
    limit: Limit,
) -> None:
    check = replace(COST, limit=limit, window=window, sustained=lasting)
    target, source = arm(mine), arm((others * 12)[: len(mine)])

    expected = walked(
        target,
        check,
        MIN_TASKS // 2,
        lambda one: is_over(
            price(target, one), 0.4 if isinstance(limit, Absolute) else factor(limit) * price(source, one)
        ),
    )

    assert beyond(check, history(target, source), reference=NOTHING, min_tasks=MIN_TASKS)[0].tolist() == expected


def factor(limit: Limit) -> float:
    assert isinstance(limit, TimesSource)
    return limit.factor


@pytest.mark.parametrize(
    ("check", "limit", "value"),
    [
        pytest.param(ERRORS, SourcePlus(0.01), 0.05, id="errors"),
        pytest.param(ERRORS, TimesSource(1.25), 0.05, id="times-errors"),
        pytest.param(DONE, SourcePlus(-0.05), 0.15, id="completed"),
        pytest.param(LATENCY, TimesSource(2.0), 16.0, id="latency"),
        pytest.param(COST, TimesSource(1.5), 50 / 90 * 1.5, id="cost"),
    ],
)
def test_after_complete_what_the_source_did_before_is_the_limit(check: Check, limit: Limit, value: float) -> None:
    for over in (False, True):
        part = value + (1e-3 if over else 0)
        tasks = np.full((1, 1), 1000.0)
        counts = np.zeros((1, 1, 2))
        counts[0, 0, 1] = 1000.0
        # All tasks lie between 10 and the second bound, so that the 95th percentile is at 19 parts of 20 of it.
        bounds = np.asarray([10.0, 10 + (part - 10) / 0.95]) if check.indicator == "latency_p95" else BOUNDS[:2]
        target = Arm(
            tasks,
            tasks * (part if check is ERRORS else 0),
            tasks * (1 - part if check is DONE else 1),
            tasks * part,
            durations=Buckets(bounds, counts),
        )
        found = beyond(
            replace(check, limit=limit), history(target, None), reference=AFTER_COMPLETE, min_tasks=MIN_TASKS
        )
        assert found.tolist() == [[over]]


@pytest.mark.parametrize("check", [ERRORS, DONE, replace(COST, limit=TimesSource(1.5)), LATENCY])
def test_a_value_at_the_limit_is_not_beyond_it(check: Check) -> None:
    tasks = np.full((1, 3), 20.0)
    counts = np.zeros((1, 3, 3))
    counts[:, :, 1] = 20.0
    # The 95th percentile is 40 + 0.95 x (upper - 40).
    at_limit = Buckets(np.asarray([40.0, 40 + 20 / 0.95, 100.0]), counts)
    target = Arm(tasks, 0.05 * tasks, 0.9 * tasks, tasks * 0.9 * 1.5, durations=at_limit)
    source = Arm(tasks, 0 * tasks, 0.9 * tasks, tasks * 0.9, durations=at_limit)

    assert not beyond(check, history(target, source), reference=NOTHING, min_tasks=MIN_TASKS).any()


def test_an_indicator_without_a_test_is_never_beyond() -> None:
    busy = arm([(5, 5, 0, 9, 3)] * 4)

    for indicator in ("cost_total", "own"):
        check = replace(ERRORS, indicator=indicator, limit=Absolute(0.0))
        assert not beyond(check, history(busy, busy), reference=NOTHING, min_tasks=1).any()


def test_a_share_of_the_sources_completed_tasks_is_a_limit_on_completed_tasks() -> None:
    # 90 % completed against 98 %: five times as many were not, yet far more than half as many were.
    tasks = np.full((1, 3), 100.0)
    target, source = Arm(tasks, 0 * tasks, 0.9 * tasks), Arm(tasks, 0 * tasks, 0.98 * tasks)
    check = replace(DONE, limit=TimesSource(0.5))

    assert not beyond(check, history(target, source), reference=NOTHING, min_tasks=MIN_TASKS).any()


@given(st.lists(slices, min_size=2, max_size=4), windows, st.sampled_from([ERRORS, DONE, LATENCY, COST]))
def test_runs_beside_each_other_do_not_touch(
    drawn: list[list[tuple[int, int, int, int, int]]], window: timedelta | None, kind: Check
) -> None:
    check = replace(kind, window=window)
    arms = [arm((one * 12)[:8]) for one in drawn]
    tasks, errors, completed, cost = (
        np.concatenate([getattr(one, name) for one in arms]) for name in ("tasks", "errors", "completed", "cost")
    )
    counts = np.concatenate([one.durations.counts for one in arms if one.durations])
    stacked = Arm(tasks, errors, completed, cost, durations=Buckets(BOUNDS, counts))

    together = beyond(check, history(stacked, stacked), reference=NOTHING, min_tasks=MIN_TASKS)

    for one, found in zip(arms, together, strict=True):
        alone = beyond(check, history(one, one), reference=NOTHING, min_tasks=MIN_TASKS)
        assert found.tolist() == alone[0].tolist()
