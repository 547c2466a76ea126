"""The law comes from the parent, inputs re-render in one commit, and nothing moves under a live migration."""

from __future__ import annotations

import json

import pytest

from reconciler.adapters.packaged import packaged_templates
from reconciler.loop import commands
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from tests.support.gitops import KIT, MINUTE, REX, GitOps

FILE = "environments/prod/migrations/rex.yaml"
ENVIRONMENT = "environments/prod/environment.yaml"
ROUTING = "environments/prod/rendered/rex/virtualservice.yaml"


def test_a_raise_is_judged_by_the_policy_before_it(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.tasks(REX, failing=10)
    gitops.pull()
    gitops.edit("policies/default.yaml", "max: 5%", "max: 80%")
    gitops.edit(FILE, "stage: canary", "stage: rollout-25")
    gitops.push("people: it is fine, really")
    assert gitops.decision(gitops.reconcile()) == "Rollback"


def test_another_edit_after_a_raise_does_not_bring_it_under_its_own_policy(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.tasks(REX, failing=10)
    gitops.pull()
    gitops.edit("policies/default.yaml", "max: 5%", "max: 80%")
    gitops.edit(FILE, "stage: canary", "stage: rollout-25")
    gitops.push("people: it is fine, really")
    gitops.edit(FILE, "# rex goes", "# today rex goes")
    gitops.push("people: a comment")
    assert gitops.decision(gitops.reconcile()) == "Rollback"


def test_without_a_raise_the_policy_of_today_judges(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.pull()
    gitops.edit("policies/default.yaml", "max: 5%", "max: 80%")
    gitops.push("people: it is fine, really")
    gitops.tasks(REX, failing=10)
    assert gitops.decision(gitops.reconcile()) == "Wait"


def test_a_policy_change_renders_nothing(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.pull()
    gitops.edit("policies/default.yaml", "max: 5%", "max: 4%")
    gitops.push("people: stricter")
    gitops.now += MINUTE
    assert gitops.reconcile().commits == ()


def test_a_template_change_renders_a_whole_environment_in_one_commit(gitops: GitOps) -> None:
    gitops.pull()
    gitops.add(KIT)
    gitops.push("people: kit")
    gitops.bring_to(REX, Stage.CANARY)
    before = gitops.three(REX)
    gitops.pull()
    template = packaged_templates()["virtualservice.yaml.j2"]
    label = "app.kubernetes.io/managed-by"
    assert label in template
    gitops.write(
        "templates/virtualservice.yaml.j2", template.replace(label, f'team.example/owner: "agents"\n    {label}')
    )
    gitops.push("people: a label more")
    gitops.now += MINUTE
    [commit] = gitops.reconcile().commits
    assert gitops.message(commit).splitlines()[0] == "prod: re-render kit, rex"
    assert "team.example/owner" in gitops.show(ROUTING)
    assert "weight: 10\n" in gitops.show(ROUTING)
    assert gitops.three(REX)[FILE] == before[FILE]
    gitops.now += MINUTE
    assert gitops.reconcile().commits == ()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(ENVIRONMENT, "namespace: agents-prod", "namespace: elsewhere", id="namespace"),
        pytest.param(FILE, "host: rex.prod", "host: kit.prod", id="host"),
        pytest.param(FILE, "model: gpt-5.5}", "model: gpt-5.5, version: next}", id="subset"),
    ],
)
def test_what_routes_a_live_migration_cannot_be_changed_under_it(gitops: GitOps, path: str, old: str, new: str) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    before = gitops.show(ROUTING)
    gitops.pull()
    gitops.edit(path, old, new)
    gitops.push("people: elsewhere")
    gitops.now += MINUTE
    outcome = gitops.reconcile()
    assert outcome.plan.degraded
    assert outcome.commits == ()
    assert gitops.show(ROUTING) == before
    gitops.order(commands.rollback, REX)
    assert gitops.stage(REX) is Stage.ROLLED_BACK, "a rollback works all the same"


def test_a_host_may_change_while_nothing_is_live(gitops: GitOps) -> None:
    gitops.reconcile()
    gitops.pull()
    gitops.edit(FILE, "host: rex.prod", "host: rex.elsewhere")
    gitops.push("people: elsewhere")
    assert not gitops.reconcile().plan.degraded
    assert "rex.elsewhere.svc.cluster.local" in gitops.show(ROUTING)


def test_a_secret_in_an_agents_configuration_stops_planning_and_is_not_shown(gitops: GitOps) -> None:
    secret = "ghp_" + "a1B2" * 9
    gitops.pull()
    servers = {"mcpServers": {"forge": {"command": "forge-mcp", "env": {"FORGE_TOKEN": secret}}}}
    gitops.write("environments/prod/agents/rex/.mcp.json", json.dumps(servers))
    gitops.push("people: oops")
    outcome = gitops.reconcile()
    assert outcome.plan.degraded
    assert outcome.commits == ()
    [planned] = outcome.plan.migrations
    assert ".mcp.json:1" in planned.decision.reason
    assert secret not in repr(planned)


def test_a_broken_template_does_not_stop_a_rollback(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.pull()
    gitops.write("templates/virtualservice.yaml.j2", "{{ nonsense }}\n")
    gitops.push("people: oops")
    gitops.tasks(REX, failing=30)
    assert gitops.decision(gitops.reconcile()) == "Rollback"
    planning = gitops.git("log", "--format=%H", "--grep=enter planning", "-1", "origin/main")
    assert gitops.show(ROUTING) == gitops.show(ROUTING, planning)


def test_one_broken_file_of_many_leaves_the_others_alone(gitops: GitOps) -> None:
    gitops.pull()
    gitops.add(KIT)
    gitops.edit(FILE, "stage: planning", "stage: canarry")
    gitops.push("people: a slip")
    outcome = gitops.reconcile()
    assert outcome.plan.degraded
    assert gitops.stage(KIT) is Stage.PLANNING
    broken = next(one for one in outcome.plan.migrations if one.id == REX)
    assert f"{FILE}:7" in broken.decision.reason
    assert "did you mean" in broken.decision.reason


def test_requires_waits_for_another_environment(gitops: GitOps) -> None:
    staging = MigrationId("staging", "rex")
    gitops.pull()
    gitops.add(staging)
    gitops.edit(FILE, "policy: default\n", "policy: default\nrequires: [staging/rex]\n")
    gitops.push("people: staging first")
    for _ in range(8):
        gitops.soak(REX, staging)
        gitops.reconcile()
        if gitops.stage(staging) is not Stage.COMPLETE:
            assert gitops.stage(REX) in (Stage.PLANNING, Stage.TESTING, None)
    assert gitops.stage(staging) is Stage.COMPLETE
    assert gitops.stage(REX) not in (Stage.PLANNING, Stage.TESTING)


def test_a_metric_source_that_cannot_be_opened_degrades_its_environment_alone(gitops: GitOps) -> None:
    staging = MigrationId("staging", "rex")
    gitops.pull()
    gitops.add(staging)
    gitops.push("people: staging too")
    gitops.bring_to(REX, Stage.CANARY)
    gitops.pull()
    path = "environments/staging/environment.yaml"
    gitops.edit(path, gitops.ledger_url, "postgresql://ledger.example/outcomes")
    gitops.push("people: another ledger")
    gitops.soak(REX, staging)
    outcome = gitops.reconcile()
    assert outcome.plan.degraded
    assert gitops.stage(REX) is Stage.ROLLOUT_25
    assert gitops.stage(staging) is Stage.TESTING


def test_a_new_migration_cannot_take_the_host_of_another(gitops: GitOps) -> None:
    gitops.reconcile()
    gitops.pull()
    gitops.add(KIT)
    gitops.edit("environments/prod/migrations/kit.yaml", "host: kit.prod", "host: rex.prod")
    gitops.push("people: the same host")
    gitops.now += MINUTE
    outcome = gitops.reconcile()
    assert outcome.plan.degraded
    assert gitops.stage(KIT) is None
    assert gitops.stage(REX) is Stage.TESTING
