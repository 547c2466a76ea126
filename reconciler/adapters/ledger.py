"""Keeps the outcomes of tasks in an SQLite database: one row a task, for teams without a Prometheus."""

from __future__ import annotations

import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from reconciler.adapters.slicing import Grid
from reconciler.errors import ReconcilerError, SourceFault
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Observations, Samples, SideObservations, Slice
from reconciler.model.stage import Side

OUTCOMES = ("completed", "failed", "error", "timeout")
"""How a task can end; ``error`` and ``timeout`` count as errors."""

_ERRORS = ("error", "timeout")
_SCHEME = "sqlite:///"
_BUSY_SECONDS = 2.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TABLE = """
CREATE TABLE IF NOT EXISTS outcomes (
    at INTEGER NOT NULL CHECK (typeof(at) = 'integer'),  -- microseconds since 1970, UTC
    environment TEXT NOT NULL,
    migration TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('source', 'target')),
    outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'failed', 'error', 'timeout')),
    seconds REAL CHECK (seconds IS NULL OR (typeof(seconds) = 'real' AND seconds >= 0)),
    cost_usd REAL CHECK (cost_usd IS NULL OR (typeof(cost_usd) = 'real' AND cost_usd >= 0))
)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS outcomes_at ON outcomes (at)"
_INSERT = "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?)"
_SELECT = """
SELECT at, environment, migration, side, outcome, seconds, cost_usd FROM outcomes WHERE at > ? AND at <= ? ORDER BY at
"""

_Row = tuple[int, str, str, str, str, float | None, float | None]
_Key = tuple[MigrationId, Side]


class Ledger:
    """A ledger database.

    Args:
        url: ``sqlite:///outcomes.db`` relative to the working directory, ``sqlite:////var/lib/outcomes.db`` absolute.

    Raises:
        ReconcilerError: The URL is no such URL.
    """

    def __init__(self, url: str) -> None:
        self._path = _path(url)

    def record(
        self,
        migration: MigrationId,
        side: Side,
        outcome: str,
        *,
        seconds: float | None,
        cost_usd: float | None,
        at: datetime,
    ) -> None:
        """Add the outcome of one task; the database is made when it is not there yet.

        Args:
            migration: Whose task it was.
            side: Which side did it.
            outcome: ``completed``, ``failed``, ``error`` or ``timeout``.
            seconds: How long it took; None when unknown.
            cost_usd: US dollars spent; None when unknown.
            at: When it ended.

        Raises:
            ReconcilerError: A value is none that a task can have.
            SourceFault: The database cannot be written.
        """
        if outcome not in OUTCOMES:
            raise ReconcilerError(f'outcome is "{outcome}", must be one of {", ".join(OUTCOMES)}')
        row = (
            (at - _EPOCH) // _MICROSECOND,
            migration.environment,
            migration.name,
            side.value,
            outcome,
            _amount("seconds", seconds),
            _amount("cost", cost_usd),
        )
        with self._opened("rwc") as database, database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(_TABLE)
            database.execute(_INDEX)
            database.execute(_INSERT, row)

    def observe(
        self, starts: Mapping[MigrationId, datetime], *, at: datetime, step: timedelta
    ) -> Mapping[MigrationId, Observations]:
        """Read what both sides of every migration did, in one query.

        A side without rows had no tasks: a ledger cannot tell silence from a job that forgot to report. Cost and
        durations of a slice are None as soon as one of its tasks did not report them.

        Args:
            starts: Each migration and the moment from which it is observed.
            at: The pass's one moment; what ended later is left out.
            step: The length of a slice.

        Raises:
            SourceFault: The database is missing or cannot be read.
        """
        grid = Grid.of(starts, at=at, step=step)
        cells: dict[_Key, dict[int, list[_Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self._rows(grid):
            key = MigrationId(row[1], row[2]), Side(row[3])
            cells[key][grid.ago(_EPOCH + row[0] * _MICROSECOND)].append(row)
        return {migration: Observations(step, *_sides(grid, migration, cells)) for migration in starts}

    def _rows(self, grid: Grid) -> list[_Row]:
        bounds = ((grid.begin - _EPOCH) // _MICROSECOND, (grid.at - _EPOCH) // _MICROSECOND)
        with self._opened("ro") as database:
            rows: list[_Row] = database.execute(_SELECT, bounds).fetchall()
        return rows

    @contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        if mode == "ro" and not self._path.exists():
            raise SourceFault(
                f"{self._path}: no ledger there",
                hint="the first `reconciler record` makes it; is metrics.ledger in environment.yaml the same path?",
            )
        try:
            address = f"file:{quote(str(self._path))}?mode={mode}"
            with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as database:
                yield database
        except (sqlite3.Error, OverflowError) as error:
            raise SourceFault(f"{self._path}: the ledger cannot be used: {error}") from error


def _path(url: str) -> Path:
    if not url.startswith(_SCHEME) or len(url) == len(_SCHEME):
        raise ReconcilerError(
            f'ledger is "{url}", expected sqlite:/// and a path',
            hint="sqlite:///outcomes.db is relative, sqlite:////var/lib/outcomes.db absolute",
        )
    return Path(url.removeprefix(_SCHEME))


def _amount(name: str, number: float | None) -> float | None:
    if number is None or (math.isfinite(number) and number >= 0):
        return None if number is None else float(number)
    raise ReconcilerError(f"{name} is {number}, must be a finite number from 0")


def _sides(
    grid: Grid, migration: MigrationId, cells: Mapping[_Key, Mapping[int, list[_Row]]]
) -> tuple[SideObservations, SideObservations]:
    source, target = (
        {ago: _slice(grid.end(ago), rows) for ago, rows in cells.get((migration, side), {}).items()}
        for side in (Side.SOURCE, Side.TARGET)
    )
    return grid.side(migration, source, {}), grid.side(migration, target, {})


def _slice(end: datetime, rows: list[_Row]) -> Slice:
    seconds = [row[5] for row in rows if row[5] is not None]
    costs = [row[6] for row in rows if row[6] is not None]
    return Slice(
        end=end,
        tasks=len(rows),
        errors=sum(row[4] in _ERRORS for row in rows),
        completed=sum(row[4] == "completed" for row in rows),
        cost_usd=math.fsum(costs) if len(costs) == len(rows) else None,
        durations=Samples(tuple(seconds)) if len(seconds) == len(rows) else None,
    )
