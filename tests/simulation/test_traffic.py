"""Tasks are drawn once for a seed; the routes only say which side does them."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.observation import Histogram, SideObservations, Slice
from reconciler.model.stage import Side, Stage
from reconciler.simulation.drawing import draw
from reconciler.simulation.scenario import Change, Period, Profile, Scenario
from reconciler.simulation.traffic import Event, Route, Tasks
from tests.simulation.subjects import HOUR, MINUTE

DAY = Scenario("day", tasks_per_hour=60, horizon=24 * HOUR)
LARGE = replace(DAY, tasks_per_hour=4000)
BEGIN, END = DAY.begin, DAY.begin + DAY.horizon


def routes(*stages: Stage, every: timedelta = HOUR) -> list[Route]:
    return [Route(BEGIN + place * every, stage) for place, stage in enumerate(stages)]


def events(tasks: Tasks, *stages: Stage, side: Side = Side.TARGET) -> list[Event]:
    return [one for one in tasks.events(routes(*stages), BEGIN, END) if one.side is side]


def test_a_seed_gives_the_same_tasks_and_another_one_others() -> None:
    first, again, other = (events(draw(DAY, seed), Stage.CANARY) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_as_many_tasks_come_as_the_scenario_says() -> None:
    number = len(events(draw(LARGE, 0), Stage.COMPLETE))
    assert abs(number - 96_000) < 4 * math.sqrt(96_000)


@pytest.mark.parametrize(
    ("stage", "share"), [(Stage.CANARY, 0.1), (Stage.ROLLOUT_25, 0.25), (Stage.ROLLOUT_50, 0.5), (Stage.PLANNING, 0)]
)
def test_the_weights_split_the_tasks(stage: Stage, share: float) -> None:
    tasks = draw(LARGE, 1)
    target, source = (len(events(tasks, stage, side=side)) for side in (Side.TARGET, Side.SOURCE))
    assert target + source == len(tasks.at)
    assert abs(target - share * len(tasks.at)) <= 4 * math.sqrt(share * len(tasks.at))


def test_who_is_in_at_ten_percent_stays_in() -> None:
    tasks = draw(DAY, 0)
    at_10, at_25 = (set(events(tasks, stage)) for stage in (Stage.CANARY, Stage.ROLLOUT_25))
    assert at_10 < at_25


def test_testing_mirrors_a_part_to_the_target_and_takes_none_from_the_source() -> None:
    tasks = draw(LARGE, 0, mirrored=10)
    assert len(events(tasks, Stage.TESTING, side=Side.SOURCE)) == len(tasks.at)
    assert abs(len(events(tasks, Stage.TESTING)) - 9_600) < 4 * math.sqrt(9_600)


def test_without_a_mirror_one_probe_reaches_the_target_in_testing() -> None:
    [probe] = events(draw(DAY, 0), Stage.PLANNING, Stage.TESTING, Stage.PLANNING)
    assert BEGIN + HOUR < probe.at <= BEGIN + 2 * HOUR


def test_a_profile_comes_out_of_the_tasks_again() -> None:
    profile = Profile(errors=0.1, failures=0.2, seconds=30, spread=0.7, cost_usd=2.5, cost_spread=0.8)
    done = events(draw(replace(LARGE, target=profile), 0), Stage.COMPLETE)
    shares = {outcome: sum(one.outcome == outcome for one in done) / len(done) for outcome in ("error", "failed")}
    assert shares["error"] == pytest.approx(0.1, abs=0.005)
    assert shares["failed"] == pytest.approx(0.9 * 0.2, abs=0.006)
    logs = np.log([one.seconds for one in done])
    assert (float(np.median(logs)), float(np.std(logs))) == pytest.approx((math.log(30), 0.7), abs=0.02)
    assert sum(one.cost_usd for one in done) / len(done) == pytest.approx(2.5, rel=0.02)


def test_a_change_comes_slowly_on_its_side_and_goes_again() -> None:
    change = Change(Period(6 * HOUR, 12 * HOUR), Side.TARGET, over=6 * HOUR, errors=1.0)
    tasks = draw(replace(LARGE, changes=(change,)), 0)
    target, source = (
        [one.outcome == "error" for one in events(tasks, Stage.ROLLOUT_50, side=side)]
        for side in (Side.TARGET, Side.SOURCE)
    )
    assert sum(source) / len(source) < 0.02

    def errors(begin: int, end: int) -> float:
        done = [one for one in events(tasks, Stage.ROLLOUT_50) if begin * HOUR < one.at - BEGIN <= end * HOUR]
        return sum(one.outcome == "error" for one in done) / len(done)

    assert errors(0, 6) < 0.02
    assert errors(6, 12) == pytest.approx(0.5, abs=0.03)
    assert errors(12, 18) == 1
    assert errors(18, 24) < 0.02
    assert len(target) > 1000


def test_silence_takes_the_tasks_of_its_time_and_changes_no_other() -> None:
    quiet = replace(DAY, silences=(Period(6 * HOUR, HOUR),))
    all_tasks, heard = (events(draw(one, 0), Stage.COMPLETE) for one in (DAY, quiet))
    assert heard == [one for one in all_tasks if not 6 * HOUR < one.at - BEGIN <= 7 * HOUR]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 50), minutes=st.integers(1, 300), begin=st.integers(0, 300), every=st.integers(1, 90))
def test_observations_are_the_events_by_the_minute(seed: int, minutes: int, begin: int, every: int) -> None:
    tasks = draw(DAY, seed, mirrored=20)
    where = routes(Stage.PLANNING, Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_50, every=every * MINUTE)
    first, last = BEGIN + begin * MINUTE, BEGIN + (begin + minutes) * MINUTE
    seen = tasks.observations(where, first, last)
    for side, observed in ((Side.SOURCE, seen.source), (Side.TARGET, seen.target)):
        assert isinstance(observed, SideObservations)
        assert [one.end for one in observed.slices] == [first + (place + 1) * MINUTE for place in range(minutes)]
        happened = [one for one in tasks.events(where, first, last) if one.side is side]
        for one in observed.slices:
            assert_counts(one, [event for event in happened if one.end - MINUTE < event.at <= one.end])


def assert_counts(one: Slice, happened: list[Event]) -> None:
    outcomes = [event.outcome for event in happened]
    assert (one.tasks, one.errors, one.completed) == (
        len(happened),
        outcomes.count("error"),
        outcomes.count("completed"),
    )
    assert (one.costs or ()) == tuple(event.cost_usd for event in happened)


def test_a_prometheus_knows_durations_by_bucket_and_costs_as_a_sum() -> None:
    tasks, bounds = draw(DAY, 0), (30.0, 60.0, math.inf)
    single, counted = (
        tasks.observations(routes(Stage.COMPLETE), BEGIN, BEGIN + 5 * HOUR, these).target for these in ((), bounds)
    )
    assert isinstance(single, SideObservations)
    assert isinstance(counted, SideObservations)
    done = [one for one in events(tasks, Stage.COMPLETE) if one.at <= BEGIN + 5 * HOUR]
    counts = [one.durations.counts for one in counted.slices if isinstance(one.durations, Histogram)]
    expected = [sum(low < one.seconds <= high for one in done) for low, high in ((0, 30), (30, 60), (60, math.inf))]
    assert np.sum(counts, axis=0).tolist() == expected
    assert [one.cost_usd for one in counted.slices] == [one.cost_usd for one in single.slices]
    assert all(one.costs is None for one in counted.slices)


@pytest.mark.parametrize("moment", [BEGIN, BEGIN + 3 * HOUR])
def test_the_first_task_of_a_side_is_found(moment: datetime) -> None:
    tasks = draw(DAY, 0)
    done = [one.at for one in events(tasks, Stage.CANARY) if one.at > moment]
    found = tasks.first(Side.TARGET, routes(Stage.CANARY), moment)
    assert found is not None
    assert found - MINUTE < done[0] <= found
    assert tasks.first(Side.TARGET, routes(Stage.PLANNING), moment) is None
