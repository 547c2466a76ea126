"""What the real agent CLIs say about an agent: what they load, what they warn of, what they would let a model do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.desk import Desk, Ended
from tests.support.model_stub import Model, texts

Json = dict[str, Any]


def codex_prompt(desk: Desk) -> str:
    """Give all that Codex tells its model before the first word of a person."""
    messages = _codex_input(desk)
    return "\n".join(texts([one["content"] for one in messages if one["type"] == "message"]))


def _codex_input(desk: Desk, *options: str) -> list[Json]:
    messages: list[Json] = desk.run("codex", *options, "debug", "prompt-input", "hello").json
    return messages


def codex_memory(desk: Desk) -> str:
    """Give the part of the prompt that comes from AGENTS.md files; empty when there is none."""
    found = re.search(r"<INSTRUCTIONS>\n(.*)\n</INSTRUCTIONS>", codex_prompt(desk), re.DOTALL)
    return found[1] if found else ""


def codex_roles(desk: Desk) -> dict[str, str]:
    """Give the subagents that Codex offers its model beside its own: the name and what it says of each."""
    # Only the newer models are told of them in a part of the prompt that can be printed.
    [tools, *_] = _codex_input(desk, "-c", "model=gpt-6-sol")
    offered = re.search(r"Available roles:\n(.*)", "\n".join(texts(tools)), re.DOTALL)
    found = re.findall(r"^([\w.-]+): \{\n(.*?)\n\}$", offered[1] if offered else "", re.DOTALL | re.MULTILINE)
    return {name: text for name, text in found if name not in {"default", "explorer", "worker"}}


def codex_servers(desk: Desk) -> dict[str, Json]:
    """Give the MCP servers as Codex has read them, by name."""
    return {one["name"]: one for one in desk.run("codex", "mcp", "list", "--json").json}


def codex_decision(desk: Desk, rules: Iterable[Path], words: Iterable[str]) -> str:
    """Say what Codex's rules decide about a command: ``forbidden``, ``prompt``, ``allow``, or empty for nothing."""
    files = [word for path in rules for word in ("--rules", str(path))]
    decision: str = desk.run("codex", "execpolicy", "check", *files, "--", *words).json.get("decision", "")
    return decision


def codex_fault(desk: Desk) -> str:
    """Say what keeps Codex from starting when it takes every key of the configuration seriously; empty for nothing."""
    ended = desk.run("codex", "app-server", "--print-startup-config", "--strict-config")
    return "" if ended.code == 0 else ended.stdout + ended.stderr


def claude_turn(desk: Desk, model: Model, prompt: str = "hello") -> list[Json]:
    """Run one turn of Claude Code; gives its events."""
    ended = desk.run(
        *("claude", "-p", "--settings", _ANY_SANDBOX, "--output-format", "stream-json", "--verbose", prompt),
        ANTHROPIC_BASE_URL=model.url,
        ANTHROPIC_API_KEY="none",
    )
    assert ended.code == 0, ended.stderr or ended.stdout
    return [json.loads(line) for line in ended.stdout.splitlines()]


def claude_loaded(desk: Desk, model: Model) -> Json:
    """Give what Claude Code has: tools, mcp_servers, slash_commands, agents, skills, permissionMode, model."""
    return next(one for one in claude_turn(desk, model) if one.get("subtype") == "init")


def claude_memory(desk: Desk, model: Model) -> dict[str, str]:
    """Give the memory that Claude Code tells its model at the start: the text of each file, by its path."""
    claude_turn(desk, model)
    context = re.search(r"^# claudeMd$(.*?)^# currentDate$", model.asked[-1].text, re.DOTALL | re.MULTILINE)
    _, *parts = re.split(r"^Contents of (.+) \(.*\):$", context[1] if context else "", flags=re.MULTILINE)
    named = zip(parts[::2], parts[1::2], strict=True)
    return {Path(path).relative_to(desk.project).as_posix(): text for path, text in named}


def gemini_turn(desk: Desk, model: Model, prompt: str = "hello", *, hooks: bool = True) -> Ended:
    """Run one turn of Gemini CLI; without ``hooks`` the person has switched them off."""
    if not hooks:
        settings = desk.home / ".gemini" / "settings.json"
        known = json.loads(settings.read_text(encoding="utf-8"))
        settings.write_text(json.dumps(known | {"hooksConfig": {"enabled": False}}), encoding="utf-8")
    return desk.run(
        *("gemini", "-m", "gemini-2.5-flash", "-o", "json", "-p", prompt),
        GOOGLE_GEMINI_BASE_URL=model.url,
        GEMINI_API_KEY="none",
        GEMINI_TELEMETRY_OUTFILE=str(desk.home / "tmp" / "telemetry.json"),
    )


def gemini_complaints(ended: Ended) -> list[str]:
    """Give the lines on which Gemini CLI complains of a configuration, without what it says of every one."""
    return [line for line in ended.stderr.splitlines() if _COMPLAINT.search(line) and not _EVERY_TIME.match(line)]


def gemini_servers(desk: Desk) -> dict[str, str]:
    """Give the MCP servers as Gemini CLI has read them: the name, and its command or address with its transport."""
    listed = desk.run("gemini", "mcp", "list").stderr
    return dict(re.findall(r"^\S (.+?): (.+) - \w+$", listed, re.MULTILINE))


def gemini_skills(desk: Desk) -> dict[str, Path]:
    """Give the skills that Gemini CLI finds: the name and its file."""
    listed = desk.run("gemini", "skills", "list").stdout
    found = re.findall(r"^([^\n]+) \[Enabled\]\n.*?Location: +([^\n]+)$", listed, re.MULTILINE | re.DOTALL)
    return {name: Path(place) for name, place in found}


def opencode_config(desk: Desk) -> Json:
    """Give OpenCode's configuration as it has read and joined it."""
    config: Json = desk.run("opencode", "debug", "config").json
    return config


def opencode_agent(desk: Desk, name: str) -> Json:
    """Give an agent of OpenCode with its permissions in their order: the last that fits decides."""
    agent: Json = desk.run("opencode", "debug", "agent", name).json
    return agent


def opencode_skills(desk: Desk) -> dict[str, Json]:
    """Give the skills that OpenCode finds, by name."""
    return {one["name"]: one for one in desk.run("opencode", "debug", "skill").json}


def opencode_turn(desk: Desk, model: Model, *words: str, command: str = "") -> list[Json]:
    """Run one turn of OpenCode, or one command with the words as its arguments; gives its events."""
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": f"{model.url}/v1", "apiKey": "none"},
        "models": {"stub": {"tool_call": True}},
    }
    config = {"model": "stub/stub", "small_model": "stub/stub", "provider": {"stub": provider}}
    called = ("--command", command) if command else ()
    ended = desk.run(
        *("opencode", "run", "--format", "json", "--model", "stub/stub", *called, *(words or ("hello",))),
        OPENCODE_CONFIG_CONTENT=json.dumps(config),
    )
    assert ended.code == 0, ended.stderr or ended.stdout
    return [json.loads(line) for line in ended.stdout.splitlines()]


_COMPLAINT = re.compile(r"error|invalid|unrecogni|unknown|warn|fail|skip|deprecat|not found", re.IGNORECASE)
_EVERY_TIME = re.compile(
    r"Warning: 256-color|WARNING: The following project-level hooks|The 'metricReader' option|\[STARTUP\]"
)
_ANY_SANDBOX = '{"sandbox": {"failIfUnavailable": false}}'
