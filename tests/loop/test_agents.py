"""What a migration's agent loses, may newly do, and cannot work with, as the loop and `validate` say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.loop.agents import unaccepted_losses
from reconciler.model.conversion import Conversion, Item, Outcome
from reconciler.model.stage import Stage
from reconciler.spec.migration import parse_migration
from tests.support.gitops import REX, GitOps

FILE = "environments/prod/migrations/rex.yaml"
SERVERS = "environments/prod/agents/rex/.mcp.json"


@pytest.mark.parametrize(
    ("item", "pattern"),
    [
        ("hook:Stop", "hook:*"),
        ("subagent:reviewer:model", "subagent:reviewer"),
        ("command:db:migrate:model", "command:db:migrate"),
        ("permission:ask:Bash(git push:*)", "permission:Bash(git push:*)"),
        ("permission:deny:Bash(rm:*)", "permission:deny:Bash(rm:[*])"),
        ("mcp:events:url", "mcp:events*"),
    ],
)
def test_a_loss_is_accepted_by_its_name_or_by_the_part_it_belongs_to(gitops: GitOps, item: str, pattern: str) -> None:
    migration = parse_migration(gitops.show(FILE).encode(), FILE, None)
    conversion = Conversion({}, (Item(item, "a:1", Outcome.DROPPED, "", "why"),))
    assert unaccepted_losses(migration, conversion) == [item]
    assert unaccepted_losses(replace(migration, accepted_losses=(pattern,)), conversion) == []
    assert unaccepted_losses(replace(migration, accepted_losses=("setting:*",)), conversion) == [item]


def test_a_model_of_another_cli_keeps_the_migration_at_planning_and_is_a_mistake(gitops: GitOps) -> None:
    gitops.reconcile()
    gitops.pull()
    gitops.edit(FILE, "model: gpt-5.5", "model: gemini-2.5-pro")
    gitops.push("people: the wrong model")
    gitops.soak(REX)
    outcome = gitops.reconcile()
    assert (gitops.decision(outcome), gitops.stage(REX)) == ("Wait", Stage.PLANNING)
    assert "gemini-2.5-pro is a model of gemini" in outcome.plan.migrations[0].decision.reason
    assert [mistake.path for mistake in gitops.validate().mistakes] == [FILE]


def test_a_reviewer_sees_what_a_pull_request_lets_an_agent_do(gitops: GitOps) -> None:
    gitops.pull()
    base = gitops.head()
    gitops.write(SERVERS, '{"mcpServers": {"files": {"command": "npx", "args": ["x"]}}}')
    gitops.write("environments/prod/agents/rex/CLAUDE.md", "# Memory\n\u200bhidden\n")
    gitops.push("people: one more server")
    notes = gitops.validate(base).notes
    assert f"{SERVERS}:1: new server: files: npx x" in notes
    assert any(note.endswith("new hidden character: U+200B ZERO WIDTH SPACE") for note in notes)
