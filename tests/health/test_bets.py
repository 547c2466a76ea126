"""The bets against likelihoods of scipy, exact sums, published counts and the hypotheses they are about."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from reconciler.health import bets
from reconciler.health.bets import BETTER, SLOWER, WORSE, label, mean_gains, rate_above, rate_below, rates_closer
from reconciler.health.history import Floats
from reconciler.health.wealth import Bets, even, grow
from tests.health.sequences import every_choice, every_sequence

ABOVE = bets._ABOVE  # noqa: SLF001 - how fine the grid is, is no formula
PUBLISHED_RATIOS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 25.0)
PUBLISHED_RATES = (0.001, 0.005, 0.01, 0.02, 0.03)
SHARES = (0.1, 0.25, 0.5)
rates = st.floats(0.0, 1.0)
inner_rates = st.floats(0.001, 0.999)
shares = st.floats(0.01, 0.99)


def row(*values: float) -> Floats:
    return np.asarray([values], dtype=np.float64)


def final(one: Bets) -> float:
    return float(grow(one)[0, -1])


def chance(share: float, ratio: float) -> float:
    """Give the chance that a bad event is the target's, which has them ``ratio`` times as often."""
    return share * ratio / (share * ratio + 1 - share)


@given(st.integers(0, 30), st.integers(0, 30), shares, st.floats(0.2, 5))
def test_a_label_is_the_likelihood_of_whose_the_events_are(mine: int, others: int, share: float, null: float) -> None:
    gains = label(row(mine), row(others), row(share), WORSE, null=null).gains[0, 0]

    likely = [binom.logpmf(mine, mine + others, chance(share, ratio * null)) for ratio in WORSE]
    np.testing.assert_allclose(gains, likely - binom.logpmf(mine, mine + others, chance(share, null)), atol=1e-7)


@pytest.mark.parametrize(("share", "errors"), [(0.1, 3), (0.25, 4), (0.5, 7)])
def test_so_many_errors_of_the_target_in_a_row_are_evidence_of_20_with_the_published_ratios(
    share: float, errors: int
) -> None:
    grown = grow(label(np.ones((1, errors)), np.zeros((1, errors)), np.full((1, errors), share), PUBLISHED_RATIOS))

    assert grown[0, -2] < math.log(20) <= grown[0, -1]


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("ratios", [WORSE, SLOWER], ids=["worse", "slower"])
@pytest.mark.parametrize("ratio", [0.0, 0.5, 0.9, 1.0])
def test_a_label_against_at_most_is_worth_one_at_most_while_that_holds(
    share: float, ratios: Sequence[float], ratio: float
) -> None:
    events, chances = every_sequence(10, chance(share, ratio * 1.5))

    worth = chances @ np.exp(grow(label(events, 1 - events, np.full(events.shape, share), ratios, null=1.5)))

    assert (worth <= 1 + 1e-9).all()
    if ratio == 1.0:
        np.testing.assert_allclose(worth, 1.0)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("ratio", [1.0, 1.1, 2.0, 40.0])
def test_a_label_against_at_least_is_worth_one_at_most_while_that_holds(share: float, ratio: float) -> None:
    events, chances = every_sequence(10, chance(share, ratio * 2.0))

    worth = chances @ np.exp(grow(label(events, 1 - events, np.full(events.shape, share), BETTER, null=2.0)))

    assert (worth <= 1 + 1e-9).all()
    if ratio == 1.0:
        np.testing.assert_allclose(worth, 1.0)


def test_a_label_stays_fair_when_the_share_and_the_level_of_both_sides_change() -> None:
    in_force = np.asarray([0.1, 0.1, 0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.9])
    events, _ = every_sequence(len(in_force), 0.5)
    chances = np.prod(np.where(events > 0, in_force, 1 - in_force), axis=1)

    share = np.broadcast_to(in_force, events.shape)

    np.testing.assert_allclose(chances @ np.exp(grow(label(events, 1 - events, share, WORSE))), 1.0)


def test_a_label_with_a_stale_share_is_not_fair() -> None:
    events, chances = every_sequence(10, 0.25)

    worth = chances @ np.exp(grow(label(events, 1 - events, np.full(events.shape, 0.1), WORSE)))

    assert worth[-1] > 10


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.001, 0.9))
def test_a_rate_is_held_against_the_limit_by_its_likelihood(bad: int, good: int, limit: float) -> None:
    above, below = rate_above(row(bad), row(bad + good), limit), rate_below(row(bad), row(bad + good), limit)

    for one, grid in (
        (above, [limit + (1 - limit) * part for part in ABOVE]),
        (below, [limit * part for part in BETTER]),
    ):
        likely = [binom.logpmf(bad, bad + good, rate) - binom.logpmf(bad, bad + good, limit) for rate in grid]
        np.testing.assert_allclose(one.gains[0, 0], likely, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("level", "clean"), [(0.2, (41, 89, 130, 166)), (0.1, (57, 108, 150, 187)), (0.05, (73, 125, 168, 207))]
)
def test_a_rate_below_5_percent_is_proven_by_the_published_number_of_tasks(
    level: float, clean: tuple[int, ...]
) -> None:
    for errors, published in enumerate(clean):
        by_hand = least_tasks(level, errors, PUBLISHED_RATES)
        assert by_hand == published
        # Our grid has one rate more, at 4 %, so it is as quick but for a few tasks.
        ours = least_tasks(level, errors, [0.05 * part for part in BETTER])
        assert abs(ours - published) <= 6
        proof = [final(rate_below(row(errors), row(count), 0.05)) for count in (ours - 1, ours)]
        assert proof[0] < -math.log(level) <= proof[1]


def least_tasks(level: float, errors: int, grid: Sequence[float]) -> int:
    """Count, with plain numbers, the tasks that prove a rate below 5 % although some failed."""
    for tasks in range(errors + 1, 1000):
        ratios = [(rate / 0.05) ** errors * ((1 - rate) / 0.95) ** (tasks - errors) for rate in grid]
        if math.fsum(ratios) / len(ratios) >= 1 / level:
            return tasks
    raise AssertionError


@pytest.mark.parametrize("limit", [0.01, 0.05, 0.5])
def test_bets_on_a_rate_are_worth_one_at_the_limit_and_less_inside_the_hypothesis(limit: float) -> None:
    for rate, against in (
        (limit, rate_above),
        (limit / 2, rate_above),
        (0.0, rate_above),
        (limit, rate_below),
        (2 * limit, rate_below),
        (1.0, rate_below),
    ):
        bad, chances = every_sequence(10, rate)
        worth = chances @ np.exp(grow(against(bad, np.ones_like(bad), limit)))
        assert (worth <= 1 + 1e-9).all()
        if rate == limit:
            np.testing.assert_allclose(worth, 1.0)


def test_bets_on_a_rate_grow_where_the_hypothesis_is_wrong() -> None:
    tasks = row(*[20.0] * 20)

    assert final(rate_above(tasks, tasks, 0.05)) > 400 * math.log(0.9 / 0.05)
    assert final(rate_below(0 * tasks, tasks, 0.05)) > 15
    assert final(rate_above(0 * tasks, tasks, 0.05)) < -30
    assert final(rate_below(tasks, tasks, 0.05)) < -80


def one_task(target_rate: float, source_rate: float, share: float, margin: float) -> Floats:
    """Give what each bet on the distance of two rates is worth after one task: an exact sum over all four outcomes."""
    outcomes = (
        (share * target_rate, (1, 1, 0, 0)),
        (share * (1 - target_rate), (0, 1, 0, 0)),
        ((1 - share) * source_rate, (0, 0, 1, 1)),
        ((1 - share) * (1 - source_rate), (0, 0, 0, 1)),
    )
    worth = np.zeros(1)
    for probability, (bad, tasks, source_bad, source_tasks) in outcomes:
        bets = rates_closer(row(bad), row(tasks), row(source_bad), row(source_tasks), row(share), margin)
        worth = worth + probability * np.exp(bets.gains[0, 0])
    return worth


@given(st.integers(1, 99), st.floats(0.01, 0.5), rates, rates)
def test_rates_that_are_a_margin_apart_or_more_make_every_bet_on_their_distance_unfair(
    percent: int, margin: float, low: float, more: float
) -> None:
    source_rate = low * (1 - margin)
    target_rate = source_rate + margin + more * (1 - margin - source_rate)

    assert (one_task(target_rate, source_rate, percent / 100, margin) <= 1 + 1e-9).all()


@given(st.integers(1, 99), st.floats(0.01, 0.5), rates)
def test_a_bet_on_the_distance_of_two_rates_is_fair_all_along_the_margin(
    percent: int, margin: float, low: float
) -> None:
    # Both slopes cancel at the projection, and what a bet is worth is linear in the rates.
    source_rate = low * (1 - margin)

    worth = one_task(source_rate + margin, source_rate, percent / 100, margin)

    np.testing.assert_allclose(worth, 1.0, rtol=1e-9)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(
    ("source_rate", "target_rate"), [(0.0, 0.05), (0.02, 0.07), (0.5, 0.55), (0.95, 1.0), (0.02, 0.3), (0.0, 1.0)]
)
def test_whole_histories_beyond_the_margin_are_worth_one_at_most(
    share: float, source_rate: float, target_rate: float
) -> None:
    chances = np.asarray(
        [
            share * target_rate,
            share * (1 - target_rate),
            (1 - share) * source_rate,
            (1 - share) * (1 - source_rate),
        ]
    )
    tasks, weights = every_choice(6, chances)
    bad, mine, source_bad, others = (one.astype(np.float64) for one in (tasks == 0, tasks < 2, tasks == 2, tasks >= 2))

    grown = grow(rates_closer(bad, mine, source_bad, others, np.full(tasks.shape, share), 0.05))

    worth = weights @ np.exp(grown)
    assert (worth <= 1 + 1e-9).all()
    if target_rate - source_rate == pytest.approx(0.05):
        np.testing.assert_allclose(worth, 1.0)


def test_rates_inside_the_margin_are_proven() -> None:
    tasks = np.full((1, 20), 25.0)

    same = rates_closer(0 * tasks, tasks, 0 * tasks, tasks, np.full(tasks.shape, 0.5), 0.05)
    worse = rates_closer(tasks * 0.2, tasks, 0 * tasks, tasks, np.full(tasks.shape, 0.5), 0.05)

    assert final(same) > math.log(20)
    assert final(worse) < 0


@pytest.mark.parametrize("margin", [0.01, 0.05, 0.3])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("guess", [0.001, 0.02, 0.3, 0.5])
def test_the_nearest_pair_of_rates_is_the_one_that_an_optimizer_finds(
    margin: float, share: float, guess: float
) -> None:
    def entropy(rate: float, other: float) -> float:
        return rate * math.log(rate / other) + (1 - rate) * math.log((1 - rate) / (1 - other))

    found = minimize_scalar(
        lambda x: (1 - share) * entropy(guess, x) + share * entropy(guess, x + margin),
        bounds=(1e-12, 1 - margin - 1e-12),
        method="bounded",
        options={"xatol": 1e-12},
    )

    ours = bets._nearest(np.asarray([guess]), np.asarray([[share]]), margin)  # noqa: SLF001 - the one formula to solve
    assert ours[0, 0] == pytest.approx(found.x, abs=2e-7)


@pytest.mark.parametrize("margin", [0.001, 0.3, 0.6, 0.99])
def test_any_margin_leaves_bets_whose_factors_are_finite(margin: float) -> None:
    some = np.full((1, 1), 3.0)

    gains = rates_closer(some, 2 * some, some, 2 * some, np.full((1, 1), 0.5), margin).gains

    assert np.isfinite(gains).all()


def test_bets_stay_finite_over_thousands_of_tasks_at_extreme_rates() -> None:
    tasks = np.full((1, 500), 200.0)
    share = np.full(tasks.shape, 0.01)
    for bad in (tasks, 0 * tasks):
        for one in (
            label(bad, tasks - bad, share, WORSE),
            label(bad, tasks - bad, 1 - share, BETTER, null=100.0),
            rate_above(bad, tasks, 0.001),
            rate_below(bad, tasks, 0.999),
            rates_closer(bad, tasks, tasks - bad, tasks, share, 0.05),
        ):
            assert np.isfinite(grow(one)).all()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.floats(-0.9, 5)), max_size=30))
def test_gains_of_single_amounts_add_up_in_their_slice(drawn: list[tuple[int, int, float]]) -> None:
    stakes = np.asarray([0.1, 0.95])
    place = tuple(np.asarray([one[axis] for one in drawn], dtype=np.int64) for axis in (0, 1))
    amounts = np.asarray([one[2] for one in drawn], dtype=np.float64)

    gains = mean_gains(amounts, np.tile(stakes, (len(drawn), 1)), place, (3, 4))

    for run in range(3):
        for slice_ in range(4):
            here = [amount for r, s, amount in drawn if (r, s) == (run, slice_)]
            expected = [math.fsum(math.log(1 + stake * amount) for amount in here) for stake in stakes]
            np.testing.assert_allclose(gains[run, slice_], expected, atol=1e-12)


@given(inner_rates, st.floats(0.5, 4))
def test_a_bet_on_a_mean_is_fair_when_the_amounts_are_worth_nothing(up: float, size: float) -> None:
    # An amount of +size with the chance up, else what makes the mean zero.
    down = -size * up / (1 - up)
    stake = min(0.9 / -down, 10.0)
    factors = np.exp(
        mean_gains(np.asarray([size, down]), np.full((2, 1), stake), (np.asarray([0, 1]), np.asarray([0, 0])), (2, 1))
    )

    assert up * factors[0, 0, 0] + (1 - up) * factors[1, 0, 0] == pytest.approx(1.0)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=1, max_size=8), st.sampled_from(SHARES))
def test_events_in_one_slice_are_worth_what_they_are_worth_in_several(
    counts: list[tuple[int, int]], share: float
) -> None:
    bad = row(*(one for one, _ in counts))
    tasks = bad + row(*(more for _, more in counts))
    apart, together = np.full(bad.shape, share), row(share)
    whole_bad, whole = bad.sum(axis=1, keepdims=True), tasks.sum(axis=1, keepdims=True)

    for spread, at_once in (
        (label(bad, tasks, apart, WORSE), label(whole_bad, whole, together, WORSE)),
        (rate_above(bad, tasks, 0.05), rate_above(whole_bad, whole, 0.05)),
        (rate_below(bad, tasks, 0.05), rate_below(whole_bad, whole, 0.05)),
        (
            rates_closer(bad, tasks, bad, 2 * tasks, apart, 0.05),
            rates_closer(whole_bad, whole, whole_bad, 2 * whole, together, 0.05),
        ),
    ):
        assert final(spread) == pytest.approx(final(at_once), rel=1e-9, abs=1e-9)


def test_every_bet_gets_the_same_part() -> None:
    for one in (rate_above(row(1), row(9), 0.05), label(row(1), row(9), row(0.1), WORSE)):
        np.testing.assert_allclose(one.parts, even(one.gains).parts)
        assert one.parts.sum() == pytest.approx(1.0)
