"""What more than one kind of file says the same way. Pure."""

from __future__ import annotations

from pydantic import Field

from reconciler.model.migration import Advance, Entry
from reconciler.model.stage import Stage
from reconciler.spec.fields import EntryName
from reconciler.spec.rules import Shape


class AdvanceShape(Shape, title="Advance"):
    """How each stage is entered: auto, or pull-request when a person merges."""

    default: EntryName | None = Field(default=None, description="how stages are entered that are not named here (auto)")
    testing: EntryName | None = Field(default=None, description="how testing is entered")
    canary: EntryName | None = Field(default=None, description="how canary is entered")
    rollout_25: EntryName | None = Field(default=None, alias="rollout-25", description="how rollout-25 is entered")
    rollout_50: EntryName | None = Field(default=None, alias="rollout-50", description="how rollout-50 is entered")
    complete: EntryName | None = Field(default=None, description="how complete is entered")

    def over(self, below: Advance) -> Advance:
        """Lay this over what the environment says; what is not named here stays."""
        stages = {**(below.stages or {}), **self._stages()}
        return Advance(self.default or below.default, stages or None)

    def _stages(self) -> dict[Stage, Entry]:
        named = {
            Stage.TESTING: self.testing,
            Stage.CANARY: self.canary,
            Stage.ROLLOUT_25: self.rollout_25,
            Stage.ROLLOUT_50: self.rollout_50,
            Stage.COMPLETE: self.complete,
        }
        return {stage: entry for stage, entry in named.items() if entry is not None}
