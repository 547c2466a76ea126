"""Reads the parts of a Claude Code agent that are files: commands, subagents, skills and output styles. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import Unreadable
from reconciler.convert.claude.layout import NO_TOOLS, Place, part_name, place, skill_folder
from reconciler.convert.documents import Origin
from reconciler.convert.formats import front_matter
from reconciler.convert.formats.front_matter import FrontMatter
from reconciler.convert.parts import Command, Field, OutputStyle, Skill, Subagent
from reconciler.convert.skills import read_skill
from reconciler.convert.text import fault_of_text


@dataclass(frozen=True, slots=True)
class Parts:
    """What was found, in order of the paths; ``unreadable`` are those that are no UTF-8 text."""

    commands: list[Command] = field(default_factory=list)
    subagents: list[Subagent] = field(default_factory=list)
    skills: list[Skill] = field(default_factory=list)
    output_styles: list[OutputStyle] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def paths(self) -> frozenset[str]:
        """Every file that belongs to a part."""
        parts: list[Command | Subagent | OutputStyle | Unreadable]
        parts = [*self.commands, *self.subagents, *self.output_styles, *self.unreadable]
        return frozenset(part.origin.path for part in parts) | {path for one in self.skills for path in one.files}


def read_parts(files: Mapping[str, bytes], style: str) -> Parts:
    """Read the parts.

    Args:
        files: The agent's folder, by path.
        style: The name of the output style in force.

    Returns:
        The parts. A subagent without front matter and a skill folder without SKILL.md are not among them: Claude Code
        does not take them for parts.
    """
    parts = Parts()
    skills: dict[str, list[str]] = {}
    for path in sorted(files):
        if (kind := place(path)) is Place.SKILL:
            skills.setdefault(skill_folder(path), []).append(path)
        elif kind in _WORDS:
            _read_file(parts, kind, path, files[path], style)
    parts.skills.extend(
        read_skill(folder, paths, files) for folder, paths in skills.items() if f"{folder}/SKILL.md" in files
    )
    return parts


def tool_list(matter: FrontMatter, key: str) -> tuple[str, ...]:
    r"""Give the rules of a key that names tools: a list, or texts with commas or blanks between them.

    >>> tool_list(front_matter.parse(b"---\ntools: Read, Bash(git add:*) Edit\n---\n"), "tools")
    ('Read', 'Bash(git add:*)', 'Edit')
    """
    found, depth = [""], 0
    for char in "\n".join(matter.lists.get(key, (matter.scalars.get(key, ""),))):
        depth = max(0, depth + {"(": 1, ")": -1}.get(char, 0))
        if depth == 0 and char in ", \t\n":
            found.append("")
        else:
            found[-1] += char
    return tuple(tool for tool in found if tool.strip("[]"))


def _read_file(parts: Parts, kind: Place, path: str, text: bytes, style: str) -> None:
    if fault := fault_of_text(text):
        parts.unreadable.append(Unreadable(f"{_WORDS[kind]}:{part_name(path)}", Origin(path, fault[0]), fault[1]))
        return
    matter = front_matter.parse(text)
    if kind is Place.COMMAND:
        parts.commands.append(_command(path, matter))
    elif kind is Place.OUTPUT_STYLE:
        parts.output_styles.append(_output_style(path, matter, style))
    elif missing := [key for key in ("name", "description") if not matter.scalars.get(key)]:
        if matter.lines:
            reason = f"Claude Code passes over a subagent without {' and '.join(missing)}"
            parts.unreadable.append(Unreadable(f"subagent:{part_name(path)}", Origin(path), reason))
    else:
        parts.subagents.append(_subagent(path, matter))


def _command(path: str, matter: FrontMatter) -> Command:
    return Command(
        name=part_name(path),
        origin=Origin(path),
        body=matter.body,
        description=matter.scalars.get("description", ""),
        argument_hint=matter.scalars.get("argument-hint", ""),
        model=matter.scalars.get("model", ""),
        allowed_tools=tool_list(matter, "allowed-tools"),
        others=_others(path, matter, _COMMAND_KEYS),
        lines=_lines(matter, _COMMAND_KEYS),
    )


def _subagent(path: str, matter: FrontMatter) -> Subagent:
    return Subagent(
        name=matter.scalars["name"],
        origin=Origin(path),
        body=matter.body,
        description=matter.scalars["description"],
        tools=_tools(tool_list(matter, "tools")),
        model=matter.scalars.get("model", ""),
        effort=matter.scalars.get("effort", ""),
        mode=matter.scalars.get("permissionMode", ""),
        others=_others(path, matter, _SUBAGENT_KEYS),
        lines=_lines(matter, _SUBAGENT_KEYS),
    )


def _tools(names: tuple[str, ...]) -> tuple[str, ...] | None:
    if names == (NO_TOOLS,):
        return ()
    return None if not names or "*" in names else names


def _output_style(path: str, matter: FrontMatter, chosen: str) -> OutputStyle:
    name = matter.scalars.get("name") or part_name(path)
    return OutputStyle(
        name=name,
        origin=Origin(path),
        body=matter.body,
        description=matter.scalars.get("description", ""),
        is_chosen=bool(chosen) and chosen in (name, part_name(path)),
        others=_others(path, matter, ("name", "description")),
        lines=_lines(matter, ("name", "description")),
    )


def _others(path: str, matter: FrontMatter, known: tuple[str, ...]) -> dict[str, Field]:
    return {key: Field(text, Origin(path, matter.lines[key])) for key, text in matter.raw.items() if key not in known}


def _lines(matter: FrontMatter, known: tuple[str, ...]) -> dict[str, int]:
    return {key: line for key, line in matter.lines.items() if key in known}


"""No tool goes by this name, so a subagent that may use only this one has none; an empty list would mean all."""

_WORDS = {Place.COMMAND: "command", Place.SUBAGENT: "subagent", Place.OUTPUT_STYLE: "output-style"}
_COMMAND_KEYS = ("description", "argument-hint", "model", "allowed-tools")
_SUBAGENT_KEYS = ("name", "description", "tools", "model", "effort", "permissionMode")
