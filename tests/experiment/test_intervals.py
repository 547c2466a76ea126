import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.experiment.intervals import quantiles, ranks, rate
from reconciler.model.comparison import Interval, Quantile
from reconciler.model.observation import Histogram, Samples, Unknown


@pytest.mark.parametrize(
    ("events", "tasks", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_rates_interval_is_the_one_that_newcombe_published(
    events: int, tasks: int, lower: float, upper: float
) -> None:
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3.
    interval = rate(events, tasks).interval
    assert isinstance(interval, Interval)
    assert (interval.lower, interval.upper) == pytest.approx((lower, upper), abs=5e-5)


def test_a_rate_of_no_tasks_is_unknown() -> None:
    found = rate(0, 0)
    assert isinstance(found.value, Unknown)
    assert isinstance(found.interval, Unknown)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(5, None), (6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (30, (10, 21)), (50, (18, 33)), (100, (40, 61))],
)
def test_the_medians_interval_lies_between_the_ranks_of_the_published_tables(
    number: int, expected: tuple[int, int] | None
) -> None:
    # The table of ranks for the median's 95 % interval that stands in most books on nonparametric statistics.
    assert ranks(number, 0.5) == expected


@given(st.integers(1, 800), st.sampled_from([0.5, 0.95, 0.99]))
def test_the_ranks_leave_out_at_most_a_fortieth_on_either_side_and_are_the_closest_that_do(
    number: int, level: float
) -> None:
    chances = [math.comb(number, k) * level**k * (1 - level) ** (number - k) for k in range(number + 1)]
    below = [math.fsum(chances[:k]) for k in range(number + 2)]  # below[k]: fewer than k values lie under the quantile
    between = ranks(number, level)
    if between is None:
        assert below[1] > 0.025 or chances[number] > 0.025
        return
    lower, upper = between
    assert 1 <= lower < upper <= number
    assert below[lower] <= 0.025
    assert 1 - below[upper] <= 0.025 + 1e-12
    assert below[lower + 1] > 0.025 - 1e-12
    assert 1 - below[upper - 1] > 0.025 - 1e-12


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=400))
def test_single_durations_give_numpys_quantiles_and_an_interval_of_two_of_them(seconds: list[float]) -> None:
    ordered = tuple(sorted(seconds))
    for found in quantiles(Samples(ordered)):
        assert found.value == pytest.approx(np.quantile(ordered, found.level))
        assert found.resolution is None
        if isinstance(found.interval, Interval):
            assert {found.interval.lower, found.interval.upper} <= set(ordered)
            assert isinstance(found.value, float)
            assert found.interval.lower <= found.value <= found.interval.upper


def test_buckets_give_the_value_inside_the_bucket_and_an_interval_of_whole_buckets() -> None:
    # 100 tasks: rank 50 is the 20th of 40 in (10, 20]; ranks 40 and 61 of the interval lie in (10, 20] too.
    median = quantiles(Histogram((10.0, 20.0, 60.0), (30.0, 40.0, 30.0)))[0]
    assert median == Quantile(0.5, 15.0, Interval(10.0, 20.0), 10.0)
    # Rank 95 is the 25th of 30 in (20, 60]; the ranks for p95 of 100 lie in (20, 60] too.
    assert quantiles(Histogram((10.0, 20.0, 60.0), (30.0, 40.0, 30.0)))[1].value == pytest.approx(20 + 40 * 25 / 30)


@given(st.lists(st.floats(0.01, 400), min_size=80, max_size=300))
def test_the_interval_of_buckets_holds_the_interval_of_the_durations_in_them(seconds: list[float]) -> None:
    bounds = (1.0, 5.0, 10.0, 60.0, 300.0, 1000.0)
    counts = tuple(float(sum(low < one <= high for one in seconds)) for low, high in pairwise((0.0, *bounds)))
    for single, grouped in zip(
        quantiles(Samples(tuple(sorted(seconds)))), quantiles(Histogram(bounds, counts)), strict=True
    ):
        assert isinstance(single.interval, Interval) == isinstance(grouped.interval, Interval)
        if isinstance(single.interval, Interval) and isinstance(grouped.interval, Interval):
            assert grouped.interval.lower <= single.interval.lower
            assert single.interval.upper <= grouped.interval.upper


@pytest.mark.parametrize(("level", "needed"), [(0, 6), (1, 72), (2, 368)])
def test_too_few_durations_have_no_interval_and_say_how_many_are_needed(level: int, needed: int) -> None:
    # 0.5^6, 0.95^72 and 0.99^368 are the first powers below 0.025.
    found = quantiles(Samples((1.0,) * (needed - 1)))[level].interval
    assert found == Unknown(f"a 95 % interval needs at least {needed} durations")
    assert quantiles(Samples((1.0,) * needed))[level].interval == Interval(1.0, 1.0)


def test_what_lies_above_the_largest_bucket_is_unknown() -> None:
    found = quantiles(Histogram((60.0, math.inf), (90.0, 10.0)))
    assert found[0].value == pytest.approx(60 * 50 / 90)
    assert found[1].value == Unknown("it lies above the largest bucket of 60 s")
    assert found[1].interval == Unknown("it lies above the largest bucket of 60 s")
    assert found[1].resolution is None
