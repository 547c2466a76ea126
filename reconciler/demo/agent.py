"""One side of an agent as a small server: a POST is a task, and errors, latency and cost are switched over HTTP."""

from __future__ import annotations

import json
import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from reconciler.model.migration import MigrationId
from reconciler.model.stage import Side

LONGEST_BODY = 4096
"""Bytes; what a task or a switch says is short."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """How an agent works until it is switched.

    Attributes:
        error_rate: Which part of its tasks ends in an error, 0 to 1.
        seconds: How long a task takes on average; single ones take a third less to a third more.
        cost_usd: US dollars that a task costs.
    """

    error_rate: float = 0.0
    seconds: float = 0.045
    cost_usd: float = 0.02

    def switched(self, wanted: Mapping[str, object]) -> Conduct:
        """Give the conduct after a switch.

        Raises:
            ValueError: A name or a number is none that an agent can have.
        """
        numbers: dict[str, float] = {}
        for name, value in wanted.items():
            most = _MOST.get(name)
            if most is None or not isinstance(value, int | float) or not 0 <= value <= most:
                known = ", ".join(f"{known} (0 to {limit:g})" for known, limit in _MOST.items())
                raise ValueError(f"{name} is {value!r}, expected one of {known}")
            numbers[name] = float(value)
        return replace(self, **numbers)


@dataclass(frozen=True, slots=True)
class TaskDone:
    """One task that ended.

    Attributes:
        outcome: ``completed`` or ``error``.
        seconds: How long it took, measured.
        cost_usd: US dollars spent.
        new_session: Whether it came without the cookie of a session.
    """

    migration: MigrationId
    side: Side
    outcome: str
    seconds: float
    cost_usd: float
    new_session: bool


Record = Callable[[TaskDone], None]


class AgentServer(ThreadingHTTPServer):
    """One side of one agent on a free port of loopback.

    Args:
        migration: Whose agent it is.
        side: Which side it is.
        record: Takes every task that ended.
        exposition: Gives its metrics as text; None when they go elsewhere.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, migration: MigrationId, side: Side, record: Record, exposition: Callable[[], bytes] | None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._migration = migration
        self._side = side
        self._record = record
        self._lock = threading.Lock()
        self._conduct = Conduct()
        self.exposition = exposition

    def switch(self, wanted: Mapping[str, object]) -> Conduct:
        """Change how it works from now on.

        Raises:
            ValueError: A name or a number is none that an agent can have.
        """
        with self._lock:
            self._conduct = self._conduct.switched(wanted)
            return self._conduct

    def work(self, *, new_session: bool) -> dict[str, object]:
        """Do one task and record it; gives what the caller is told."""
        conduct = self._conduct
        began = time.monotonic()
        time.sleep(conduct.seconds * random.uniform(2 / 3, 4 / 3))  # noqa: S311 - chance, no secret
        outcome = "error" if random.random() < conduct.error_rate else "completed"  # noqa: S311 - the same
        took = time.monotonic() - began
        self._record(TaskDone(self._migration, self._side, outcome, took, conduct.cost_usd, new_session))
        return {"agent": self._migration.name, "side": self._side.value, "outcome": outcome}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: AgentServer

    def do_POST(self) -> None:
        """Serve a task or a switch."""
        body = self.rfile.read(min(LONGEST_BODY, int(self.headers.get("content-length", 0))))
        match self.path:
            case "/tasks":
                done = self.server.work(new_session="cookie" not in self.headers)
                self._answer(500 if done["outcome"] == "error" else 200, done)
            case "/switch":
                self._switch(body)
            case _:
                self._answer(404, {"error": "there is /tasks and /switch"})

    def do_GET(self) -> None:
        """Serve the metrics."""
        if self.path == "/metrics" and self.server.exposition is not None:
            self._send(200, "text/plain; version=0.0.4; charset=utf-8", self.server.exposition())
        else:
            self._answer(404, {"error": "there is nothing to get here"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the library
        """Say nothing: every request would be a line."""

    def _switch(self, body: bytes) -> None:
        try:
            wanted: Any = json.loads(body)
            self._answer(200, asdict(self.server.switch(wanted)))
        except (ValueError, AttributeError) as error:
            self._answer(400, {"error": str(error)})

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        self._send(status, "application/json", json.dumps(document).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_MOST = {"error_rate": 1.0, "seconds": 60.0, "cost_usd": math.inf}
