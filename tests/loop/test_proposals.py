"""Steps that a person enters by merging: the branch, its life, and what its merge means."""

from __future__ import annotations

from typing import Literal, get_args

import pytest

from reconciler.loop import commands
from reconciler.model.stage import Stage
from reconciler.render.commits import parse_trailers
from tests.support.gitops import MINUTE, REX, GitOps

BRANCH = "reconciler/prod/rex/canary"
MORE = "advance: {canary: pull-request}\n"


@pytest.fixture
def proposed(tmp_path_factory: pytest.TempPathFactory) -> GitOps:
    """Give a repository in which rex waits in testing for somebody to merge."""
    world = GitOps(tmp_path_factory.mktemp("proposed"))
    world.start(REX, more=MORE)
    world.bring_to(REX, Stage.TESTING)
    world.soak(REX)
    world.reconcile()
    return world


How = Literal["merge commit", "squash", "fast-forward", "squash with its message"]


def branch_tip(gitops: GitOps) -> str:
    return gitops.git("ls-remote", "origin", f"refs/heads/{BRANCH}").split("\t")[0]


def merge(gitops: GitOps, how: How) -> None:
    gitops.pull()
    tip = branch_tip(gitops)
    gitops.git("fetch", "-q", "origin", BRANCH)
    match how:
        case "merge commit":
            gitops.git("merge", "-q", "--no-ff", "-m", "Merge pull request #7", tip)
        case "squash":
            gitops.git("merge", "-q", "--squash", tip)
            gitops.git("commit", "-q", "-m", "rex may go (#7)")
        case "fast-forward":
            gitops.git("merge", "-q", "--ff-only", tip)
        case "squash with its message":
            gitops.git("merge", "-q", "--squash", tip)
            gitops.git("commit", "-q", "-m", gitops.git("log", "-1", "--format=%B", tip))
    gitops.git("push", "-q", "origin", "main")


def test_a_due_step_is_pushed_as_a_branch_and_main_stays(proposed: GitOps) -> None:
    assert branch_tip(proposed)
    assert proposed.stage(REX) is Stage.TESTING
    trailers = dict(parse_trailers(proposed.message(BRANCH)))
    assert trailers["Proposal"] == BRANCH
    assert "weight: 10\n" in proposed.show("environments/prod/rendered/rex/virtualservice.yaml", BRANCH)


def test_a_branch_is_rewritten_only_when_what_it_routes_changes(proposed: GitOps) -> None:
    tip = branch_tip(proposed)
    proposed.now += MINUTE
    outcome = proposed.reconcile()
    assert outcome.branches == {REX: BRANCH}
    assert branch_tip(proposed) == tip
    proposed.pull()
    proposed.edit("environments/prod/migrations/rex.yaml", "ttl: 24h", "ttl: 12h")
    proposed.push("people: half a day")
    proposed.now += MINUTE
    proposed.reconcile()
    assert branch_tip(proposed) != tip


def test_a_branch_is_deleted_when_its_step_is_no_longer_due(proposed: GitOps) -> None:
    proposed.order(commands.hold, REX)
    proposed.now += MINUTE
    proposed.reconcile()
    assert branch_tip(proposed) == ""


@pytest.mark.parametrize("how", get_args(How))
def test_merging_is_the_approval_and_evidence_counts_from_then(proposed: GitOps, how: How) -> None:
    proposed.now += 60 * MINUTE
    merge(proposed, how)
    assert proposed.decision(proposed.reconcile()) == "Resume"
    assert proposed.stage(REX) is Stage.CANARY
    assert f"evidenceFrom: {proposed.now:%Y-%m-%dT%H:%M:%SZ}" in proposed.notes(REX)
    assert branch_tip(proposed) == ""
    proposed.now += MINUTE
    assert proposed.reconcile().commits == (), "the time before the merge is no soak"
    proposed.soak(REX)
    proposed.reconcile()
    assert proposed.stage(REX) is Stage.ROLLOUT_25


@pytest.mark.parametrize("how", get_args(How))
def test_a_rollback_after_a_merge_undoes_the_merged_step_too(proposed: GitOps, how: How) -> None:
    merge(proposed, how)
    proposed.reconcile()
    proposed.soak(REX)
    proposed.reconcile()
    assert "Back to 0 %:    git checkout" in proposed.message()
    proposed.tasks(REX, failing=30)
    assert proposed.decision(proposed.reconcile()) == "Rollback"
    assert proposed.message().splitlines()[0] == 'Revert "prod/rex: advance canary → rollout-25" (+2)'
