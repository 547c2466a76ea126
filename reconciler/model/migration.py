"""What people ask for: one agent's migration and the environment it runs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from reconciler.model.stage import Stage


class Cli(StrEnum):
    """The agent CLIs that a migration can name."""

    CLAUDE = "claude"
    CODEX = "codex"
    GEMINI = "gemini"
    OPENCODE = "opencode"


@dataclass(frozen=True, slots=True, order=True)
class MigrationId:
    """Names one migration; written as ``prod/rex``.

    >>> str(MigrationId("prod", "rex"))
    'prod/rex'
    """

    environment: str
    name: str

    def __str__(self) -> str:
        return f"{self.environment}/{self.name}"


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a migration: its CLI, its model and the label of its pods.

    Attributes:
        cli: The agent CLI.
        model: The model's name as that CLI spells it.
        version: The pods' ``version`` label; the two sides of a migration differ in it.
        config: The folder of the configuration, from the repository's root; only the source has one.
    """

    cli: Cli
    model: str
    version: str
    config: str | None = None


@dataclass(frozen=True, slots=True)
class CookieAffinity:
    """A session stays where its first task went, by a cookie that names side and attempt.

    Attributes:
        cookie: The cookie's name.
        ttl: How long the cookie lives.
    """

    cookie: str
    ttl: timedelta


@dataclass(frozen=True, slots=True)
class BucketAffinity:
    """A session stays in its bucket, 0 to 99, that the client or the edge sends in this header."""

    header: str


Affinity = CookieAffinity | BucketAffinity


@dataclass(frozen=True, slots=True)
class Retries:
    """How often the mesh repeats a failed task; 0 attempts means never, because a retried task costs twice."""

    attempts: int = 0
    per_try_timeout: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """How tasks reach the agent: one host, its gateways, stickiness, deadline and retries."""

    host: str
    gateways: tuple[str, ...] = ("mesh",)
    affinity: Affinity | None = None
    timeout: timedelta | None = None
    retries: Retries = Retries()


@dataclass(frozen=True, slots=True)
class Shadow:
    """How much of the traffic is mirrored to the target in testing; ``side_effect_free`` is the owner's statement."""

    percent: int = 0
    side_effect_free: bool = False

    @property
    def mirror_percentage(self) -> int:
        """What may be mirrored: nothing, unless a mirrored task pushes, writes and calls nothing real."""
        return self.percent if self.side_effect_free else 0


class Entry(StrEnum):
    """How a stage is entered: by the reconciler alone, or by a pull request that a person merges."""

    AUTO = "auto"
    PULL_REQUEST = "pull-request"


@dataclass(frozen=True, slots=True)
class Advance:
    """How each stage is entered."""

    default: Entry = Entry.AUTO
    stages: Mapping[Stage, Entry] | None = None

    def entry(self, stage: Stage) -> Entry:
        """Say how this stage is entered."""
        return (self.stages or {}).get(stage, self.default)


@dataclass(frozen=True, slots=True)
class PersonsHold:
    """A person's brake in the migration file."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Migration:
    """The wanted state of one agent's migration, as its file says it."""

    id: MigrationId
    source: Arm
    target: Arm
    stage: Stage
    policy: str
    traffic: Traffic
    shadow: Shadow = Shadow()
    accepted_losses: tuple[str, ...] = ()
    advance: Advance = Advance()
    requires: tuple[MigrationId, ...] = ()
    hold: PersonsHold | None = None


class Mesh(StrEnum):
    """What splits the traffic."""

    ISTIO = "istio"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PrometheusMetrics:
    """Observations come from a Prometheus; ``queries`` add or override indicators (PromQL)."""

    url: str
    profile: str = "agent"
    queries: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class LedgerMetrics:
    """Observations come from a ledger database, e.g. ``sqlite:///outcomes.db``."""

    url: str


Metrics = PrometheusMetrics | LedgerMetrics


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long git, the metric source and a whole pass may take."""

    git: timedelta = timedelta(seconds=60)
    metrics: timedelta = timedelta(seconds=5)
    whole_pass: timedelta = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Environment:
    """The facts of one cluster: namespace, mesh, metric source and limits of time."""

    name: str
    namespace: str
    mesh: Mesh
    metrics: Metrics | None
    default_policy: str | None = None
    default_advance: Advance = Advance()
    timeouts: Timeouts = Timeouts()
