"""Verify answers whatever stands in a commit message: its evidence is recomputed, and never believed."""

from __future__ import annotations

import re

import pytest

from reconciler.adapters.git import open_repository
from reconciler.adapters.packaged import packaged_templates
from reconciler.loop import commands
from reconciler.loop.verify import Finding, verify
from reconciler.model.stage import Stage
from tests.support.gitops import REX, GitOps


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        pytest.param("Evidence: .*", 'Evidence: {"errors":{"n":40,"value":0.4,"limit":0.05,"verdict":"PASS"}}', id="k"),
        pytest.param("Evidence: .*", "Evidence: [1", id="no JSON"),
        pytest.param("Evidence: .*", "Evidence: []", id="a list"),
        pytest.param("Evidence: .*", 'Evidence: {"errors":3}', id="a number for a check"),
        pytest.param("Evidence: .*", 'Evidence: {"errors":{"n":"x","verdict":"FAIL"}}', id="a word for a count"),
        pytest.param("Law: .*", "Law: main", id="law is no commit"),
        pytest.param("Law: .*", f"Law: {'0' * 40}", id="law is unknown"),
    ],
)
def test_evidence_that_was_tampered_with_is_wrong(gitops: GitOps, line: str, instead: str) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.pull()
    gitops.git("commit", "-q", "--amend", "-m", re.sub(line, lambda _: instead, gitops.message()))
    gitops.git("push", "-q", "--force", "origin", "main")
    with open_repository(str(gitops.remote), cache_home=gitops.folder / "cache") as repository:
        lines = list(verify(repository, repository.sync()))
    assert [line.finding for line in lines if line.commit == gitops.head()] == [Finding.WRONG]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "app.kubernetes.io/managed-by", 'team.example/a: "b"\n    app.kubernetes.io/managed-by', id="newer"
        ),
        pytest.param("apiVersion", "{{ nothing_of_that_name }}apiVersion", id="broken"),
    ],
)
def test_a_rollback_that_did_not_wait_for_a_changed_template_is_verified(gitops: GitOps, old: str, new: str) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.pull()
    template = packaged_templates()["virtualservice.yaml.j2"]
    assert old in template
    gitops.write("templates/virtualservice.yaml.j2", template.replace(old, new, 1))
    gitops.push("people: a template")
    gitops.order(commands.rollback, REX)
    with open_repository(str(gitops.remote), cache_home=gitops.folder / "cache") as repository:
        lines = list(verify(repository, repository.sync()))
    assert {line.finding for line in lines} == {Finding.VERIFIED}
