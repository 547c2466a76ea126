"""A simulated migration goes the way that a real one goes: by proof, back on evidence, and as people say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.migration import PersonsHold
from reconciler.model.policy import NoAdvance
from reconciler.model.stage import Side, Stage
from reconciler.rollout.gates import Prerequisites
from reconciler.simulation.drawing import draw
from reconciler.simulation.ready_made import READY_MADE
from reconciler.simulation.scenario import Change, Gap, Period, Profile
from reconciler.simulation.story import End, Story
from tests.simulation.subjects import BUSY, HOUR, MINUTE, QUICK, default_policy, moves, run, subject

FORWARD = [Stage.PLANNING, Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50, Stage.COMPLETE]


def entered(story: Story) -> list[Stage]:
    return [one.to for one in story.happenings if one.to is not None]


def test_a_healthy_target_goes_through_all_stages_and_is_watched_for_a_while() -> None:
    story = run(subject(), BUSY)
    assert (story.end, story.stage, story.check) == (End.COMPLETE, Stage.COMPLETE, "")
    assert entered(story) == FORWARD
    assert story.happenings[-1].at == story.ended + BUSY.watch
    assert [stay.stage for stay in story.stays] == FORWARD[:-1]


def test_the_stays_follow_each_other_from_the_beginning_to_the_end() -> None:
    story = run(subject(QUICK, Stage.CANARY), replace(BUSY, merged_after=25 * MINUTE))
    begins, ends = [stay.begin for stay in story.stays], [stay.end for stay in story.stays]
    assert begins == [BUSY.begin, *ends[:-1]]
    assert story.end is End.COMPLETE
    assert ends[-1] == story.ended


@pytest.mark.parametrize(
    ("name", "check"),
    [("slower", "latency"), ("dearer", "cost"), ("failing", "errors"), ("broken", "errors"), ("outage", "errors")],
)
def test_a_ready_made_fault_is_rolled_back_by_its_check(name: str, check: str) -> None:
    scenario = replace(READY_MADE[name], tasks_per_hour=200)
    story = run(subject(default_policy()), scenario)
    assert (story.end, story.stage) == (End.ROLLED_BACK, Stage.CANARY)
    assert check in story.check.split(", ")
    begins = next((one.during.at for one in scenario.changes), timedelta(0))
    assert story.ended > scenario.begin + begins


def test_an_unfinished_target_is_rolled_back_for_what_it_does_not_complete() -> None:
    story = run(subject(default_policy()), replace(READY_MADE["unfinished"], tasks_per_hour=200))
    assert (story.end, story.check) == (End.ROLLED_BACK, "done")


def test_every_ready_made_scenario_is_named_as_it_is_listed() -> None:
    assert all(name == scenario.name for name, scenario in READY_MADE.items())
    assert {"healthy", "outage", "drift", "incident", "gap", "revert", "slower", "dearer", "broken"} <= set(READY_MADE)


def test_what_the_target_did_until_the_end_is_exposed() -> None:
    scenario = replace(BUSY, target=Profile(errors=1.0))
    story = run(subject(), scenario)
    tasks = draw(scenario, 0, mirrored=10)
    done = [one for one in tasks.events(story.routes, BUSY.begin, story.ended) if one.side is Side.TARGET]
    assert story.exposed == len(done) > 0
    assert story.usd == pytest.approx(sum(one.cost_usd for one in done))
    rolled_back = story.happenings[-1].at
    assert story.ended == rolled_back + BUSY.applied_after
    later = tasks.events(story.routes, story.ended, BUSY.begin + BUSY.horizon)
    assert not [one for one in later if one.side is Side.TARGET]


def test_a_persons_revert_holds_it_one_step_back() -> None:
    story = run(subject(), replace(BUSY, reverts=(HOUR,)))
    assert story.end is End.HELD
    last = story.happenings[-1]
    assert (last.at, last.word) == (BUSY.begin + HOUR, "hold")
    assert last.stage is Stage.ROLLOUT_25
    assert "reverted rollout-50 to rollout-25" in last.reason


def test_nothing_advances_while_the_metric_source_says_nothing() -> None:
    gap = Gap(Period(HOUR / 2, HOUR), Side.SOURCE)
    story = run(subject(), replace(BUSY, gaps=(gap,)))
    begin = BUSY.begin + HOUR / 2
    assert story.end is End.COMPLETE
    assert not [one for one in story.happenings if begin < one.at <= begin + HOUR]


def test_a_gap_without_end_waits_for_ever() -> None:
    story = run(subject(), replace(BUSY, gaps=(Gap(Period(HOUR / 2)),)))
    assert (story.end, story.stage) == (End.WAITING, Stage.CANARY)
    assert story.ended == BUSY.begin + BUSY.horizon
    assert "says nothing" in story.happenings[-1].reason


def test_silence_proves_nothing() -> None:
    story = run(subject(), replace(BUSY, silences=(Period(HOUR / 2),)))
    assert (story.end, story.stage, story.check) == (End.WAITING, Stage.CANARY, "errors")


def test_a_closed_calendar_keeps_it_from_entering_a_stage_and_not_from_going_back() -> None:
    closed = NoAdvance("30 8 * * *", 12 * HOUR)
    shut = subject(replace(QUICK, no_advance=(closed,)))
    waiting = run(shut, BUSY)
    assert waiting.end is End.WAITING
    assert not [one for one in waiting.happenings[:-1] if one.at >= BUSY.begin + HOUR / 2]
    broken = run(shut, replace(BUSY, changes=(Change(Period(HOUR), Side.TARGET, errors=1.0),)))
    assert (broken.end, broken.check) == (End.ROLLED_BACK, "errors")


def test_a_pull_request_is_proposed_and_merged_as_late_as_people_are() -> None:
    at_once = run(subject(QUICK, Stage.CANARY), BUSY)
    later = run(subject(QUICK, Stage.CANARY), replace(BUSY, merged_after=HOUR))
    for story, waited in ((at_once, timedelta(0)), (later, HOUR)):
        [proposed] = [one for one in story.happenings if one.word == "propose"]
        resumed = story.happenings[story.happenings.index(proposed) + 1]
        assert proposed.to is Stage.CANARY
        assert resumed.at == proposed.at + waited + MINUTE
        assert "a person entered canary" in resumed.reason
    assert later.stays[1].last_proven == "merge"


def test_a_migration_that_a_person_holds_waits() -> None:
    held = subject()
    held = replace(held, migration=replace(held.migration, hold=PersonsHold("not yet", "ann")))
    story = run(held, BUSY)
    assert (story.end, story.stage) == (End.WAITING, Stage.PLANNING)
    assert "not yet" in story.happenings[-1].reason


def test_losses_that_nobody_accepted_keep_it_at_planning() -> None:
    lossy = replace(subject(), prerequisites=Prerequisites(unaccepted_losses=["hook:stop"]))
    story = run(lossy, BUSY)
    assert (story.end, story.stage) == (End.WAITING, Stage.PLANNING)
    assert "hook:stop" in story.happenings[-1].reason


def test_where_the_file_says_that_the_migration_stands_does_not_matter() -> None:
    one = subject()
    moved = replace(one, migration=replace(one.migration, stage=Stage.ROLLOUT_25))
    assert moves(run(moved, BUSY)) == moves(run(one, BUSY))


def test_a_stay_names_what_was_waited_for_last() -> None:
    story = run(subject(), replace(BUSY, target=Profile(errors=0.06, cost_spread=0.3), horizon=12 * HOUR), seed=1)
    waits = {stay.stage: stay.last_proven for stay in story.stays}
    assert waits[Stage.PLANNING] == waits[Stage.TESTING] == "soak"
    assert waits[Stage.CANARY] == "errors"
