"""Reads OpenCode's commands, agents and skills, whether they are files or stand in a configuration file. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.formats import front_matter
from reconciler.convert.formats.front_matter import FrontMatter
from reconciler.convert.formats.strict_json import JsonFault
from reconciler.convert.opencode.layout import Layout, is_file_name
from reconciler.convert.opencode.models import without_provider
from reconciler.convert.opencode.reader.config import Found, Member
from reconciler.convert.opencode.reader.subagents import read_subagent
from reconciler.convert.opencode.reader.tables import matter_of
from reconciler.convert.parts import Command, Field, Skill, Subagent
from reconciler.convert.skills import read_skill
from reconciler.convert.text import fault_of_text


@dataclass(slots=True)
class Parts:
    """What was found, in order of the paths; ``paths`` are the files that it was found in."""

    commands: list[Command] = field(default_factory=list)
    subagents: list[Subagent] = field(default_factory=list)
    skills: dict[str, Skill] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)


def read_parts(files: Mapping[str, bytes], layout: Layout, found: Found) -> Parts:
    """Read the parts.

    Args:
        files: The agent's folder, or the user's home, by path.
        layout: Where the parts are.
        found: What the configuration files say: commands and agents that stand there, and the names of servers.
    """
    parts = Parts()
    paths = layout.parts("command", files)
    for name, origin, matter in _written(parts, "command", paths, files):
        parts.commands.append(_command(name, origin, matter))
    for name, origin, matter in _tabled(parts, "command", found.commands, paths, files):
        parts.commands.append(_command(name, origin, matter))
    paths = layout.parts("agent", files)
    servers = tuple(found.servers)
    for name, origin, matter in _written(parts, "subagent", paths, files):
        _add(parts, read_subagent(name, origin, matter, servers))
    for name, origin, matter in _tabled(parts, "subagent", found.agents, paths, files):
        _add(parts, read_subagent(name, origin, matter, servers))
    for folder, mine in layout.skill_folders(files).items():
        main = f"{folder}/SKILL.md"
        if _matter(parts, f"skill:{folder.rpartition('/')[2]}", main, files):
            parts.paths.update(mine)
            _add_skill(parts, read_skill(folder, mine, files))
    return parts


_Part = tuple[str, Origin, FrontMatter]


def _written(parts: Parts, kind: str, paths: Mapping[str, str], files: Mapping[str, bytes]) -> Iterator[_Part]:
    for name, path in paths.items():
        called = _called(kind, name)
        if matter := _matter(parts, f"{kind}:{called}", path, files):
            yield called, Origin(path), matter


def _tabled(
    parts: Parts, kind: str, members: Mapping[str, Member], paths: Mapping[str, str], files: Mapping[str, bytes]
) -> Iterator[_Part]:
    for name, member in members.items():
        called, origin = _called(kind, name), member.origin
        if name in paths:
            reason = f"{paths[name]} says it again and wins: write there what it does not say"
            parts.unreadable.append(Unreadable(f"{kind}:{called}", origin, reason))
            continue
        if not is_file_name(name):
            parts.unreadable.append(Unreadable(f"{kind}:{called}", origin, "no file can have this name elsewhere"))
            continue
        try:
            yield called, origin, matter_of(member.path, member.node, _BODIES[kind], files)
        except JsonFault as fault:
            parts.unreadable.append(Unreadable(f"{kind}:{called}", Origin(member.path, fault.line), fault.reason))


def _matter(parts: Parts, name: str, path: str, files: Mapping[str, bytes]) -> FrontMatter | None:
    parts.paths.add(path)
    if fault := fault_of_text(files[path]):
        parts.unreadable.append(Unreadable(name, Origin(path, fault[0]), fault[1]))
        return None
    return front_matter.parse(files[path])


def _command(name: str, origin: Origin, matter: FrontMatter) -> Command:
    return Command(
        name=name,
        origin=origin,
        body=matter.body,
        description=matter.scalars.get("description", ""),
        model=without_provider(matter.scalars.get("model", "")),
        others=_others(origin.path, matter, _COMMAND_KEYS),
        lines={key: line for key, line in matter.lines.items() if key in _COMMAND_KEYS},
    )


def _add(parts: Parts, subagent: Subagent | Unreadable) -> None:
    if isinstance(subagent, Subagent):
        parts.subagents.append(subagent)
    else:
        parts.unreadable.append(subagent)


def _add_skill(parts: Parts, skill: Skill) -> None:
    if not skill.keys.get("name"):
        reason = "OpenCode passes over a skill without name"
        parts.unreadable.append(Unreadable(f"skill:{skill.name}", skill.origin, reason))
        return
    parts.skills.pop(skill.name, None)
    parts.skills[skill.name] = skill


def _called(kind: str, name: str) -> str:
    return name.replace("/", ":") if kind == "command" else name


def _others(path: str, matter: FrontMatter, known: Collection[str]) -> dict[str, Field]:
    return {key: Field(text, Origin(path, matter.lines[key])) for key, text in matter.raw.items() if key not in known}


_COMMAND_KEYS = ("description", "model")
_BODIES = {"command": "template", "subagent": "prompt"}
