"""Bets on what a completed task costs: by hand, and worth 1 on average over every history of a few tasks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.health import costs
from reconciler.health.costs import cheaper, dearer
from reconciler.health.history import Arm, Floats, History, Singles
from reconciler.health.split import Split
from reconciler.health.wealth import Bets, grow
from tests.health.sequences import every_choice

PARTS = costs._PARTS  # noqa: SLF001 - how fine the grid is, is no formula
KNOWN = 20
SHARES = (0.1, 0.25, 0.5)
Task = tuple[float, float]
"""US dollars, and whether it was completed."""


def steady(shape: tuple[int, int], share: float) -> Split:
    """Give a split that is known."""
    return Split(np.full(shape, share), np.ones(shape, dtype=bool), np.zeros(shape), np.ones(shape))


def arm(slices: Sequence[Sequence[Task]], *, singly: bool) -> Arm:
    """Give one run of a side from the tasks of its slices."""
    tasks = np.asarray([[len(one) for one in slices]], dtype=np.float64)
    completed = np.asarray([[sum(task[1] for task in one) for one in slices]], dtype=np.float64)
    spent = np.asarray([[sum(task[0] for task in one) for one in slices]], dtype=np.float64)
    place = np.repeat(np.arange(len(slices)), tasks[0].astype(np.int64))
    usd, done = (np.asarray([task[part] for one in slices for task in one], dtype=np.float64) for part in (0, 1))
    singles = Singles(np.zeros_like(place), place, usd, done) if singly else None
    return Arm(tasks, tasks - completed, completed, spent, singles)


def history(source: Sequence[Sequence[Task]], target: Sequence[Sequence[Task]], *, singly: bool = True) -> History:
    return History(60.0, arm(source, singly=singly), arm(target, singly=singly), 0.2, 0.2)


WARM_UP: Sequence[Task] = [(1.0, 1.0)] * 10
QUIET: Sequence[Task] = []


def gains(bets: Bets | None) -> Floats:
    assert bets is not None
    return bets.gains[0, :, : len(PARTS)]


@pytest.mark.parametrize(
    ("source", "target", "dear", "cheap"),
    [
        # What is due is 1 USD, the share 0.2: the source's stake is a quarter of the target's.
        pytest.param(QUIET, [(3.0, 1.0)], 2.0, None, id="dear-target"),
        pytest.param(QUIET, [(0.25, 1.0)], -0.75, None, id="cheap-target"),
        pytest.param(QUIET, [(0.5, 0.0)], 0.5, None, id="spent-for-nothing"),
        pytest.param(QUIET, [(1.0, 1.0)], 0.0, 0.0, id="what-is-due"),
        pytest.param([(0.5, 1.0)], QUIET, 0.25 * 0.5, None, id="cheap-source"),
        pytest.param([(2.0, 1.0)], QUIET, -0.25 * 1.0, None, id="dear-source"),
        pytest.param([(1.0, 1.0)], QUIET, 0.0, 0.0, id="source-as-before"),
    ],
)
def test_a_draw_is_held_against_what_is_due(
    source: Sequence[Task], target: Sequence[Task], dear: float, cheap: float | None
) -> None:
    for singly in (True, False):
        seen = history([WARM_UP, source], [QUIET, target], singly=singly)
        split = steady(seen.shape, 0.2)

        if singly:
            np.testing.assert_allclose(gains(dearer(seen, split))[1], np.log1p(PARTS * dear))
        sign = np.sign(gains(dearer(seen, split))[1])
        assert (sign == np.sign(dear)).all()
        assert (np.sign(gains(cheaper(seen, split))[1]) == (-sign if cheap is None else 0.0)).all()
        assert (gains(dearer(seen, split))[0] == 0).all()


@pytest.mark.parametrize("limit", [0.5, 2.0])
def test_a_fixed_limit_is_due_from_the_first_task_on(limit: float) -> None:
    seen = replace(history([QUIET], [[(1.0, 1.0)]]), source=None)
    split = steady(seen.shape, 0.5)

    np.testing.assert_allclose(gains(dearer(seen, split, limit=limit))[0], np.log1p(PARTS * (1 - limit) / limit))
    assert (np.sign(gains(cheaper(seen, split, limit=limit))[0]) == np.sign(limit - 1)).all()


def test_nothing_is_bet_before_ten_tasks_of_the_source_are_completed_and_the_split_is_seen() -> None:
    late = history([[(1.0, 1.0)] * 9 + [(1.0, 0.0)] * 9, QUIET], [QUIET, [(99.0, 1.0)] * 3])
    known = history([WARM_UP, QUIET], [QUIET, [(99.0, 1.0)] * 3])
    unsettled = replace(steady(known.shape, 0.2), settled=np.zeros(known.shape, dtype=bool))

    for bet in (dearer, cheaper):
        assert (gains(bet(late, steady(late.shape, 0.2))) == 0).all()
        assert (gains(bet(known, unsettled)) == 0).all()
        assert (gains(bet(known, steady(known.shape, 0.2)))[1] != 0).all()


def test_no_bet_is_offered_without_costs() -> None:
    seen = history([WARM_UP], [QUIET])
    for silent in (
        replace(seen, target=replace(seen.target, cost=None, costs=None)),
        replace(seen, source=replace(seen.source, cost=None, costs=None) if seen.source else None),
        replace(seen, source=None),
    ):
        assert dearer(silent, steady(seen.shape, 0.2)) is None
        assert cheaper(silent, steady(seen.shape, 0.2)) is None


def test_one_absurdly_expensive_task_counts_no_more_than_the_cap() -> None:
    found = [
        gains(dearer(history([WARM_UP, QUIET], [QUIET, [(usd, 1.0)]]), steady((1, 2), 0.2)))[1]
        for usd in (50.0, 1e6, 1e15)
    ]

    assert found[0].tolist() == found[1].tolist() == found[2].tolist()
    assert (np.exp(found[0]) < 1 + 10).all()


def every_history(share: float, target_costs: Floats, source_costs: Floats, reference: float) -> tuple[History, Floats]:
    """Give every history of four tasks after a warm-up, each task on one side with one of two costs, and its chance."""
    chances = np.asarray([share / 2, share / 2, (1 - share) / 2, (1 - share) / 2])
    usd = np.concatenate([target_costs, source_costs])
    tasks, weights = every_choice(4, chances)
    runs = len(weights)
    warm = np.full((runs, 1), float(KNOWN))
    is_target = tasks < 2
    sides = []
    for is_mine, first in ((~is_target, warm), (is_target, 0 * warm)):
        counts = np.concatenate([first, is_mine.astype(np.float64)], axis=1)
        spent = np.concatenate([first * reference, np.where(is_mine, usd[tasks], 0.0)], axis=1)
        run, place = np.repeat(np.argwhere(counts > 0), counts[counts > 0].astype(np.int64), axis=0).T
        singles = Singles(run, place, (spent / np.maximum(counts, 1.0))[run, place], np.ones(len(run)))
        sides.append(Arm(counts, 0 * counts, counts, spent, singles))
    return History(60.0, sides[0], sides[1], share, share), weights


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("reference", [1.0, 0.3, 2.5])
def test_bets_on_costs_are_worth_one_when_both_sides_cost_the_same_however_wrong_the_reference_is(
    share: float, reference: float
) -> None:
    usd = np.asarray([0.5, 1.5])
    for bet, factor in ((dearer, 1.0), (cheaper, 1.0), (cheaper, 1.5)):
        seen, chances = every_history(share, factor * usd, usd, reference)
        split = steady(seen.shape, share)
        bets = bet(seen, split, factor=factor) if bet is cheaper else bet(seen, split)
        assert bets is not None
        np.testing.assert_allclose(chances @ np.exp(grow(bets)), 1.0, rtol=1e-9)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("reference", [1.0, 0.3, 2.5])
def test_bets_on_costs_are_worth_less_than_one_inside_the_hypothesis(share: float, reference: float) -> None:
    usd = np.asarray([0.5, 1.5])
    split = steady((4**4, 5), share)
    less, chances = every_history(share, 0.6 * usd, usd, reference)
    more, _ = every_history(share, 2.0 * usd, usd, reference)

    for bets in (dearer(less, split), cheaper(more, split), cheaper(more, split, factor=1.5)):
        assert bets is not None
        assert (chances @ np.exp(grow(bets)) <= 1 + 1e-9).all()
        assert (chances @ np.exp(grow(bets)))[-1] < 1


@pytest.mark.parametrize("bet", [dearer, cheaper])
def test_bets_against_a_fixed_limit_are_worth_one_at_it(bet: type) -> None:
    seen, chances = every_history(0.5, np.asarray([0.5, 1.5]), np.asarray([9.0, 9.0]), 9.0)
    alone = replace(seen, source=None)

    np.testing.assert_allclose(chances @ np.exp(grow(bet(alone, steady(seen.shape, 0.5), limit=1.0))), 1.0)


def test_a_target_that_costs_twice_as_much_is_found_and_one_that_costs_the_same_is_cleared() -> None:
    source = [[(0.5, 1.0), (1.5, 1.0)]] * 150
    same, double = ([[(0.5 * factor, 1.0)], [(1.5 * factor, 1.0)]] * 75 for factor in (1.0, 2.0))
    for singly in (True, False):
        split = steady((1, 150), 1 / 3)
        found = [dearer(history(source, one, singly=singly), split) for one in (double, same)]
        cleared = [cheaper(history(source, one, singly=singly), split, factor=1.5) for one in (same, double)]
        for right, wrong in (found, cleared):
            assert right is not None
            assert wrong is not None
            assert grow(right)[0, -1] > math.log(80)
            assert grow(wrong)[0, -1] < math.log(5)


tasks = st.lists(st.tuples(st.sampled_from([0.0, 0.01, 1.0, 7.0, 1e9]), st.sampled_from([0.0, 1.0])), max_size=4)
rows = st.lists(tasks, min_size=1, max_size=8)


@given(rows, rows, rows, st.booleans(), st.sampled_from([0.01, 0.1, 0.5, 0.99]))
def test_no_stake_knows_its_own_slice_and_no_loss_takes_all(
    source: list[list[Task]],
    target: list[list[Task]],
    other: list[list[Task]],
    singly: bool,  # noqa: FBT001 - drawn
    share: float,
) -> None:
    length = min(len(source), len(target), len(other))
    before = [[(1.0, 1.0)] * 12]
    first = history(before + source[:length] + [QUIET], before + target[:length] + [QUIET], singly=singly)
    second = history(before + source[:length] + [other[0]], before + target[:length] + [other[-1]], singly=singly)
    split = steady(first.shape, share)

    for bet in (dearer, cheaper):
        one, two = bet(first, split), bet(second, split)
        assert one is not None
        assert two is not None
        np.testing.assert_array_equal(one.gains[:, :-1], two.gains[:, :-1])
        assert np.isfinite(two.gains).all()


@given(rows, st.integers(0, 7), st.sampled_from([0.5, 3.0]), st.booleans())
def test_a_task_that_costs_more_never_speaks_for_the_target(
    target: list[list[Task]],
    where: int,
    more: float,
    singly: bool,  # noqa: FBT001 - drawn
) -> None:
    where %= len(target)
    dear = [[(usd + more, done) for usd, done in one] if place == where else one for place, one in enumerate(target)]
    source = [[(1.0, 1.0)] * 25] * (len(target) + 1)

    for bet, sign in ((dearer, 1), (cheaper, -1)):
        before, after = (
            bet(history(source, [QUIET, *one], singly=singly), steady((1, len(source)), 0.2)) for one in (target, dear)
        )
        assert before is not None
        assert after is not None
        assert (sign * (after.gains - before.gains) >= -1e-12).all()
