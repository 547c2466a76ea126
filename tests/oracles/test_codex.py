"""Codex judges what we made for it out of Claude Code's agents."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.oracles.conftest import Told
from tests.oracles.scene import (
    ALL,
    OWN,
    below,
    document,
    laid_out,
    missing_lines,
    outcomes,
    those_with,
    unexplained,
    unseen,
)
from tests.support.agent_clis import codex_decision, codex_fault, codex_memory, codex_prompt, codex_roles, codex_servers
from tests.support.codex_server import codex_hooks, codex_server, codex_skills
from tests.support.convert_checks.agents import Agent, Converted
from tests.support.desk import Desk, set_up

pytestmark = pytest.mark.real


@those_with("")
def test_every_line_that_claude_code_tells_its_model_codex_tells_too(agent: Agent, tmp_path: Path, told: Told) -> None:
    one, desk = laid_out(agent, Cli.CODEX, tmp_path)
    assert missing_lines(one, told(agent), codex_memory(desk)) == []


@those_with("")
def test_it_knows_every_key_of_its_configuration(agent: Agent, tmp_path: Path) -> None:
    _, desk = laid_out(agent, Cli.CODEX, tmp_path / "after")
    if codex_fault(set_up(tmp_path / "before", agent.files)) == "":
        assert codex_fault(desk) == ""


@those_with(".mcp.json")
def test_it_has_every_server_that_the_ledger_does_not_drop(agent: Agent, tmp_path: Path) -> None:
    one, desk = laid_out(agent, Cli.CODEX, tmp_path)
    shown = codex_servers(desk)
    for name, server in document(one.source, ".mcp.json").get("mcpServers", {}).items():
        if outcomes(one, f"mcp:{name}") == {Outcome.DROPPED}:
            continue
        assert _differences(server, shown[name]["transport"], one, name) == []


@those_with(".claude/settings")
def test_a_denied_command_is_forbidden_and_one_to_ask_for_is_asked(agent: Agent, tmp_path: Path) -> None:
    one, desk = laid_out(agent, Cli.CODEX, tmp_path)
    rules = sorted((desk.project / ".codex" / "rules").glob("*.rules"))
    for decision, text, command in _bash_rules(one):
        if outcomes(one, f"permission:{decision}:{text}") != {Outcome.DROPPED}:
            expected = {"deny": {"forbidden"}, "ask": {"prompt", "forbidden"}}[decision]
            assert codex_decision(desk, rules, shlex.split(command)) in expected, (text, command)


@those_with(".claude/settings")
def test_nothing_is_allowed_to_leave_the_sandbox(agent: Agent, tmp_path: Path) -> None:
    one, _ = laid_out(agent, Cli.CODEX, tmp_path)
    written = [data for path, data in one.files.items() if path.endswith(".rules") and path not in one.source]
    assert b'decision = "allow"' not in b"".join(written)


@those_with(".claude/settings")
def test_it_loads_every_hook_of_the_ledger_without_a_complaint(agent: Agent, tmp_path: Path) -> None:
    one, desk = laid_out(agent, Cli.CODEX, tmp_path)
    with codex_server(desk) as server:
        hooks, complaints = codex_hooks(server, desk)
    assert complaints == []
    listed = [item for item in one.items("hook") if item.outcome is not Outcome.DROPPED]
    events = Counter(item.item.split(":")[1].partition("#")[0].lower() for item in listed)
    if ".codex/hooks.json" not in one.source:
        assert Counter(hook["eventName"].lower() for hook in hooks) == events
    assert not any(str(desk.project) in hook["command"] for hook in hooks), "a path of this machine"


@those_with(".claude/skills/", ".claude/commands/")
def test_it_loads_every_skill_and_command_of_the_ledger_without_a_complaint(agent: Agent, tmp_path: Path) -> None:
    one, desk = laid_out(agent, Cli.CODEX, tmp_path)
    with codex_server(desk) as server:
        skills, complaints = codex_skills(server, desk)
    if not any(path.startswith(".agents/skills/") for path in one.source):
        assert complaints == []
    paths = {Path(skill["path"]).relative_to(desk.project).as_posix() for skill in skills.values()}
    wanted = {item.target.partition(":")[0] for item in (*one.items("skill"), *one.items("command"))}
    assert {path for path in wanted if path.endswith("SKILL.md")} - paths == set()


@those_with(".claude/agents/")
def test_it_offers_every_subagent_of_the_ledger(agent: Agent, tmp_path: Path) -> None:
    one, desk = laid_out(agent, Cli.CODEX, tmp_path)
    items = [item for item in one.items("subagent") if item.item.count(":") == 1]
    wanted = {item.item.partition(":")[2].partition("#")[0] for item in items if item.outcome is not Outcome.DROPPED}
    assert wanted - codex_roles(desk).keys() == set()


@pytest.mark.parametrize("agent", [one for one in ALL if one.name in {"oracles", "proj"}], ids=lambda one: one.name)
def test_every_text_is_seen_or_explained(agent: Agent, tmp_path: Path) -> None:
    one, desk = laid_out(agent, Cli.CODEX, tmp_path)
    lost = unseen(one, _seen(desk))
    if agent is OWN:
        assert lost == {"MARK_UNREAD", "MARK_CHATTY", "MARK_TEMPLATE"}
    assert unexplained(one, lost) <= {"MARK_UNREAD", "MARK_TEMPLATE"}


def _seen(desk: Desk) -> str:
    """Join all that Codex shows its model in any folder, and the files that it names to it."""
    folders = {path.parent for path in desk.project.rglob("AGENTS*.md")} | {desk.project}
    for folder in folders:
        _make_closed_folders(desk, folder)
    prompts = [codex_prompt(below(desk, str(folder.relative_to(desk.project)))) for folder in sorted(folders)]
    with codex_server(desk) as server:
        skills, _ = codex_skills(server, desk)
        hooks, _ = codex_hooks(server, desk)
    files = [Path(skill["path"]) for skill in skills.values()]
    files += [desk.project / ".codex" / "agents" / f"{role}.toml" for role in codex_roles(desk)]
    texts = [path.read_text(encoding="utf-8") for path in files if path.exists()]
    return "\n".join([*prompts, *texts, json.dumps(hooks)])


def _make_closed_folders(desk: Desk, folder: Path) -> None:
    """Make what the profile closes to writing: where it is not there Codex makes it, and now and then stumbles."""
    config = tomllib.loads((desk.project / ".codex" / "config.toml").read_text(encoding="utf-8"))
    for profile in config.get("permissions", {}).values():
        for path, access in profile.get("filesystem", {}).get(":workspace_roots", {}).items():
            if access == "read":
                (folder / path.removesuffix("/**")).mkdir(parents=True, exist_ok=True)


def _bash_rules(one: Converted) -> Iterator[tuple[str, str, str]]:
    """Give each rule that forbids or asks, with commands that it is about: the words alone, and with one more."""
    for path in (".claude/settings.json", ".claude/settings.local.json"):
        permissions = document(one.source, path).get("permissions", {})
        for decision in ("deny", "ask"):
            for text in permissions.get(decision, []):
                found = re.fullmatch(r"Bash\((?P<words>[^*|&;<>$`]+?)(?P<more>:\*| \*)?\)", text)
                if found:
                    yield decision, text, found["words"]
                if found and found["more"]:
                    yield decision, text, f"{found['words']} more"


def _differences(server: dict[str, Any], shown: dict[str, Any], one: Converted, name: str) -> list[str]:
    """Compare a server of the source with what Codex shows of it; what refers to a variable has another form there."""
    plain: list[str] = [key for key in ("command", "args", "url") if key in server]
    same = {key: shown.get(key) == server[key] for key in plain}
    env = {*(shown.get("env") or {}), *(shown.get("env_vars") or [])}
    headers = {**(shown.get("http_headers") or {}), **(shown.get("env_http_headers") or {})}
    known = {header.lower() for header in headers} | ({"authorization"} if shown.get("bearer_token_env_var") else set())
    same |= {f"env.{key}": key in env for key in server.get("env", {})}
    same |= {f"headers.{key}": key.lower() in known for key in server.get("headers", {})}
    literals = [*(shown.get("env") or {}).values(), *(shown.get("http_headers") or {}).values()]
    silent = [key for key, is_same in same.items() if not is_same and outcomes(one, f"mcp:{name}:{key}") <= _KEPT]
    return silent + [value for value in literals if "${" in value]


_KEPT = {Outcome.KEPT}
