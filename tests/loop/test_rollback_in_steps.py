"""A rollback in steps on a real repository: one commit a step, its own words, and a way back from every step."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.adapters.git import open_repository
from reconciler.loop import commands
from reconciler.loop.verify import Finding, verify
from reconciler.model.stage import Stage
from reconciler.render.commits import parse_trailers
from tests.support.gitops import MINUTE, REX, GitOps

PATH = "policies/default.yaml"


@pytest.fixture
def slow(tmp_path: Path) -> GitOps:
    """Give a repository with rex at rollout-50, whose target has just become six times slower."""
    world = GitOps(tmp_path)
    world.start(REX)
    world.edit(PATH, "minTasks: 20\n", "minTasks: 20\nrollback: {graceful: {step: 2m}}\n")
    world.push("people: the literal rule, back in steps")
    world.bring_to(REX, Stage.ROLLOUT_50)
    begin = world.now
    world.tasks(REX, target=0)
    world.now = begin
    world.tasks(REX, source=0, seconds=50.0)
    return world


def test_each_step_is_a_commit_and_the_last_one_is_the_rollback(slow: GitOps) -> None:
    said = []
    for _ in range(8):
        if slow.reconcile().commits:
            said.append((slow.stage(REX), slow.message().splitlines()[0], dict(parse_trailers(slow.message()))))
        slow.tasks(REX)
    assert [(stage, subject) for stage, subject, _ in said] == [
        (Stage.ROLLOUT_25, "prod/rex: roll back rollout-50 → rollout-25 (on the way to rolled-back)"),
        (Stage.CANARY, "prod/rex: roll back rollout-25 → canary (on the way to rolled-back)"),
        (Stage.ROLLED_BACK, 'Revert "prod/rex: advance testing → canary" (+1)'),
    ]
    assert [trailers["Transition"] for _, _, trailers in said] == [
        "rollout-50 -> rollout-25",
        "rollout-25 -> canary",
        "canary -> rolled-back",
    ]
    assert said[0][2]["Trigger"] == "check:latency"
    assert "carried: {}" in slow.show("environments/prod/status/rex.yaml")


def test_what_is_routed_after_a_step_is_what_was_routed_before_the_advance(slow: GitOps) -> None:
    slow.reconcile()
    rendered = "environments/prod/rendered/rex/virtualservice.yaml"
    at_25 = slow.git("ls-remote", "origin", "main").split()[0]
    slow.pull()
    entered = slow.git("log", "--format=%H", "--grep=advance canary → rollout-25").split()[0]
    assert slow.show(rendered, at_25) == slow.show(rendered, entered)


def test_every_step_is_verified(slow: GitOps) -> None:
    for _ in range(8):
        slow.reconcile()
        slow.tasks(REX)
    assert slow.stage(REX) is Stage.ROLLED_BACK
    with open_repository(str(slow.remote), cache_home=slow.folder / "cache") as repository:
        lines = [line for line in verify(repository, repository.sync()) if line.finding is not Finding.VERIFIED]
    assert all(line.finding is not Finding.WRONG for line in lines), lines


def test_a_person_who_reverts_a_step_ends_it(slow: GitOps) -> None:
    slow.reconcile()
    assert slow.stage(REX) is Stage.ROLLOUT_25
    slow.pull()
    slow.shell("git revert --no-edit HEAD")
    slow.git("push", "-q", "origin", "main")
    slow.now += MINUTE
    assert slow.decision(slow.reconcile()) == "Rearm"
    assert slow.stage(REX) is Stage.ROLLOUT_50
    assert "kind: reverted" in slow.notes(REX)
    slow.tasks(REX)
    slow.tasks(REX)
    slow.tasks(REX)
    assert slow.decision(slow.reconcile()) == "Wait"
    assert slow.stage(REX) is Stage.ROLLOUT_50


def test_a_persons_rollback_ends_it_at_once(slow: GitOps) -> None:
    slow.reconcile()
    slow.order(commands.rollback, REX)
    assert slow.stage(REX) is Stage.ROLLED_BACK
    assert dict(parse_trailers(slow.message()))["Trigger"] == "person"
    slow.now += MINUTE
    assert slow.reconcile().commits == ()


def test_a_broken_template_does_not_stop_a_step(slow: GitOps) -> None:
    slow.pull()
    before = slow.git("log", "--format=%H", "--grep=advance canary → rollout-25").split()[0]
    slow.write("templates/virtualservice.yaml.j2", "{{ nothing.of.this }}\n")
    slow.push("people: a broken template")
    slow.reconcile()
    assert slow.stage(REX) is Stage.ROLLOUT_25
    rendered = "environments/prod/rendered/rex/virtualservice.yaml"
    assert slow.show(rendered) == slow.show(rendered, before)
