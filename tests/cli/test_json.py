"""The JSON of plan and reconcile has exactly the agreed keys, with the agreed types."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.stage import Stage
from tests.support.console import Console, moment
from tests.support.gitops import KIT, MINUTE, REX, GitOps, run

PASS = {"revision", "base", "at", "commits", "migrations"}
MIGRATION = {
    "id",
    "stage",
    "decision",
    "to",
    "reason",
    "commit",
    "branch",
    "weights",
    "score",
    "checks",
    "files",
}
CHECK = {"name", "verdict", "value", "limit", "samples", "window", "evidence"}
DECISIONS = {"advance", "propose", "hold", "freeze", "rollback", "none", "error"}
VERDICTS = {"PASS", "FAIL", "INCONCLUSIVE", "NO_DATA", "INVALID"}


@pytest.fixture
def ready(world: GitOps) -> GitOps:
    """Give rex at canary, ready for the next step, and kit as a newcomer."""
    world.bring_to(REX, Stage.CANARY)
    world.soak(REX)
    world.pull()
    world.add(KIT)
    world.push("people: kit comes")
    return world


def answer(world: GitOps, console: Console, command: str) -> dict[str, Any]:
    done = console.run(command, "--repo", str(world.remote), "--at", moment(world.now), "--output", "json")
    assert done.code == 0, done
    return done.json


def test_plan_and_reconcile_say_the_same_in_the_same_keys(ready: GitOps, console: Console) -> None:
    before = ready.head()
    planned, done = answer(ready, console, "plan"), answer(ready, console, "reconcile")
    for document in (planned, done):
        assert_shape(document)
        assert (document["revision"], document["at"]) == (before, moment(ready.now))
    for one, other in zip(planned["migrations"], done["migrations"], strict=True):
        assert one | {"commit": None} == other | {"commit": None}
        assert (one["commit"], other["commit"] in done["commits"]) == (None, True)
    assert planned["commits"] == []
    assert done["commits"][-1] == ready.head()
    assert len(done["commits"]) == 2


def test_weights_are_those_after_the_decision(ready: GitOps, console: Console) -> None:
    kit, rex = answer(ready, console, "plan")["migrations"]
    assert (rex["stage"], rex["decision"], rex["to"]) == ("canary", "advance", "rollout-25")
    assert rex["weights"] == {"source": 75, "target": 25}
    assert (kit["stage"], kit["decision"], kit["to"]) == (None, "advance", "planning")
    assert kit["weights"] == {"source": 100, "target": 0}
    assert rex["files"] == sorted(ready.three(REX))


def test_a_check_says_its_numbers_and_no_evidence_where_the_limit_decides(ready: GitOps, console: Console) -> None:
    [errors, latency] = answer(ready, console, "plan")["migrations"][1]["checks"]
    assert errors == {
        "name": "errors",
        "verdict": "PASS",
        "value": 0.0,
        "limit": 0.05,
        "samples": errors["samples"],
        "window": "5m",
        "evidence": None,
    }
    assert (latency["verdict"], latency["evidence"]) == ("PASS", None)


def test_a_migration_in_trouble_has_the_same_keys(ready: GitOps, console: Console) -> None:
    ready.edit("environments/prod/migrations/kit.yaml", "stage: planning", "stage: canarry")
    ready.push("people: a slip")
    done = console.run("plan", "--repo", str(ready.remote), "--at", moment(ready.now), "--output", "json")
    assert done.code == 12
    assert_shape(done.json)
    kit = done.migration("prod/kit")
    assert (kit["decision"], kit["stage"], kit["weights"], kit["files"]) == ("error", None, None, [])


def assert_shape(document: dict[str, Any]) -> None:
    assert set(document) == PASS
    assert all(is_commit(commit) for commit in [document["revision"], *document["commits"]])
    assert document["base"] is None or is_commit(document["base"])
    for one in document["migrations"]:
        assert set(one) == MIGRATION
        assert one["decision"] in DECISIONS
        assert one["stage"] in {*Stage, None}
        assert one["to"] in {*Stage, None}
        assert isinstance(one["reason"], str)
        assert one["reason"]
        assert one["branch"] is None
        assert one["weights"] is None or set(one["weights"]) == {"source", "target"}
        assert one["score"] is None or 0 <= one["score"] <= 100
        assert all(isinstance(path, str) for path in one["files"])
        for check in one["checks"]:
            assert set(check) == CHECK
            assert check["verdict"] in VERDICTS
            assert isinstance(check["samples"], int)
            assert isinstance(check["value"], float | None)
            assert isinstance(check["limit"], float | None)


def is_commit(text: str) -> bool:
    return len(text) == 40 and set(text) <= set("0123456789abcdef")


def test_the_files_are_those_that_the_commits_change(world: GitOps, console: Console) -> None:
    world.bring_to(REX, Stage.CANARY)
    world.pull()
    world.edit("environments/prod/agents/rex/CLAUDE.md", "Run the tests", "Run all the tests")
    world.edit("environments/prod/migrations/rex.yaml", "stage: canary", "stage: rollout-25")
    before = world.push("people: raise and edit")
    world.now += MINUTE
    planned, done = answer(world, console, "plan"), answer(world, console, "reconcile")
    changed = run("git", "-C", str(world.remote), "diff-tree", "-r", "--name-only", before, "main")
    for document in (planned, done):
        assert document["migrations"][0]["files"] == changed.splitlines()


def test_the_commit_is_the_one_that_moves_the_stage(world: GitOps, console: Console) -> None:
    world.bring_to(REX, Stage.ROLLOUT_25)
    world.set_stage(REX, Stage.CANARY)
    world.now += MINUTE
    answer_of(world, console, 11)
    world.set_stage(REX, Stage.ROLLOUT_25)
    world.now += MINUTE
    [rex] = answer_of(world, console, 0)["migrations"]
    assert "Transition: canary -> rollout-25" in world.message(rex["commit"])


def answer_of(world: GitOps, console: Console, code: int) -> dict[str, Any]:
    done = console.run("reconcile", "--repo", str(world.remote), "--at", moment(world.now), "--output", "json")
    assert done.code == code, done
    return done.json
