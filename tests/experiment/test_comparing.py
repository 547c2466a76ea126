import pytest

from reconciler.loop.comparing import compared
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Observations, Samples, SideObservations
from reconciler.model.stage import Stage
from reconciler.model.status import Notes, Status, Weights
from tests.experiment.building import BEGIN, END, STEP, minute

REX = MigrationId("prod", "rex")
SIDE = SideObservations((minute(5, 3, durations=Samples((1.0,) * 3)), minute(0, 2, durations=Samples((2.0,) * 2))))
SEEN = Observations(STEP, SIDE, SIDE)


def status(stage: Stage) -> Status:
    return Status(REX, stage, since=BEGIN, attempt=1, run="01J8", weights=Weights(90, 10))


@pytest.mark.parametrize("stage", [Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50])
def test_a_stage_that_splits_the_traffic_is_compared_over_its_own_time(stage: Stage) -> None:
    lines = compared(SEEN, status(stage), None, at=END)
    assert lines[0] == f"Compared over {stage} (shown, not deciding):"
    assert "source, n=5" in lines[1]


def test_what_was_seen_before_a_person_armed_it_anew_is_left_out() -> None:
    notes = Notes(REX, run="01J8", evidence_from=END - 2 * STEP)
    assert "source, n=2" in compared(SEEN, status(Stage.CANARY), notes, at=END)[1]


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.TESTING, Stage.COMPLETE, Stage.ROLLED_BACK])
def test_a_stage_in_which_one_side_has_no_tasks_is_not_compared(stage: Stage) -> None:
    assert compared(SEEN, status(stage), None, at=END) == ()


def test_a_rollback_without_metrics_has_no_table() -> None:
    assert compared(None, status(Stage.CANARY), None, at=END) == ()
