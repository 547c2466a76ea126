"""Asks a Prometheus within one deadline, always about explicit moments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Self

from prometheus_api_client import PrometheusConnect

from reconciler.adapters.bodies import LARGEST_BODY
from reconciler.adapters.http import GuardedSession, credentials, printable
from reconciler.adapters.rows import Table, Whose, rows, table
from reconciler.adapters.slicing import Grid
from reconciler.errors import SourceFault

CREDENTIALS = "RECONCILER_METRICS"
"""Prefix of the environment variables that hold the credentials: ``_TOKEN``, or ``_USERNAME`` and ``_PASSWORD``."""

_A_MIGRATION = 128 * 1024
"""Bytes of an answer that one busy migration may add: two sides, a day by the minute, most of its buckets."""

_MILLISECOND = timedelta(milliseconds=1)
_SHAPES = ("vector", "matrix")


class Asker:
    """One conversation with a Prometheus.

    Args:
        url: Where it is.
        grid: The slices to ask about.
        timeout: The time for all questions together, from now.
    """

    def __init__(self, url: str, grid: Grid, timeout: timedelta) -> None:
        self.grid = grid
        self._url = url
        self._timeout = timeout
        self._session = GuardedSession(
            within=timeout,
            inspect=_inspect,
            auth=credentials(os.environ, CREDENTIALS),
            largest=max(LARGEST_BODY, _A_MIGRATION * len(grid.lengths)),
        )
        self._connect = PrometheusConnect(url=url, session=self._session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def over_time(self, what: str, query: str, whose: Whose, by: tuple[str, ...] = ()) -> Table:
        """Ask for counts in every slice of the grid.

        Args:
            what: What is asked for, in the words of a fault.
            query: PromQL.
            whose: Says whose a row is.
            by: The labels to tell apart, besides those.

        Raises:
            SourceFault: There is no whole, timely answer of the right shape.
        """
        if not self.grid.empty:
            return Table()
        params = {"start": _moment(self.grid.empty[-1].end), "end": _moment(self.grid.at), **self._limit()}
        step = f"{self.grid.step.total_seconds():.3f}"
        try:
            # The library rounds both ends to whole seconds; params has the last word.
            result = self._connect.custom_query_range(query, self.grid.begin, self.grid.at, step, params=params)
            return table(rows(result), whose, by, self.grid.place, counts=True)
        except SourceFault as fault:
            raise self._named(what, fault) from None

    def now(self, what: str, query: str, whose: Whose, by: tuple[str, ...] = (), *, counts: bool = True) -> Table:
        """Ask for the pass's one moment; ``counts`` says that a negative number is nonsense.

        Raises:
            SourceFault: As ``over_time``.
        """
        try:
            result = self._connect.custom_query(query, params={"time": _moment(self.grid.at), **self._limit()})
            return table(rows(result), whose, by, self.grid.place, counts=counts)
        except SourceFault as fault:
            raise self._named(what, fault) from None

    def _limit(self) -> dict[str, str]:
        return {"timeout": f"{self._timeout // _MILLISECOND}ms"}

    def _named(self, what: str, fault: SourceFault) -> SourceFault:
        return SourceFault(f"{self._url}: {what}: {fault.message}", hint=fault.hint)


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
