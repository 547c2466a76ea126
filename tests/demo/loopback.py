"""Backends that count what arrives, and clients that keep asking."""

from __future__ import annotations

import http.client
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

HOST = "rex.agents.svc.cluster.local"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    side: str
    cookies: tuple[str, ...]


class Backend(socketserver.ThreadingTCPServer):
    """Answers every request with its name; ``arrived`` holds the host that each one asked for."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, side: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.side = side
        self.arrived: list[str] = []

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.server_address[1])


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        assert isinstance(self.server, Backend)
        answer = f"HTTP/1.1 200 OK\r\nx-side: {self.server.side}\r\ncontent-length: 0\r\n\r\n".encode()
        while self.rfile.readline():
            host = ""
            while (line := self.rfile.readline().strip()) != b"":
                if line.lower().startswith(b"host:"):
                    host = line.partition(b":")[2].decode().strip()
            self.server.arrived.append(host)
            self.wfile.write(answer)


@contextmanager
def backends() -> Iterator[tuple[Backend, Backend]]:
    with Backend("source") as source, Backend("target") as target:
        threads = [threading.Thread(target=backend.serve_forever, args=(0.02,)) for backend in (source, target)]
        for thread in threads:
            thread.start()
        try:
            yield source, target
        finally:
            for backend in (source, target):
                backend.shutdown()
            for thread in threads:
                thread.join()


def ask(port: int, requests: Sequence[Mapping[str, str]], *, until: Callable[[], bool] = lambda: False) -> list[Answer]:
    """Send one request for each mapping of headers, one after another on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    answers = []
    for headers in requests:
        if until():
            break
        connection.request("GET", "/task", headers={"Host": HOST, **headers})
        response = connection.getresponse()
        response.read()
        cookies = tuple(response.headers.get_all("set-cookie", []))
        answers.append(Answer(response.status, response.headers.get("x-side", ""), cookies))
    connection.close()
    return answers


def ask_side_by_side(port: int, requests: Sequence[Mapping[str, str]], *, clients: int = 4) -> list[Answer]:
    with ThreadPoolExecutor(clients) as pool:
        shares = pool.map(lambda client: ask(port, requests[client::clients]), range(clients))
        return [answer for share in shares for answer in share]
