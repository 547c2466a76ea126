"""The share in force, and what contradicts the rendered weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from reconciler.health import split as split_room
from reconciler.health.history import Arm, Floats, History
from reconciler.health.split import CONTRADICTION, Split, newly_assigned, split
from tests.health.sequences import every_sequence

OFF = split_room._OFF  # noqa: SLF001 - how fine the grid is, is no formula
SHARES = (0.1, 0.25, 0.5)
rows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), min_size=1, max_size=20)


def arm(tasks: Floats, sessions: Floats | None = None) -> Arm:
    return Arm(tasks, 0 * tasks, tasks, sessions=sessions)


def seen(target: Floats, source: Floats, *, weight: float = 0.1, previous: float | None = None) -> Split:
    before = weight if previous is None else previous
    return split(History(60.0, arm(source), arm(target), weight, before))


def drawn(counts: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    table = np.asarray(counts, dtype=np.float64)
    return table[:, 0][None], table[:, 1][None]


@given(rows, st.sampled_from(SHARES))
def test_the_share_in_force_is_what_was_seen_before_with_50_tasks_as_rendered(
    counts: list[tuple[int, int]], weight: float
) -> None:
    found = seen(*drawn(counts), weight=weight).share[0]

    mine, all_of_them = 50 * weight, 50.0
    for (target, source), share in zip(counts, found, strict=True):
        assert share == pytest.approx(mine / all_of_them)
        mine, all_of_them = mine + target, all_of_them + target + source


@given(rows, rows, st.sampled_from(SHARES), st.sampled_from([0.0, 0.1, 0.25]))
def test_what_is_known_of_the_split_before_a_slice_does_not_depend_on_it_nor_on_later_ones(
    counts: list[tuple[int, int]], later: list[tuple[int, int]], weight: float, previous: float
) -> None:
    first = seen(*drawn(counts + later), weight=weight, previous=previous)
    second = seen(*drawn(counts + [(9, 0)] * len(later)), weight=weight, previous=previous)

    upto = len(counts) + 1
    assert (first.share[:, :upto] == second.share[:, :upto]).all()
    assert (first.settled[:, :upto] == second.settled[:, :upto]).all()
    assert (first.contradiction[:, : upto - 1] == second.contradiction[:, : upto - 1]).all()


@given(rows, st.sampled_from(SHARES))
def test_the_contradiction_is_the_likelihood_of_other_splits(counts: list[tuple[int, int]], weight: float) -> None:
    target, source = drawn(counts)

    found = seen(target, source, weight=weight).contradiction[0, -1]

    mine, total = int(target.sum()), int((target + source).sum())
    odds = weight / (1 - weight)
    others = [off * odds / (1 + off * odds) for off in OFF]
    expected = [math.exp(binom.logpmf(mine, total, one) - binom.logpmf(mine, total, weight)) for one in others]
    assert found == pytest.approx(math.log(math.fsum(expected) / len(OFF)), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("weight", SHARES)
def test_the_rendered_split_is_contradicted_once_in_a_thousand_migrations_at_most(weight: float) -> None:
    events, chances = every_sequence(14, weight)

    found = seen(events, 1 - events, weight=weight).contradiction

    np.testing.assert_allclose(chances @ np.exp(found), 1.0)
    assert chances @ (found >= CONTRADICTION).any(axis=1) <= 0.001
    assert pytest.approx(math.log(1000)) == CONTRADICTION


@pytest.mark.parametrize("real", [0.05, 0.15])
def test_another_split_than_the_rendered_one_is_found(real: float) -> None:
    target = np.full((1, 240), 10 * real)

    contradiction = seen(target, 10 - target).contradiction[0]

    assert contradiction[-1] > CONTRADICTION
    assert contradiction[10] < CONTRADICTION


def test_the_time_until_a_new_weight_shows_is_left_out() -> None:
    # Seven minutes of 10 % after a commit that says 25 %, then 25 %.
    target, source = drawn([(1, 9)] * 7 + [(5, 15)] * 20)

    found = seen(target, source, weight=0.25, previous=0.1)

    # Each minute of the new split is worth 5 ln 2.5 + 15 ln (75/90) = 1.85, and 20 to 1 is 3.0: two minutes.
    assert found.settled[0].tolist() == [False] * 9 + [True] * 18
    assert (found.share[0, :10] == 0.25).all()
    assert (found.contradiction[0, :9] == 0).all()
    assert found.contradiction[0].max() < 1
    assert found.only_settled(target)[0, :9].sum() == 0


def test_a_split_that_never_changes_is_judged_after_half_an_hour() -> None:
    found = seen(np.full((1, 90), 2.0), np.full((1, 90), 18.0), weight=0.5, previous=0.1)

    assert not found.settled.any()
    assert (found.contradiction[0, :30] == 0).all()
    assert found.contradiction[0, 32] > CONTRADICTION


def test_the_first_tasks_of_a_target_that_had_none_show_the_split() -> None:
    target, source = drawn([(0, 9)] * 5 + [(1, 9)] * 5)

    assert seen(target, source, previous=0.0).settled[0].tolist() == [False] * 6 + [True] * 4


def test_without_a_second_side_there_is_no_split() -> None:
    tasks = np.ones((1, 3))

    found = split(History(60.0, None, arm(tasks), 1.0, 0.5))

    assert found.contradiction.tolist() == [[0.0] * 3]
    assert found.settled.all()


def test_sessions_follow_the_weights_where_both_sides_count_them() -> None:
    tasks, sessions = np.full((1, 4), 6.0), np.full((1, 4), 2.0)

    assert newly_assigned(arm(tasks, sessions), arm(2 * tasks, 3 * sessions))[0] is sessions
    assert newly_assigned(arm(tasks, sessions), arm(tasks))[0] is tasks
    found = split(History(60.0, arm(2 * tasks, 3 * sessions), arm(tasks, sessions), 0.25, 0.25))
    # 8 sessions and 18 tasks in every slice.
    np.testing.assert_allclose(found.per_task, 8 / 18)
    np.testing.assert_allclose(found.share, 0.25)
    assert (seen(tasks, tasks).per_task == 1).all()


def test_more_sessions_than_tasks_do_not_multiply_the_evidence() -> None:
    tasks, sessions = np.ones((1, 4)), np.full((1, 4), 5.0)

    assert (split(History(60.0, arm(tasks, sessions), arm(tasks, sessions), 0.5, 0.5)).per_task == 1).all()
