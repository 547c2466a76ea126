"""Counts the outcomes of tasks as the metrics that every agent exposes to a Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

from reconciler.demo.agent import TaskDone
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Side

_SIDES = ("environment", "migration", "side")
_BUCKETS = (0.01, 0.02, 0.025, 0.03, 0.035, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 5, 30, 300, 3600)
"""Seconds; fine where the demo's tasks lie, and up to the hour that a real one may take."""


class Exposition:
    """The metrics of several agents.

    Args:
        migrations: Whose; every series is there from the start, so that the first error is an increase from 0.
    """

    def __init__(self, migrations: list[MigrationId]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's one function without types
        self._registry = CollectorRegistry()
        self._tasks = Counter("agent_tasks", "Tasks that ended.", (*_SIDES, "outcome"), registry=self._registry)
        self._cost = Counter("agent_task_cost_usd", "US dollars spent.", _SIDES, registry=self._registry)
        self._sessions = Counter("agent_sessions", "Sessions newly assigned.", _SIDES, registry=self._registry)
        self._durations = Histogram(
            "agent_task_duration_seconds", "How long tasks took.", _SIDES, registry=self._registry, buckets=_BUCKETS
        )
        for migration in migrations:
            for side in Side:
                self._begin(migration, side)

    def record(self, done: TaskDone) -> None:
        """Count one task."""
        labels = (done.migration.environment, done.migration.name, done.side.value)
        self._tasks.labels(*labels, done.outcome).inc()
        self._cost.labels(*labels).inc(done.cost_usd)
        self._durations.labels(*labels).observe(done.seconds)
        if done.new_session:
            self._sessions.labels(*labels).inc()

    def text(self) -> bytes:
        """Give what Prometheus scrapes."""
        return generate_latest(self._registry)

    def _begin(self, migration: MigrationId, side: Side) -> None:
        labels = (migration.environment, migration.name, side.value)
        for outcome in ("completed", "error"):
            self._tasks.labels(*labels, outcome)
        self._cost.labels(*labels)
        self._sessions.labels(*labels)
        self._durations.labels(*labels)
