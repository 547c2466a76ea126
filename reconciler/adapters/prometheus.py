"""Observes migrations through a Prometheus: one query an indicator, for all migrations of an environment together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from prometheus_api_client import PrometheusConnect

from reconciler.adapters import promql
from reconciler.adapters.http import GuardedSession, credentials, printable
from reconciler.adapters.rows import Row, Table, rows, table
from reconciler.adapters.sides import Answers, NewestSamples, side_of
from reconciler.adapters.slicing import Grid
from reconciler.errors import ReconcilerError, SourceFault
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Observations, Unknown
from reconciler.model.stage import Side

CREDENTIALS = "RECONCILER_METRICS"
"""Prefix of the environment variables that hold the credentials: ``_TOKEN``, or ``_USERNAME`` and ``_PASSWORD``."""

_STALE_STEPS = 3
_STALE_AT_LEAST = timedelta(seconds=90)
_MILLISECOND = timedelta(milliseconds=1)
_SHAPES = ("vector", "matrix")


class PrometheusSource:
    """A Prometheus, or anything with its query API.

    Args:
        url: Where it is, ``http://prometheus.monitoring:9090``; without credentials, query and fragment.
        environment: The value of the ``environment`` label that belongs to this environment.
        queries: PromQL by indicator; each returns one row for every environment, migration and side.
        timeout: The time for all queries of one observation together.

    Raises:
        ReconcilerError: The URL is none that we would ask.
    """

    def __init__(self, url: str, environment: str, queries: Mapping[str, str], timeout: timedelta) -> None:
        self._url = _checked(url)
        self._environment = environment
        self._queries = queries
        self._timeout = timeout

    def observe(
        self, starts: Mapping[MigrationId, datetime], *, at: datetime, step: timedelta
    ) -> Mapping[MigrationId, Observations]:
        """Ask what both sides of every migration did.

        A side is Unknown, with the reason, when it has no series, when its newest sample is older than three steps
        (and older than 90 seconds, because many scrape once a minute), or when one of its numbers is nonsense.

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
        with _Client(self._url, self._environment, self._timeout, grid) as client:
            answers = _answers(client, self._environment, self._queries, step)
        return {
            migration: Observations(
                step, side_of(answers, grid, migration, Side.SOURCE), side_of(answers, grid, migration, Side.TARGET)
            )
            for migration in starts
        }


class _Client:
    """Asks within one deadline, always about explicit moments."""

    def __init__(self, url: str, environment: str, timeout: timedelta, grid: Grid) -> None:
        self._url = url
        self._environment = environment
        self._grid = grid
        self._timeout = timeout
        self._session = GuardedSession(within=timeout, inspect=_inspect, auth=credentials(os.environ, CREDENTIALS))
        self._connect = PrometheusConnect(url=url, session=self._session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def over_time(self, what: str, query: str, label: str) -> Table:
        """Ask for every slice of the grid."""
        if not self._grid.empty:
            return Table()
        params = {"start": _moment(self._grid.empty[-1].end), "end": _moment(self._grid.at), **self._limit()}
        step = f"{self._grid.step.total_seconds():.3f}"
        try:
            # The library rounds both ends to whole seconds; params has the last word.
            result = self._connect.custom_query_range(query, self._grid.begin, self._grid.at, step, params=params)
            return self._table(rows(result), label, counts=True)
        except SourceFault as fault:
            raise self._named(what, fault) from None

    def now(self, what: str, query: str, label: str = "", *, counts: bool = False) -> Table:
        """Ask for the pass's one moment."""
        try:
            result = self._connect.custom_query(query, params={"time": _moment(self._grid.at), **self._limit()})
            return self._table(rows(result), label, counts=counts)
        except SourceFault as fault:
            raise self._named(what, fault) from None

    def _table(self, found: Iterable[Row], label: str, *, counts: bool) -> Table:
        return table(found, self._environment, label, self._grid.place, counts=counts)

    def _limit(self) -> dict[str, str]:
        return {"timeout": f"{self._timeout // _MILLISECOND}ms"}

    def _named(self, what: str, fault: SourceFault) -> SourceFault:
        return SourceFault(f"{self._url}: {what}: {fault.message}", hint=fault.hint)


def _answers(client: _Client, environment: str, queries: Mapping[str, str], step: timedelta) -> Answers:
    newest = client.now("newest samples", promql.newest_samples(environment), "indicator", counts=True)
    tasks = client.over_time(promql.TASKS, promql.increases(promql.TASKS, environment, step, by="outcome"), "outcome")
    cost = client.over_time(promql.COST, promql.increases(promql.COST, environment, step), "")
    durations = client.over_time(promql.DURATIONS, promql.bucket_increases(environment, step), "le")
    readings = {name: _reading(client, name, query) for name, query in queries.items()}
    return Answers(
        tasks=tasks,
        cost=cost,
        durations=durations,
        newest=NewestSamples(newest, oldest=max(_STALE_STEPS * step, _STALE_AT_LEAST)),
        readings=readings,
    )


def _reading(client: _Client, name: str, query: str) -> Table | Unknown:
    # A mistake in one team's query must not blind the checks that need no such query.
    try:
        return client.now(f"query {name}", query)
    except SourceFault as fault:
        return Unknown(fault.message)


def _inspect(document: object) -> None:
    """Refuse what the client library would pass on as an empty or a whole answer."""
    if not isinstance(document, dict):
        raise SourceFault("the answer is no object, expected status and data")
    if document.get("status") != "success":
        raise SourceFault(f"the answer's status is {_said(document, 'status')}: {_said(document, 'error')}")
    if document.get("warnings"):
        raise SourceFault(f"the answer is partial: {_said(document, 'warnings')}")
    data = document.get("data")
    if not isinstance(data, dict) or data.get("resultType") not in _SHAPES or "result" not in data:
        raise SourceFault("the answer holds no series, expected a vector or a matrix")


def _said(document: Mapping[str, object], key: str) -> str:
    return printable(str(document.get(key, "missing")))


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).timestamp():.3f}"


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
