"""A model on the loopback that always gives the same answer and remembers what it was asked, in four protocols."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from tests.support.model_answers import answer

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for an answer: its path and its document."""

    path: str
    body: Json

    @property
    def text(self) -> str:
        """Every text of the document in its order, one after the other, each on lines of its own."""
        return "\n".join(texts(self.body))


@dataclass(slots=True)
class Model:
    """What the loopback model was asked, and what it will answer.

    Attributes:
        url: Where it listens, without a final slash.
        commands: Shell commands that it wants to run at once before it gives its answer.
        asked: The requests so far.
    """

    url: str
    commands: tuple[str, ...] = ()
    asked: list[Asked] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All it has seen."""
        return "\n".join(one.text for one in self.asked)


@contextmanager
def model_stub(*commands: str) -> Iterator[Model]:
    """Listen on a free port of the loopback until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    model = Model(f"http://127.0.0.1:{server.server_address[1]}", commands)
    _Handler.models[server.server_address[1]] = model
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()


def texts(value: object) -> Iterator[str]:
    """Give every text of a document in its order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    models: ClassVar[dict[int, Model]] = {}

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._send(b"", "text/plain")

    def do_GET(self) -> None:
        self._send(b'{"object": "list", "data": []}', "application/json")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        model = self.models[self.server.server_address[1]]  # type: ignore[index] # an address of the internet family
        model.asked.append(Asked(self.path, body))
        whole, events = answer(self.path.partition("?")[0], body, _wanted(body, model.commands))
        if body.get("stream") or ":stream" in self.path:
            self._send("".join(events).encode(), "text/event-stream")
        else:
            self._send(json.dumps(whole).encode(), "application/json")

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _wanted(body: Json, commands: tuple[str, ...]) -> tuple[str, ...]:
    """Give the commands as long as tools are offered and none has answered yet."""
    results = ('"tool_result"', '"functionResponse"', '"function_call_output"', '"role": "tool"')
    document = json.dumps(body)
    return commands if body.get("tools") and not any(one in document for one in results) else ()
