"""What an environment's file may say. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from reconciler.spec.expected import Expected
from reconciler.spec.fields import (
    ApiVersion,
    Flag,
    IndicatorName,
    Label,
    LedgerUrl,
    MeshName,
    ProfileName,
    PrometheusUrl,
    RepositoryPath,
    SomeTime,
    Text,
    Variable,
)
from reconciler.spec.rules import Shape, exactly
from reconciler.spec.shared_shapes import AdvanceShape


class MetricsShape(Shape, title="Metrics"):
    """Where observations come from: a Prometheus, or a ledger database."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["prometheus"], "not": {"required": ["ledger"]}},
                {
                    "required": ["ledger"],
                    "not": {"anyOf": [{"required": [key]} for key in ("prometheus", "profile", "queries")]},
                },
            ]
        }
    )

    prometheus: PrometheusUrl | None = Field(default=None, description="the URL of a Prometheus")
    profile: ProfileName | None = Field(default=None, description="which metric names the agents use (agent)")
    queries: dict[IndicatorName, Text] | None = Field(
        default=None, description="indicators by name: PromQL that returns environment, migration and side"
    )
    ledger: LedgerUrl | None = Field(
        default=None, description="the URL of a ledger database such as sqlite:///outcomes.db"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.prometheus is None) == (self.ledger is None):
            raise Expected("have exactly one of prometheus and ledger")
        if self.ledger is not None and (self.profile is not None or self.queries is not None):
            raise Expected("have profile and queries only beside prometheus")
        return self


class DefaultsShape(Shape, title="Defaults"):
    """What migrations of this environment do that say nothing else."""

    policy: Label | None = Field(default=None, description="the health policy of migrations that name none")
    advance: AdvanceShape = Field(default=AdvanceShape(), description="how each stage is entered (auto)")


class ApproversShape(Shape, title="Approvers"):
    """Whose signature counts."""

    allowed_signers: RepositoryPath = Field(description="git's file of allowed signers, from the repository's root")
    require_signed: Flag = Field(default=False, description="whether a person's change must be signed (false)")


class WebhookShape(Shape, title="Webhook"):
    """One receiver of messages."""

    url_from: Variable = Field(description="the environment variable that holds the URL")


class NotifyShape(Shape, title="Notify"):
    """One way to tell people."""

    webhook: WebhookShape = Field(description="a receiver that is called")


class TimeoutsShape(Shape, title="Timeouts"):
    """How long the parts of a pass may take."""

    git: SomeTime = Field(default=timedelta(seconds=60), description="one git operation (60s)")
    metrics: SomeTime = Field(default=timedelta(seconds=5), description="one question to the metric source (5s)")
    whole_pass: SomeTime = Field(default=timedelta(seconds=120), alias="pass", description="a whole pass (120s)")


class EnvironmentShape(Shape, title="Environment"):
    """The facts of one cluster."""

    api_version: ApiVersion = Field(description="reconciler/v1")
    kind: Annotated[str, exactly("Environment")] = Field(description="Environment")
    name: Label = Field(description="the folder's name")
    namespace: Label = Field(description="the Kubernetes namespace of the agents")
    mesh: MeshName = Field(description="istio, or none")
    metrics: MetricsShape | None = Field(default=None, description="where observations come from (nowhere: no data)")
    defaults: DefaultsShape = Field(default=DefaultsShape(), description="what migrations do that say nothing else")
    approvers: ApproversShape | None = Field(default=None, description="whose signature counts")
    notify: tuple[NotifyShape, ...] = Field(default=(), description="who is told")
    timeouts: TimeoutsShape = Field(default=TimeoutsShape(), description="how long the parts of a pass may take")
