"""A job records the outcome of its tasks, and the next pass counts them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.console import Console, Ended, moment
from tests.support.gitops import ENVIRONMENT, GitOps

TASK = ("--side", "target", "--outcome", "completed", "--seconds", "312", "--cost", "0.41")


def record(world: GitOps, console: Console, *more: str, migration: str = "prod/rex") -> Ended:
    return console.run("record", migration, *TASK, "--repo", str(world.remote), "--at", moment(world.now), *more)


def rows(database: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as opened:
        found = opened.execute("SELECT * FROM outcomes WHERE environment = 'prod'").fetchall()
    return list(found)


def test_an_outcome_goes_to_the_ledger_of_the_environment(world: GitOps, console: Console) -> None:
    done = record(world, console)
    assert (done.code, done.stdout, done.stderr) == (0, "", "")
    at = int(world.now.timestamp()) * 1_000_000
    assert rows(world.folder / "outcomes.db") == [(at, "prod", "rex", "target", "completed", 312.0, 0.41, None, None)]


def test_a_session_and_its_tokens_go_with_it(world: GitOps, console: Console) -> None:
    assert record(world, console, "--session", "run-7", "--tokens", "12900").code == 0
    [row] = rows(world.folder / "outcomes.db")
    assert row[5:] == (312.0, 0.41, "run-7", 12900)


def test_a_named_ledger_needs_no_repository(console: Console, tmp_path: Path) -> None:
    ledger = tmp_path / "own.db"
    done = console.run("record", "prod/rex", *TASK, "--metrics", f"ledger:sqlite:///{ledger}", "--repo", "/nowhere")
    assert (done.code, done.stderr) == (0, "")
    assert len(rows(ledger)) == 1


def test_seconds_and_cost_may_be_unknown(world: GitOps, console: Console) -> None:
    task = ("--side", "source", "--outcome", "timeout", "--at", moment(world.now))
    assert console.run("record", "prod/rex", *task, "--repo", str(world.remote)).code == 0
    [row] = rows(world.folder / "outcomes.db")
    assert row[3:] == ("source", "timeout", None, None, None, None)


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        pytest.param(("--seconds", "nan"), 1, "seconds is nan, must be a finite number from 0", id="nan"),
        pytest.param(("--cost", "-1"), 1, "cost is -1.0, must be a finite number from 0", id="negative"),
        pytest.param(("--tokens", "-1"), 1, "tokens is -1, must be a whole number from 0", id="negative-tokens"),
        pytest.param(("--session", ""), 1, "session is '', must be a name", id="no-session"),
        pytest.param(("--outcome", "fine"), 2, "'fine' is not one of", id="outcome"),
        pytest.param(("--metrics", "http://prometheus:9090"), 2, "expected ledger:URL", id="no-ledger"),
        pytest.param(("--metrics", "ledger:postgres://x"), 1, "expected sqlite:/// and a path", id="no-sqlite"),
        pytest.param(("--metrics", "ledger:sqlite:////nowhere/x.db"), 1, "the ledger cannot be used", id="no-folder"),
    ],
)
def test_what_cannot_be_recorded_is_said(
    world: GitOps, console: Console, more: tuple[str, ...], code: int, words: str
) -> None:
    done = record(world, console, *more)
    assert done.code == code
    assert words in done.stderr
    assert rows(world.folder / "outcomes.db") == []


def test_a_name_that_nobody_has_is_refused(world: GitOps, console: Console) -> None:
    for name in ("prod/nobody", "nowhere/rex"):
        done = record(world, console, migration=name)
        assert done.code == 1
        assert f"error: {name}: there is no such migration" in done.stderr


def test_an_environment_with_a_prometheus_has_no_ledger(world: GitOps, console: Console) -> None:
    text = ENVIRONMENT.format(name="prod", ledger="x").replace('ledger: "x"', "prometheus: http://127.0.0.1:9")
    world.write("environments/prod/environment.yaml", text)
    world.push("people: prometheus now")
    done = record(world, console)
    assert done.code == 1
    assert "environments/prod/environment.yaml: metrics names a Prometheus at http://127.0.0.1:9" in done.stderr
    assert "hint: give --metrics ledger:URL" in done.stderr
