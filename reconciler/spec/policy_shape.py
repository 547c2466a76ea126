"""What a health policy's file may say. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from reconciler.model.policy import Bound, Decide
from reconciler.spec.expected import Expected
from reconciler.spec.fields import (
    ApiVersion,
    Chance,
    Cron,
    DecideName,
    Duration,
    IndicatorName,
    Label,
    MaxLimit,
    MinLimit,
    OnBreachName,
    SomeTime,
    ThenName,
    Zone,
)
from reconciler.spec.grammar import WrittenLimit
from reconciler.spec.indicators import refuse_unit
from reconciler.spec.rules import Shape, exactly, or_words, whole


class CheckShape(Shape, title="Check"):
    """One question to health."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["max"]}, {"required": ["min"]}]})

    name: Label = Field(description="its name in messages")
    indicator: IndicatorName = Field(description="what is measured: a built-in indicator or a query of the environment")
    max: MaxLimit | None = Field(default=None, description="above this is a breach, such as 5% or 2x source")
    min: MinLimit | None = Field(default=None, description="below this is a breach, such as source - 5pp")
    window: SomeTime | None = Field(default=None, description="how far back it looks (the whole stage)")
    sustained: Duration = Field(
        default=timedelta(0), alias="for", description="how long the breach must have lasted (0s)"
    )
    on_breach: OnBreachName = Field(description="what a breach leads to: rollback or freeze")

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.max is None) == (self.min is None):
            raise Expected("have exactly one of max and min")
        refuse_unit(self.indicator, self.written, key=self.bound)
        return self

    @property
    def bound(self) -> Bound:
        """Which side of the limit is a breach."""
        return Bound.MIN if self.max is None else Bound.MAX

    @property
    def written(self) -> WrittenLimit:
        """The one limit that was written.

        Raises:
            Expected: None was.
        """
        written = self.max or self.min
        if written is None:
            raise Expected("have exactly one of max and min")
        return written


class StageRuleShape(Shape, title="StageRule"):
    """What it takes to leave a stage."""

    soak: Duration = Field(default=timedelta(0), description="the least time in the stage (0s)")
    wrong_advance: Chance | None = Field(default=None, description="the chance to advance a target exactly at a limit")


class StagesShape(Shape, title="Stages"):
    """What it takes to leave each stage."""

    planning: StageRuleShape | None = Field(default=None, description="to leave planning")
    testing: StageRuleShape | None = Field(default=None, description="to leave testing")
    canary: StageRuleShape | None = Field(default=None, description="to leave canary")
    rollout_25: StageRuleShape | None = Field(default=None, alias="rollout-25", description="to leave rollout-25")
    rollout_50: StageRuleShape | None = Field(default=None, alias="rollout-50", description="to leave rollout-50")


class PatienceShape(Shape, title="Patience"):
    """What follows when something lasts for long."""

    after: SomeTime = Field(description="how long, such as 24h")
    then: ThenName = Field(description="what then: notify or rollback")


def _notify_after(time: str) -> PatienceShape:
    return PatienceShape.model_validate({"after": time, "then": "notify"})


class UnknownShape(Shape, title="Unknown"):
    """What follows when nothing can be measured."""

    no_tasks: PatienceShape = Field(
        default=_notify_after("24h"),
        description="when no tasks come (after 24h, notify)",
    )
    no_metrics: PatienceShape = Field(
        default=_notify_after("2h"),
        description="when the metric source says nothing of it (after 2h, notify)",
    )


class GracefulShape(Shape, title="Graceful"):
    """A rollback of one stage at a time."""

    step: SomeTime = Field(default=timedelta(minutes=1), description="how long each step takes (1m)")


class RollbackShape(Shape, title="Rollback"):
    """How a rollback goes: at once unless graceful is named."""

    graceful: GracefulShape | None = Field(default=None, description="one stage at a time")


def _rollback_word(value: object) -> object:
    match value:
        case "immediate":
            return {}
        case "graceful":
            return {"graceful": {}}
        case dict():
            return value
        case _:
            raise Expected("be immediate, graceful, or {graceful: {step: 1m}}")


class NoAdvanceShape(Shape, title="NoAdvance"):
    """A time in which nothing advances; a rollback is never delayed."""

    cron: Cron = Field(description='when it begins, five cron fields such as "0 16 * * FRI"')
    lasting: SomeTime = Field(alias="for", description="how long it lasts, such as 64h")
    zone: Zone = Field(default="UTC", description="the time zone such as Europe/Berlin (UTC)")


class PolicyShape(Shape, title="HealthPolicy"):
    """What healthy means."""

    api_version: ApiVersion = Field(description="reconciler/v1")
    kind: Annotated[str, exactly("HealthPolicy")] = Field(description="HealthPolicy")
    name: Label = Field(description="the file's name without .yaml")
    wrong_rollback: Chance = Field(default=0.05, description="the chance to roll back a healthy target (5%)")
    decide: DecideName = Field(default=Decide.EVIDENCE, description="evidence, or threshold: the bare limit (evidence)")
    min_tasks: Annotated[int, whole(1, 1_000_000)] = Field(
        default=20, description="the least number of tasks for a verdict (20)"
    )
    checks: tuple[CheckShape, ...] = Field(min_length=1, description="the questions to health, at least one")
    stages: StagesShape = Field(default=StagesShape(), description="what it takes to leave each stage (nothing)")
    unknown: UnknownShape = Field(default=UnknownShape(), description="what follows when nothing can be measured")
    inconclusive: PatienceShape = Field(
        default=_notify_after("72h"),
        description="what follows when a stage is neither proven nor failed (after 72h, notify)",
    )
    rollback: Annotated[RollbackShape, BeforeValidator(_rollback_word)] = Field(
        default=RollbackShape(),
        description="how a rollback goes (immediate)",
        json_schema_extra=or_words("immediate", "graceful"),
    )
    keep_source: Duration = Field(
        default=timedelta(days=7), description="how long the source stays after complete (7d)"
    )
    no_advance: tuple[NoAdvanceShape, ...] = Field(default=(), description="times in which nothing advances")
