"""What a migration's file may say. Pure."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from reconciler.spec.expected import Expected
from reconciler.spec.fields import (
    ApiVersion,
    CliName,
    CookieName,
    Flag,
    Gateway,
    HeaderName,
    Host,
    Label,
    ModelName,
    Percent,
    RequiredMigration,
    SomeTime,
    StageName,
    Text,
    VersionLabel,
)
from reconciler.spec.rules import Shape, exactly, or_words, whole
from reconciler.spec.shared_shapes import AdvanceShape


class SourceShape(Shape, title="Source"):
    """The CLI we leave."""

    cli: CliName = Field(description="the agent CLI that we leave")
    model: ModelName = Field(description="the model's name as this CLI spells it")
    config: Text = Field(
        description="the folder of the agent's configuration, from the environment's folder; a leading / is the root"
    )
    version: VersionLabel | None = Field(default=None, description="the pods' version label (the CLI's name)")


class TargetShape(Shape, title="Target"):
    """The CLI we go to; its configuration is converted from the source's."""

    cli: CliName = Field(description="the agent CLI that we go to")
    model: ModelName = Field(description="the model's name as this CLI spells it")
    version: VersionLabel | None = Field(default=None, description="the pods' version label (the CLI's name)")


class AffinityShape(Shape, title="Affinity"):
    """How a session stays on its side: by a cookie, or by a bucket that the client sends."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["cookie", "ttl"], "not": {"required": ["bucketHeader"]}},
                {"required": ["bucketHeader"], "not": {"anyOf": [{"required": ["cookie"]}, {"required": ["ttl"]}]}},
            ]
        }
    )

    cookie: CookieName | None = Field(default=None, description="the cookie's name")
    ttl: SomeTime | None = Field(default=None, description="how long the cookie lives, such as 24h")
    bucket_header: HeaderName | None = Field(default=None, description="the header that carries 0 to 99")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        by_cookie = (self.cookie is not None, self.ttl is not None)
        if by_cookie != ((True, True) if self.bucket_header is None else (False, False)):
            raise Expected("have either cookie and ttl, or bucketHeader")
        return self


class RetriesShape(Shape, title="Retries"):
    """How often the mesh repeats a failed task; a repeated task costs twice."""

    attempts: Annotated[int, whole(0, 10)] = Field(description="how often, 0 to 10")
    per_try_timeout: SomeTime | None = Field(default=None, description="how long one try may take")


def _no_retries(value: object) -> object:
    if value == "none":
        return {"attempts": 0}
    if not isinstance(value, dict):
        raise Expected("be none, or a mapping such as {attempts: 2, perTryTimeout: 30s}")
    return value


class TrafficShape(Shape, title="Traffic"):
    """How tasks reach the agent."""

    host: Host = Field(description="the host that the agent's tasks are sent to")
    gateways: tuple[Gateway, ...] = Field(default=("mesh",), min_length=1, description="the Istio gateways (mesh)")
    affinity: AffinityShape | None = Field(default=None, description="how a session stays on its side (not at all)")
    timeout: SomeTime | None = Field(default=None, description="how long a task may take (no limit)")
    retries: Annotated[RetriesShape, BeforeValidator(_no_retries)] = Field(
        default=RetriesShape(attempts=0),
        description="how often the mesh repeats a task (none)",
        json_schema_extra=or_words("none"),
    )


class ShadowShape(Shape, title="Shadow"):
    """How much is mirrored to the target in testing."""

    percent: Percent = Field(default=0, description="percent of the tasks that are mirrored (0, off)")
    side_effect_free: Flag = Field(
        default=False, description="your statement that a mirrored task pushes, writes and calls nothing real (false)"
    )


class LossesShape(Shape, title="Losses"):
    """What may get lost in the conversion."""

    accept: tuple[Text, ...] = Field(
        default=(), description="patterns of items such as hook:* or permission:Bash(git push:*)"
    )


class HoldShape(Shape, title="Hold"):
    """A person's brake."""

    reason: Text = Field(description="why the migration is held")
    by: Text = Field(description="who holds it")


class MigrationShape(Shape, title="Migration"):
    """The wanted state of one agent's migration."""

    api_version: ApiVersion = Field(description="reconciler/v1")
    kind: Annotated[str, exactly("Migration")] = Field(description="Migration")
    name: Label = Field(description="the file's name without .yaml")
    source: SourceShape = Field(description="the CLI that we leave")
    target: TargetShape = Field(description="the CLI that we go to")
    stage: StageName = Field(description="the wanted stage; a new file says planning")
    policy: Label | None = Field(default=None, description="the health policy (the environment's default)")
    traffic: TrafficShape = Field(description="how tasks reach the agent")
    shadow: ShadowShape = Field(
        default=ShadowShape(), description="how much is mirrored to the target in testing (nothing)"
    )
    losses: LossesShape = Field(default=LossesShape(), description="what may get lost in the conversion (nothing)")
    advance: AdvanceShape = Field(
        default=AdvanceShape(), description="how each stage is entered (the environment's defaults)"
    )
    requires: tuple[RequiredMigration, ...] = Field(
        default=(), description="migrations such as staging/rex that must be complete before canary here"
    )
    hold: HoldShape | None = Field(default=None, description="a person's brake")
