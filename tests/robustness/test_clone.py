"""In a shallow clone, as a CI job has it, every command works with the clone's own token and moves nothing of it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model.stage import Stage
from tests.support.console import Console, Ended
from tests.support.git_http import forge
from tests.support.gitops import REX, GitOps, run

TOKEN = "t0ken-7f3a9c51d2e84b60"  # noqa: S105 - made up, and looked for in everything that is written
_WRAPPER = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word" >> "{log}"; done
exec "{git}" "$@"
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A CI job in its shallow clone.

    Attributes:
        clone: The clone, one commit deep.
        console: Runs in the clone; writes down every word that git is called with.
        arguments: Where the words are.
        secret: The encoded token, as it stands in the clone's configuration.
    """

    world: GitOps
    clone: Path
    console: Console
    arguments: Path
    secret: str

    def run(self, *arguments: str) -> Ended:
        done = self.console.run(*arguments)
        for secret in (TOKEN, self.secret):
            assert secret not in done.stdout + done.stderr
        return done


@pytest.fixture
def job(world: GitOps, tmp_path: Path) -> Iterator[Job]:
    world.start(REX)
    world.bring_to(REX, Stage.CANARY)
    run("git", "-C", str(world.remote), "config", "http.receivepack", "true")
    with forge(world.folder, token=TOKEN) as server:
        clone = tmp_path / "checkout"
        url = f"{server.url}/remote.git"
        run("git", "-c", f"http.extraHeader={server.header}", "clone", "-q", "--depth", "1", url, str(clone))
        run("git", "-C", str(clone), "config", f"http.{server.url}/.extraheader", server.header)
        log = tmp_path / "arguments"
        home = tmp_path / "home"
        path = f"{wrapper_of_git(tmp_path / 'bin', log)}:{os.environ['PATH']}"
        console = Console(home, {"PATH": path}, cwd=clone)
        yield Job(world, clone, console, log, server.header.rpartition(" ")[2])


def wrapper_of_git(folder: Path, log: Path) -> Path:
    folder.mkdir()
    (folder / "git").write_text(_WRAPPER.format(log=log, git=shutil.which("git")))
    (folder / "git").chmod(0o755)
    return folder


def test_plan_reconcile_and_rollback_work_in_a_shallow_clone_and_move_nothing_of_it(job: Job) -> None:
    before = picture(job.clone)
    job.world.soak(REX)
    at = ("--at", f"{job.world.now:%Y-%m-%dT%H:%M:%SZ}")
    planned = job.run("plan", "--output", "json", *at)
    assert planned.code == 0, planned
    assert planned.migration("prod/rex")["to"] == "rollout-25"
    done = job.run("reconcile", "--output", "json", *at)
    assert done.code == 0, done
    assert done.json["commits"] == [job.world.head()]
    back = job.run("rollback", "prod/rex", "--reason", "the night is dark", "--by", "ann", *at)
    assert back.code == 0, back
    assert job.world.stage(REX) is Stage.ROLLED_BACK
    assert picture(job.clone) == before


def test_plan_judges_what_lies_uncommitted_or_unpushed_in_a_shallow_clone(job: Job) -> None:
    path = job.clone / "environments/prod/migrations/rex.yaml"
    path.write_text(path.read_text().replace("stage: canary", "stage: rollout-25"))
    before = picture(job.clone)
    at = ("--at", f"{job.world.now:%Y-%m-%dT%H:%M:%SZ}", "--output", "json")
    lying = job.run("plan", *at)
    assert (lying.code, picture(job.clone)) == (0, before), lying
    assert "a person asked for rollout-25" in lying.migration("prod/rex")["reason"]
    person = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    run("git", "-C", str(job.clone), *person, "commit", "-q", "-a", "-m", "rollout-25, please")
    for more in ((), ("--rev", "HEAD"), ("--rev", "HEAD", "--base", "origin/main")):
        committed = job.run("plan", *at, *more)
        assert committed.code == 0, committed
        assert committed.migration("prod/rex")["to"] == "rollout-25", more


def test_the_token_is_in_no_argument_list_and_nowhere_in_the_cache(job: Job) -> None:
    assert job.run("reconcile", "--output", "json").code == 0
    words = job.arguments.read_text()
    assert "fetch" in words.split(), "the record of arguments is kept"
    kept = [path for path in job.console.cache.rglob("*") if path.is_file()]
    assert any(path.name == "config" for path in kept), "the cache is where we look"
    for secret in (TOKEN, job.secret):
        assert secret not in words
        assert [path for path in kept if secret.encode() in path.read_bytes()] == []


def test_a_wrong_token_is_an_error_that_does_not_show_it(job: Job) -> None:
    url = run("git", "-C", str(job.clone), "remote", "get-url", "origin")
    run("git", "-C", str(job.clone), "remote", "set-url", "origin", url.replace("http://", f"http://ann:{TOKEN}x@"))
    run("git", "-C", str(job.clone), "config", "--unset", f"http.{url.removesuffix('remote.git')}.extraheader")
    done = job.run("reconcile")
    assert done.code == 1
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr


def picture(clone: Path) -> dict[str, str]:
    """Give everything of a clone that must stay: references, index, configuration and files, byte for byte."""
    names = [path for path in clone.rglob("*") if path.is_file()]
    return {str(path.relative_to(clone)): hashlib.sha256(path.read_bytes()).hexdigest() for path in names}
