"""A loopback server that answers like a Prometheus, until it is told to misbehave."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

JSON_TYPE = "application/json"

Answer = Callable[["Asked"], bytes]
Behaviour = Callable[["Asked"], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in, and how to answer it byte by byte.

    Attributes:
        path: Without the query.
        parameters: The decoded query.
        headers: By lower-case name.
        send: Writes bytes to the client at once.
        stopped: Set when the test is over; whoever waits, waits for this.
    """

    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    send: Callable[[bytes], None]
    stopped: threading.Event

    @property
    def query(self) -> str:
        return self.parameters["query"]

    @property
    def moments(self) -> list[float]:
        """The moments that the query is asked for."""
        if "time" in self.parameters:
            return [float(self.parameters["time"])]
        start, end, step = (float(self.parameters[name]) for name in ("start", "end", "step"))
        return [start + index * step for index in range(round((end - start) / step) + 1)]


@dataclass
class FaultServer:
    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def serving(behave: Behaviour) -> Iterator[FaultServer]:
    """Run the server; each connection carries one request."""
    stopped = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            target = self.rfile.readline().decode().split(" ")[1]
            headers = dict(_header(line) for line in iter(self.rfile.readline, b"\r\n"))
            parameters = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}

            def send(data: bytes) -> None:
                self.wfile.write(data)
                self.wfile.flush()

            asked = Asked(urlsplit(target).path, parameters, headers, send, stopped)
            server.asked.append(asked)
            with suppress(ConnectionError):
                behave(asked)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as listener:
        server = FaultServer(f"http://127.0.0.1:{listener.server_address[1]}")
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            stopped.set()
            listener.shutdown()


def http(
    body: bytes, *, status: str = "200 OK", kind: str = JSON_TYPE, length: int | None = None, more: str = ""
) -> bytes:
    """Write an answer; ``more`` holds further header lines, each with its line end."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}Connection: close\r\n\r\n"
    return head.encode() + body


def success(asked: Asked, result: Sequence[object], **more: object) -> bytes:
    """Write what Prometheus answers when all is well."""
    shape = "matrix" if asked.path.endswith("_range") else "vector"
    return json.dumps({"status": "success", "data": {"resultType": shape, "result": result}, **more}).encode()


def series(asked: Asked, values: Sequence[str], **labels: str) -> dict[str, object]:
    """Write one series of the answer, with one value for each moment asked for."""
    points = [[moment, value] for moment, value in zip(asked.moments, values, strict=True)]
    metric = {"environment": "prod", "migration": "rex", **labels}
    return (
        {"metric": metric, "values": points}
        if asked.path.endswith("_range")
        else {"metric": metric, "value": points[0]}
    )


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode().partition(":")
    return name.lower(), value.strip()
