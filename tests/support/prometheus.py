"""Starts a real Prometheus on a history that is written beforehand, so that every sample and every moment is known."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

_PROGRAMS = ("prometheus", "promtool")
_READY_WITHIN = 30.0


def need_prometheus() -> None:
    """Skip when the programs are missing; fail instead where REQUIRE_REAL says that they must be there."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if not missing:
        return
    reason = f"{' and '.join(missing)} not on PATH; tests/install-prometheus installs them on Debian"
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def open_metrics(families: Mapping[str, Iterable[tuple[str, float, float]]]) -> str:
    """Write samples as OpenMetrics text.

    Args:
        families: For each counter, named without ``_total``, its samples: the series with its labels as it stands
            in the text, the moment in seconds since 1970, the value.
    """
    lines = []
    for family, samples in families.items():
        lines.append(f"# TYPE {family} {'histogram' if family.endswith('_seconds') else 'counter'}")
        lines += [f"{series} {value!r} {moment:.3f}" for series, moment, value in samples]
    return "\n".join([*lines, "# EOF", ""])


def free_port() -> int:
    """Give a loopback port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def prometheus_on(history: str, folder: Path) -> Iterator[str]:
    """Run a Prometheus that knows this history and scrapes nothing; gives its URL."""
    need_prometheus()
    (folder / "history.txt").write_text(history, encoding="utf-8")
    backfill(folder / "history.txt", folder)
    with prometheus_in(folder) as url:
        yield url


def backfill(history: Path, folder: Path) -> None:
    """Add a history to the data of the Prometheus that will run in this folder."""
    to_blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run([*to_blocks, history, folder / "data"], check=True, capture_output=True)


@contextmanager
def prometheus_in(folder: Path) -> Iterator[str]:
    """Run a Prometheus on the data in this folder; gives its URL."""
    (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
    port = free_port()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--storage.tsdb.retention.time=100y",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, server, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=_READY_WITHIN)


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline and server.poll() is None:
            try:
                if session.get(f"{url}/-/ready", timeout=1).ok:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.05)
    pytest.fail(f"Prometheus was not ready within {_READY_WITHIN:.0f} s:\n{log.read_text(encoding='utf-8')[-2000:]}")
