"""Many runs are summed up as a person would by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.stage import Stage
from reconciler.simulation.scenario import Scenario
from reconciler.simulation.story import End, Stay, Story
from reconciler.simulation.summary import Risk, sum_up

SCENARIO = Scenario("day", tasks_per_hour=20)
HOUR = timedelta(hours=1)


def story(
    end: End, stage: Stage, check: str = "", *, hours: float = 1, tasks: int = 10, waits: str = "errors"
) -> Story:
    ended = SCENARIO.begin + hours * HOUR
    stay = Stay(Stage.CANARY, SCENARIO.begin, ended, waits)
    return Story(end, stage, check, ended, (), (stay,), (), tasks, tasks * 0.5)


def completed(count: int, **how: float) -> list[Story]:
    return [story(End.COMPLETE, Stage.COMPLETE, **how) for _ in range(count)]  # type: ignore[arg-type]


def rolled_back(count: int) -> list[Story]:
    return [story(End.ROLLED_BACK, Stage.CANARY, "errors") for _ in range(count)]


def waiting(count: int) -> list[Story]:
    return [story(End.WAITING, Stage.CANARY, "latency", hours=168) for _ in range(count)]


def test_outcomes_are_counted_with_their_interval() -> None:
    summary = sum_up([*completed(15), *rolled_back(5)], SCENARIO)
    first, second = summary.outcomes
    assert (first.end, first.share) == (End.COMPLETE, 0.75)
    assert (second.end, second.stage, second.check, second.share) == (End.ROLLED_BACK, Stage.CANARY, "errors", 0.25)
    # Wilson (1927) by hand: centre (5 + z²/2) / (20 + z²), half z √(20·¼·¾ + z²/4) / (20 + z²), z = 1.96.
    assert (second.low, second.high) == pytest.approx((0.1119, 0.4687), abs=1e-4)


def test_durations_are_those_of_the_runs_that_completed() -> None:
    runs = [*(completed(1, hours=hours)[0] for hours in range(1, 12)), *rolled_back(3)]
    hours = sum_up(runs, SCENARIO).hours
    assert hours is not None
    assert (hours.median, hours.p90) == pytest.approx((6, 10))
    assert sum_up(rolled_back(3), SCENARIO).hours is None


def test_exposure_is_summed_up_over_all_runs() -> None:
    summary = sum_up([story(End.COMPLETE, Stage.COMPLETE, tasks=tasks) for tasks in (10, 20, 30)], SCENARIO)
    assert (summary.tasks.median, summary.usd.median) == pytest.approx((20, 10))


@pytest.mark.parametrize(
    ("runs", "risk"),
    [
        ([*completed(20)], Risk.LOW),
        ([*completed(95), *rolled_back(5)], Risk.LOW),
        ([*completed(90), *rolled_back(10)], Risk.MEDIUM),
        ([*completed(7), *waiting(3)], Risk.MEDIUM),
        ([*completed(7), *rolled_back(3)], Risk.HIGH),
        ([story(End.HELD, Stage.CANARY)], Risk.HIGH),
    ],
)
def test_the_risk_follows_from_how_often_it_is_stopped(runs: list[Story], risk: Risk) -> None:
    assert sum_up(runs, SCENARIO).risk is risk


def test_a_stage_that_takes_long_is_told_with_its_volume_and_what_it_waits_for() -> None:
    summary = sum_up(completed(10, hours=5), SCENARIO)
    [advice] = summary.recommendations
    assert "at 20 tasks/h canary needs about 5 h" in advice
    assert "errors" in advice
    assert "wrongAdvance" in advice
    assert not sum_up(completed(10, hours=1), SCENARIO).recommendations


def test_runs_that_never_end_and_runs_that_go_back_are_told_with_their_check() -> None:
    other = story(End.WAITING, Stage.CANARY, "budget", hours=168)
    never, back = sum_up([*waiting(4), other], SCENARIO), sum_up(rolled_back(4), SCENARIO)
    [still] = [one for one in never.recommendations if "still at canary" in one]
    assert "100% of the runs" in still
    assert "latency" in still
    assert any("rolled back from canary by errors" in one for one in back.recommendations)
