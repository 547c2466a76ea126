"""A healthy migration goes forward one step at a time, and a second pass on equal input does nothing."""

from __future__ import annotations

import pytest

from reconciler.adapters.git import open_repository
from reconciler.loop.verify import Finding, verify
from reconciler.model.stage import Stage
from reconciler.render.commits import parse_trailers
from tests.support.gitops import FORWARD, REX, GitOps


def test_a_healthy_migration_goes_from_planning_to_complete(gitops: GitOps) -> None:
    for stage in FORWARD:
        outcome = gitops.reconcile()
        assert gitops.stage(REX) is stage, outcome.plan.migrations
        assert len(outcome.commits) == 1
        assert gitops.reconcile().commits == (), "a second pass on equal input makes no commit"
        gitops.soak(REX)
    assert gitops.reconcile().commits == ()


def test_every_commit_of_the_way_is_verified(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.COMPLETE)
    with open_repository(str(gitops.remote), cache_home=gitops.folder / "cache") as repository:
        lines = list(verify(repository, repository.sync()))
    assert {line.finding for line in lines} == {Finding.VERIFIED}, lines
    assert len(lines) == len(FORWARD)


def test_a_transition_changes_exactly_three_files_and_says_how_to_go_back(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.pull()
    changed = gitops.git("show", "--format=", "--name-only")
    assert sorted(changed.splitlines()) == sorted(gitops.three(REX))
    message = gitops.message()
    assert message.splitlines()[0] == "prod/rex: advance canary → rollout-25"
    trailers = dict(parse_trailers(message))
    assert trailers["Transition"] == "canary -> rollout-25"
    assert trailers["Trigger"] == "automatic"
    assert '"verdict":"PASS"' in trailers["Evidence"]
    assert f"git revert --no-edit 'HEAD^{{/Run: {trailers['Run']}}}'" in message


@pytest.mark.parametrize("stage", [Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50, Stage.COMPLETE])
def test_the_printed_lines_give_the_earlier_bytes(gitops: GitOps, stage: Stage) -> None:
    before: dict[Stage, dict[str, str]] = {}
    for one in FORWARD:
        gitops.bring_to(REX, one)
        before[one] = gitops.three(REX)
        if one is stage:
            break
    gitops.pull()
    lines = dict(
        line.split(":", 1) for line in gitops.message().splitlines() if line.startswith(("One step", "Back to"))
    )
    gitops.shell(lines["One step back"])
    gitops.git("push", "-q", "origin", "main")
    assert gitops.three(REX) == before[FORWARD[FORWARD.index(stage) - 1]]
    gitops.git("reset", "-q", "--hard", "HEAD~1")
    gitops.git("push", "-q", "--force", "origin", "main")
    gitops.shell(lines["Back to 0 %"])
    gitops.git("push", "-q", "origin", "main")
    assert gitops.three(REX) == before[Stage.PLANNING]
