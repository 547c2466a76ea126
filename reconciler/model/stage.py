"""The stages of a migration and the share of traffic each one gives to the target."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """The CLI we leave and the CLI we go to: arms, subsets and sides everywhere."""

    SOURCE = "source"
    TARGET = "target"


class Stage(StrEnum):
    """Where a migration stands. Forward goes one step at a time; back goes from anywhere, at once."""

    PLANNING = "planning"
    TESTING = "testing"
    CANARY = "canary"
    ROLLOUT_25 = "rollout-25"
    ROLLOUT_50 = "rollout-50"
    COMPLETE = "complete"
    ROLLED_BACK = "rolled-back"

    @property
    def target_weight(self) -> int:
        """Percent of the traffic that the target gets, 0 to 100."""
        return _TARGET_WEIGHT[self]

    @property
    def takes_traffic(self) -> bool:
        """Whether real tasks reach the target by weight."""
        return self.target_weight > 0

    @property
    def splits_traffic(self) -> bool:
        """Whether both sides get real tasks, so that each can be judged against the other."""
        return 0 < self.target_weight < _WHOLE

    @property
    def rank(self) -> int:
        """The order of the stages, 0 for planning; rolled-back ranks below planning."""
        return -1 if self is Stage.ROLLED_BACK else _FORWARD.index(self)

    @property
    def next(self) -> Stage | None:
        """The one step forward; None where only a person (or nobody) goes on."""
        if self in (Stage.COMPLETE, Stage.ROLLED_BACK):
            return None
        return _FORWARD[self.rank + 1]


_WHOLE = 100
_FORWARD = (Stage.PLANNING, Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50, Stage.COMPLETE)
_TARGET_WEIGHT = {
    Stage.PLANNING: 0,
    Stage.TESTING: 0,
    Stage.CANARY: 10,
    Stage.ROLLOUT_25: 25,
    Stage.ROLLOUT_50: 50,
    Stage.COMPLETE: 100,
    Stage.ROLLED_BACK: 0,
}
