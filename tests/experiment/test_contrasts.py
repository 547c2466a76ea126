import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reconciler.experiment.contrasts import contrast, durations, means, rates
from reconciler.experiment.intervals import rate
from reconciler.model.comparison import Contrast, DurationContrast, FixedLook
from reconciler.model.observation import Durations, Histogram, Samples, Unknown

SLEEP = ((0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0), (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4))
bucket_counts = st.lists(st.integers(0, 30).map(float), min_size=5, max_size=5).filter(any).map(tuple)


def look(found: FixedLook | Unknown) -> FixedLook:
    assert isinstance(found, FixedLook)
    return found


def ranked(source: Durations, target: Durations) -> DurationContrast:
    found = durations(source, target)
    assert isinstance(found, DurationContrast)
    return found


def test_the_lady_tasting_tea_is_judged_as_fisher_did() -> None:
    # Fisher (1935): of 70 ways to choose 4 cups, 17 are at least that good, and as many that bad.
    found = look(rates(rate(3, 4), rate(1, 4)).test)
    assert (found.method, found.statistic) == ("Fisher", None)
    assert found.p == pytest.approx(34 / 70)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_small_counts_get_the_exact_chance_of_a_table_at_most_as_likely(
    first: int, second: int, data: st.DataObject
) -> None:
    before, after = data.draw(st.integers(0, first)), data.draw(st.integers(0, second))
    events = before + after
    test = rates(rate(before, first), rate(after, second)).test
    if events in (0, first + second):
        assert test == Unknown("all tasks of both sides ended alike")
        return
    expected = [events, first + second - events]
    if min(side * column / (first + second) for side in (first, second) for column in expected) >= 5:
        assert look(test).method == "chi-square"
        return
    ways = [math.comb(first, k) * math.comb(second, events - k) for k in range(min(first, events) + 1)]
    likely = sum(way for way in ways if way <= ways[before])
    assert look(test).p == pytest.approx(likely / sum(ways))


def test_larger_counts_get_pearsons_chi_square() -> None:
    # By hand: 200 (10 * 80 - 20 * 90)^2 / (100 * 100 * 30 * 170); with one degree of freedom p = erfc(sqrt(x / 2)).
    found = look(rates(rate(10, 100), rate(20, 100)).test)
    assert found.method == "chi-square"
    assert found.statistic == pytest.approx(200 * 1000**2 / 51e6)
    assert found.p == pytest.approx(math.erfc(math.sqrt(200 * 1000**2 / 51e6 / 2)))


def test_cohens_h_of_a_half_and_three_quarters_is_a_sixth_of_a_turn_of_half() -> None:
    # arcsin of the roots of 1/2 and 3/4 are pi/4 and pi/3.
    assert rates(rate(50, 100), rate(75, 100)).cohens_h == pytest.approx(math.pi / 6)


def test_a_side_without_tasks_cannot_be_compared() -> None:
    found = rates(rate(0, 0), rate(5, 10))
    assert isinstance(found.test, Unknown)
    assert isinstance(found.cohens_h, Unknown)


def test_welch_finds_what_is_published_for_students_sleep_data() -> None:
    # The example of R's t.test: t = -1.8608, p = 0.07939. Two hours more for everybody, because durations begin at 0.
    found = look(means([hours + 2 for hours in SLEEP[1]], [hours + 2 for hours in SLEEP[0]])[0])
    assert found.method == "Welch"
    assert found.statistic == pytest.approx(-1.8608, abs=5e-5)
    assert found.p == pytest.approx(0.07939, abs=5e-6)


def test_hedges_g_is_the_one_of_the_textbook() -> None:
    # Borenstein et al. (2009), chapter 4: means 103 and 100, deviations 5.5 and 4.5, 50 each: g = 0.5924.
    spread = math.sqrt(49 / 50)
    source = [100 + sign * 4.5 * spread for sign in (-1, 1) for _ in range(25)]
    target = [103 + sign * 5.5 * spread for sign in (-1, 1) for _ in range(25)]
    assert means(source, target)[1] == pytest.approx(0.5924, abs=1e-4)


@given(
    st.lists(st.floats(0, 1e4), min_size=2, max_size=30, unique=True),
    st.lists(st.floats(0, 1e4), min_size=2, max_size=30, unique=True),
)
def test_welch_agrees_with_scipys_test_on_the_values_themselves(source: list[float], target: list[float]) -> None:
    if min(np.var(source), np.var(target)) < 1e-6:
        return
    expected = stats.ttest_ind(target, source, equal_var=False)
    found = look(means(source, target)[0])
    assert found.p == pytest.approx(expected.pvalue, rel=1e-6)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        pytest.param([], [1.0, 2.0], id="nothing-on-one-side"),
        pytest.param([1.0], [1.0, 2.0], id="one-value"),
        pytest.param([0.1] * 3, [0.1] * 7, id="all-alike"),
        pytest.param([0.1] * 3, [0.3] * 7, id="alike-on-each-side"),
    ],
)
def test_means_without_spread_are_not_tested(source: list[float], target: list[float]) -> None:
    test, effect = means(source, target)
    assert isinstance(test, Unknown)
    assert isinstance(effect, Unknown)


def test_a_spread_too_small_to_be_squared_gives_no_test_instead_of_no_number() -> None:
    assert means([0.0, 1e-161] * 10, [1.0] * 5)[0] == Unknown("the values hardly differ, the test has no answer")


def test_the_tortoises_and_the_hares_finish_as_in_the_textbook() -> None:
    # Order of finish THHHHHTTTTTH: tortoises are ahead in 11 pairs, hares in 25 of 36.
    order = "THHHHHTTTTTH"
    tortoises = tuple(float(place) for place, one in enumerate(order) if one == "T")
    hares = tuple(float(place) for place, one in enumerate(order) if one == "H")
    found = ranked(Samples(hares), Samples(tortoises))
    assert look(found.mann_whitney).statistic == 25
    assert found.slower == pytest.approx(25 / 36)
    assert found.rank_biserial == pytest.approx(14 / 36)


@given(st.permutations(range(9)), st.integers(1, 8))
def test_few_durations_get_the_exact_chance_over_all_orders(order: list[int], few: int) -> None:
    source, target = order[:few], order[few:]
    middle = few * (9 - few) / 2
    wins = [
        sum(one > other for one in chosen for other in range(9) if other not in chosen)
        for chosen in combinations(range(9), 9 - few)
    ]
    far = abs(sum(one > other for one in target for other in source) - middle)
    expected = sum(abs(one - middle) >= far for one in wins) / len(wins)
    found = ranked(Samples(tuple(sorted(map(float, source)))), Samples(tuple(sorted(map(float, target)))))
    assert look(found.mann_whitney).p == pytest.approx(expected)


@given(bucket_counts, bucket_counts)
def test_buckets_are_ranked_as_ties_the_way_scipy_does_for_single_values(
    source: tuple[float, ...], target: tuple[float, ...]
) -> None:
    bounds = (1.0, 2.0, 3.0, 4.0, math.inf)
    found = ranked(Histogram(bounds, source), Histogram(bounds, target))
    before, after = (np.repeat(range(5), [int(count) for count in counts]) for counts in (source, target))
    expected = stats.mannwhitneyu(after, before, method="asymptotic")
    if np.ptp(np.concatenate([before, after])):
        assert look(found.mann_whitney).p == pytest.approx(expected.pvalue)
    assert found.slower == pytest.approx(expected.statistic / len(before) / len(after))
    assert isinstance(found.welch, Unknown)
    assert isinstance(found.hedges_g, Unknown)


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        (Samples((1.0,)), Histogram((1.0,), (1.0,)), "one side reports single durations, the other one buckets"),
        (Histogram((2.0,), (1.0,)), Histogram((1.0,), (1.0,)), "the sides report different buckets"),
        (Unknown("late"), Samples((1.0,)), "source: late"),
        (Samples((1.0,)), Unknown("late"), "target: late"),
    ],
)
def test_durations_that_cannot_be_held_against_each_other_say_why(
    source: Durations | Unknown, target: Durations | Unknown, reason: str
) -> None:
    assert durations(source, target) == Unknown(reason)


def test_amounts_are_compared_by_difference_and_ratio() -> None:
    assert contrast(2.0, 3.0) == Contrast(2.0, 3.0, 1.0, 1.5)


def test_a_ratio_to_nothing_is_unknown() -> None:
    assert contrast(0.0, 3.0) == Contrast(0.0, 3.0, 3.0, Unknown("the source's is 0"))
