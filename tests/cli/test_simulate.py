"""`reconciler simulate`: says what would come of a migration, and touches nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.console import Console
from tests.support.gitops import REX, GitOps


@pytest.fixture
def world(tmp_path: Path) -> GitOps:
    world = GitOps(tmp_path)
    world.start(REX)
    world.edit("policies/default.yaml", "decide: threshold", "decide: evidence")
    world.push("people: evidence decides")
    return world


def simulated(world: GitOps, console: Console, *arguments: str) -> dict[str, Any]:
    options = ("--repo", str(world.remote), "--tasks-per-hour", "600", "--seeds", "4", "--output", "json")
    done = console.run("simulate", "prod/rex", *options, *arguments)
    assert done.code == 0, done.stderr
    answer: dict[str, Any] = done.json
    return answer


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_it_tells_outcomes_durations_exposure_and_advice(world: GitOps, console: Console) -> None:
    answer = simulated(world, console)
    assert set(answer) == {
        *("id", "scenario", "seeds", "outcomes", "duration_hours", "exposure"),
        *("timeline", "stages", "risk", "recommendations"),
    }
    assert (answer["id"], answer["scenario"], answer["seeds"], answer["risk"]) == ("prod/rex", "healthy", 4, "low")
    [outcome, *_] = answer["outcomes"]
    assert outcome["outcome"] == "complete"
    assert outcome["low"] <= outcome["share"] <= outcome["high"]


def test_a_broken_target_is_a_high_risk(world: GitOps, console: Console) -> None:
    answer = simulated(world, console, "--scenario", "broken")
    assert answer["risk"] == "high"
    assert answer["outcomes"][0]["check"] == "errors"
    assert "rolled back" in answer["recommendations"][-1]


def test_it_changes_no_byte_no_ref_and_no_remote(world: GitOps, console: Console) -> None:
    before = everything(world.remote), everything(world.person)
    simulated(world, console, "--scenario", "outage")
    console.run("simulate", "prod/rex", "--repo", str(world.person), "--seeds", "1", "--tasks-per-hour", "600")
    assert (everything(world.remote), everything(world.person)) == before


def test_the_text_begins_with_what_came_of_it(world: GitOps, console: Console) -> None:
    done = console.run("simulate", "prod/rex", "--repo", str(world.remote), "--seeds", "2", "--tasks-per-hour", "600")
    assert done.code == 0
    assert done.stdout.startswith("prod/rex  healthy: 2 runs at 600 tasks/h\n  100.0%")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: Scenario\n", "apiVersion is missing"),
        ("apiVersion: reconciler/v1\nkind: Scenario\nname: x\ntarget: {errors: 120%}\n", "target.errors"),
        ("apiVersion: reconciler/v1\nkind: Scenario\nname: x\nhorizon: 30d\n", "horizon of at most 7d"),
    ],
)
def test_a_mistake_in_a_scenario_is_named(
    world: GitOps, console: Console, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "night.yaml"
    file.write_text(text)
    done = console.run("simulate", "prod/rex", "--repo", str(world.remote), "--scenario", str(file))
    assert done.code == 1
    assert said in done.stderr
    assert "night.yaml" in done.stderr


def test_a_scenario_of_ones_own_is_run(world: GitOps, console: Console, tmp_path: Path) -> None:
    file = tmp_path / "night.yaml"
    file.write_text(
        "apiVersion: reconciler/v1\nkind: Scenario\nname: night\ntasksPerHour: 600\nhorizon: 12h\n"
        "changes:\n  - {at: 30m, side: target, errors: 50%}\n"
    )
    answer = simulated(world, console, "--scenario", str(file))
    assert answer["scenario"] == "night"
    assert {one["outcome"] for one in answer["outcomes"]} == {"rolled-back"}


def test_an_unknown_scenario_or_migration_is_an_error_with_a_hint(world: GitOps, console: Console) -> None:
    done = console.run("simulate", "prod/rex", "--repo", str(world.remote), "--scenario", "sunny")
    assert (done.code, "one of healthy, quiet" in done.stderr) == (1, True)
    done = console.run("simulate", "prod/max", "--repo", str(world.remote))
    assert (done.code, "no such migration" in done.stderr) == (1, True)
