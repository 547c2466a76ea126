"""A metric source that is down, late, lying or silent stops every advance within seconds, and never a rollback."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model.stage import Side, Stage
from tests.adapters.prometheus.faults import Asked, Behaviour, http, series, serving, success
from tests.support.console import Console, Ended, moment
from tests.support.gitops import REX, GitOps, run
from tests.support.prometheus import free_port

HANGS = 10.0
"""Seconds; the environment allows its metric source the usual 5 s."""

_METRICS = ("agent_tasks_total", "agent_task_cost_usd_total", "agent_task_duration_seconds_bucket")


@dataclass(frozen=True, slots=True)
class Canary:
    """A remote where rex stands at canary and has soaked.

    Attributes:
        at: The moment of the next pass.
    """

    remote: Path
    at: str
    console: Console

    def run(self, command: str, *more: str) -> Ended:
        begun = time.monotonic()
        done = self.console.run(command, *more, "--repo", str(self.remote), "--at", self.at, "--output", "json")
        assert time.monotonic() - begun < HANGS
        return done

    def head(self) -> str:
        return run("git", "-C", str(self.remote), "rev-parse", "main")


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> GitOps:
    """Lead rex to canary once; each test gets a copy of the remote."""
    world = GitOps(tmp_path_factory.mktemp("world"))
    world.start(REX)
    world.bring_to(REX, Stage.CANARY)
    world.soak(REX)
    return world


@pytest.fixture
def canary(soaked: GitOps, tmp_path: Path) -> Canary:
    remote = tmp_path / "remote.git"
    shutil.copytree(soaked.remote, remote)
    return Canary(remote, moment(soaked.now), Console(tmp_path / "home"))


@contextmanager
def nobody_listens() -> Iterator[str]:
    yield f"http://127.0.0.1:{free_port()}"


@contextmanager
def server(behave: Behaviour) -> Iterator[str]:
    with serving(behave) as running:
        yield running.url


def never(asked: Asked) -> None:
    asked.stopped.wait()


def drip(asked: Asked) -> None:
    """Send a byte ten times a second: each read is quick, the answer never whole."""
    asked.send(http(b"", length=1_000_000))
    while not asked.stopped.wait(0.1):
        asked.send(b" ")


def login_page(asked: Asked) -> None:
    asked.send(http(b"<html>please log in</html>", kind="text/html"))


def says_error(asked: Asked) -> None:
    asked.send(http(b'{"status": "error", "errorType": "execution", "error": "query timed out"}'))


def answering(rows: Callable[[Asked], list[dict[str, object]]]) -> Behaviour:
    return lambda asked: asked.send(http(success(asked, rows(asked))))


def healthy(asked: Asked, *, each: str = "8", age: float = 5.0) -> list[dict[str, object]]:
    """Answer for two sides that complete some tasks a minute in five seconds each; the newest sample is that old."""
    sides, moments = tuple(Side), len(asked.moments)
    if asked.query.startswith("label_replace("):
        newest = f"{asked.moments[0] - age:.3f}"
        return [series(asked, [newest], side=side, indicator=name) for side in sides for name in _METRICS]
    if "duration" in asked.query:
        counts = (("4.9", "0"), ("5.1", each), ("+Inf", each))
        return [series(asked, [count] * moments, side=side, le=le) for side in sides for le, count in counts]
    if "cost" in asked.query:
        return [series(asked, ["0.25"] * moments, side=side) for side in sides]
    return [series(asked, [each] * moments, side=side, outcome="completed") for side in sides]


def not_a_number(asked: Asked) -> list[dict[str, object]]:
    return healthy(asked, each="NaN")


def stale(asked: Asked) -> list[dict[str, object]]:
    return healthy(asked, age=3600.0)


def silent(_: Asked) -> list[dict[str, object]]:
    return []


FAULTS = [
    pytest.param(nobody_listens, "Connection refused", id="refused"),
    pytest.param(lambda: server(never), "no whole answer within 4 s", id="never-answers"),
    pytest.param(lambda: server(drip), "no whole answer within 4 s", id="drip"),
    pytest.param(lambda: server(login_page), "text/html, expected application/json", id="html"),
    pytest.param(lambda: server(says_error), "query timed out", id="status-error"),
]
NO_DATA = [
    pytest.param(silent, id="empty"),
    pytest.param(not_a_number, id="nan"),
    pytest.param(stale, id="stale"),
]


def test_the_same_server_advances_when_it_is_well(canary: Canary) -> None:
    with server(answering(healthy)) as url:
        found = canary.run("plan", "--metrics", url).migration("prod/rex")
    assert (found["decision"], found["to"]) == ("advance", "rollout-25"), found


@pytest.mark.parametrize(("opened", "words"), FAULTS)
def test_a_faulty_source_holds_and_a_rollback_works(
    canary: Canary, opened: Callable[[], AbstractContextManager[str]], words: str
) -> None:
    before = canary.head()
    with opened() as url:
        done = canary.run("reconcile", "--metrics", url)
        assert done.code == 12, done
        found = done.migration("prod/rex")
        assert (found["decision"], found["weights"]) == ("hold", {"source": 90, "target": 10})
        assert words in found["reason"]
        assert words in done.stderr
        assert canary.head() == before
        assert_a_rollback_works(canary)


@pytest.mark.parametrize("rows", NO_DATA)
def test_a_source_without_usable_data_holds_and_a_rollback_works(
    canary: Canary, rows: Callable[[Asked], list[dict[str, object]]]
) -> None:
    before = canary.head()
    with server(answering(rows)) as url:
        done = canary.run("reconcile", "--metrics", url)
        assert done.code == 0, done
        found = done.migration("prod/rex")
        assert (found["decision"], found["weights"]) == ("hold", {"source": 90, "target": 10})
        assert {check["verdict"] for check in found["checks"]} == {"NO_DATA"}
        assert canary.head() == before
        assert_a_rollback_works(canary)


def assert_a_rollback_works(canary: Canary) -> None:
    done = canary.run("rollback", "prod/rex", "--reason", "the metrics are gone", "--by", "ann")
    assert done.code == 0, done
    status = run("git", "-C", str(canary.remote), "show", "main:environments/prod/status/rex.yaml")
    assert "stage: rolled-back" in status
    assert done.json["commits"] == [canary.head()]
