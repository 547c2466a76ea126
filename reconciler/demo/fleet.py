"""Starts the agents' process, knows where each side listens, and switches how it works."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from reconciler.demo.waiting import DemoError, wait_for
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Side

_PATIENCE = 20.0


class Fleet:
    """Both sides of several agents, for the length of a ``with`` block.

    Args:
        folder: Where their addresses and their log are written.
        migrations: Whose agents.
        ledger: Where they write their outcomes; None when they expose metrics instead.
    """

    def __init__(self, folder: Path, migrations: list[MigrationId], *, ledger: Path | None) -> None:
        self._addresses = folder / "addresses.json"
        self._log = folder / "agents.log"
        where = ["--addresses", str(self._addresses), *(["--ledger", str(ledger)] if ledger else [])]
        self._command = [sys.executable, "-m", "reconciler.demo.agents", *where, *map(str, migrations)]
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Start them and wait until all of them listen.

        Raises:
            DemoError: They did not.
        """
        self._addresses.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program and our own arguments
                self._command, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        try:
            wait_for(self._listens, "the agents listen", within=_PATIENCE, hint=f"their log is {self._log}")
        except BaseException:
            self._stop()
            raise
        self._ports = json.loads(self._addresses.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def address(self, migration: MigrationId, side: Side) -> tuple[str, int]:
        """Give where a side listens."""
        return "127.0.0.1", self._ports[f"{migration}/{side}"]

    def switch(self, migration: MigrationId, side: Side, wanted: Mapping[str, float]) -> None:
        """Change how a side works from now on, over HTTP: ``{"error_rate": 0.3}``.

        Raises:
            DemoError: It refuses.
        """
        connection = http.client.HTTPConnection(*self.address(migration, side), timeout=_PATIENCE)
        try:
            connection.request("POST", "/switch", json.dumps(wanted))
            answer = connection.getresponse()
            said = answer.read().decode()
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise DemoError(f"{migration} {side}: cannot be switched: {said}")

    def _listens(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            said = self._log.read_text(errors="replace").strip().splitlines()
            raise DemoError(f"the agents ended: {said[-1] if said else 'without a word'}", hint=f"see {self._log}")
        return self._addresses.exists()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
