"""What Prometheus is told to watch: the migrations and policies of an environment, and the rules that follow. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.model.migration import Environment, MigrationId
from reconciler.model.policy import Check, HealthPolicy
from reconciler.model.stage import Stage
from reconciler.quoting import quote


@dataclass(frozen=True, slots=True)
class Watched:
    """One migration that is measured.

    Attributes:
        policy: The name of the policy that judges it.
        stage: Where it stands.
        evidence_from: The moment evidence begins, UTC to the second.
        references: By the check's name, what its limit is relative to where that is frozen and no longer measured:
            the source's value after complete; for a total that is expected, US dollars an hour at the target's share.
    """

    id: MigrationId
    policy: str
    stage: Stage
    evidence_from: datetime
    references: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleSheet:
    """All that the rules of one environment follow from.

    Attributes:
        step: The length of a slice, which is how often the rules are evaluated.
        policies: The policies that its migrations name.
        migrations: Its migrations that are measured.
        coarse: A bucket of durations whose upper bound is more than so many times its lower one decides nothing.
    """

    environment: Environment
    step: timedelta
    policies: tuple[HealthPolicy, ...]
    migrations: tuple[Watched, ...]
    coarse: float

    def labels(self, policy: HealthPolicy | None = None, check: Check | None = None) -> dict[str, str]:
        """Give the labels that name this environment, one of its policies, one of the policy's checks."""
        named = {"environment": self.environment.name}
        return (
            named | ({"policy": policy.name} if policy is not None else {}) | ({"check": check.name} if check else {})
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of Prometheus.

    Attributes:
        name: The series that it records, or the alert that it raises.
        expression: PromQL.
        labels: What is added to each of its series.
        annotations: What an alert tells people; a rule that has none records.
        lasting: How long an alert's expression must have held.
    """

    name: str
    expression: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    lasting: timedelta = timedelta(0)


def series(metric: str, labels: Mapping[str, str], *matchers: str) -> str:
    """Write a selector of PromQL.

    >>> series("up", {"job": "a"}, 'side!="source"')
    'up{job="a",side!="source"}'
    """
    exact = [f"{name}={quote(value)}" for name, value in labels.items()]
    return f"{metric}{{{','.join([*exact, *matchers])}}}"


def seconds(duration: timedelta) -> str:
    """Write a duration as a number of PromQL.

    >>> seconds(timedelta(hours=1)), seconds(timedelta(milliseconds=1400))
    ('3600', '1.4')
    """
    return f"{duration.total_seconds():.10g}"


EVIDENCE_FROM = "reconciler:evidence_from"
REFERENCE = "reconciler:check_reference"
SLICE_TASKS = "reconciler:slice_tasks"
SLICE_COST = "reconciler:slice_cost_usd"
SLICE_DURATIONS = "reconciler:slice_duration_bucket"
SIDE_SEEN = "reconciler:side_seen"
KNOWN = "reconciler:known"
BUCKETS = "reconciler:latency_bucket"
BOUND = "reconciler:latency_p95_bound"
TASKS = "reconciler:tasks"
VALUE = "reconciler:check_value"
LIMIT = "reconciler:check_limit"
BREACHED = "reconciler:check_breached"

SOURCE, TARGET = 'side="source"', 'side="target"'
"""Matchers of one side."""

COMPLETE = f'stage="{Stage.COMPLETE}"'
"""Matcher of the migrations whose source has no tasks any more."""

WHO = "environment, migration"
SIDES = "environment, migration, side"
"""The labels that name a migration, and a side of one."""
