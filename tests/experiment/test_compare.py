import json
import math
from dataclasses import asdict, replace
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.model.comparison import (
    Comparison,
    Contrast,
    CostContrast,
    DurationContrast,
    FixedLook,
    RateContrast,
    Summary,
)
from reconciler.model.observation import Durations, Histogram, Samples, SideObservations, Slice, Unknown
from reconciler.model.stage import Stage
from reconciler.render.comparison import comparison_lines
from tests.experiment.building import BEGIN, END, MINUTES, STEP, compared, minute, timed

BOUNDS = (1.0, 10.0, 60.0, math.inf)
amounts = st.floats(0, 1e6)
numbers = st.one_of(amounts, st.sampled_from([math.nan, math.inf, -1.0, 1e300, 5e-324]))


def sides(amount: st.SearchStrategy[float], *, whole: bool) -> st.SearchStrategy[SideObservations]:
    """Draw ten minutes of a side; ``whole`` sides report everything of every task."""
    kinds = st.sampled_from(["samples", "buckets"] if whole else ["samples", "buckets", "none", "mixed"])
    return kinds.flatmap(lambda kind: st.lists(_slices(amount, kind, whole=whole), max_size=MINUTES)).map(_in_order)


@st.composite
def _slices(draw: st.DrawFn, amount: st.SearchStrategy[float], kind: str, *, whole: bool) -> Slice:
    tasks = draw(st.integers(0, 12) if whole else st.integers(-1, 12))
    errors = draw(st.integers(0, max(tasks, 0)))
    single = st.lists(amount, min_size=max(tasks, 0), max_size=max(tasks, 0)).map(tuple)
    samples, costs = draw(single), draw(single)
    buckets = draw(st.lists(st.integers(0, 5).map(float) if whole else amount, min_size=4, max_size=4).map(tuple))
    drawn = draw(st.booleans()) if kind == "mixed" else kind == "samples"
    durations: Durations | None = Samples(samples) if drawn else Histogram(BOUNDS, buckets)
    tokens = draw(st.integers(0, 10**6))
    made = minute(0, tasks, errors, durations=None if kind == "none" else durations, costs=costs, tokens=tokens)
    return made if whole or draw(st.booleans()) else replace(made, costs=None, tokens=None)


def _in_order(slices: list[Slice]) -> SideObservations:
    return SideObservations(
        tuple(replace(one, end=END - ago * STEP) for ago, one in zip(reversed(range(len(slices))), slices, strict=True))
    )


def summary(found: Summary | Unknown) -> Summary:
    assert isinstance(found, Summary)
    return found


@given(
    st.one_of(sides(numbers, whole=False), st.just(Unknown("gone"))),
    st.one_of(sides(numbers, whole=False), sides(amounts, whole=True), st.just(Unknown("gone"))),
)
def test_no_number_that_is_none_ever_leaves_and_the_table_always_fits(
    source: SideObservations | Unknown, target: SideObservations | Unknown
) -> None:
    found = compared(source, target)
    event("both sides known" if isinstance(found.errors, RateContrast) else "a side unknown")
    json.dumps(asdict(found), allow_nan=False, default=str)
    lines = comparison_lines(found, Stage.ROLLOUT_25)
    assert len(lines) <= 8
    assert all(len(line) <= 100 and line.isascii() and line.isprintable() for line in lines)
    assert not any(word in line for line in lines for word in ("nan", "inf"))


@given(sides(amounts, whole=True), sides(amounts, whole=True))
def test_swapping_the_sides_mirrors_every_effect_and_keeps_every_p(
    one: SideObservations, other: SideObservations
) -> None:
    forth, back = compared(one, other), compared(other, one)
    assert (forth.source, forth.target) == (back.target, back.source)
    for test, mirrored in zip(_tests(forth), _tests(back), strict=True):
        assert isinstance(test, FixedLook) == isinstance(mirrored, FixedLook)
        if isinstance(test, FixedLook) and isinstance(mirrored, FixedLook):
            assert test.p == pytest.approx(mirrored.p)
    for effect, mirrored_effect in zip(_effects(forth), _effects(back), strict=True):
        if isinstance(effect, float) and isinstance(mirrored_effect, float):
            assert effect == pytest.approx(-mirrored_effect, abs=1e-9)
        else:
            assert isinstance(effect, Unknown)
            assert isinstance(mirrored_effect, Unknown)


@given(sides(amounts, whole=True), st.randoms(use_true_random=False))
def test_it_does_not_matter_in_which_slice_something_happened(side: SideObservations, random: Random) -> None:
    shuffled = list(side.slices)
    random.shuffle(shuffled)
    mixed = SideObservations(tuple(replace(one, end=END) for one in shuffled))
    again, found = compared(mixed, timed(1.0)), compared(side, timed(1.0))
    assert again.durations == found.durations
    assert again.errors == found.errors
    assert summary(found.source).tasks == sum(one.tasks for one in side.slices)
    assert summary(found.source).errors.events == sum(one.errors for one in side.slices)


def test_only_slices_that_lie_wholly_in_the_stage_count() -> None:
    side = SideObservations(
        (
            replace(minute(0, 1), end=BEGIN),
            replace(minute(0, 10), end=BEGIN + STEP / 2),
            replace(minute(0, 100), end=BEGIN + STEP),
            replace(minute(0, 1000), end=END),
            replace(minute(0, 10000), end=END + STEP),
        )
    )
    assert summary(compared(side, timed(1.0)).source).tasks == 1100


def test_cost_and_tokens_are_compared_per_task() -> None:
    source = SideObservations((minute(0, 4, 2, costs=(1.0, 2.0, 3.0, 4.0), tokens=4000),))
    target = SideObservations((minute(0, 2, costs=(2.0, 6.0), tokens=3000),))
    found = compared(source, target)
    assert isinstance(found.cost, CostContrast)
    assert found.cost.per_task == Contrast(2.5, 4.0, 1.5, 1.6)
    assert found.cost.per_completed_task == Contrast(5.0, 4.0, -1.0, 0.8)
    assert isinstance(found.cost.welch, FixedLook)
    assert found.tokens_per_task == Contrast(1000.0, 1500.0, 500.0, 1.5)


def test_what_is_not_reported_is_unknown_and_says_so() -> None:
    found = compared(SideObservations((minute(1, 0), minute(0, 3))), timed(1.0))
    assert summary(found.source).durations == Unknown("durations are not reported for every task")
    assert found.durations == Unknown("source: durations are not reported for every task")
    assert isinstance(found.cost, CostContrast)
    assert found.cost.per_task == Unknown("source: cost is not reported for every task")
    assert found.cost.welch == Unknown("the cost of single tasks is not reported")
    assert found.tokens_per_task == Unknown("source: tokens are not reported for every task")


@pytest.mark.parametrize(
    ("side", "reason"),
    [
        pytest.param(Unknown("stale"), "stale", id="unknown"),
        pytest.param(SideObservations((minute(0, 3, 4),)), "its counts contradict each other", id="contradiction"),
        pytest.param(
            SideObservations((minute(0, 10**18),)),
            "it reports more than 100,000,000 tasks, which no stage has",
            id="absurd",
        ),
    ],
)
def test_a_side_that_says_nothing_leaves_nothing_to_compare(side: SideObservations | Unknown, reason: str) -> None:
    found = compared(timed(1.0, 2.0), side)
    assert found.target == Unknown(reason)
    assert summary(found.source).tasks == 2
    for part in (found.errors, found.completed, found.durations, found.cost, found.tokens_per_task):
        assert part == Unknown(f"target: {reason}")


@pytest.mark.parametrize(
    ("slices", "reason"),
    [
        ((minute(0, 1, durations=Samples((math.nan,))),), "a duration is not a number of seconds from 0"),
        (
            (minute(1, 1, durations=Samples((1.0,))), minute(0, 1, durations=Histogram((1.0,), (1.0,)))),
            "durations are reported both one by one and in buckets",
        ),
        (
            (minute(1, 1, durations=Histogram((2.0,), (1.0,))), minute(0, 1, durations=Histogram((1.0,), (1.0,)))),
            "the buckets of the durations changed",
        ),
        (
            (minute(0, 1, durations=Histogram((2.0, 1.0), (1.0, 0.0))),),
            "the buckets of the durations do not ascend from 0",
        ),
        ((minute(0, 1, durations=Histogram((1.0,), (math.inf,))),), "a bucket of the durations does not hold a count"),
        (
            (minute(0, 1, durations=Histogram((1.0,), (1e12,))),),
            "the buckets hold more than 100,000,000 durations, which no stage has",
        ),
    ],
)
def test_durations_that_cannot_be_are_unknown(slices: tuple[Slice, ...], reason: str) -> None:
    assert summary(compared(SideObservations(slices), timed(1.0)).source).durations == Unknown(reason)


def test_fractions_of_tasks_in_buckets_are_rounded_without_losing_one() -> None:
    # Ten minutes with a third of a task below 1 s and two thirds above: ten tasks, three of them below.
    slices = tuple(minute(ago, 1, durations=Histogram((1.0, 2.0), (1 / 3, 2 / 3))) for ago in reversed(range(10)))
    found = compared(SideObservations(slices), SideObservations(slices))
    assert summary(found.source).timed == 10
    assert isinstance(found.durations, DurationContrast)
    assert found.durations.slower == pytest.approx(0.5)


def _tests(found: Comparison) -> list[FixedLook | Unknown]:
    assert isinstance(found.errors, RateContrast)
    assert isinstance(found.completed, RateContrast)
    assert isinstance(found.cost, CostContrast)
    tests = [found.errors.test, found.completed.test, found.cost.welch]
    if isinstance(found.durations, DurationContrast):
        tests += [found.durations.welch, found.durations.mann_whitney]
    return tests


def _effects(found: Comparison) -> list[float | Unknown]:
    assert isinstance(found.errors, RateContrast)
    assert isinstance(found.completed, RateContrast)
    assert isinstance(found.cost, CostContrast)
    effects = [found.errors.cohens_h, found.completed.cohens_h, found.cost.hedges_g]
    if isinstance(found.durations, DurationContrast):
        effects += [found.durations.hedges_g, found.durations.rank_biserial]
    if isinstance(found.cost.per_task, Contrast):
        effects.append(found.cost.per_task.difference)
    return effects
