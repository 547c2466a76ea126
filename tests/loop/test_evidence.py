"""Decided on evidence, with real git and a real ledger: proof before a step, evidence before a rollback."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.adapters.git import open_repository
from reconciler.loop.judging import Planned
from reconciler.loop.verify import Finding, verify
from reconciler.model.decision import word
from reconciler.model.stage import Stage
from reconciler.model.verdict import Verdict
from reconciler.render.commits import parse_trailers
from tests.support.gitops import REX, GitOps

A_MINUTE = {
    Stage.PLANNING: (40, 0),
    Stage.TESTING: (40, 1),
    Stage.CANARY: (36, 4),
    Stage.ROLLOUT_25: (30, 10),
    Stage.ROLLOUT_50: (20, 20),
    Stage.COMPLETE: (0, 40),
}
"""Tasks a minute of the source and the target, as the weights of each stage send them."""

STATUS = "environments/prod/status/rex.yaml"


@pytest.fixture
def world(tmp_path: Path) -> GitOps:
    world = GitOps(tmp_path)
    world.start(REX)
    world.edit("policies/default.yaml", "decide: threshold", "wrongRollback: 5%")
    world.edit("policies/default.yaml", "canary: {soak: 5m}", "canary: {soak: 5m, wrongAdvance: 20%}")
    world.push("people: evidence decides")
    return world


def minutes(world: GitOps, count: int, *, failing: int = 0, seconds: float = 10.0) -> None:
    """Let minutes pass in which both sides get what the weights send them."""
    stage = world.stage(REX)
    source, target = A_MINUTE[stage] if stage else (40, 0)
    for _ in range(count):
        world.tasks(REX, source=source, target=target, failing=failing, seconds=seconds)


def bring_to(world: GitOps, stage: Stage) -> None:
    """Lead the migration to a stage; it takes as long as the proof takes."""
    for _ in range(100):
        world.reconcile()
        if world.stage(REX) is stage:
            return
        minutes(world, 5)
    assert world.stage(REX) is stage, planned(world)


def planned(world: GitOps) -> Planned:
    [one] = world.plan().migrations
    return one


def verdicts(world: GitOps) -> dict[str, Verdict]:
    return {check.name: check.verdict for check in planned(world).health.checks}


def test_a_healthy_target_is_proven_step_by_step(world: GitOps) -> None:
    bring_to(world, Stage.COMPLETE)
    world.pull()
    messages = [world.message(oid) for oid in world.git("log", "--format=%H", "-3").split()]
    for message in messages:
        evidence = json.loads(dict(parse_trailers(message))["Evidence"])
        assert all(one["proof"] >= 5 for one in evidence.values()), evidence
    with open_repository(str(world.remote), cache_home=world.folder / "cache") as repository:
        assert {line.finding for line in verify(repository, repository.sync())} == {Finding.VERIFIED}


def test_the_absence_of_an_alarm_is_no_proof(world: GitOps) -> None:
    bring_to(world, Stage.CANARY)
    minutes(world, 6)
    assert set(verdicts(world).values()) == {Verdict.INCONCLUSIVE}
    assert word(planned(world).decision) == "hold"
    assert "more tasks needed" in planned(world).decision.reason


def test_one_error_in_the_window_freezes_and_does_not_roll_back(world: GitOps) -> None:
    bring_to(world, Stage.CANARY)
    minutes(world, 30)
    world.tasks(REX, source=36, target=4, failing=2)
    minutes(world, 2)
    assert word(planned(world).decision) == "freeze"
    assert "errors 10 % > 5 % (2 of 20)" in planned(world).decision.reason
    world.reconcile()
    assert world.stage(REX) is Stage.CANARY


def test_an_outage_is_rolled_back_within_minutes(world: GitOps) -> None:
    bring_to(world, Stage.CANARY)
    minutes(world, 2)
    minutes(world, 3, failing=4)
    world.reconcile()
    assert world.stage(REX) is Stage.ROLLED_BACK
    trailers = dict(parse_trailers(world.message()))
    assert trailers["Trigger"] == "check:errors"
    assert json.loads(trailers["Evidence"])["errors"]["e"] >= 40


def test_a_trip_latches_until_a_pass_acts_on_it(world: GitOps) -> None:
    bring_to(world, Stage.CANARY)
    minutes(world, 2)
    minutes(world, 4, failing=4)
    minutes(world, 60)
    world.reconcile()
    assert world.stage(REX) is Stage.ROLLED_BACK, "nobody looked while it was broken, and it was"


def test_when_both_sides_break_nothing_moves(world: GitOps) -> None:
    bring_to(world, Stage.CANARY)
    minutes(world, 10)
    for _ in range(6):
        world.tasks(REX, source=36, target=4, failing=1, failing_source=11)
    assert word(planned(world).decision) == "hold"
    assert "both sides" in planned(world).decision.reason
    world.reconcile()
    assert world.stage(REX) is Stage.CANARY


def test_a_split_that_is_not_the_rendered_one_is_held(world: GitOps) -> None:
    path = "environments/prod/migrations/rex.yaml"
    world.pull()
    world.edit(path, ", affinity: {cookie: agent-side, ttl: 24h}", "")
    world.push("people: no affinity")
    bring_to(world, Stage.CANARY)
    for _ in range(10):
        world.tasks(REX, source=20, target=20)
    assert set(verdicts(world).values()) == {Verdict.INVALID}
    assert "tasks reach the target, rendered are 10 %" in planned(world).decision.reason
    world.reconcile()
    assert world.stage(REX) is Stage.CANARY


def test_what_was_proven_is_carried_into_the_next_stage(world: GitOps) -> None:
    bring_to(world, Stage.ROLLOUT_25)
    assert "error_rate max 0.05" in world.show(STATUS)
    minutes(world, 1)
    carried = {check.name: check.proof for check in planned(world).health.checks}
    assert all(proof is not None and proof > 2 for proof in carried.values()), carried


def test_a_policy_with_another_limit_begins_its_proof_anew(world: GitOps) -> None:
    bring_to(world, Stage.ROLLOUT_25)
    world.pull()
    world.edit("policies/default.yaml", "max: 5%", "max: 2%")
    world.push("people: stricter")
    minutes(world, 1)
    proofs = {check.name: check.proof for check in planned(world).health.checks}
    assert (proofs["errors"] or 0) < 2 < (proofs["latency"] or 0)


def test_a_past_moment_is_judged_as_it_was(world: GitOps) -> None:
    bring_to(world, Stage.CANARY)
    minutes(world, 7)
    then, revision = world.now, world.head()
    told = planned(world).health
    minutes(world, 20, failing=4)
    later, world.now = world.now, then
    [again] = world.plan(revision).migrations
    world.now = later
    assert again.health == told
    assert planned(world).health.checks[0].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("stage", "pattern", "instead"),
    [
        (Stage.ROLLOUT_25, r'"proof":[0-9.e+]+', '"proof":4.9'),
        (Stage.ROLLOUT_25, r'"verdict":"PASS"', '"verdict":"INCONCLUSIVE"'),
        (Stage.ROLLED_BACK, r'"e":[0-9.e+]+', '"e":39.0'),
    ],
)
def test_a_decision_that_its_evidence_does_not_bear_out_is_wrong(
    world: GitOps, stage: Stage, pattern: str, instead: str
) -> None:
    if stage is Stage.ROLLED_BACK:
        bring_to(world, Stage.CANARY)
        minutes(world, 5, failing=4)
    else:
        bring_to(world, Stage.CANARY)
        for _ in range(40):
            minutes(world, 2)
            world.reconcile()
            if world.stage(REX) is stage:
                break
    world.reconcile()
    assert world.stage(REX) is stage
    world.pull()
    message = world.message()
    forged = re.sub(pattern, instead, message)
    assert forged != message
    world.git("commit", "-q", "--amend", "-m", forged)
    world.git("push", "-q", "--force", "origin", "main")
    with open_repository(str(world.remote), cache_home=world.folder / "cache") as repository:
        *_, newest = verify(repository, repository.sync())
    assert newest.finding is Finding.WRONG, newest
