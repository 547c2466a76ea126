"""Reads and writes the file that says where a migration stands. Pure."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from reconciler.model.status import Baseline, Status, Weights
from reconciler.spec.beside import read_beside
from reconciler.spec.carried import CarriedShape, carried_fields, carried_of
from reconciler.spec.expected import Expected
from reconciler.spec.fields import Amount, ApiVersion, Attempt, Count, Label, Moment, Percent, StageName, Text
from reconciler.spec.layout import Kind
from reconciler.spec.rules import Shape, exactly
from reconciler.spec.writer import Writable, block


class WeightsShape(Shape, title="Weights"):
    """Percent of each side."""

    source: Percent = Field(description="percent of the source")
    target: Percent = Field(description="percent of the target")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.source + self.target != 100:  # noqa: PLR2004 - percent
            raise Expected("add up to 100")
        return self


class BaselineShape(Shape, title="Baseline", alias_generator=None):
    """How the source did before the target took traffic."""

    cost_per_hour: Amount | None = Field(description="USD per hour, null when unknown")
    latency_p95: Amount | None = Field(description="seconds, null when unknown")
    tasks: Count = Field(description="how many tasks it was measured on")
    begin: Moment = Field(alias="from", description="start of the measurement")
    end: Moment = Field(alias="to", description="end of the measurement")


class StatusShape(Shape, title="Status"):
    """Where a migration stands."""

    api_version: ApiVersion = Field(description="reconciler/v1")
    kind: Annotated[str, exactly("Status")] = Field(description="Status")
    environment: Label = Field(description="the environment's name")
    name: Label = Field(description="the migration's name")
    stage: StageName = Field(description="the stage it is in")
    since: Moment = Field(description="when the stage was entered")
    attempt: Attempt = Field(description="the number of this attempt, from 1")
    run: Text = Field(description="the id of the pass that wrote it")
    weights: WeightsShape = Field(description="percent of each side")
    baseline: BaselineShape | None = Field(description="the frozen baseline, null when there is none")
    carried: CarriedShape = Field(description="evidence carried across stages")


def parse_status(text: bytes, path: str) -> Status:
    """Read where a migration stands.

    Args:
        text: The file's bytes.
        path: The file, from the repository's root; it names environment and migration.

    Raises:
        SpecError: Every mistake of the file; only a person's edit can have made one.
    """
    migration, shape = read_beside(text, path, Kind.STATUS, StatusShape)
    return Status(
        id=migration,
        stage=shape.stage,
        since=shape.since,
        attempt=shape.attempt,
        run=shape.run,
        weights=Weights(shape.weights.source, shape.weights.target),
        baseline=_baseline(shape.baseline),
        carried=carried_of(shape.carried),
    )


def dump_status(status: Status) -> bytes:
    """Write where a migration stands; ``parse_status`` reads the same value back.

    Raises:
        ValueError: A moment has a fraction of a second, or a number is not finite.
    """
    return block(
        {
            "apiVersion": "reconciler/v1",
            "kind": "Status",
            "environment": status.id.environment,
            "name": status.id.name,
            "stage": str(status.stage),
            "since": status.since,
            "attempt": status.attempt,
            "run": status.run,
            "weights": {"source": status.weights.source, "target": status.weights.target},
            "baseline": _baseline_fields(status.baseline),
            "carried": carried_fields(status.carried),
        }
    )


def _baseline(shape: BaselineShape | None) -> Baseline | None:
    if shape is None:
        return None
    return Baseline(shape.cost_per_hour, shape.latency_p95, shape.tasks, shape.begin, shape.end)


def _baseline_fields(baseline: Baseline | None) -> dict[str, Writable] | None:
    if baseline is None:
        return None
    return {
        "cost_per_hour": baseline.cost_per_hour,
        "latency_p95": baseline.latency_p95,
        "tasks": baseline.tasks,
        "from": baseline.begin,
        "to": baseline.end,
    }
