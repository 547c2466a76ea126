"""Keeps the outcomes of tasks in an SQLite database: one row a task, for teams without a Prometheus."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from reconciler.adapters.outcomes import EPOCH, MICROSECOND, OUTCOMES, Row, slices
from reconciler.adapters.slicing import Grid
from reconciler.errors import ReconcilerError, SourceFault
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Observations, SideObservations
from reconciler.model.stage import Side

_SCHEME = "sqlite:///"
_BUSY_SECONDS = 2.0


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
        session: str | None = None,
        tokens: int | None = None,
    ) -> None:
        """Add the outcome of one task; the database is made when it is not there yet, an older one gets the columns.

        Args:
            migration: Whose task it was.
            side: Which side did it.
            outcome: ``completed``, ``failed``, ``error`` or ``timeout``.
            seconds: How long it took; None when unknown.
            cost_usd: US dollars spent; None when unknown.
            at: When it ended.
            session: The session that it belongs to; None when it is one by itself.
            tokens: Tokens used; None when unknown.

        Raises:
            ReconcilerError: A value is none that a task can have.
            SourceFault: The database cannot be written.
        """
        if outcome not in OUTCOMES:
            raise ReconcilerError(f'outcome is "{outcome}", must be one of {", ".join(OUTCOMES)}')
        row = (
            (at - EPOCH) // MICROSECOND,
            migration.environment,
            migration.name,
            side.value,
            outcome,
            _amount("seconds", seconds),
            _amount("cost", cost_usd),
            _named(session),
            _whole("tokens", tokens),
        )
        with self._opened("rwc") as database, database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("BEGIN IMMEDIATE")
            database.execute(_TABLE)
            for column in _missing(database):
                database.execute(f"ALTER TABLE outcomes ADD COLUMN {column} {_LATER[column]}")
            for index in _INDEXES:
                database.execute(index)
            database.execute(_INSERT, row)

    def observe(
        self, starts: Mapping[MigrationId, datetime], *, at: datetime, step: timedelta
    ) -> Mapping[MigrationId, Observations]:
        """Read what both sides of every migration did, in one query.

        A task counts where it started, and not at all when it, or the first task of its session, started before its
        migration's start; only what ended up to ``at`` is seen, so that a replay sees what was there. The tasks of one
        session count as one. A side without rows had no tasks: a ledger cannot tell silence from a job that forgot to
        report. Cost, tokens and durations of a slice are None as soon as one of its tasks did not report them, its
        sessions when none did.

        Args:
            starts: Each migration and the moment from which it is observed.
            at: The pass's one moment; what ended later is left out.
            step: The length of a slice.

        Raises:
            SourceFault: The database is missing or cannot be read.
        """
        grid = Grid.of(starts, at=at, step=step)
        found = slices(self._rows(grid), grid)

        def side(migration: MigrationId, side: Side) -> SideObservations:
            return grid.side(migration, found.get((migration, side), {}), {})

        return {one: Observations(step, side(one, Side.SOURCE), side(one, Side.TARGET)) for one in starts}

    def _rows(self, grid: Grid) -> list[Row]:
        bounds = {"begin": (grid.begin - EPOCH) // MICROSECOND, "at": (grid.at - EPOCH) // MICROSECOND}
        with self._opened("ro") as database:
            missing = _missing(database)
            columns = ", ".join(f"NULL AS {column}" if column in missing else column for column in _COLUMNS)
            query = _SELECT if "session" in missing else _SELECT + _OF_LONG_SESSIONS
            rows = database.execute(f"{query.format(columns=columns)}) ORDER BY at, rowid", bounds)
            return [Row(*row) for row in rows]

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


def _whole(name: str, number: int | None) -> int | None:
    if number is None or 0 <= number <= _MOST:
        return number
    raise ReconcilerError(f"{name} is {number}, must be a whole number from 0")


def _named(session: str | None) -> str | None:
    if session is None or (session.isprintable() and 0 < len(session) <= _LONGEST_NAME):
        return session
    raise ReconcilerError(f"session is {session!r}, must be a name of 1 to {_LONGEST_NAME} printable characters")


def _missing(database: sqlite3.Connection) -> tuple[str, ...]:
    """Name the columns that an older ledger lacks; none when there is no ledger at all."""
    known = {name for _, name, *_ in database.execute("PRAGMA table_info(outcomes)")}
    return tuple(column for column in _LATER if known and column not in known)


_MOST = 2**63 - 1
_LONGEST_NAME = 200
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
_LATER = {"session": "TEXT", "tokens": "INTEGER CHECK (tokens IS NULL OR (typeof(tokens) = 'integer' AND tokens >= 0))"}
"""Columns that came later, in this order; each is added where it is missing."""

_COLUMNS = ("at", "environment", "migration", "side", "outcome", "seconds", "cost_usd", "session", "tokens")
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS outcomes_at ON outcomes (at)",
    "CREATE INDEX IF NOT EXISTS outcomes_session ON outcomes (session, at) WHERE session IS NOT NULL",
)
_INSERT = """
INSERT INTO outcomes (at, environment, migration, side, outcome, seconds, cost_usd, session, tokens)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SELECT = "SELECT {columns} FROM outcomes WHERE at <= :at AND (at > :begin"
_OF_LONG_SESSIONS = """
OR session IN (SELECT session FROM outcomes WHERE at > :begin AND at <= :at AND session IS NOT NULL)
"""
