"""Puts together what Istio saw of the requests to one host, by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.adapters.buckets import Layout, is_bound
from reconciler.adapters.freshness import NewestSamples
from reconciler.adapters.istio_requests import Blame, Counts, blame, failed, impossible, worse
from reconciler.adapters.rows import Key, Table
from reconciler.adapters.slicing import Grid
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Route, Slice, Unknown
from reconciler.model.stage import Side

REQUESTS = "istio_requests_total"
DURATIONS = "istio_request_duration_milliseconds_bucket"

CLIENT, SERVER = "source", "destination"
"""The two proxies that see a request, as the label ``reporter`` names them."""

REPORTERS = (CLIENT, SERVER)

_NO_POD = "unknown"
_MILLISECOND = 0.001
_UNCLEAR_AT_MOST = 0.01


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a Prometheus answered about a namespace's services in one pass.

    Attributes:
        grid: The slices asked about.
        routes: The host, versions and weight of each migration.
        services: The name under which its requests are counted.
        newest: When each service was last seen.
        bounds: Which buckets the durations have now, by service, version and reporter.
        requests: Requests that ended, by how, by service, version and reporter.
        durations: Requests that ended within a bucket's bound in milliseconds, likewise.
    """

    grid: Grid
    routes: Mapping[MigrationId, Route]
    services: Mapping[MigrationId, str]
    newest: NewestSamples
    bounds: Table
    requests: Table
    durations: Table

    def side(self, migration: MigrationId, side: Side) -> Mapping[int, Slice] | Unknown:
        """Say what one side did, by slice.

        A version that the mesh never saw had no requests as long as it sees the host's other ones: a proxy counts a
        version only from its first request on. When all requests failed, all that is counted are errors.
        """
        if migration not in self.routes:
            return Unknown("nobody says which host and versions it has: its file is missing or has mistakes")
        host = _Host(self, self.routes[migration], self.services[migration], self.grid.lengths[migration])
        doubt = next(host.doubts(), None)
        return host.slices(side) if doubt is None else doubt


@dataclass(frozen=True, slots=True)
class _Host:
    told: Answers
    route: Route
    name: str
    length: int

    def slices(self, side: Side) -> Mapping[int, Slice]:
        reports = {reporter: self._counts(self._key(side, reporter)) for reporter in REPORTERS}
        reporter = worse(reports)
        counts, unanswered = reports[reporter], self._blame().errors[side]
        buckets = self.told.durations.cells.get(self._key(side, reporter), {})
        bounds = self.told.bounds.at(self._key(side, reporter)) or {
            bound for cell in buckets.values() for bound in cell
        }
        layout = Layout(bounds, unit=_MILLISECOND) if bounds else None
        found = {}
        for ago in counts.keys() | unanswered.keys():
            seen, lost = counts.get(ago, Counts()), unanswered.get(ago, 0)
            durations = layout.histogram(buckets.get(ago, {})) if layout else None
            found[ago] = Slice(
                self.told.grid.end(ago), seen.requests + lost, seen.errors + lost, completed=0, durations=durations
            )
        return found

    def doubts(self) -> Iterator[Unknown]:
        seen = self.told.newest.of((self.name,), REQUESTS)
        if isinstance(seen, Unknown):
            yield seen
        if seen is None:
            gone = self.told.newest.before_it_went((self.name,))
            yield Unknown(f"{REQUESTS}: no sample for host {self.route.host} within the last minutes", gone)
        keys = [self._key(side, reporter) for side in Side for reporter in REPORTERS]
        for key in (*keys, (self.name, _NO_POD, CLIENT)):
            yield from self._nonsense(key)
        if (unclear := self._unclear()) is not None:
            yield unclear

    def _nonsense(self, key: Key) -> Iterator[Unknown]:
        end = self.told.grid.end
        if not all(is_bound(bound) for bound in self.told.bounds.at(key)):
            yield Unknown(f"{DURATIONS}: a bucket's bound is no number")
        for metric, table in ((REQUESTS, self.told.requests), (DURATIONS, self.told.durations)):
            if doubt := table.doubt(key, self.length):
                yield Unknown(f"{metric}: {doubt.reason}", end(doubt.oldest))
        for ago, cell in self.told.requests.cells.get(key, {}).items():
            if ago < self.length and (reason := impossible(cell)):
                yield Unknown(f"{REQUESTS}: {reason}", end(ago))
        for ago, cell in self.told.durations.cells.get(key, {}).items():
            if ago < self.length and not all(is_bound(bound) for bound in cell):
                yield Unknown(f"{DURATIONS}: a bucket's bound is no number", end(ago))

    def _unclear(self) -> Unknown | None:
        keys = [self._key(Side.SOURCE, CLIENT), self._key(Side.TARGET, CLIENT), (self.name, _NO_POD, CLIENT)]
        requests = sum(one.requests for key in keys for one in self._counts(key).values())
        unclear = self._blame().unclear
        if unclear <= _UNCLEAR_AT_MOST * requests:
            return None
        return Unknown(
            f"{REQUESTS}: {unclear} of {requests} requests to {self.route.host} found no pod"
            f' (destination_version="{_NO_POD}") while both versions answered others; nobody can say whose they were'
        )

    def _blame(self) -> Blame:
        no_pod = self._counts((self.name, _NO_POD, CLIENT))
        answered = {
            side: [ago for reporter in REPORTERS for ago in self._answered(self._key(side, reporter))] for side in Side
        }
        unanswered = {ago: counts.errors for ago, counts in no_pod.items() if counts.errors}
        return blame(unanswered, answered, self.route.target_weight)

    def _answered(self, key: Key) -> Iterator[int]:
        for ago, cell in self.told.requests.cells.get(key, {}).items():
            if not all(failed(outcome) for outcome in cell):
                yield ago

    def _counts(self, key: Key) -> Mapping[int, Counts]:
        cells = self.told.requests.cells.get(key, {})
        return {ago: Counts.of(cell) for ago, cell in cells.items() if ago < self.length}

    def _key(self, side: Side, reporter: str) -> Key:
        return self.name, self.route.target if side is Side.TARGET else self.route.source, reporter
