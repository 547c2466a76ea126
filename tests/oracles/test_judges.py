"""The judges notice what is wrong: each sees a hand-written project with one fault in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.agent_clis import (
    claude_loaded,
    claude_turn,
    codex_decision,
    codex_fault,
    codex_memory,
    codex_roles,
    codex_servers,
    gemini_complaints,
    gemini_servers,
    gemini_skills,
    gemini_turn,
    opencode_agent,
    opencode_skills,
    opencode_turn,
)
from tests.support.codex_server import codex_config, codex_hooks, codex_import, codex_server, codex_skills
from tests.support.desk import set_up
from tests.support.model_stub import model_stub

pytestmark = pytest.mark.real

SKILL = b"---\nname: weigh\ndescription: Weighs\n---\nSlowly.\n"


def test_codex_shows_its_memory_and_refuses_a_key_that_it_does_not_know(tmp_path: Path) -> None:
    desk = set_up(tmp_path / "good", {"AGENTS.md": b"one\n\ntwo\n", ".codex/config.toml": b'model = "gpt-5.5"\n'})
    assert codex_memory(desk).split() == ["one", "two"]
    assert codex_fault(desk) == ""
    assert "modell" in codex_fault(set_up(tmp_path / "bad", {".codex/config.toml": b'modell = "gpt-5.5"\n'}))


def test_codex_shows_its_servers_subagents_and_rules(tmp_path: Path) -> None:
    rules = b'prefix_rule(pattern=["rm", "-rf"], decision="forbidden")\n'
    files = {
        ".codex/config.toml": b'[mcp_servers.stock]\ncommand = "node"\nenv_vars = ["TOKEN"]\n',
        ".codex/agents/packer.toml": b'name = "packer"\ndescription = "Packs"\ndeveloper_instructions = "Now."\n',
        ".codex/rules/some.rules": rules,
    }
    desk = set_up(tmp_path, files)
    assert codex_servers(desk)["stock"]["transport"]["env_vars"] == ["TOKEN"]
    assert codex_roles(desk) == {"packer": "Packs"}
    place = [desk.project / ".codex" / "rules" / "some.rules"]
    assert [codex_decision(desk, place, words) for words in (["rm", "-rf", "x"], ["rm", "x"])] == ["forbidden", ""]


def test_codex_complains_of_a_hook_that_it_cannot_run(tmp_path: Path) -> None:
    handlers = [{"type": "command", "command": "echo"}, {"type": "http", "url": "http://127.0.0.1:9"}]
    for name, count in (("good", 1), ("bad", 2)):
        hooks = {"hooks": {"Stop": [{"hooks": handlers[:count]}]}}
        files = {".codex/hooks.json": json.dumps(hooks).encode(), ".agents/skills/weigh/SKILL.md": SKILL}
        desk = set_up(tmp_path / name, files)
        with codex_server(desk) as server:
            found, complaints = codex_hooks(server, desk)
            skills, _ = codex_skills(server, desk)
        assert (len(found), bool(complaints), list(skills)) == (2 - count, count == 2, ["weigh"])


def test_codex_leaves_no_process_behind(tmp_path: Path) -> None:
    profile = b'default_permissions = "p"\n[permissions.p]\nextends = ":workspace"\n'
    denied = b'[permissions.p.filesystem.":workspace_roots"]\n".env" = "deny"\n'
    desk = set_up(tmp_path, {"AGENTS.md": b"one\n", ".codex/config.toml": profile + denied})
    assert codex_memory(desk).strip() == "one"
    assert desk.leftovers() == []


def test_codex_brings_a_claude_project_over_by_itself(tmp_path: Path) -> None:
    desk = set_up(tmp_path, {"CLAUDE.md": b"one\n", ".mcp.json": b'{"mcpServers": {"stock": {"command": "node"}}}'})
    with codex_server(desk) as server:
        codex_import(server, desk)
    with codex_server(desk) as server:
        assert codex_config(server, desk)["mcp_servers"]["stock"]["command"] == "node"
    assert codex_memory(desk).strip() == "one"


def test_claude_shows_what_it_has_and_denies(tmp_path: Path) -> None:
    settings = {"permissions": {"allow": ["Bash(touch yes)"], "deny": ["Bash(touch no)", "WebFetch"]}}
    files = {".claude/settings.json": json.dumps(settings).encode(), ".claude/skills/weigh/SKILL.md": SKILL}
    desk = set_up(tmp_path, files)
    with model_stub("touch yes", "touch no") as model:
        [*_, result] = claude_turn(desk, model)
        loaded = claude_loaded(desk, model)
    assert [one["tool_input"]["command"] for one in result["permission_denials"]] == ["touch no"]
    assert [(desk.project / name).exists() for name in ("yes", "no")] == [True, False]
    assert "weigh" in loaded["skills"]
    assert "WebFetch" not in loaded["tools"]


def test_gemini_shows_its_memory_and_complains_of_a_subagent_with_a_key_too_many(tmp_path: Path) -> None:
    agent = b"---\nname: packer\ndescription: MARK_OFFER packs\n---\nNow.\n"
    settings = {"mcpServers": {"stock": {"command": "node", "args": ["x.js"]}}}
    for name, text, complains in (
        ("good", agent, False),
        ("bad", agent.replace(b"---\nNow", b"color: red\n---\n"), True),
    ):
        files = {
            "GEMINI.md": b"MARK_MEMORY\n",
            ".gemini/settings.json": json.dumps(settings).encode(),
            ".gemini/agents/packer.md": text,
            ".agents/skills/weigh/SKILL.md": SKILL,
        }
        desk = set_up(tmp_path / name, files)
        with model_stub() as model:
            ended = gemini_turn(desk, model)
        assert "MARK_MEMORY" in model.text
        assert bool(gemini_complaints(ended)) == complains == ("MARK_OFFER" not in model.text)
        assert gemini_servers(desk) == {"stock": "node x.js (stdio)"}
        assert list(gemini_skills(desk)) == ["weigh"]


def test_opencode_shows_its_memory_and_its_permissions_and_denies(tmp_path: Path) -> None:
    permission = {"bash": {"*": "deny", "touch yes": "allow"}}
    files = {
        "AGENTS.md": b"MARK_MEMORY\n",
        "opencode.json": json.dumps({"permission": permission}).encode(),
        ".agents/skills/weigh/SKILL.md": SKILL,
    }
    desk = set_up(tmp_path, files)
    with model_stub("touch yes", "touch no") as model:
        events = opencode_turn(desk, model)
    states = {
        one["part"]["state"]["input"]["command"]: one["part"]["state"]["status"]
        for one in events
        if one["type"] == "tool_use"
    }
    assert states == {"touch yes": "completed", "touch no": "error"}
    assert "MARK_MEMORY" in model.text
    assert "weigh" in opencode_skills(desk)
    assert {"permission": "bash", "pattern": "touch yes", "action": "allow"} in opencode_agent(desk, "build")[
        "permission"
    ]
