"""Reads the front matter of Markdown parts as leniently as the CLIs do: one key a line, lists inline or below. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.convert.text import without_bom

_LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands between the two ``---`` lines.

    Attributes:
        scalars: Each top-level key with the text behind its colon, without quotes; empty for a block below it.
        lists: The keys that hold a list of texts.
        body: The bytes behind the front matter; the whole text when there is none.
        is_strict: Whether a strict YAML reader takes every line for what is meant.
    """

    scalars: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    body: bytes
    is_strict: bool = True

    def values(self, key: str) -> tuple[str, ...]:
        """Give a key's texts, whether they are written as a list or separated by commas."""
        return self.lists.get(key) or _split(self.scalars.get(key, ""))


def parse(text: bytes) -> FrontMatter:
    r"""Read the front matter of a text; a text without one has no keys.

    >>> matter = parse(b'---\npaths:\n  - "src/**"\n---\nUse types.\n')
    >>> matter.values("paths"), matter.body
    (('src/**',), b'Use types.\n')
    """
    match = _BLOCK.match(without_bom(text)[: _LONGEST * 2])
    if not match or len(match[1]) > _LONGEST:
        return FrontMatter({}, {}, text)
    scalars: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    key, strict = "", True
    for line in match[1].decode(errors="replace").splitlines():
        if entry := _KEY.match(line):
            key, value = entry[1], (entry[2] or "").strip()
            strict = strict and _is_strict(value)
            scalars[key] = _unquote(value)
            if value.startswith("[") and value.endswith("]"):
                lists[key] = _split(value[1:-1])
        elif (item := _ITEM.match(line)) and key:
            lists[key] = (*lists.get(key, ()), _unquote(item[1].strip()))
    return FrontMatter(scalars, lists, without_bom(text)[match.end() :], strict)


def _is_strict(value: str) -> bool:
    if value[:1] in {'"', "'"}:
        return len(value) > 1 and value.endswith(value[0])
    return not re.search(r":(?:\s|$)|\s#", value) and value[:1] not in {"@", "`", "%", "&", "*", "!"}


def _unquote(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _split(text: str) -> tuple[str, ...]:
    parts, depth = [""], 0
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += char
    return tuple(_unquote(part.strip()) for part in parts if part.strip())


_BLOCK = re.compile(rb"---[ \t]*\r?\n(.*?)(?<=\n)---[ \t]*(?:\r?\n|$)", re.DOTALL)
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*)|$)")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)")
