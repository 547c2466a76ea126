"""The exit code says how a command ended; of several reasons the one that a person must hear first."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.stage import Stage
from tests.support.console import Console, Ended, moment
from tests.support.git_http import protect_main
from tests.support.gitops import KIT, MINUTE, REX, GitOps

KIT_FILE = "environments/prod/migrations/kit.yaml"


def at_now(world: GitOps, console: Console, command: str, *more: str) -> Ended:
    return console.run(command, "--repo", str(world.remote), "--at", moment(world.now), *more)


def break_kit(world: GitOps) -> None:
    """Push a migration file with a misspelt stage in line 7."""
    world.pull()
    world.add(KIT)
    world.edit(KIT_FILE, "stage: planning", "stage: canarry")
    world.push("people: kit, misspelt")


def fail(world: GitOps) -> None:
    """Let most tasks of rex's target end in errors."""
    for _ in range(5):
        world.tasks(REX, failing=35)


def test_a_pass_that_works_and_one_with_nothing_to_do_exit_0(world: GitOps, console: Console) -> None:
    first = at_now(world, console, "reconcile")
    assert (first.code, first.stderr) == (0, "")
    second = at_now(world, console, "reconcile")
    assert (second.code, second.stderr) == (0, "")


def test_a_repository_that_is_none_exits_1_and_says_what_to_do(tmp_path: Path, console: Console) -> None:
    for place in (tmp_path / "nowhere", tmp_path):
        done = console.run("plan", "--repo", str(place))
        assert (done.code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: {place}: no ")
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("plan", "--migration", "nobody"), id="plan"),
        pytest.param(("reconcile", "--migration", "prod/nobody"), id="reconcile"),
        pytest.param(("reconcile", "--environment", "nowhere"), id="environment"),
        pytest.param(("status", "prod/nobody"), id="status"),
        pytest.param(("rollback", "prod/nobody", "--reason", "why not"), id="rollback"),
        pytest.param(("advance", "nowhere/rex", "--reason", "why not"), id="advance"),
    ],
)
def test_a_name_that_nobody_has_exits_1(world: GitOps, console: Console, arguments: tuple[str, ...]) -> None:
    done = console.run(*arguments, "--repo", str(world.remote))
    assert (done.code, done.stdout) == (1, "")
    assert "no such migration" in done.stderr
    assert "hint: " in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("plan", "--at", "yesterday"), id="no-time"),
        pytest.param(("plan", "--at", "2026-03-01T12:00:00"), id="no-zone"),
        pytest.param(("plan", "--output", "yaml"), id="no-such-output"),
        pytest.param(("reconcile", "--watch", "15"), id="no-unit"),
        pytest.param(("reconcile", "--watch", "0s"), id="no-time-between"),
        pytest.param(("reconcile", "--watch", "15s", "--at", "2026-03-01T12:00:00Z"), id="watch-a-moment"),
        pytest.param(("rollback", "prod/rex"), id="no-reason"),
        pytest.param(("rollback", "rex", "--reason", "on call"), id="no-environment"),
        pytest.param(("promote", "prod/rex"), id="no-such-command"),
    ],
)
def test_wrong_usage_exits_2(console: Console, arguments: tuple[str, ...]) -> None:
    done = console.run(*arguments)
    assert (done.code, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_plan_exits_10_only_when_asked_and_there_is_something_to_do(world: GitOps, console: Console) -> None:
    assert at_now(world, console, "plan").code == 0
    assert at_now(world, console, "plan", "--exit-code").code == 10
    assert at_now(world, console, "reconcile").code == 0
    assert at_now(world, console, "plan", "--exit-code").code == 0


def test_a_pass_that_rolls_back_exits_11(world: GitOps, console: Console) -> None:
    world.bring_to(REX, Stage.CANARY)
    fail(world)
    done = at_now(world, console, "reconcile", "--output", "json")
    assert done.code == 11
    found = done.migration("prod/rex")
    assert (found["decision"], found["weights"]) == ("rollback", {"source": 100, "target": 0})
    assert at_now(world, console, "reconcile").code == 0, "it is rolled back, and nothing is left to do"


def test_one_broken_file_exits_12_and_the_others_are_handled(world: GitOps, console: Console) -> None:
    break_kit(world)
    done = at_now(world, console, "reconcile", "--output", "json")
    assert done.code == 12
    assert world.stage(REX) is Stage.PLANNING
    assert done.migration("prod/kit")["decision"] == "error"
    assert f'error: prod/kit: {KIT_FILE}:7: stage is "canarry", must be one of planning' in done.stderr
    assert 'hint: did you mean "canary"?' in done.stderr


def test_an_environment_that_cannot_be_read_exits_12_and_the_others_are_handled(
    world: GitOps, console: Console
) -> None:
    world.write("environments/staging/environment.yaml", "apiVersion: reconciler/v1\nkind: Environment\nname: oops\n")
    world.write("environments/staging/migrations/rex.yaml", world.show("environments/prod/migrations/rex.yaml"))
    world.push("people: staging, not right")
    done = at_now(world, console, "reconcile")
    assert done.code == 12
    assert world.stage(REX) is Stage.PLANNING
    assert "environments/staging/environment.yaml" in done.stderr


def test_a_metric_source_that_cannot_be_asked_exits_12(world: GitOps, console: Console) -> None:
    world.bring_to(REX, Stage.CANARY)
    world.now += MINUTE
    missing = ("--metrics", f"ledger:sqlite:///{world.folder}/missing.db", "--output", "json")
    done = at_now(world, console, "reconcile", *missing)
    assert done.code == 12
    assert done.migration("prod/rex")["decision"] == "hold"
    assert "missing.db: no ledger there" in done.stderr


def test_not_pushed_comes_before_rolled_back(world: GitOps, console: Console) -> None:
    world.bring_to(REX, Stage.CANARY)
    fail(world)
    protect_main(world.remote)
    assert at_now(world, console, "reconcile").code == 13
    assert world.stage(REX) is Stage.CANARY


def test_rolled_back_comes_before_degraded(world: GitOps, console: Console) -> None:
    world.bring_to(REX, Stage.CANARY)
    fail(world)
    break_kit(world)
    done = at_now(world, console, "reconcile")
    assert done.code == 11
    assert KIT_FILE in done.stderr, "the lesser trouble is told all the same"


def test_degraded_comes_before_something_to_do(world: GitOps, console: Console) -> None:
    break_kit(world)
    assert at_now(world, console, "plan", "--exit-code").code == 12
