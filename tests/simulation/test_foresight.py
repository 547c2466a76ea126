"""Leaving out the minutes in which nothing can happen changes no decision: a run that looks at each decides alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.policy import Absolute, Decide, HealthPolicy, NoAdvance, Patience, StageRule, Then
from reconciler.model.stage import Side, Stage
from reconciler.simulation.drawing import draw
from reconciler.simulation.looks import EveryMinute
from reconciler.simulation.ready_made import READY_MADE
from reconciler.simulation.scenario import Change, Gap, Period, Profile, Scenario
from reconciler.simulation.story import Story, Subject
from reconciler.simulation.walk import simulate
from tests.simulation.subjects import BUSY, ERRORS, HOUR, MINUTE, QUICK, default_policy, subject

NOISY = replace(BUSY, target=Profile(errors=0.08, cost_spread=1.0))
SOON = Period(HOUR, 20 * MINUTE)
COST = replace(ERRORS, name="cost", indicator="cost_per_completed_task", limit=Absolute(2.0))
AT_ONCE = dict.fromkeys([*QUICK.stages, Stage.ROLLOUT_50], StageRule(timedelta(0), 0.5))
PATIENT = Patience(HOUR / 2, Then.ROLLBACK)


def law(**changes: object) -> HealthPolicy:
    return replace(QUICK, **changes)  # type: ignore[arg-type]


CASES = {
    "healthy": (subject(), BUSY),
    "near the limit and over its budget": (subject(), NOISY),
    "few tasks": (subject(), replace(BUSY, tasks_per_hour=20)),
    "broken from the start": (subject(), replace(BUSY, target=Profile(errors=1.0))),
    "an outage of the target": (subject(), replace(BUSY, changes=(Change(SOON, Side.TARGET, errors=1.0),))),
    "an incident on both sides": (subject(), replace(BUSY, changes=(Change(SOON, errors=0.5),))),
    "a gap": (subject(), replace(BUSY, gaps=(Gap(SOON),))),
    "a gap of the source": (subject(), replace(BUSY, gaps=(Gap(SOON, Side.SOURCE),))),
    "an outage in a gap": (
        subject(),
        replace(BUSY, gaps=(Gap(SOON),), changes=(Change(Period(HOUR), Side.TARGET, errors=1.0),)),
    ),
    "a gap that rolls back": (
        subject(law(no_metrics=Patience(10 * MINUTE, Then.ROLLBACK))),
        replace(BUSY, gaps=(Gap(Period(HOUR / 2), Side.TARGET),)),
    ),
    "a silence that rolls back": (subject(law(no_tasks=PATIENT)), replace(BUSY, silences=(Period(HOUR),))),
    "an inconclusive stage that rolls back": (subject(law(inconclusive=PATIENT)), NOISY),
    "a revert": (subject(), replace(BUSY, reverts=(HOUR,))),
    "a revert of nothing": (subject(), replace(BUSY, reverts=(timedelta(0),))),
    "a closed calendar": (subject(law(no_advance=(NoAdvance("0 8 * * *", HOUR),))), BUSY),
    "pull requests": (
        subject(QUICK, Stage.CANARY, Stage.ROLLOUT_50, Stage.COMPLETE),
        replace(BUSY, merged_after=17 * MINUTE),
    ),
    "pull requests that are merged at once": (subject(QUICK, Stage.ROLLOUT_25), NOISY),
    "a rollback in steps": (
        subject(law(checks=(COST,), graceful_step=5 * MINUTE)),
        replace(BUSY, changes=(Change(Period(80 * MINUTE), Side.TARGET, cost_usd=8.0),)),
    ),
    "no soak": (subject(law(checks=(ERRORS,), stages=AT_ONCE)), BUSY),
    "the bare limits": (subject(law(decide=Decide.THRESHOLD)), NOISY),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_that_looks_every_minute_decides_alike(name: str, seed: int) -> None:
    of, scenario = CASES[name]
    assert_alike(of, scenario, seed)


@pytest.mark.parametrize("name", ["outage", "broken", "dearer", "slower"])
@pytest.mark.parametrize("bounds", [(), (10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, float("inf"))])
def test_so_it_does_with_all_checks_of_the_default_law(name: str, bounds: tuple[float, ...]) -> None:
    of = replace(subject(default_policy()), bounds=bounds)
    assert_alike(of, replace(READY_MADE[name], tasks_per_hour=200, horizon=4 * HOUR), 2)


def test_the_cases_end_in_all_the_ways_there_are() -> None:
    stories = {name: told(of, scenario, 0) for name, (of, scenario) in CASES.items()}
    assert {story.end.value for story in stories.values()} == {"complete", "rolled-back", "held", "waiting"}
    assert any(one.word == "propose" for one in stories["pull requests"].happenings)
    back = [one for one in stories["a rollback in steps"].happenings if one.word == "rollback"]
    assert len(back) > 1
    assert [one.stage for one in back[1:]] == [one.to for one in back[:-1]]
    assert back[-1].to is Stage.ROLLED_BACK


def assert_alike(of: Subject, scenario: Scenario, seed: int) -> None:
    fast, slow = told(of, scenario, seed), told(of, scenario, seed, slow=True)
    assert fast.happenings == slow.happenings
    assert without_waits(fast) == without_waits(slow)


def told(of: Subject, scenario: Scenario, seed: int, *, slow: bool = False) -> Story:
    tasks = draw(scenario, seed, mirrored=of.migration.shadow.mirror_percentage)
    return simulate(of, scenario, tasks, looks=EveryMinute() if slow else None)


def without_waits(story: Story) -> Story:
    return replace(story, stays=tuple(replace(stay, last_proven="") for stay in story.stays))
