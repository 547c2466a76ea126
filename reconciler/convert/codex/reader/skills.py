"""Reads Codex's skills, and takes the commands among them back that a conversion has written as skills. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.convert.agent import Unreadable
from reconciler.convert.codex.layout import skill_folders
from reconciler.convert.codex.placeholders import MANUAL, MANUAL_FILE, MANUAL_TEXT, SOURCE_KEY, in_words, out_of_words
from reconciler.convert.codex.reader.switches import OFF, Switches
from reconciler.convert.documents import Origin
from reconciler.convert.parts import Command, Field, Skill
from reconciler.convert.skills import read_skill
from reconciler.convert.text import fault_of_text


def read_skills(files: Mapping[str, bytes], switches: Switches) -> Iterator[Skill | Command | Unreadable]:
    """Read the skills in order of their folders; one that was a command is a command again, as far as it still is.

    Args:
        files: The agent's folder, or the user's home.
        switches: What the configuration says of them; one that is off is unreadable.
    """
    for folder, paths in sorted(skill_folders(files.keys()).items()):
        main = f"{folder}/SKILL.md"
        if fault := fault_of_text(files[main]):
            yield Unreadable(f"skill:{_name(folder)}", Origin(main, fault[0]), fault[1])
        else:
            skill = _skill(folder, paths, files)
            is_off = switches.has_off(skill.keys.get("name") or skill.name, main)
            yield Unreadable(f"skill:{skill.name}", skill.origin, OFF) if is_off else _command(skill, files) or skill


def _skill(folder: str, paths: list[str], files: Mapping[str, bytes]) -> Skill:
    skill = read_skill(folder, paths, files)
    manual = f"{folder}/{MANUAL_FILE}"
    if skill.keys.get(MANUAL, "").lower() != "true" or files.get(manual) != MANUAL_TEXT:
        return skill
    # Codex's way to say what the front matter says is no file of the skill's.
    return replace(skill, files=tuple(path for path in skill.files if path != manual))


def _command(skill: Skill, files: Mapping[str, bytes]) -> Command | None:
    """Give the command that the skill was; None when it was none, or holds more by now than a command can."""
    source = _SOURCE.search(skill.keys.get("metadata", ""))
    body = out_of_words(skill.body)
    manual = f"{skill.folder}/{MANUAL_FILE}"
    others = {path for path in skill.files if path != skill.origin.path}
    is_manual = others == {manual} and files[manual] == MANUAL_TEXT
    if source is None or skill.keys.keys() - _WRITTEN or in_words(body) != skill.body or (others and not is_manual):
        return None
    return Command(
        name=source[1],
        origin=skill.origin,
        body=body,
        description=skill.keys.get("description", ""),
        argument_hint=skill.keys.get("argument-hint", ""),
        others={MANUAL: Field("true", Origin(manual))} if is_manual else {},
        lines={key: line for key, line in skill.lines.items() if key in _KEYS},
    )


def _name(folder: str) -> str:
    return folder.rpartition("/")[2]


_SOURCE = re.compile(rf'{SOURCE_KEY}: "([^"\\\n]+)"')
_KEYS = ("description", "argument-hint")
_WRITTEN = frozenset({*_KEYS, "name", "metadata"})
