"""What a pass needs from the outside, as the loop sees it; tests give it small fakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.model.migration import Environment, MigrationId
from reconciler.model.observation import Observations, Route


class MetricSource(Protocol):
    """Where observations come from."""

    def observe(
        self, starts: Mapping[MigrationId, datetime], *, at: datetime, step: timedelta
    ) -> Mapping[MigrationId, Observations]:
        """Give what was seen of each migration from its start up to ``at``, in slices of ``step``.

        Raises:
            SourceFault: The source cannot be asked, or its answer cannot be trusted.
        """
        ...


class SourceOf(Protocol):
    """How an environment's metric source is opened."""

    def __call__(self, environment: Environment, routes: Mapping[MigrationId, Route] = ...) -> MetricSource:
        """Open it.

        Args:
            environment: Names the source.
            routes: Where a mesh sees each migration's tasks; the profile ``istio`` rests on it, the others need none.

        Raises:
            SourceFault: The environment names no source.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Which migrations a pass acts on; what people did is looked at for all of them.

    Attributes:
        environment: Only this environment; None means all.
        migration: Only the migration of this name (``rex`` or ``prod/rex``); None means all.
    """

    environment: str | None = None
    migration: str | None = None

    def covers_environment(self, name: str) -> bool:
        """Say whether an environment is looked at."""
        return self.environment in (None, name)

    def covers(self, migration: MigrationId) -> bool:
        """Say whether a migration is acted on."""
        return self.covers_environment(migration.environment) and (
            self.migration is None or self.migration in (migration.name, str(migration))
        )

    @property
    def whole_environments(self) -> bool:
        """Whether every migration of an environment that is looked at is acted on."""
        return self.migration is None


@dataclass(frozen=True, slots=True)
class Pass:
    """What makes one pass that pass, and no other.

    Attributes:
        at: Its one moment, UTC to the second.
        scope: What it acts on.
        source_of: Where an environment's observations come from.
        runs: Unique ids, one for every commit that it writes.
    """

    at: datetime
    scope: Scope
    source_of: SourceOf
    runs: Iterator[str]
