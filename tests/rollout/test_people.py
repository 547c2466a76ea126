"""What people did, read from what stands in the files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from reconciler.model.status import Hold, HoldKind, Notes, Status, Weights
from reconciler.rollout import people
from reconciler.rollout.people import PersonsAct, Snapshot, what_people_did

REX = MigrationId("prod", "rex")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOLD = Hold(HoldKind.REVERTED, "a person reverted it", "ann", "c" * 40, NOON)


def status(stage: Stage, *, minute: int = 0, attempt: int = 1, run: str = "") -> Status:
    since = NOON + timedelta(minutes=minute)
    return Status(REX, stage, since, attempt, run or f"run-{minute}", Weights.of(stage))


def standing(stage: Stage, *, wanted: Stage | None = None, minute: int = 0, notes: Notes | None = None) -> Snapshot:
    return Snapshot(wanted or stage, status(stage, minute=minute), notes, {"virtualservice.yaml": "a" * 40})


CANARY = standing(Stage.CANARY, minute=10)
AT_25 = standing(Stage.ROLLOUT_25, minute=20)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param(None, Snapshot(Stage.PLANNING), people.Added(Stage.PLANNING), id="new file"),
        pytest.param(None, Snapshot(Stage.CANARY), people.Added(Stage.CANARY), id="new file not at planning"),
        pytest.param(CANARY, CANARY, people.Nothing(), id="as we left it"),
        pytest.param(CANARY, replace(CANARY, wanted=Stage.ROLLOUT_25), people.Raised(Stage.ROLLOUT_25), id="one up"),
        pytest.param(
            CANARY, replace(CANARY, wanted=Stage.ROLLOUT_50), people.RaisedTooFar(Stage.ROLLOUT_50), id="two up"
        ),
        pytest.param(AT_25, replace(AT_25, wanted=Stage.CANARY), people.Lowered(Stage.CANARY), id="lower by edit"),
        pytest.param(
            AT_25,
            replace(AT_25, wanted=Stage.ROLLED_BACK),
            people.Lowered(Stage.ROLLED_BACK),
            id="rolled back by edit",
        ),
        pytest.param(
            AT_25,
            CANARY,
            people.WentBack(HoldKind.REVERTED, "a person reverted rollout-25 to canary"),
            id="all three went back",
        ),
        pytest.param(
            AT_25,
            replace(CANARY, wanted=Stage.ROLLOUT_25),
            people.WentBack(
                HoldKind.DRIFT, "a revert in part: the status says canary, the migration file says rollout-25"
            ),
            id="status went back, stage did not",
        ),
        pytest.param(CANARY, AT_25, people.WentUp(Stage.ROLLOUT_25), id="revert of the revert or merged proposal"),
        pytest.param(
            CANARY,
            standing(Stage.ROLLOUT_50, minute=30),
            people.RaisedTooFar(Stage.ROLLOUT_50),
            id="all three jumped over a stage",
        ),
        pytest.param(
            standing(Stage.ROLLED_BACK, minute=30),
            AT_25,
            people.RollbackReverted(Stage.ROLLOUT_25),
            id="our rollback was reverted",
        ),
        pytest.param(
            standing(Stage.ROLLED_BACK),
            standing(Stage.ROLLED_BACK, wanted=Stage.TESTING),
            people.Rearmed(Stage.TESTING),
            id="armed again",
        ),
        pytest.param(
            standing(Stage.ROLLED_BACK),
            standing(Stage.ROLLED_BACK, wanted=Stage.CANARY),
            people.RaisedTooFar(Stage.CANARY),
            id="rolled back to canary is too far",
        ),
        pytest.param(CANARY, replace(CANARY, wanted=None), people.Deleted(), id="file deleted"),
        pytest.param(
            standing(Stage.PLANNING),
            Snapshot(Stage.PLANNING),
            people.WentBack(HoldKind.REVERTED, "a person reverted the commit that entered planning"),
            id="planning reverted",
        ),
        pytest.param(
            replace(CANARY, notes=Notes(REX, "n2", hold=HOLD)),
            replace(CANARY, notes=Notes(REX, "n1")),
            people.HoldLifted(),
            id="our hold commit reverted",
        ),
        pytest.param(
            replace(CANARY, notes=Notes(REX, "n2", inputs={"a": "2"})),
            replace(CANARY, notes=Notes(REX, "n1", inputs={"a": "1"})),
            people.RerenderReverted(),
            id="our re-render reverted",
        ),
        pytest.param(
            replace(CANARY, notes=Notes(REX, "n1")),
            CANARY,
            people.WentBack(HoldKind.DRIFT, "its notes are gone, and with them what was held and what was rendered"),
            id="our notes deleted",
        ),
        pytest.param(
            CANARY,
            replace(CANARY, status=replace(status(Stage.CANARY, minute=10), weights=Weights.of(Stage.COMPLETE))),
            people.WentBack(HoldKind.DRIFT, "the status of canary says other things than we wrote"),
            id="our status edited",
        ),
        pytest.param(None, CANARY, people.Nothing(), id="adopted without history"),
    ],
)
def test_what_people_did(before: Snapshot | None, now: Snapshot, expected: PersonsAct) -> None:
    assert what_people_did(before, now) == expected


def test_a_stage_entered_again_in_the_same_second_is_still_seen_as_another_one() -> None:
    twin = replace(CANARY, status=status(Stage.CANARY, minute=10, run="another"))
    assert isinstance(what_people_did(CANARY, twin), people.WentBack)
