"""Chooses what keeps the agents' outcomes: a real Prometheus when there is one, the SQLite ledger otherwise."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from reconciler.demo.waiting import DemoError, wait_for

SCRAPE_SECONDS = 0.5
_PATIENCE = 30.0
_CONFIGURATION = """\
global: {{scrape_interval: {milliseconds}ms, scrape_timeout: {milliseconds}ms}}
scrape_configs:
  - job_name: agents
    static_configs: [{{targets: ["{address}"]}}]
"""


def find_prometheus() -> str | None:
    """Give the path of a Prometheus that the agents' metrics can go to; None when there is none."""
    return shutil.which("prometheus") if importlib.util.find_spec("prometheus_client") else None


@contextmanager
def running_prometheus(program: str, folder: Path, scraped: tuple[str, int]) -> Iterator[str]:
    """Run a Prometheus with a data folder and a port of its own.

    Args:
        program: Its path.
        folder: Where its configuration, data and log are written.
        scraped: Address and port where all agents expose their metrics.

    Yields:
        Its URL, once it has seen the agents; it looks for what to scrape every five seconds.

    Raises:
        DemoError: It did not start or did not see them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    address = f"{scraped[0]}:{scraped[1]}"
    text = _CONFIGURATION.format(milliseconds=round(SCRAPE_SECONDS * 1000), address=address)
    (folder / "prometheus.yml").write_text(text)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    process = _launch(program, folder, port)
    try:
        wait_for(
            lambda: _scrapes(url, process), "Prometheus scrapes the agents", within=_PATIENCE, hint=f"see {folder}/log"
        )
        yield url
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _launch(program: str, folder: Path, port: int) -> subprocess.Popen[bytes]:
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - found on PATH, with our own arguments
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _scrapes(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Say whether it has seen the agents; a counter that it sees late begins to count there, which loses tasks."""
    if process.poll() is not None:
        raise DemoError(f"Prometheus ended with exit code {process.returncode}")
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(f"{url}/api/v1/query", params={"query": "up == 1"}, timeout=1)
            return answer.ok and bool(answer.json()["data"]["result"])
        except requests.RequestException:
            return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
