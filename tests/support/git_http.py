"""Serves bare repositories over HTTP by ``git http-backend``, behind a token, as a forge does."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PROTECT_MAIN = """#!/bin/sh
while read -r old new ref; do
  if [ "$ref" = refs/heads/main ]; then
    echo "main is protected: open a pull request" >&2
    exit 1
  fi
done
"""


@dataclass(frozen=True, slots=True)
class Forge:
    """A server of repositories that runs on loopback.

    Attributes:
        url: Its address, without credentials; a repository ``x.git`` of its folder is at ``{url}/x.git``.
        token: The password of every user.
    """

    url: str
    token: str

    @property
    def header(self) -> str:
        """The request header that lets in."""
        return "Authorization: Basic " + base64.b64encode(f"x-access-token:{self.token}".encode()).decode()


def need_http_backend() -> None:
    """Skip without ``git http-backend``; fail instead where REQUIRE_REAL says that it must be there."""
    folder = subprocess.run(["git", "--exec-path"], check=True, capture_output=True, text=True).stdout.strip()
    if shutil.which("git-http-backend", path=folder) is not None:
        return
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail("git http-backend is missing")
    pytest.skip("git http-backend is missing")


def protect_main(bare: Path) -> None:
    """Refuse every push to ``main`` of a bare repository, as a protected branch does."""
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(PROTECT_MAIN)
    hook.chmod(0o755)


@contextmanager
def forge(folder: Path, *, token: str) -> Iterator[Forge]:
    """Serve the bare repositories of a folder; each needs ``http.receivepack=true`` to take pushes.

    Args:
        folder: Where they are.
        token: What lets in, as the password of basic authentication.
    """
    need_http_backend()
    server = _Server(folder, token)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Forge(f"http://127.0.0.1:{server.server_port}", token)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.authorization = "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to ``git http-backend`` by CGI."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, body: bytes) -> None:
        if self.headers.get("Authorization") != self.server.authorization:
            self._reply(401, [("WWW-Authenticate", 'Basic realm="forge"')], b"")
            return
        output = subprocess.run(
            ["git", "http-backend"], input=body, env=self._variables(len(body)), check=True, capture_output=True
        ).stdout
        head, _, content = output.partition(b"\r\n\r\n")
        fields = [(name, value) for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self._reply(status, [field for field in fields if field[0] != "Status"], content)

    def _reply(self, status: int, fields: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)

    def _variables(self, length: int) -> dict[str, str]:
        parts = urlsplit(self.path)
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "x-access-token",
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
