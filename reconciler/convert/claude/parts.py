"""Reads the parts of a Claude Code agent that are files: commands, subagents, skills and output styles. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.convert import front_matter
from reconciler.convert.agent import Part, PartKind, Unreadable
from reconciler.convert.claude.layout import Place, part_name, place, skill_folder
from reconciler.convert.documents import Origin
from reconciler.convert.text import fault_of_text

_KINDS = {
    Place.COMMAND: PartKind.COMMAND,
    Place.SUBAGENT: PartKind.SUBAGENT,
    Place.OUTPUT_STYLE: PartKind.OUTPUT_STYLE,
}


def read_parts(files: Mapping[str, bytes]) -> tuple[tuple[Part, ...], tuple[Unreadable, ...]]:
    """Read the parts.

    Returns:
        The parts in order of their paths, and those whose bytes are no UTF-8 text. A subagent without front matter
        and a skill folder without SKILL.md are in neither: Claude Code does not take them for parts.
    """
    parts, unreadable = [], []
    for path in sorted(files):
        if (kind := _KINDS.get(place(path))) is None:
            continue
        if fault := fault_of_text(files[path]):
            unreadable.append(Unreadable(f"{kind}:{part_name(path)}", Origin(path, fault[0]), fault[1]))
        elif part := _read_part(kind, path, files[path]):
            parts.append(part)
    return (*parts, *_read_skills(files)), tuple(unreadable)


def _read_part(kind: PartKind, path: str, text: bytes) -> Part | None:
    matter = front_matter.parse(text)
    if kind is PartKind.SUBAGENT and not matter.scalars:
        return None
    named = kind is PartKind.SUBAGENT and matter.scalars.get("name")
    return Part(kind, named or part_name(path), Origin(path), files=(path,), front_matter=matter.scalars)


def _read_skills(files: Mapping[str, bytes]) -> tuple[Part, ...]:
    folders: dict[str, list[str]] = {}
    for path in sorted(files):
        if place(path) is Place.SKILL:
            folders.setdefault(skill_folder(path), []).append(path)
    return tuple(
        _read_skill(folder, paths, files) for folder, paths in folders.items() if f"{folder}/SKILL.md" in files
    )


def _read_skill(folder: str, paths: list[str], files: Mapping[str, bytes]) -> Part:
    main = f"{folder}/SKILL.md"
    matter = front_matter.parse(files[main])
    return Part(
        PartKind.SKILL,
        folder.rpartition("/")[2],
        Origin(main),
        folder=folder,
        files=tuple(paths),
        front_matter=matter.scalars,
        is_strict=matter.is_strict,
    )
