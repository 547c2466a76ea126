"""Adds up the rows of a ledger: tasks become sessions, sessions become what a side did in a slice."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from reconciler.adapters.slicing import Grid
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Samples, Slice
from reconciler.model.stage import Side

OUTCOMES = ("completed", "failed", "error", "timeout")
"""How a task can end; ``error`` and ``timeout`` count as errors."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_ERRORS = ("error", "timeout")
_MICROSECONDS = 1_000_000
_LONGEST = 1e10
"""Seconds; whatever is said to have taken longer began before every migration."""


Key = tuple[MigrationId, Side]


@dataclass(frozen=True, slots=True)
class Row:
    """One task as it was recorded.

    Attributes:
        at: When it ended, in microseconds since 1970.
        outcome: One of ``OUTCOMES``.
        seconds: How long it took; None when unknown.
        cost_usd: US dollars spent; None when unknown.
        session: The session that it belongs to; None when it is one by itself.
        tokens: Tokens used; None when unknown.
    """

    at: int
    environment: str
    migration: str
    side: str
    outcome: str
    seconds: float | None
    cost_usd: float | None
    session: str | None
    tokens: int | None

    @property
    def began(self) -> int:
        """When it started, in microseconds since 1970; when it ended where nobody knows how long it took."""
        return self.at - round(min(self.seconds or 0.0, _LONGEST) * _MICROSECONDS)


def slices(rows: Iterable[Row], grid: Grid) -> Mapping[Key, Mapping[int, Slice]]:
    """Add up what every side did.

    The unit is what was routed: the tasks of one session of one side count as one task, which is an error when any of
    them was, completed when the last one was and none was an error, and which took and cost what they did together. It
    counts in the slice in which it started (a session when its first task did), because its side and the share of
    traffic in force were settled then.

    Args:
        rows: The tasks in the order in which they ended; of a session that is seen at all, every one.
        grid: The slices.

    Returns:
        By migration and side: the slices in which something started, 0 being the newest.
    """
    units: dict[Key, dict[int, list[list[Row]]]] = defaultdict(lambda: defaultdict(list))
    for unit in _units(rows):
        key = MigrationId(unit[0].environment, unit[0].migration), Side(unit[0].side)
        began = EPOCH + min(row.began for row in unit) * MICROSECOND
        units[key][grid.ago(began)].append(unit)
    return {
        key: {ago: _slice(grid.end(ago), started) for ago, started in cells.items()} for key, cells in units.items()
    }


def _units(rows: Iterable[Row]) -> Iterator[list[Row]]:
    alone = count()
    units: dict[tuple[str, str, str, str | int], list[Row]] = defaultdict(list)
    for row in rows:
        session = next(alone) if row.session is None else row.session
        units[row.environment, row.migration, row.side, session].append(row)
    yield from units.values()


def _slice(end: datetime, units: Sequence[Sequence[Row]]) -> Slice:
    failed = [any(row.outcome in _ERRORS for row in unit) for unit in units]
    seconds = _reported([[row.seconds for row in unit] for unit in units])
    costs = _reported([[row.cost_usd for row in unit] for unit in units])
    tokens = _reported([[row.tokens for row in unit] for unit in units])
    sessions = sum(unit[0].session is not None for unit in units)
    return Slice(
        end=end,
        tasks=len(units),
        errors=sum(failed),
        completed=sum(unit[-1].outcome == "completed" and not error for unit, error in zip(units, failed, strict=True)),
        cost_usd=None if costs is None else math.fsum(costs),
        durations=None if seconds is None else Samples(seconds),
        costs=costs,
        tokens=None if tokens is None else round(math.fsum(tokens)),
        sessions=sessions or None,
    )


def _reported(units: Sequence[Sequence[float | None]]) -> tuple[float, ...] | None:
    """Add up each unit's numbers; None as soon as one of them was not reported."""
    known = [[number for number in unit if number is not None] for unit in units]
    if [len(unit) for unit in known] != [len(unit) for unit in units]:
        return None
    return tuple(math.fsum(unit) for unit in known)
