"""Where the remote guards the main branch, a decision becomes a branch for a person to merge, and exit code 13."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.stage import Stage
from tests.support.console import Console, Ended, moment
from tests.support.gitops import REX, GitOps, run

_COUNTED = """#!/bin/sh
while read -r old new ref; do
  echo "$ref" >> "$GIT_DIR/pushes"
  [ "$ref" = refs/heads/main ] && echo "main is protected: open a pull request" >&2 && exit 1
done
exit 0
"""
MAIN = "refs/heads/main"
BRANCH = "refs/heads/reconciler/prod/rex/testing"


@pytest.fixture
def guarded(world: GitOps) -> GitOps:
    """Give rex at planning, ready for testing, on a remote that refuses pushes to main and counts all pushes."""
    world.start(REX)
    world.bring_to(REX, Stage.PLANNING)
    world.soak(REX)
    hook = world.remote / "hooks" / "pre-receive"
    hook.write_text(_COUNTED)
    hook.chmod(0o755)
    return world


def reconcile(world: GitOps, console: Console) -> Ended:
    return console.run("reconcile", "--repo", str(world.remote), "--at", moment(world.now), "--output", "json")


def pushes(remote: Path) -> list[str]:
    found = remote / "pushes"
    return found.read_text().split() if found.exists() else []


def branch(world: GitOps) -> str:
    return run("git", "-C", str(world.remote), "rev-parse", BRANCH)


def test_a_refused_step_stands_on_its_branch_after_one_try(guarded: GitOps, console: Console) -> None:
    before = guarded.head()
    done = reconcile(guarded, console)
    assert done.code == 13
    assert guarded.head() == before
    assert pushes(guarded.remote) == [MAIN, BRANCH]
    assert run("git", "-C", str(guarded.remote), "rev-parse", f"{BRANCH}^") == before
    assert done.json["commits"] == []
    found = done.migration("prod/rex")
    assert (found["commit"], found["branch"]) == (None, "reconciler/prod/rex/testing")
    assert "main is protected: open a pull request" in done.stderr
    assert "hint: merge reconciler/prod/rex/testing" in done.stderr


def test_a_second_pass_tries_main_again_and_leaves_the_branch_as_it_is(guarded: GitOps, console: Console) -> None:
    assert reconcile(guarded, console).code == 13
    first = branch(guarded)
    guarded.soak(REX)
    assert reconcile(guarded, console).code == 13
    assert branch(guarded) == first
    assert pushes(guarded.remote) == [MAIN, BRANCH, MAIN]


def test_merging_the_branch_is_all_that_it_takes(guarded: GitOps, console: Console) -> None:
    assert reconcile(guarded, console).code == 13
    run("git", "-C", str(guarded.remote), "update-ref", MAIN, branch(guarded))
    done = reconcile(guarded, console)
    assert done.code == 0, done
    assert guarded.stage(REX) is Stage.TESTING


def test_a_rollback_command_stands_on_its_branch_too(guarded: GitOps, console: Console) -> None:
    before = guarded.head()
    order = ("rollback", "prod/rex", "--reason", "on call", "--repo", str(guarded.remote), "--at", moment(guarded.now))
    done = console.run(*order, "--output", "json")
    assert done.code == 13
    assert done.json == {"id": "prod/rex", "commits": [], "branch": "reconciler/prod/rex/rolled-back"}
    assert guarded.head() == before
    assert "hint: merge reconciler/prod/rex/rolled-back" in done.stderr
