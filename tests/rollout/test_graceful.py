"""A rollback in steps: latched in the status, one stage a step, and at once when tasks are lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.stage import Stage
from reconciler.model.status import Carried, Goal, HoldKind, Weights
from reconciler.model.verdict import Health, Verdict
from reconciler.rollout import people
from reconciler.rollout.decide import decide
from reconciler.rollout.evolve import Moment, next_status
from reconciler.rollout.people import Snapshot, what_people_did
from reconciler.rollout.situation import Situation
from tests.rollout.situations import (
    BLIND,
    BRAKE,
    FAILING,
    GOAL,
    HEALTHY,
    MINUTE,
    OURS,
    POLICY,
    REX,
    SLOW,
    check,
    situation,
)

STEPS = replace(POLICY, graceful_step=MINUTE)
UNDONE = Health((check(Verdict.FAIL, "done", indicator="completion_rate"),), 400, 40, 0)
COSTLY = Health((check(Verdict.FAIL, "cost", indicator="cost_per_completed_task"),), 400, 40, 0)
MIXED = Health((*SLOW.checks, *FAILING.checks), 400, 40, 0)
BACK = Stage.ROLLED_BACK


@pytest.mark.parametrize(
    ("stage", "health", "to"),
    [
        (Stage.COMPLETE, SLOW, Stage.ROLLOUT_50),
        (Stage.ROLLOUT_50, SLOW, Stage.ROLLOUT_25),
        (Stage.ROLLOUT_50, COSTLY, Stage.ROLLOUT_25),
        (Stage.ROLLOUT_25, SLOW, Stage.CANARY),
        (Stage.CANARY, SLOW, BACK),
        (Stage.ROLLOUT_50, FAILING, BACK),
        (Stage.ROLLOUT_50, UNDONE, BACK),
        (Stage.ROLLOUT_50, MIXED, BACK),
    ],
)
def test_the_first_step_goes_one_stage_back_unless_tasks_are_lost(stage: Stage, health: Health, to: Stage) -> None:
    decision = decide(situation(stage, health, policy=STEPS))
    assert isinstance(decision, made.Rollback)
    assert decision.to is to
    assert decision.checks == tuple(one.name for one in health.checks)


@pytest.mark.parametrize(
    ("given_situation", "kind", "to"),
    [
        pytest.param(
            situation(Stage.ROLLOUT_25, policy=STEPS, goal=GOAL, minutes=1),
            made.Rollback,
            Stage.CANARY,
            id="it goes on although health is good again",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, BLIND, policy=STEPS, goal=GOAL, minutes=1),
            made.Rollback,
            Stage.CANARY,
            id="it goes on although nothing is known",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, policy=STEPS, goal=GOAL, minutes=0.5),
            made.Wait,
            None,
            id="the step is not over",
        ),
        pytest.param(
            situation(Stage.CANARY, policy=STEPS, goal=GOAL, minutes=1), made.Rollback, BACK, id="the last step"
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, FAILING, policy=STEPS, goal=GOAL, minutes=0),
            made.Rollback,
            BACK,
            id="errors on the way end it at once",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, UNDONE, policy=STEPS, goal=GOAL, minutes=0),
            made.Rollback,
            BACK,
            id="so does completion",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, SLOW, policy=STEPS, goal=GOAL, minutes=0.5),
            made.Wait,
            None,
            id="what made it go back does not hurry it",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, policy=POLICY, goal=GOAL, minutes=0),
            made.Rollback,
            BACK,
            id="a policy that no longer knows steps ends it at once",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, policy=STEPS, goal=GOAL, minutes=1, hold=OURS),
            made.Rollback,
            Stage.CANARY,
            id="our hold does not stop it",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, policy=STEPS, goal=GOAL, minutes=1, brake=BRAKE),
            made.Rollback,
            Stage.CANARY,
            id="nor does a person's",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, policy=STEPS, goal=GOAL, minutes=1, act=people.Raised(Stage.ROLLOUT_50)),
            made.Rollback,
            Stage.CANARY,
            id="nor a raise",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, policy=STEPS, goal=GOAL, minutes=0.5, act=people.Raised(Stage.ROLLOUT_50)),
            made.Wait,
            None,
            id="a raise between two steps",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_25, policy=STEPS, goal=GOAL, act=people.Lowered(Stage.CANARY)),
            made.Lower,
            Stage.CANARY,
            id="a person's lower stage ends it",
        ),
        pytest.param(
            situation(Stage.ROLLOUT_50, policy=STEPS, goal=GOAL, act=people.RollbackReverted(Stage.ROLLOUT_50)),
            made.Rearm,
            Stage.ROLLOUT_50,
            id="a person's revert of a step ends it",
        ),
        pytest.param(situation(BACK, Health(), policy=STEPS), made.Rest, None, id="it has arrived"),
    ],
)
def test_every_pass_goes_on_with_it(given_situation: Situation, kind: type[Decision], to: Stage | None) -> None:
    decision = decide(given_situation)
    assert isinstance(decision, kind)
    assert getattr(decision, "to", None) is to


def test_between_two_steps_it_says_what_comes_and_why() -> None:
    decision = decide(situation(Stage.ROLLOUT_25, policy=STEPS, goal=GOAL, minutes=0.5))
    assert decision.reason == "goes back in steps: canary in 30 s; p95 3.1x > 2x"


def test_from_complete_it_arrives_step_by_step_whatever_happens_in_between() -> None:
    """Each pass knows only what stands in the status, as after an interruption."""
    at, walked = situation(Stage.COMPLETE, SLOW, policy=STEPS), []
    while at.status is not None and at.status.stage is not BACK:
        decision = decide(at)
        assert isinstance(decision, made.Rollback)
        after = next_status(REX, at.status, decision, Moment(at.now, "r"), baseline=None, carried=Carried())
        assert after is not None
        assert after.weights == Weights.of(after.stage)
        assert after.carried.goal == (Goal(BACK, ("latency",), "latency FAIL") if after.stage is not BACK else None)
        walked.append(after.stage)
        at = replace(at, status=after, health=HEALTHY, now=at.now + timedelta(minutes=1))
    assert walked == [Stage.ROLLOUT_50, Stage.ROLLOUT_25, Stage.CANARY, BACK]


def test_a_pass_at_the_moment_of_a_step_does_nothing_more() -> None:
    begun = situation(Stage.ROLLOUT_50, SLOW, policy=STEPS)
    after = next_status(REX, begun.status, decide(begun), Moment(begun.now, "r"), baseline=None, carried=Carried())
    assert isinstance(decide(replace(begun, status=after)), made.Wait)


@pytest.mark.parametrize(
    ("left", "now", "expected"),
    [
        pytest.param(Stage.ROLLOUT_25, Stage.ROLLOUT_50, people.RollbackReverted(Stage.ROLLOUT_50), id="one step"),
        pytest.param(Stage.CANARY, Stage.ROLLOUT_50, people.RollbackReverted(Stage.ROLLOUT_50), id="two steps"),
        pytest.param(
            Stage.ROLLOUT_25,
            Stage.CANARY,
            people.WentBack(HoldKind.REVERTED, "a person reverted rollout-25 to canary"),
            id="further back",
        ),
    ],
)
def test_a_revert_on_the_way_back_is_known_for_what_it_is(left: Stage, now: Stage, expected: people.PersonsAct) -> None:
    before, after = situation(left, goal=GOAL).status, situation(now).status
    assert before is not None
    assert after is not None
    found = what_people_did(Snapshot(left, before), Snapshot(now, replace(after, run="earlier")))
    assert found == expected
