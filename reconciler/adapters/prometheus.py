"""Observes migrations through a Prometheus: one query an indicator, for all migrations of an environment together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from reconciler.adapters.asking import CREDENTIALS, Asker
from reconciler.adapters.rows import Table, agent_side
from reconciler.adapters.sides import Agents
from reconciler.adapters.slicing import Grid
from reconciler.errors import ReconcilerError, SourceFault
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Observations, SideObservations, Slice, Unknown
from reconciler.model.stage import Side


class Told(Protocol):
    """What was answered, told by side."""

    def side(self, migration: MigrationId, side: Side) -> Mapping[int, Slice] | Unknown:
        """Say what one side did, by slice (0 is the newest); Unknown when that cannot be said."""
        ...


class Profile(Protocol):
    """Which metrics tell what agents do."""

    @property
    def unmeasured(self) -> Mapping[str, Unknown]:
        """The built-in indicators that these metrics do not tell, and why."""
        ...

    def ask(self, asker: Asker) -> Told:
        """Ask about all migrations together.

        Raises:
            SourceFault: The source could not be asked, or its answer cannot be trusted.
        """
        ...


class PrometheusSource:
    """A Prometheus, or anything with its query API.

    Args:
        url: Where it is, ``http://prometheus.monitoring:9090``; without credentials, query and fragment.
        environment: The value of the ``environment`` label that belongs to this environment.
        queries: PromQL by indicator; each returns one row for every environment, migration and side.
        timeout: The time for all queries of one observation together.
        profile: Which metrics are asked for; None for those that agents report themselves.

    Raises:
        ReconcilerError: The URL is none that we would ask.
    """

    def __init__(
        self, url: str, environment: str, queries: Mapping[str, str], timeout: timedelta, profile: Profile | None = None
    ) -> None:
        self._url = _checked(url)
        self._environment = environment
        self._queries = queries
        self._timeout = timeout
        self._profile = profile or Agents(environment)

    def observe(
        self, starts: Mapping[MigrationId, datetime], *, at: datetime, step: timedelta
    ) -> Mapping[MigrationId, Observations]:
        """Ask what both sides of every migration did.

        A counter says when a task ended, so a task belongs to the slice in which its end was scraped. A side is
        Unknown, with the reason and since when, when it has no series, when its newest sample is older than three
        steps (and older than 90 seconds, because many scrape once a minute), or when one of its numbers is nonsense.

        Args:
            starts: Each migration of the environment and the moment from which it is observed.
            at: The pass's one moment; samples up to it count.
            step: The length of a slice; best a multiple of the scrape interval.

        Raises:
            SourceFault: The source could not be asked, was late, or gave a partial or misshapen answer.
        """
        if not starts:
            return {}
        grid = Grid.of(starts, at=at, step=step)
        with Asker(self._url, grid, self._timeout) as asker:
            told = self._profile.ask(asker)
            answers = {name: self._reading(asker, name, query) for name, query in self._queries.items()}

        def side(migration: MigrationId, side: Side) -> SideObservations | Unknown:
            slices = told.side(migration, side)
            if isinstance(slices, Unknown):
                return slices
            key = migration.name, side.value
            readings = {name: _read(name, answer, key) for name, answer in answers.items()}
            return grid.side(migration, slices, {**self._profile.unmeasured, **readings})

        return {one: Observations(step, side(one, Side.SOURCE), side(one, Side.TARGET)) for one in starts}

    def _reading(self, asker: Asker, name: str, query: str) -> Table | Unknown:
        # A mistake in one team's query must not blind the checks that need no such query.
        try:
            return asker.now(f"query {name}", query, agent_side(self._environment), counts=False)
        except SourceFault as fault:
            return Unknown(fault.message)


def _read(name: str, answer: Table | Unknown, key: tuple[str, str]) -> float | Unknown:
    if isinstance(answer, Unknown):
        return answer
    if doubt := answer.doubt(key):
        return Unknown(f"query {name}: {doubt.reason}")
    found = answer.at(key).get("")
    absent = Unknown(f"query {name} has no row for this side; it must return environment, migration and side")
    return absent if found is None else found


def _checked(url: str) -> str:
    hint = f"write it as http://host:port; credentials come from {CREDENTIALS}_TOKEN, or _USERNAME and _PASSWORD"
    try:
        parts = urlsplit(url)
        port_is_right = parts.port != 0
    except ValueError:
        raise ReconcilerError("the Prometheus URL cannot be read", hint=hint) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise ReconcilerError("the Prometheus URL names no host to ask by http or https", hint=hint)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ReconcilerError(f"the Prometheus URL of {parts.hostname} holds credentials or a query", hint=hint)
    return url.rstrip("/")
