"""Reads skills, and writes them where Codex, Gemini CLI and OpenCode all read them, in strict YAML. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.convert import ledger
from reconciler.convert.documents import Origin
from reconciler.convert.formats.front_matter import parse
from reconciler.convert.parts import Skill
from reconciler.convert.text import newline_of, without_bom
from reconciler.model.conversion import Item
from reconciler.quoting import plain_or_quoted, quote

SKILLS = ".agents/skills"


@dataclass(frozen=True, slots=True)
class Extra:
    """One more file for a skill: its path in the skill's folder, its bytes, and why it is there."""

    path: str
    data: bytes
    reason: str


def read_skill(folder: str, paths: Iterable[str], files: Mapping[str, bytes]) -> Skill:
    """Read the skill in a folder.

    Args:
        folder: The skill's folder, which names it.
        paths: All its files; ``SKILL.md`` is one of them.
        files: The agent's folder.
    """
    main = f"{folder}/SKILL.md"
    matter = parse(files[main])
    return Skill(
        name=posixpath.basename(folder),
        origin=Origin(main),
        folder=folder,
        files=tuple(paths),
        keys={key: text or matter.raw[key] for key, text in matter.scalars.items()},
        lines=matter.lines,
        body=matter.body,
        is_strict=matter.is_strict,
    )


def write_skills(
    skills: Iterable[Skill],
    files: Mapping[str, bytes],
    *,
    title: str,
    acted_on: Collection[str],
    extras: Mapping[str, Extra] | None = None,
) -> tuple[dict[str, bytes], list[Item]]:
    """Copy each skill's folder; in ``SKILL.md`` only the front matter changes, and only where it could not be read.

    Args:
        skills: The source's skills.
        files: The source's files. One that stands in the way stays, and the skill is dropped.
        title: The target's name, for the reasons.
        acted_on: The front matter keys that mean something to the target.
        extras: What the target wants beside a skill, by the skill's name.

    Returns:
        The files by path, and a line for each skill and each of its keys.
    """
    written: dict[str, bytes] = {}
    items: list[Item] = []
    for skill in skills:
        name, folder = f"skill:{skill.name}", f"{SKILLS}/{posixpath.basename(skill.folder) or skill.name}"
        main = f"{folder}/SKILL.md"
        made = {folder + path.removeprefix(skill.folder): files[path] for path in skill.files}
        made[main], differences = _readable(skill, made[main], title)
        extra = (extras or {}).get(skill.name)
        if extra and f"{folder}/{extra.path}" not in made:
            made[f"{folder}/{extra.path}"] = extra.data
            differences.append(extra.reason)
        taken = [path for path, data in made.items() if written.get(path, files.get(path, data)) != data]
        if taken and folder != skill.folder:
            reason = f"{taken[0]} is there already, with other content"
            items.append(ledger.dropped(name, skill.origin, reason))
            items += ledger.keyed(name, skill.lines, skill.origin, main, {}, dict.fromkeys(skill.lines, reason))
            continue
        written |= made
        ignored = dict.fromkeys(skill.lines.keys() - acted_on, f"stays in the file, but {title} does not act on it")
        items.append(ledger.settled(name, skill.origin, folder, differences))
        items += ledger.keyed(name, skill.lines, skill.origin, main, ignored, {})
    return written, items


def first_line(body: bytes) -> str:
    """Give the first line that says something, as a description; empty when there is none."""
    lines = (line.strip(" \t#*_>-") for line in without_bom(body).decode(errors="replace").splitlines())
    return next((line[:_LONGEST] for line in lines if line), "")


def strict_front_matter(text: bytes, keys: Mapping[str, str], body: bytes) -> bytes:
    """Quote the values of a front matter that a strict YAML reader would take for something else.

    Args:
        text: The whole file.
        keys: The front matter as it is meant.
        body: What stands behind it, which stays as it is.

    Returns:
        The file; unchanged where quoting would change what a value means.
    """

    def line(match: re.Match[bytes]) -> bytes:
        value = keys.get(match[1].decode())
        return match[0] if value is None else match[1] + b": " + quote(value).encode() + match[2]

    written = _PLAIN_LINE.sub(line, text[: len(text) - len(body)]) + body
    return written if parse(written).scalars == parse(text).scalars else text


def _readable(skill: Skill, text: bytes, title: str) -> tuple[bytes, list[str]]:
    bare, differences = without_bom(text), []
    if bare != text:
        differences.append(f"without its byte order mark, with which {title} finds no front matter")
    if not skill.is_strict:
        bare = strict_front_matter(bare, skill.keys, skill.body)
        differences.append("values of its front matter, which was no strict YAML, are quoted")
    if missing := [key for key in ("name", "description") if not skill.keys.get(key)]:
        bare = _completed(bare, skill, missing)
        differences.append(f"{title} passes over a skill without {' and '.join(missing)}: written in")
    if b"!`" in skill.body or b"$ARGUMENTS" in skill.body:
        differences.append(f"{title} fills nothing into a skill: !`…` and $ARGUMENTS stay as text")
    return bare, differences


def _completed(text: bytes, skill: Skill, missing: list[str]) -> bytes:
    newline = newline_of(text)
    texts = {"name": skill.name, "description": first_line(skill.body) or skill.name}
    lines = b"".join(f"{key}: {plain_or_quoted(texts[key])}".encode() + newline for key in missing)
    if skill.lines:
        opening, _, rest = text.partition(b"\n")
        return opening + b"\n" + lines + rest
    return b"---" + newline + lines + b"---" + newline + text


_LONGEST = 200
_PLAIN_LINE = re.compile(rb"(?m)^([A-Za-z_][\w-]*)[ \t]*:[ \t]+(?!true|false|[\[{|>\"'\d])[^\r\n]+(\r?)$")
