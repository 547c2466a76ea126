"""Claude Code judges what we made for it out of a Codex agent: the one that we made before, and a public one's."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.convert import convert
from reconciler.model.migration import Cli
from tests.oracles.scene import OWN, SOME
from tests.support.agent_clis import claude_loaded, claude_turn
from tests.support.convert_checks.agents import Agent, converted
from tests.support.desk import Desk, set_up
from tests.support.model_stub import model_stub

pytestmark = pytest.mark.real


def brought_back(agent: Agent, folder: Path) -> Desk:
    """Leave nothing of Claude Code's files but what comes back from Codex's."""
    there = converted(agent, Cli.CODEX).files
    carried = {path: data for path, data in agent.files.items() if path not in there and not _is_claudes(path)}
    codex = {**carried, **there}
    back = convert(codex, source=Cli.CODEX, target=Cli.CLAUDE)
    return set_up(folder, {**codex, **back.files})


@pytest.mark.parametrize("agent", SOME, ids=lambda agent: agent.name)
def test_it_loads_the_same_servers_commands_skills_and_subagents_as_before(agent: Agent, tmp_path: Path) -> None:
    with model_stub() as model:
        before = claude_loaded(set_up(tmp_path / "before", agent.files), model)
        after = claude_loaded(brought_back(agent, tmp_path / "after"), model)
    offered = {*after["slash_commands"], *after["skills"]}
    assert set(before["slash_commands"]) - offered == set()
    assert set(before["agents"]) - set(after["agents"]) == set()
    assert {name for name in before["tools"] if not name.startswith("mcp__")} >= set(after["tools"])


def test_it_tells_its_model_the_same_texts_as_before(tmp_path: Path) -> None:
    seen = []
    for desk in (set_up(tmp_path / "before", OWN.files), brought_back(OWN, tmp_path / "after")):
        with model_stub() as model:
            claude_turn(desk, model)
        seen.append({word for word in model.text.replace(":", " ").split() if word.startswith("MARK_")})
    before, after = seen
    assert before - after <= {"MARK_TERSE"}


def test_it_has_every_server_that_codex_could_have(tmp_path: Path) -> None:
    with model_stub() as model:
        loaded = claude_loaded(brought_back(OWN, tmp_path), model)
    assert {"stock", "prices", "orders", "scales"} <= {server["name"] for server in loaded["mcp_servers"]}


def test_it_still_denies_what_was_denied(tmp_path: Path) -> None:
    desk = brought_back(OWN, tmp_path)
    with model_stub("touch forbidden", "rm -rf shop") as model:
        [*_, result] = claude_turn(desk, model)
    denied = [denial["tool_input"]["command"] for denial in result["permission_denials"]]
    assert denied == ["touch forbidden", "rm -rf shop"]
    assert (desk.project / "shop").is_dir()
    assert not (desk.project / "forbidden").exists()


def _is_claudes(path: str) -> bool:
    return path.startswith(".claude/") or path == ".mcp.json" or path.endswith(("CLAUDE.md", "CLAUDE.local.md"))
