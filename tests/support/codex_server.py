"""Talks to `codex app-server` over its pipes: what Codex has loaded, and what its own importer would write."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from tests.support.desk import LONGEST, Desk

Json = dict[str, Any]


@dataclass(slots=True)
class CodexServer:
    """One running server.

    Attributes:
        notes: What it said without being asked.
    """

    process: subprocess.Popen[str]
    lines: queue.Queue[str]
    notes: list[Json] = field(default_factory=list)
    calls: int = 0

    def call(self, method: str, **parameters: Any) -> Json:
        """Ask, and wait for the answer; an error fails the test."""
        self.calls += 1
        self._send({"jsonrpc": "2.0", "id": self.calls, "method": method, "params": parameters})
        while True:
            message = self._next()
            if message.get("id") == self.calls and "method" not in message:
                assert "error" not in message, message
                result: Json = message["result"]
                return result
            self.notes.append(message)

    def tell(self, method: str) -> None:
        """Say something that has no answer."""
        self._send({"jsonrpc": "2.0", "method": method})

    def wait_for(self, method: str) -> Json:
        """Wait until it says this without being asked."""
        while True:
            for note in self.notes:
                if note.get("method") == method:
                    return note
            self.notes.append(self._next())

    def _send(self, message: Json) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def _next(self) -> Json:
        line = self.lines.get(timeout=LONGEST)
        assert line, "codex app-server ended"
        message: Json = json.loads(line)
        return message


@contextmanager
def codex_server(desk: Desk) -> Iterator[CodexServer]:
    """Run the server in a project until the block ends."""
    process = desk.start("codex", "app-server")
    assert process.stdout
    assert process.stderr
    lines: queue.Queue[str] = queue.Queue()
    for stream, readers in ((process.stdout, lines), (process.stderr, queue.Queue())):
        threading.Thread(target=_forward, args=(stream, readers), daemon=True).start()
    server = CodexServer(process, lines)
    try:
        client = {"name": "oracle", "version": "1"}
        server.call("initialize", clientInfo=client, capabilities={"experimentalApi": True})
        server.tell("initialized")
        yield server
    finally:
        process.terminate()
        process.wait(LONGEST)
        desk.end_leftovers()


def codex_config(server: CodexServer, desk: Desk) -> Json:
    """Give the configuration as Codex has read and joined it, without what nobody has set."""
    answer = server.call("config/read", cwd=str(desk.project), includeLayers=False)
    config: Json = _said(answer["config"])
    return config


def codex_hooks(server: CodexServer, desk: Desk) -> tuple[list[Json], list[str]]:
    """Give the hooks of the project, and what Codex complains of."""
    [found] = server.call("hooks/list", cwds=[str(desk.project)])["data"]
    return found["hooks"], [str(one) for one in [*found["warnings"], *found["errors"]]]


def codex_skills(server: CodexServer, desk: Desk) -> tuple[dict[str, Json], list[str]]:
    """Give the skills of the project by name, and what Codex complains of."""
    [found] = server.call("skills/list", cwds=[str(desk.project)])["data"]
    return {one["name"]: one for one in found["skills"] if one["scope"] == "repo"}, [str(e) for e in found["errors"]]


def codex_import(server: CodexServer, desk: Desk) -> Json:
    """Let Codex's own importer bring the project over from Claude Code; gives its report."""
    found = server.call("externalAgentConfig/detect", cwds=[str(desk.project)], includeHome=False)
    if not found["items"]:
        return {}
    server.call("externalAgentConfig/import", migrationItems=found["items"])
    return server.wait_for("externalAgentConfig/import/completed")


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: said for key, member in value.items() if (said := _said(member)) not in (None, {}, [])}
    return value


def _forward(stream: IO[str], lines: queue.Queue[str]) -> None:
    for line in stream:
        lines.put(line)
    lines.put("")
