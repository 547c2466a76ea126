"""A watching reconciler goes on after an error, and ends at once and cleanly when it is asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from reconciler.model.stage import Stage
from tests.support.console import Console
from tests.support.gitops import KIT, REX, GitOps

LONGEST = 30.0


@contextmanager
def watching(world: GitOps, console: Console, *more: str) -> Iterator[subprocess.Popen[str]]:
    process = console.start("reconcile", "--watch", "1s", "--repo", str(world.remote), *more)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LONGEST
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_it_works_and_ends_when_asked(world: GitOps, console: Console, number: signal.Signals) -> None:
    world.start(REX)
    with watching(world, console) as process:
        until(lambda: world.stage(REX) is Stage.PLANNING, "the first pass")
        world.pull()
        world.add(KIT)
        world.push("people: kit comes")
        until(lambda: world.stage(KIT) is Stage.PLANNING, "a later pass")
        process.send_signal(number)
        _, stderr = process.communicate(timeout=LONGEST)
    assert (process.returncode, stderr) == (0, "")


def test_a_remote_that_is_away_for_a_while_is_only_told(world: GitOps, console: Console) -> None:
    world.start(REX)
    away = world.remote.with_name("away.git")
    with watching(world, console) as process:
        until(lambda: world.stage(REX) is Stage.PLANNING, "the first pass")
        world.remote.rename(away)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("error: ")
        away.rename(world.remote)
        until(lambda: world.stage(REX) is Stage.TESTING, "a pass after the remote is back")
