"""Writes the outcomes of tasks to a ledger, behind a queue, so that no task waits for a disk."""

from __future__ import annotations

import queue
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from reconciler.adapters.ledger import Ledger
from reconciler.demo.agent import TaskDone

_Entry = tuple[datetime, TaskDone]


class Bookkeeper:
    """Keeps one ledger for several agents.

    Args:
        database: The SQLite file; it is made with the first task.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._ledger = Ledger(f"sqlite:///{database}")
        self._waiting: queue.SimpleQueue[_Entry] = queue.SimpleQueue()
        threading.Thread(target=self._write_all, daemon=True).start()

    def record(self, done: TaskDone) -> None:
        """Take one task; its moment is now, also when it is written later."""
        self._waiting.put((datetime.now(UTC), done))

    def _write_all(self) -> None:
        self._write(self._waiting.get())
        # As long as somebody has the file open, SQLite need not clean up after every task, which takes ten times as
        # long as the task's own row.
        with closing(sqlite3.connect(self._database)) as open_all_the_time:
            open_all_the_time.execute("SELECT count(*) FROM outcomes").fetchone()
            while True:
                self._write(self._waiting.get())

    def _write(self, entry: _Entry) -> None:
        at, done = entry
        self._ledger.record(
            done.migration, done.side, done.outcome, seconds=done.seconds, cost_usd=done.cost_usd, at=at
        )
