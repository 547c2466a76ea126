"""Says when something was last seen in a Prometheus, and whether that is lately enough."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.adapters import promql
from reconciler.adapters.asking import Asker
from reconciler.adapters.rows import Key, Table, Whose
from reconciler.errors import SourceFault
from reconciler.model.observation import Unknown

_STALE_STEPS = 3
_STALE_AT_LEAST = timedelta(seconds=90)
_ROUNDED = 0.001
"""Seconds: we ask in milliseconds, so a sample may lie that much behind the moment asked for."""


@dataclass(frozen=True, slots=True)
class NewestSamples:
    """When each side, or whatever else is asked for, was last seen.

    Attributes:
        at: The pass's one moment.
        newest: Seconds since 1970 by key and metric, of those that are seen now.
        gone: The same for those that are not seen now but were within a day, of the first metric.
        oldest: How old a newest sample may be.
    """

    at: datetime
    newest: Table
    gone: Table
    oldest: timedelta

    def of(self, key: Key, metric: str) -> float | Unknown | None:
        """Say when a metric was last seen; None when it is not seen now, Unknown when that cannot be trusted."""
        if doubt := self.newest.doubt(key):
            return Unknown(doubt.reason)
        seconds = self.newest.at(key).get(metric)
        if seconds is None:
            return None
        age, limit = self.at.timestamp() - seconds, self.oldest.total_seconds()
        if age < -_ROUNDED:
            return Unknown(f"{metric}: the newest sample lies {-age:.3g} s in the future")
        if age > limit:
            seen = datetime.fromtimestamp(seconds, UTC)
            return Unknown(f"{metric}: the newest sample is {age:.0f} s old, expected at most {limit:.0f} s", seen)
        return seconds

    def before_it_went(self, key: Key) -> datetime | None:
        """Say when something was last seen that is gone; None when nobody knows."""
        seconds = self.gone.at(key).get("")
        return datetime.fromtimestamp(seconds, UTC) if seconds and seconds <= self.at.timestamp() else None


def newest_samples(
    asker: Asker, metrics: Sequence[str], scope: promql.Scope, *, by: str, whose: Whose, keys: Collection[Key]
) -> NewestSamples:
    """Ask when each metric was last seen; a sample may be three steps old, and 90 s, as many scrape once a minute.

    Args:
        asker: Asks.
        metrics: The counters; what lacks the first one is gone.
        scope: Whose.
        by: The labels to tell apart.
        whose: Reads them off a row.
        keys: All that should be there. When something is missing, a look back at a whole day finds out since when.

    Raises:
        SourceFault: There is no whole, timely answer of the right shape.
    """
    newest = asker.now("newest samples", promql.newest_samples(metrics, scope, by=by), whose, ("indicator",))
    gone = Table()
    if not all(metrics[0] in newest.at(key) for key in keys):
        try:
            gone = asker.now("last seen", promql.last_seen(metrics[0], scope, by=by), whose)
        except SourceFault:
            # It only says since when nothing is known; that nothing is known stands without it.
            gone = Table()
    oldest = max(_STALE_STEPS * asker.grid.step, _STALE_AT_LEAST)
    return NewestSamples(asker.grid.at, newest, gone, oldest)
