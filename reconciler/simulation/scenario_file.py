"""Reads a scenario's file. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from reconciler.model.stage import Side
from reconciler.simulation.scenario import NO_TIME, Change, Gap, Period, Profile, Scenario
from reconciler.spec import grammar
from reconciler.spec.checking import check, empty_entries
from reconciler.spec.expected import Expected, did_you_mean
from reconciler.spec.fields import ApiVersion, Duration, Label, Moment, SomeTime
from reconciler.spec.reader import read
from reconciler.spec.rules import Reads, Shape, exactly


def parse_scenario(text: bytes, path: str) -> Scenario:
    """Read what a simulation assumes.

    Args:
        text: The file's bytes.
        path: The file, for messages.

    Raises:
        SpecError: Every mistake of the file.
    """
    document = read(text, path)
    shape = check(document, _ScenarioShape, also=empty_entries(document))
    source = _profile(shape.source, Profile())
    return Scenario(
        name=shape.name,
        tasks_per_hour=shape.tasks_per_hour,
        begin=shape.begin.replace(second=0) if shape.begin else _NOTHING.begin,
        horizon=shape.horizon,
        watch=shape.watch,
        applied_after=shape.applied_after,
        merged_after=shape.merged_after,
        source=source,
        target=_profile(shape.target, source),
        changes=tuple(map(_change, shape.changes)),
        gaps=tuple(Gap(_period(one), one.side) for one in shape.gaps),
        silences=tuple(map(_period, shape.silences)),
        reverts=shape.reverts,
    )


def _profile(shape: _ProfileShape, otherwise: Profile) -> Profile:
    said = {name: value for name in _PROFILE if (value := getattr(shape, name)) is not None}
    return replace(otherwise, **{_NAMES.get(name, name): value for name, value in said.items()})


def _period(shape: _PeriodShape) -> Period:
    return Period(shape.at, shape.lasting)


def _change(shape: _ChangeShape) -> Change:
    return Change(
        _period(shape), shape.side, shape.over, shape.errors, shape.failures, shape.seconds, cost_usd=shape.cost
    )


def _above_zero(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= _MOST:
        return float(value)
    raise Expected(f"be a number above 0, at most {_MOST}")


def _side(value: object) -> Side | None:
    if value == _BOTH:
        return None
    if isinstance(value, str) and value in set(Side):
        return Side(value)
    words = [*map(str, Side), _BOTH]
    raise Expected(f"be one of {', '.join(words)}", hint=did_you_mean(value, words) if isinstance(value, str) else "")


_BOTH = "both"
_MOST = 1_000_000
_LONGEST = timedelta(days=7)
_NOTHING = Scenario("nothing")
_PROFILE = ("errors", "failures", "seconds", "spread", "cost", "cost_spread")
_NAMES = {"cost": "cost_usd"}
_Share = Annotated[float, Reads(grammar.share, {"type": "string", "pattern": grammar.PERCENTAGE_PATTERN})]
_Positive = Annotated[float, Reads(_above_zero, {"type": "number", "exclusiveMinimum": 0, "maximum": _MOST})]
_SideName = Annotated[Side | None, Reads(_side, {"enum": [*map(str, Side), _BOTH]})]


class _ProfileShape(Shape, title="Profile"):
    errors: _Share | None = Field(default=None, description="the part that ends in an error, such as 1%")
    failures: _Share | None = Field(default=None, description="the part of the others that is not completed")
    seconds: _Positive | None = Field(default=None, description="the median of how long a task takes")
    spread: _Positive | None = Field(default=None, description="the standard deviation of its logarithm")
    cost: _Positive | None = Field(default=None, description="the mean of what a task costs, in US dollars")
    cost_spread: _Positive | None = Field(default=None, description="the standard deviation of its logarithm")


class _PeriodShape(Shape, title="Period"):
    at: Duration = Field(description="when it begins, counted from the migration's begin, such as 3h")
    lasting: SomeTime | None = Field(default=None, alias="for", description="how long it lasts (to the end)")


class _GapShape(_PeriodShape, title="Gap"):
    side: _SideName = Field(default=None, description="source, target or both (both)")


class _ChangeShape(_GapShape, title="Change"):
    over: Duration = Field(default=NO_TIME, description="how long it takes to get there (0s: at once)")
    errors: _Share | None = Field(default=None, description="the part that ends in an error then")
    failures: _Share | None = Field(default=None, description="the part of the others that is not completed then")
    seconds: _Positive | None = Field(default=None, description="the median of how long a task takes then")
    cost: _Positive | None = Field(default=None, description="the mean of what a task costs then")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if (self.errors, self.failures, self.seconds, self.cost) == (None,) * 4:
            raise Expected("have at least one of errors, failures, seconds and cost")
        return self


class _ScenarioShape(Shape, title="Scenario"):
    api_version: ApiVersion = Field(description="reconciler/v1")
    kind: Annotated[str, exactly("Scenario")] = Field(description="Scenario")
    name: Label = Field(description="its name in the result")
    tasks_per_hour: _Positive = Field(default=_NOTHING.tasks_per_hour, description="of both sides together (60)")
    begin: Moment | None = Field(default=None, description="when the migration begins, in UTC")
    horizon: SomeTime = Field(default=_NOTHING.horizon, description="when to give up waiting, at most 7d (7d)")
    watch: Duration = Field(default=_NOTHING.watch, description="how long to go on after complete (6h)")
    applied_after: Duration = Field(default=_NOTHING.applied_after, description="from the commit to the traffic (1m)")
    merged_after: Duration = Field(default=_NOTHING.merged_after, description="how long a person takes to merge (0s)")
    source: _ProfileShape = Field(default=_ProfileShape(), description="how the source does its tasks")
    target: _ProfileShape = Field(default=_ProfileShape(), description="what the target does differently")
    changes: tuple[_ChangeShape, ...] = Field(default=(), description="what changes, and when")
    gaps: tuple[_GapShape, ...] = Field(default=(), description="when the metric source says nothing")
    silences: tuple[_PeriodShape, ...] = Field(default=(), description="when no tasks come")
    reverts: tuple[Duration, ...] = Field(default=(), description="when a person reverts the newest transition")

    @model_validator(mode="after")
    def _not_too_large(self) -> Self:
        # Longer stages would need more slices than a metric source answers, and the pass would leave out evidence.
        if self.horizon > _LONGEST:
            raise Expected(f"have a horizon of at most {_LONGEST.days}d", key="horizon")
        if self.tasks_per_hour * self.horizon.total_seconds() / 3600 > _MOST:
            raise Expected(f"have at most {_MOST} tasks in its horizon", hint="shorten the horizon", key="tasksPerHour")
        return self
