"""The books of bets against slow and plain reckoning, and against the hypothesis they are about."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from reconciler.health import wealth
from reconciler.health.bets import label
from reconciler.health.history import Floats
from reconciler.health.wealth import FRESH, Bets, even, grow, grow_restarted, share_out
from tests.health.sequences import every_sequence

AT_ONCE, HALF_STAKED = wealth._AT_ONCE, wealth._HALF_STAKED  # noqa: SLF001 - what is staked when is a choice
STEP = 60.0
gains_of_a_slice = st.lists(st.floats(-2, 2), min_size=3, max_size=3)
histories = st.lists(gains_of_a_slice, min_size=1, max_size=12).map(lambda drawn: np.asarray([drawn]))
splits_of_the_stake = st.lists(st.floats(0.05, 1), min_size=3, max_size=3).map(
    lambda drawn: np.asarray(drawn) / sum(drawn)
)


def kept(seconds: float) -> float:
    return (1 - AT_ONCE) * HALF_STAKED / (HALF_STAKED + seconds)


def restarted_one_by_one(
    gains: Floats, parts: Floats, *, seconds: float = 0.0, carried: float = AT_ONCE
) -> list[float]:
    """Start one cumulative wealth in every slice and add them all up: O(slices squared), without logarithms."""
    wealths = []
    for now in range(1, len(gains) + 1):
        staked = 0.0
        for begin in range(now):
            stake = kept(seconds + begin * STEP) - kept(seconds + (begin + 1) * STEP) + (carried if begin == 0 else 0.0)
            for bet, part in enumerate(parts):
                staked += stake * part * math.prod(math.exp(gain) for gain in gains[begin:now, bet])
        wealths.append(staked + kept(seconds + now * STEP))
    return wealths


@given(histories, splits_of_the_stake)
def test_growth_is_the_sum_of_what_each_bet_has_made(gains: Floats, parts: Floats) -> None:
    each = [
        list(accumulate((math.exp(gain) for gain in gains[0, :, bet]), lambda stake, factor: stake * factor))
        for bet in range(3)
    ]
    expected = [sum(part * made[now] for part, made in zip(parts, each, strict=True)) for now in range(len(each[0]))]

    np.testing.assert_allclose(np.exp(grow(Bets(gains, parts))[0]), expected, rtol=1e-9)
    np.testing.assert_allclose(np.exp(grow(Bets(gains, parts), math.log(3.0))[0]), [3 * one for one in expected])


@given(histories, splits_of_the_stake, st.floats(0, 1e6), st.floats(0.01, 50))
def test_restarted_growth_is_the_sum_over_all_moments_to_begin(
    gains: Floats, parts: Floats, seconds: float, carried: float
) -> None:
    whole, staked = grow_restarted(Bets(gains, parts), STEP, seconds=seconds, carried=math.log(carried))

    expected = restarted_one_by_one(gains[0], parts, seconds=seconds, carried=carried)
    unstaked = [kept(seconds + STEP * (place + 1)) for place in range(gains.shape[1])]
    np.testing.assert_allclose(np.exp(whole[0]), expected, rtol=1e-9)
    np.testing.assert_allclose(np.exp(staked[0]) + unstaked, expected, rtol=1e-9)


def test_one_part_is_staked_at_once_and_half_of_the_rest_within_the_time_that_is_told() -> None:
    minutes = round(HALF_STAKED / STEP)
    whole, staked = grow_restarted(Bets(np.zeros((1, 3 * minutes, 1)), np.ones(1)), STEP)

    assert math.exp(FRESH) == pytest.approx(AT_ONCE)
    assert 0.5 <= AT_ONCE < 1
    np.testing.assert_allclose(whole, 0.0, atol=1e-12)
    rest = 1 - np.exp(staked[0])
    assert rest[minutes - 1] == pytest.approx((1 - AT_ONCE) / 2)
    assert rest[3 * minutes - 1] == pytest.approx((1 - AT_ONCE) / 4)


def test_a_change_after_days_is_found_by_the_restarts_where_plain_growth_has_lost_everything() -> None:
    gains = np.full((1, 3000, 1), -0.05)
    gains[0, -20:] = 1.0

    assert grow(even(gains))[0, -1] < -100
    # The stake of the 20 last slices alone, each worth at least the gains of the last one.
    assert grow_restarted(even(gains), STEP)[0][0, -1] > math.log(kept(2980 * STEP) - kept(3000 * STEP)) + 1
    assert grow_restarted(even(gains), STEP)[0][0, -1] > math.log(80)


@pytest.mark.parametrize("seconds", [0.0, 86400.0])
def test_a_single_bet_goes_on_over_stages_as_if_there_were_none(seconds: float) -> None:
    gains = np.random.default_rng(7).normal(0, 0.5, (4, 30, 1))
    whole, staked = grow_restarted(even(gains), STEP, seconds=seconds)
    _, left = grow_restarted(even(gains[:, :11]), STEP, seconds=seconds)
    plain = grow(even(gains))

    for run in range(4):
        rest = even(gains[run : run + 1, 11:])
        later = seconds + 11 * STEP
        went_on, went_on_staked = grow_restarted(rest, STEP, seconds=later, carried=left[run, -1])
        np.testing.assert_allclose(went_on[0], whole[run, 11:])
        np.testing.assert_allclose(went_on_staked[0], staked[run, 11:])
        np.testing.assert_allclose(grow(rest, plain[run, 10])[0], plain[run, 11:])


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_wealth_is_worth_one_on_average_also_over_stages_that_share_the_stake_out_anew(share: float) -> None:
    # Every sequence of 10 bad events, each with its chance under the hypothesis; the stages change after the fourth.
    events, chances = every_sequence(10, share)
    bets = label(events, 1 - events, np.full(events.shape, share), (0.5, 2.0, 6.0, 50.0))
    first, rest = (Bets(part, bets.parts) for part in (bets.gains[:, :4], bets.gains[:, 4:]))
    plain, (_, staked) = grow(first)[:, -1], grow_restarted(first, STEP)

    stages = np.asarray([grow(Bets(rest.gains[[run]], rest.parts), plain[run])[0] for run in range(len(chances))])
    restarted = np.asarray(
        [
            grow_restarted(Bets(rest.gains[[run]], rest.parts), STEP, seconds=4 * STEP, carried=staked[run, -1])[0][0]
            for run in range(len(chances))
        ]
    )

    for grown in (grow(bets), grow_restarted(bets, STEP)[0], stages, restarted):
        np.testing.assert_allclose(chances @ np.exp(grown), 1.0, rtol=1e-9)


@pytest.mark.parametrize("alpha", [0.2, 0.05])
def test_wealth_that_is_looked_at_always_reaches_one_in_alpha_with_the_chance_alpha_at_most(alpha: float) -> None:
    events, chances = every_sequence(14, 0.1)
    bets = label(events, 1 - events, np.full(events.shape, 0.1), (2.0, 6.0, 15.0, 50.0))

    for grown in (grow(bets), grow_restarted(bets, STEP)[0]):
        ever = (grown >= -math.log(alpha)).any(axis=1)
        assert 0 < chances @ ever <= alpha


@given(st.floats(0.05, 0.95))
def test_the_first_group_gets_its_part_and_the_others_share_the_rest(first: float) -> None:
    groups = [even(np.full((1, 2, count), float(count))) for count in (1, 2, 4)]

    shared = share_out(*groups, first=first)

    assert shared.gains.tolist() == [[[1.0, 2.0, 2.0, 4.0, 4.0, 4.0, 4.0]] * 2]
    rest = (1 - first) / 2
    np.testing.assert_allclose(shared.parts, [first] + [rest / 2] * 2 + [rest / 4] * 4)
    np.testing.assert_allclose(share_out(*groups).parts, [1 / 3] + [1 / 6] * 2 + [1 / 12] * 4)
    # An average of wealths is the wealth of the averaged stake.
    average = logsumexp([grow(one) for one in groups], axis=0, b=np.asarray([first, rest, rest])[:, None, None])
    np.testing.assert_allclose(grow(shared), average)


@pytest.mark.parametrize("gain", [-5.0, 5.0])
def test_wealth_stays_finite_far_outside_the_range_of_floating_point(gain: float) -> None:
    gains = np.full((1, 20_000, 2), gain)
    gains[:, :, 1] = -gain

    whole, staked = grow_restarted(even(gains), STEP)

    assert np.isfinite(grow(even(gains))).all()
    assert np.isfinite(whole).all()
    assert np.isfinite(staked).all()
    assert whole[0, -1] == pytest.approx(5.0 * 20_000 + FRESH - math.log(2), rel=1e-6)
