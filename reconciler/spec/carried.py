"""Reads and writes what a stage takes over from the ones before it: a part of the status. Pure."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from reconciler.model.status import Carried, Goal, Totals, Wealth
from reconciler.spec.expected import Expected
from reconciler.spec.fields import Amount, Count, Label, StageName, Words
from reconciler.spec.rules import Reads, Shape
from reconciler.spec.writer import Writable, printable


def _logarithm(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise Expected("be a number")


Logarithm = Annotated[float, Reads(_logarithm, {"type": "number"})]


class WealthShape(Shape, title="Wealth"):
    """The evidence about one check."""

    limit: Words = Field(description="what was judged against which limit")
    fail: Logarithm = Field(description="natural logarithm of what stands on a worse target")
    proof: Logarithm = Field(description="natural logarithm of what stands on a target inside its limit")


class TotalsShape(Shape, title="Totals", alias_generator=None):
    """What the source did while both sides took traffic."""

    tasks: Count = Field(description="tasks that ended")
    errors: Count = Field(description="of these, those that ended in an error")
    completed: Count = Field(description="of these, those that were completed")
    cost_usd: Amount | None = Field(description="USD spent, null when unknown")
    latency_p95: Amount | None = Field(default=None, description="seconds, null when there were too few tasks")


class GoalShape(Shape, title="Goal"):
    """Where a rollback in steps is going."""

    to: StageName = Field(description="the stage it ends at")
    checks: tuple[Label, ...] = Field(description="the checks that failed")
    reason: Words = Field(description="why, as the first step said it")

    @model_validator(mode="after")
    def _back(self) -> Self:
        if self.to.takes_traffic:
            raise Expected("be a stage without traffic", key="to")
        return self


class CarriedShape(Shape, title="Carried"):
    """What the stage takes over from the ones before it; what is empty is left out."""

    seconds: Count = Field(default=0, description="how long evidence had been gathered before")
    wealth: dict[Label, WealthShape] = Field(default={}, description="the evidence, by the check's name")
    source: TotalsShape | None = Field(default=None, description="what the source did until then")
    goal: GoalShape | None = Field(default=None, description="where a rollback in steps is going")


def carried_of(shape: CarriedShape) -> Carried:
    """Give the value of what was read."""
    source, goal = shape.source, shape.goal
    return Carried(
        shape.seconds,
        {name: Wealth(one.limit, one.fail, one.proof) for name, one in shape.wealth.items()},
        Totals(source.tasks, source.errors, source.completed, source.cost_usd, source.latency_p95) if source else None,
        Goal(goal.to, goal.checks, goal.reason) if goal else None,
    )


def carried_fields(carried: Carried) -> dict[str, Writable]:
    """Give what the file says of it: nothing of what is empty, and the checks in the order of their names."""
    fields: dict[str, Writable | None] = {
        "seconds": carried.seconds or None,
        "wealth": {name: _wealth_fields(carried.wealth[name]) for name in sorted(carried.wealth)} or None,
        "source": _source_fields(carried.source),
        "goal": _goal_fields(carried.goal),
    }
    return {key: value for key, value in fields.items() if value is not None}


def _wealth_fields(wealth: Wealth) -> dict[str, Writable]:
    return {"limit": printable(wealth.limit), "fail": wealth.fail, "proof": wealth.proof}


def _source_fields(source: Totals | None) -> dict[str, Writable] | None:
    if source is None:
        return None
    fields: dict[str, Writable] = {
        "tasks": source.tasks,
        "errors": source.errors,
        "completed": source.completed,
        "cost_usd": source.cost_usd,
    }
    return fields if source.latency_p95 is None else fields | {"latency_p95": source.latency_p95}


def _goal_fields(goal: Goal | None) -> dict[str, Writable] | None:
    if goal is None:
        return None
    checks: list[Writable] = [*goal.checks]
    return {"to": str(goal.to), "checks": checks, "reason": printable(goal.reason)}
