"""Reads the parts that are files: commands, subagents and skills. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.formats import front_matter, strict_toml
from reconciler.convert.formats.front_matter import FrontMatter
from reconciler.convert.gemini.layout import AGENTS, COMMANDS, SKILLS
from reconciler.convert.gemini.prompts import to_claude
from reconciler.convert.gemini.tools import to_claude as tool_to_claude
from reconciler.convert.parts import Command, Field, Skill, Subagent
from reconciler.convert.skills import read_skill
from reconciler.convert.text import fault_of_text


@dataclass(frozen=True, slots=True)
class Parts:
    """What was found, in order of the paths; ``paths`` are the files it was found in."""

    commands: list[Command] = field(default_factory=list)
    subagents: list[Subagent] = field(default_factory=list)
    skills: list[Skill] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def read_parts(files: Mapping[str, bytes], denied: Mapping[str, Field], servers: list[str]) -> Parts:
    """Read the parts.

    Args:
        files: The agent's folder, or the user's home.
        denied: The tools that a policy denies to a subagent, by its name.
        servers: The names of the configured MCP servers.
    """
    parts = Parts()
    skills: dict[str, dict[str, list[str]]] = {}
    for path in sorted(files):
        if path.startswith(COMMANDS) and path.endswith(".toml"):
            _read_command(parts, path, files[path])
        elif _AGENT.fullmatch(path):
            _read_subagent(parts, path, files[path], denied, servers)
        elif match := _SKILL.match(path):
            skills.setdefault(match[2], {}).setdefault(match[1], []).append(path)
    for name, folders in skills.items():
        _read_skill(parts, name, folders, files)
    return parts


def _read_command(parts: Parts, path: str, data: bytes) -> None:
    parts.paths.append(path)
    name = path.removeprefix(COMMANDS).removesuffix(".toml").replace("/", ":")
    try:
        table = strict_toml.parse(data)
    except strict_toml.TomlFault as fault:
        parts.unreadable.append(Unreadable(f"command:{name}", Origin(path, fault.line), fault.reason))
        return
    prompt, description = table.get("prompt"), table.get("description", "")
    if not isinstance(prompt, str) or not isinstance(description, str):
        reason = 'found no text "prompt", or a "description" that is none: Gemini CLI passes over the command'
        parts.unreadable.append(Unreadable(f"command:{name}", Origin(path), reason))
        return
    others = {key: Field(str(value), Origin(path)) for key, value in table.items() if key not in _COMMAND_KEYS}
    lines = {"description": _line(data, b"description")} if "description" in table else {}
    body = to_claude(prompt).encode()
    parts.commands.append(Command(name, Origin(path), body, description, others=others, lines=lines))


def _line(data: bytes, key: bytes) -> int:
    match = re.search(rb"^\s*[\"']?" + key + rb"\b", data, re.MULTILINE)
    return data[: match.end()].count(b"\n") + 1 if match else 1


def _read_subagent(parts: Parts, path: str, data: bytes, denied: Mapping[str, Field], servers: list[str]) -> None:
    parts.paths.append(path)
    name = path.removeprefix(AGENTS).removesuffix(".md")
    if fault := fault_of_text(data):
        parts.unreadable.append(Unreadable(f"subagent:{name}", Origin(path, fault[0]), fault[1]))
        return
    matter = front_matter.parse(data)
    missing = [key for key in ("name", "description") if not matter.scalars.get(key)]
    if missing or matter.scalars.get("kind") == "remote":
        reason = (
            f"without {' and '.join(missing)}" if missing else "runs on another machine, which no other CLI can say"
        )
        parts.unreadable.append(Unreadable(f"subagent:{name}", Origin(path), reason))
        return
    parts.subagents.append(_subagent(path, matter, denied, servers))


def _subagent(path: str, matter: FrontMatter, denied: Mapping[str, Field], servers: list[str]) -> Subagent:
    name = matter.scalars["name"]
    tools = () if matter.raw.get("tools") == "[]" else matter.values("tools")
    others = {key: Field(raw, Origin(path, matter.lines[key])) for key, raw in matter.raw.items() if key not in _KEYS}
    return Subagent(
        name=name,
        origin=Origin(path),
        body=matter.body,
        description=matter.scalars["description"],
        tools=_tools(tools, servers) if "tools" in matter.raw and "*" not in tools else None,
        model=matter.scalars.get("model", ""),
        others=others | ({"disallowedTools": denied[name]} if name in denied else {}),
        lines={key: line for key, line in matter.lines.items() if key in _KEYS},
    )


def _tools(tools: tuple[str, ...], servers: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tool_to_claude(tool, servers) or tool for tool in tools))


def _read_skill(parts: Parts, name: str, folders: Mapping[str, list[str]], files: Mapping[str, bytes]) -> None:
    there = [folder for folder in SKILLS if f"{folder}{name}/SKILL.md" in files]
    for folder in there:
        parts.paths.extend(folders[folder])
        path = f"{folder}{name}/SKILL.md"
        if folder != there[-1]:
            reason = f"Gemini CLI reads {there[-1]}{name} in its place"
            parts.unreadable.append(Unreadable(f"skill:{name}", Origin(path), reason))
            continue
        parts.skills.append(read_skill(f"{folder}{name}", folders[folder], files))


_COMMAND_KEYS = ("prompt", "description")
_KEYS = ("name", "description", "tools", "model")
_AGENT = re.compile(re.escape(AGENTS) + r"[^/]+\.md")
_SKILL = re.compile(rf"({'|'.join(re.escape(folder) for folder in SKILLS)})([^/]+)/")
