"""Thresholds and percentiles in buckets against numpy on the single tasks, and what they may know."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.health.durations import NONE, above, at_least, at_most, percentile_95, quantile_before
from reconciler.health.history import Buckets, Floats
from reconciler.health.indicators import percentile
from reconciler.model.observation import Histogram

BOUNDS = np.asarray([1.0, 2.0, 5.0, 10.0, 60.0, 600.0])
EXACT = 1 - 1e-9
ENDS: tuple[Literal["lower"], Literal["upper"]] = ("lower", "upper")
counts_of_a_slice = st.lists(st.integers(0, 30), min_size=len(BOUNDS), max_size=len(BOUNDS))
histories = st.lists(counts_of_a_slice, min_size=1, max_size=8).map(lambda drawn: np.asarray([drawn], dtype=np.float64))
quantiles = st.sampled_from([0.5, 0.75, 0.9, 0.95])


def buckets(counts: Floats) -> Buckets:
    return Buckets(BOUNDS, counts)


def tasks_of(counts: Floats) -> Floats:
    """Give every task the upper bound of its bucket, in ascending order."""
    return np.repeat(BOUNDS, counts.astype(np.int64))


@given(histories, quantiles, st.integers(1, 60))
def test_a_quantile_lies_in_the_bucket_that_numpy_finds_among_the_tasks_before(
    counts: Floats, quantile: float, enough: int
) -> None:
    found = quantile_before(buckets(counts), quantile, at_least=enough)

    for slice_ in range(counts.shape[1]):
        earlier = tasks_of(counts[0, :slice_].sum(axis=0))
        if len(earlier) < enough:
            assert found[0, slice_] == NONE
        else:
            # A whole number of tasks is exact, what floating point makes of 0.95 n is not.
            place = np.percentile(earlier, 100 * quantile * EXACT, method="inverted_cdf")
            assert BOUNDS[found[0, slice_]] == place


@given(histories, quantiles, st.integers(0, 7), counts_of_a_slice)
def test_a_quantile_knows_nothing_of_its_own_slice_nor_of_later_ones(
    counts: Floats, quantile: float, where: int, other: list[int]
) -> None:
    where %= counts.shape[1]
    changed = counts.copy()
    changed[0, where:] = other

    first, second = (quantile_before(buckets(one), quantile, at_least=1) for one in (counts, changed))

    assert (first[:, : where + 1] == second[:, : where + 1]).all()


@given(histories, st.integers(-2, len(BOUNDS) - 1))
def test_tasks_above_a_place_are_those_in_the_buckets_after_it(counts: Floats, place: int) -> None:
    found = above(buckets(counts), np.full(counts.shape[:2], place))

    expected = [0.0 if place == NONE else float(one[place + 1 :].sum()) for one in counts[0]]
    assert found[0].tolist() == expected


@given(st.floats(0.01, 1000))
def test_a_threshold_is_rounded_to_the_side_that_is_told(threshold: float) -> None:
    low, high = int(at_most(BOUNDS, np.asarray(threshold))), int(at_least(BOUNDS, np.asarray(threshold)))

    below = [place for place, bound in enumerate(BOUNDS) if bound <= threshold * (1 + 1e-9)]
    over = [place for place, bound in enumerate(BOUNDS) if bound >= threshold * (1 - 1e-9)]
    assert low == (below[-1] if below else -1)
    assert high == (over[0] if over else len(BOUNDS) - 1)


@pytest.mark.parametrize(("threshold", "low", "high"), [(0.5, -1, 0), (1.0, 0, 0), (1.5, 0, 1), (600.0, 5, 5)])
def test_a_bound_itself_is_a_threshold_exactly(threshold: float, low: int, high: int) -> None:
    assert at_most(BOUNDS, np.asarray(threshold)) == low
    assert at_least(BOUNDS, np.asarray(threshold)) == high


@given(histories)
def test_the_95th_percentile_interpolates_in_a_narrow_bucket_and_takes_the_told_end_of_a_coarse_one(
    counts: Floats,
) -> None:
    lower, upper = (percentile_95(BOUNDS, counts, coarse=end)[0] for end in ENDS)

    for one, low, high in zip(counts[0], lower, upper, strict=True):
        if one.sum() == 0:
            assert math.isnan(low)
            assert math.isnan(high)
            continue
        # A whole number of tasks is exact, what floating point makes of 0.95 n is not.
        bound = float(np.percentile(tasks_of(one), 95 * EXACT, method="inverted_cdf"))
        edges = (max((other for other in BOUNDS if other < bound), default=0.0), bound)
        ranks = (one[bound > BOUNDS].sum(), one[bound >= BOUNDS].sum())
        is_narrow = edges[1] <= 2 * edges[0]
        within = float(np.interp(0.95 * one.sum(), ranks, edges))
        assert (low, high) == (pytest.approx((within, within)) if is_narrow else edges)


def test_the_95th_percentile_of_many_tasks_is_what_numpy_says_of_the_single_ones() -> None:
    # Independent draws, in buckets as narrow as those that single durations are sorted in.
    seconds = 20 * np.exp(np.random.default_rng(5).normal(size=4000))
    bounds = 2.0 ** (np.arange(-80, 161) / 8)
    counts = np.bincount(np.searchsorted(bounds, seconds), minlength=len(bounds)).astype(np.float64)

    for end in ENDS:
        found = percentile_95(bounds, counts[None, None, :], coarse=end)[0, 0]
        assert found == pytest.approx(float(np.percentile(seconds, 95)), rel=0.02)


@pytest.mark.parametrize(
    ("bounds", "counts", "lower", "upper"),
    [
        pytest.param([10.0, 20.0], [0.0, 20.0], 19.5, 19.5, id="inside-a-bucket"),
        pytest.param([10.0, 15.0, 20.0], [0.0, 19.0, 1.0], 15.0, 15.0, id="exactly-at-a-bound"),
        pytest.param([10.0, 20.0], [20.0, 0.0], 0.0, 10.0, id="the-first-bucket-says-little"),
        pytest.param([10.0, 21.0], [0.0, 20.0], 10.0, 21.0, id="more-than-twice-as-wide"),
        pytest.param([10.0, 20.0, math.inf], [1.0, 1.0, 98.0], 20.0, math.inf, id="above-the-largest-bound"),
        pytest.param([10.0, 20.0, math.inf], [0.0, 20.0, 0.0], 19.5, 19.5, id="an-empty-last-bucket"),
    ],
)
def test_the_95th_percentile_by_hand(bounds: list[float], counts: list[float], lower: float, upper: float) -> None:
    found = [percentile_95(np.asarray(bounds), np.asarray([[counts]]), coarse=end)[0, 0] for end in ENDS]

    assert found == [pytest.approx(lower), pytest.approx(upper)]


@given(histories)
def test_the_95th_percentile_lies_between_the_told_ends_and_so_does_the_one_that_is_shown(counts: Floats) -> None:
    lower, upper = (percentile_95(BOUNDS, counts, coarse=end)[0] for end in ENDS)

    for one, low, high in zip(counts[0], lower, upper, strict=True):
        shown = percentile(Histogram(tuple(BOUNDS), tuple(one)))
        if isinstance(shown, float):
            assert low - 1e-9 <= shown <= high + 1e-9


@given(st.integers(1, 5000), st.integers(0, 5000), quantiles)
def test_exactly_that_part_of_the_tasks_is_enough_for_a_quantile(low: int, high: int, quantile: float) -> None:
    counts: npt.NDArray[np.float64] = np.zeros((1, 2, 2))
    counts[0, 0] = low, high

    place = quantile_before(Buckets(np.asarray([1.0, 2.0]), counts), quantile, at_least=1)[0, 1]

    assert place == (0 if low * 100 >= round(quantile * 100) * (low + high) else 1)
