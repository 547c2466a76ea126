"""Every wait has an end: what has lasted too long is said, or rolls back where the policy says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.policy import Patience, Then
from reconciler.model.stage import Stage
from reconciler.model.verdict import Health, Verdict
from reconciler.rollout import people
from reconciler.rollout.decide import decide
from reconciler.rollout.situation import Situation
from tests.rollout.situations import (
    BLIND,
    BOTH_BREAK,
    BRAKE,
    BREACHED,
    FREEZING,
    HEALTHY,
    HOUR,
    NOON,
    OURS,
    POLICY,
    SKEWED,
    check,
    situation,
)

ROLLS_BACK = replace(
    POLICY,
    no_tasks=Patience(24 * HOUR, Then.ROLLBACK),
    no_metrics=Patience(2 * HOUR, Then.ROLLBACK),
    inconclusive=Patience(72 * HOUR, Then.ROLLBACK),
)
STEPS = replace(ROLLS_BACK, graceful_step=HOUR)
NO_TASKS = Health((check(Verdict.NO_DATA),), 400, 0, None)
UNKNOWN = Health((check(Verdict.NO_DATA),), 0, 0, None, unknown_since=NOON)
UNSURE = Health((check(Verdict.INCONCLUSIVE),), 400, 40, None, last_task=NOON + 73 * HOUR)
DAY, THREE_DAYS = 24 * 60, 72 * 60


def lately(health: Health) -> Health:
    """The same health with a task just now, so that only the other waits count."""
    return replace(health, last_task=NOON + timedelta(days=365))


@pytest.mark.parametrize(
    ("given_situation", "kind", "says"),
    [
        pytest.param(situation(health=NO_TASKS, minutes=DAY), made.Wait, "", id="a day is not longer than a day"),
        pytest.param(
            situation(health=NO_TASKS, minutes=DAY + 60),
            made.Wait,
            "no task reached the target for 25 h, longer than 24 h: somebody must look",
            id="no tasks for 25 hours",
        ),
        pytest.param(
            situation(health=replace(NO_TASKS, last_task=NOON + 10 * HOUR), minutes=DAY + 60),
            made.Wait,
            "",
            id="a task ten hours after noon",
        ),
        pytest.param(
            situation(health=NO_TASKS, minutes=DAY + 60, policy=ROLLS_BACK),
            made.Rollback,
            "no task reached the target for 25 h, longer than 24 h",
            id="no tasks rolls back",
        ),
        pytest.param(
            situation(Stage.TESTING, NO_TASKS, minutes=DAY + 60, policy=ROLLS_BACK),
            made.Wait,
            "25 h, longer than 24 h: somebody must look",
            id="testing has nothing to roll back",
        ),
        pytest.param(
            situation(Stage.COMPLETE, NO_TASKS, minutes=DAY + 60),
            made.Wait,
            "somebody must look",
            id="complete, silent",
        ),
        pytest.param(
            situation(Stage.COMPLETE, NO_TASKS, minutes=DAY + 60, policy=ROLLS_BACK),
            made.Rollback,
            "no task",
            id="complete rolls back too",
        ),
        pytest.param(
            situation(Stage.COMPLETE, NO_TASKS, minutes=8 * DAY, policy=ROLLS_BACK),
            made.Rest,
            "complete",
            id="not when the source is gone",
        ),
        pytest.param(situation(health=UNKNOWN, minutes=119), made.Wait, "", id="unknown for less than two hours"),
        pytest.param(
            situation(health=UNKNOWN, minutes=180),
            made.Wait,
            "nothing is known of it for 3 h, longer than 2 h: somebody must look",
            id="unknown for three hours",
        ),
        pytest.param(situation(health=UNKNOWN, minutes=180, policy=ROLLS_BACK), made.Rollback, "3 h", id="rolls back"),
        pytest.param(
            situation(health=UNKNOWN, minutes=180, policy=ROLLS_BACK, unknown_elsewhere=True),
            made.Wait,
            "nothing is known of it and of others for 3 h, longer than 2 h: somebody must look",
            id="not when others are unknown too",
        ),
        pytest.param(
            situation(health=replace(BLIND, unknown_since=NOON), minutes=180, policy=ROLLS_BACK),
            made.Wait,
            "somebody must look",
            id="not when the source cannot be asked",
        ),
        pytest.param(
            situation(health=BLIND, minutes=30 * DAY, policy=ROLLS_BACK),
            made.Wait,
            "health is unknown: prometheus refused the connection",
            id="a source that cannot be asked never rolls back",
        ),
        pytest.param(
            situation(health=replace(UNKNOWN, unknown_since=NOON - 9 * HOUR), minutes=60, policy=ROLLS_BACK),
            made.Wait,
            "",
            id="what was unknown before the evidence began does not count",
        ),
        pytest.param(
            situation(health=UNSURE, minutes=THREE_DAYS + 60),
            made.Wait,
            "errors INCONCLUSIVE; canary has neither proven nor failed for 73 h, longer than 72 h: somebody must look",
            id="inconclusive for 73 hours",
        ),
        pytest.param(
            situation(health=UNSURE, minutes=THREE_DAYS + 60, policy=ROLLS_BACK), made.Rollback, "73 h", id="and back"
        ),
        pytest.param(
            situation(health=lately(BREACHED), minutes=THREE_DAYS + 60), made.Freeze, "somebody must look", id="frozen"
        ),
        pytest.param(
            situation(health=lately(FREEZING), minutes=THREE_DAYS + 60, policy=ROLLS_BACK),
            made.Rollback,
            "canary has neither",
            id="frozen for 73 hours goes back",
        ),
        pytest.param(
            situation(health=lately(SKEWED), minutes=THREE_DAYS + 60, policy=ROLLS_BACK),
            made.Rollback,
            "canary has neither",
            id="so does a split that is not the rendered one",
        ),
        pytest.param(
            situation(health=lately(BOTH_BREAK), minutes=THREE_DAYS + 60, policy=ROLLS_BACK),
            made.Wait,
            "going back repairs nothing; canary has neither",
            id="both sides break: told, not rolled back",
        ),
        pytest.param(
            situation(health=lately(HEALTHY), minutes=THREE_DAYS + 60, policy=ROLLS_BACK),
            made.Advance,
            "",
            id="proven is not inconclusive",
        ),
        pytest.param(
            situation(health=UNSURE, minutes=THREE_DAYS + 60, policy=ROLLS_BACK, brake=BRAKE),
            made.Wait,
            "held by ann: freeze week",
            id="what people hold need not prove anything",
        ),
        pytest.param(
            situation(health=UNKNOWN, minutes=180, hold=OURS),
            made.Wait,
            "held: reverted; nothing is known of it for 3 h, longer than 2 h: somebody must look",
            id="a hold is told about the unknown",
        ),
        pytest.param(
            situation(health=UNKNOWN, minutes=180, hold=OURS, policy=ROLLS_BACK),
            made.Rollback,
            "",
            id="a hold does not stop a rollback",
        ),
        pytest.param(
            situation(health=UNSURE, minutes=THREE_DAYS + 60, policy=ROLLS_BACK, act=people.Raised(Stage.ROLLOUT_25)),
            made.Advance,
            "",
            id="a person who raises it has looked",
        ),
        pytest.param(
            situation(Stage.PLANNING, Health(), minutes=30 * DAY, policy=ROLLS_BACK),
            made.Advance,
            "planning is done",
            id="planning waits for no task",
        ),
    ],
)
def test_a_wait_that_lasts_too_long(given_situation: Situation, kind: type[Decision], says: str) -> None:
    decision = decide(given_situation)
    assert isinstance(decision, kind)
    assert says in decision.reason
    assert says or "longer than" not in decision.reason or isinstance(decision, made.Rollback)


def test_patience_names_no_check_and_goes_back_in_steps_where_the_policy_does() -> None:
    at_once = decide(situation(Stage.ROLLOUT_50, NO_TASKS, minutes=DAY + 60, policy=ROLLS_BACK))
    in_steps = decide(situation(Stage.ROLLOUT_50, NO_TASKS, minutes=DAY + 60, policy=STEPS))
    reason = "no task reached the target for 25 h, longer than 24 h"
    assert at_once == made.Rollback(reason, ())
    assert in_steps == made.Rollback(reason, (), Stage.ROLLOUT_25)


@given(
    st.sampled_from(Stage),
    st.sampled_from([NO_TASKS, UNKNOWN, UNSURE, BLIND, BREACHED, BOTH_BREAK, SKEWED]),
    st.integers(0, 60 * DAY),
)
def test_patience_never_rolls_back_where_the_policy_only_notifies(stage: Stage, health: Health, minutes: int) -> None:
    assert not isinstance(decide(situation(stage, health, minutes=minutes)), made.Rollback)
