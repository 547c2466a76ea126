"""Reads OpenCode's commands, agents and skills. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.formats import front_matter
from reconciler.convert.formats.front_matter import FrontMatter
from reconciler.convert.opencode.layout import Layout
from reconciler.convert.opencode.models import without_provider
from reconciler.convert.opencode.tools import TOOLS, clean, server_rule
from reconciler.convert.parts import Command, Field, Skill, Subagent
from reconciler.convert.text import fault_of_text


@dataclass(slots=True)
class Parts:
    """What was found, in order of the paths; ``paths`` are the files that it was found in."""

    commands: list[Command] = field(default_factory=list)
    subagents: list[Subagent] = field(default_factory=list)
    skills: list[Skill] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)


def read_parts(files: Mapping[str, bytes], layout: Layout, servers: Iterable[str]) -> Parts:
    """Read the parts.

    Args:
        files: The agent's folder, or the user's home, by path.
        layout: Where the parts are.
        servers: The names of the MCP servers.
    """
    parts = Parts()
    names = tuple(servers)
    for name, path in layout.parts("command", files).items():
        if matter := _matter(parts, f"command:{_colons(name)}", path, files):
            parts.commands.append(_command(_colons(name), path, matter))
    for name, path in layout.parts("agent", files).items():
        if matter := _matter(parts, f"subagent:{name}", path, files):
            _add_agent(parts, name, path, matter, names)
    for folder, paths in layout.skill_folders(files).items():
        main = f"{folder}/SKILL.md"
        if matter := _matter(parts, f"skill:{folder.rpartition('/')[2]}", main, files):
            parts.paths.update(paths)
            _add_skill(parts, folder, paths, matter)
    return parts


def _matter(parts: Parts, name: str, path: str, files: Mapping[str, bytes]) -> FrontMatter | None:
    parts.paths.add(path)
    if fault := fault_of_text(files[path]):
        parts.unreadable.append(Unreadable(name, Origin(path, fault[0]), fault[1]))
        return None
    return front_matter.parse(files[path])


def _command(name: str, path: str, matter: FrontMatter) -> Command:
    return Command(
        name=name,
        origin=Origin(path),
        body=matter.body,
        description=matter.scalars.get("description", ""),
        model=without_provider(matter.scalars.get("model", "")),
        others=_others(path, matter, _COMMAND_KEYS),
        lines=_lines(matter, _COMMAND_KEYS),
    )


def _add_agent(parts: Parts, file_name: str, path: str, matter: FrontMatter, servers: tuple[str, ...]) -> None:
    name = matter.scalars.get("name") or file_name
    if matter.scalars.get("mode") == "primary":
        reason = "a person switches to this agent in OpenCode; elsewhere an agent has no second main one"
        parts.unreadable.append(Unreadable(f"subagent:{name}", Origin(path), reason))
        return
    denied, is_all = _denied(matter.raw.get("permission", ""), matter.raw.get("tools", ""))
    known = ("name", "description", "model", "variant", "mode", *(("permission", "tools") if is_all else ()))
    subagent = Subagent(
        name=name,
        origin=Origin(path),
        body=matter.body,
        description=matter.scalars.get("description", ""),
        tools=_tools(denied, servers),
        model=without_provider(matter.scalars.get("model", "")),
        effort=matter.scalars.get("variant", ""),
        mode="plan" if denied.keys() == {"edit"} else "",
        others=_others(path, matter, known),
        lines=_lines(matter, tuple(key for key in known if key != "mode")),
    )
    parts.subagents.append(subagent)


def _denied(permission: str, tools: str) -> tuple[dict[str, str], bool]:
    """Give the decisions that a subagent's front matter makes for whole tools, and whether there are no others."""
    lines = [line for line in permission.splitlines() if line.strip()]
    found = {match[1]: match[2] for line in lines if (match := _DECISION.fullmatch(line))}
    found |= {match[1]: "deny" for match in _SWITCHED_OFF.finditer(tools)}
    is_all = len(found) >= len(lines) and set(found.values()) <= {"deny", "ask"} and "true" not in tools
    return (found if "deny" in found.values() else {}), is_all


def _tools(decisions: Mapping[str, str], servers: tuple[str, ...]) -> tuple[str, ...] | None:
    if not decisions or decisions.keys() == {"edit"}:
        return None
    closed = {key for key, decision in decisions.items() if decision == "deny"}
    if "*" in closed:
        return tuple(TOOLS[key] for key in TOOLS if decisions.get(key, "deny") != "deny")
    open_servers = [f"mcp__{one}" for one in servers if f"{clean(one)}_*" not in closed]
    single = [server_rule(key, servers) for key in decisions if key not in TOOLS and key not in closed and "_" in key]
    return (*(TOOLS[key] for key in TOOLS if key not in closed and key != "plan_exit"), *open_servers, *single)


def _add_skill(parts: Parts, folder: str, paths: list[str], matter: FrontMatter) -> None:
    name = folder.rpartition("/")[2]
    origin = Origin(f"{folder}/SKILL.md")
    if not matter.scalars.get("name"):
        parts.unreadable.append(Unreadable(f"skill:{name}", origin, "OpenCode passes over a skill without name"))
        return
    parts.skills = [one for one in parts.skills if one.name != name]
    skill = Skill(
        name=name,
        origin=origin,
        folder=folder,
        files=tuple(paths),
        keys={key: text or matter.raw[key] for key, text in matter.scalars.items()},
        lines=matter.lines,
        body=matter.body,
        is_strict=matter.is_strict,
    )
    parts.skills.append(skill)


def _colons(name: str) -> str:
    return name.replace("/", ":")


def _others(path: str, matter: FrontMatter, known: tuple[str, ...]) -> dict[str, Field]:
    return {key: Field(text, Origin(path, matter.lines[key])) for key, text in matter.raw.items() if key not in known}


def _lines(matter: FrontMatter, known: tuple[str, ...]) -> dict[str, int]:
    names = {"permission": "tools", "variant": "effort"}
    return {names.get(key, key): line for key, line in matter.lines.items() if key in known}


_COMMAND_KEYS = ("description", "model")
_DECISION = re.compile(r"""(?:  |\t)["']?([\w*?-]+)["']?[ \t]*:[ \t]*["']?(allow|ask|deny)["']?[ \t]*""")
_SWITCHED_OFF = re.compile(r"""^[ \t]+["']?([\w*?-]+)["']?[ \t]*:[ \t]*false[ \t]*$""", re.MULTILINE)
