"""A reconciler that is killed at any instant leaves the old state or the new one, and the next pass needs no one."""

from __future__ import annotations

import fcntl
import os
import random
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model.stage import Stage
from tests.support.console import Console, ended, moment
from tests.support.gitops import KIT, REX, GitOps, run

KILLS_BY_CHANCE = 12
KILLS_AT_THE_PUSH = 3
LONGEST = 30.0

Picture = tuple[list[str], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Work:
    """A pass with something to do: a re-render, a new migration and a step forward, in one push.

    Attributes:
        before: The remote's commit before the pass.
        after: What the pass leaves: subjects of its commits and all files, ids of passes left out.
        seconds: How long the pass takes, undisturbed.
    """

    world: GitOps
    console: Console
    before: str
    after: Picture
    seconds: float

    def start(self) -> subprocess.Popen[str]:
        return self.console.start("reconcile", "--repo", str(self.world.remote), "--at", moment(self.world.now))

    def state(self) -> str:
        if self.world.head() == self.before:
            return "before"
        return "after" if picture(self.world, self.before) == self.after else "between"

    def undo(self) -> None:
        """Put the remote back for the next kill, once no helper of the killed pass is left that could still push."""
        await_no_holder(self.console.cache)
        run("git", "-C", str(self.world.remote), "update-ref", "refs/heads/main", self.before)


@pytest.fixture
def work(world: GitOps, console: Console) -> Work:
    world.start(REX)
    world.bring_to(REX, Stage.PLANNING)
    world.soak(REX)
    world.pull()
    world.add(KIT)
    world.write("environments/prod/agents/rex/CLAUDE.md", "# rex\n\nAsk before you delete anything.\n")
    before = world.push("people: kit comes, rex changes")
    taken = []
    for _ in range(3):
        await_no_holder(console.cache)
        run("git", "-C", str(world.remote), "update-ref", "refs/heads/main", before)
        begun = time.monotonic()
        passed = console.run("reconcile", "--repo", str(world.remote), "--at", moment(world.now))
        taken.append(time.monotonic() - begun)
        assert passed.code == 0, passed
    after = picture(world, before)
    assert len(after[0]) == 3, after[0]
    work = Work(world, console, before, after, min(taken))
    work.undo()
    return work


@pytest.mark.parametrize("seed", range(4))
def test_a_pass_that_is_killed_at_any_instant_leaves_before_or_after(work: Work, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - instants of kills are no secret
    states = []
    for _ in range(KILLS_BY_CHANCE):
        states.append(killed_after(work, chance.uniform(0.0, work.seconds)))
        assert_the_next_pass_needs_no_one(work)
    for _ in range(KILLS_AT_THE_PUSH):
        states.append(killed_when_the_branch_moves(work))
        assert_the_next_pass_needs_no_one(work)
    assert set(states) == {"before", "after"}, states


def killed_after(work: Work, seconds: float) -> str:
    process = work.start()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill(process)
        return work.state()
    assert process.returncode == 0
    work.undo()
    return killed_after(work, seconds / 2)


def killed_when_the_branch_moves(work: Work) -> str:
    """Kill between the remote's update and the moment when the reconciler learns of it."""
    process = work.start()
    branch = work.world.remote / "refs" / "heads" / "main"
    deadline = time.monotonic() + LONGEST
    while branch.read_text().strip() == work.before:
        assert time.monotonic() < deadline, ended(process)
        time.sleep(0.001)
    kill(process)
    return work.state()


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def assert_the_next_pass_needs_no_one(work: Work) -> None:
    assert work.state() != "between"
    passed = ended(work.start())
    assert passed.code == 0, passed
    await_no_holder(work.console.cache)
    assert work.state() == "after"
    run("git", "-C", str(work.world.remote), "fsck", "--strict", "--no-dangling")
    assert not list(work.world.remote.glob("**/*.lock"))
    work.undo()


def picture(world: GitOps, before: str) -> Picture:
    subjects = run("git", "-C", str(world.remote), "log", "--reverse", "--format=%s", f"{before}..main").splitlines()
    paths = run("git", "-C", str(world.remote), "diff", "--name-only", before, "main").splitlines()
    return subjects, {path: re.sub(r"(?m)^run: \S+$", "run: …", world.show(path)) for path in paths}


def await_no_holder(cache: Path) -> None:
    """Wait until nobody holds a private copy: helpers of a killed pass end by themselves."""
    deadline = time.monotonic() + LONGEST
    for path in (cache / "reconciler").glob("*.lock"):
        with path.open() as lock:
            while not is_free(lock.fileno()):
                assert time.monotonic() < deadline, f"{path} is still held"
                time.sleep(0.005)


def is_free(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
