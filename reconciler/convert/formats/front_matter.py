"""Reads the front matter of Markdown parts as leniently as the CLIs do: one key a line, lists inline or below. Pure."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.convert.text import without_bom

_LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands between the two ``---`` lines.

    Attributes:
        scalars: Each top-level key with its text, without quotes and folded as YAML does; empty for a list or table
            below it.
        lists: The keys that hold a list of texts.
        body: The bytes behind the front matter; the whole text when there is none.
        is_strict: Whether a strict YAML reader takes every line for what is meant.
        lines: The line of each key, from 1.
        raw: What stands behind each key's colon as it is written, the lines below it included.
    """

    scalars: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    body: bytes
    is_strict: bool = True
    lines: Mapping[str, int] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)

    def values(self, key: str) -> tuple[str, ...]:
        """Give a key's texts, whether they are written as a list or separated by commas."""
        return self.lists.get(key) or _split(self.scalars.get(key, ""))


def parse(text: bytes) -> FrontMatter:
    r"""Read the front matter of a text; a text without one has no keys.

    >>> matter = parse(b'---\npaths:\n  - "src/**"\n---\nUse types.\n')
    >>> matter.values("paths"), matter.body, matter.lines["paths"]
    (('src/**',), b'Use types.\n', 2)
    """
    match = _BLOCK.match(without_bom(text)[: _LONGEST * 2])
    if not match or len(match[1]) > _LONGEST:
        return FrontMatter({}, {}, text)
    found: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    key = ""
    for number, line in enumerate(match[1].decode(errors="replace").splitlines(), start=2):
        if entry := _KEY.match(line):
            key = entry[1]
            found[key], lines[key] = [(entry[2] or "").strip()], number
        elif key and not line.startswith("#"):
            found[key].append(line)
    return FrontMatter(
        scalars={key: _scalar(*written) for key, written in found.items()},
        lists={key: items for key, written in found.items() if (items := _items(*written))},
        body=without_bom(text)[match.end() :],
        is_strict=all(_is_strict(written[0]) for written in found.values()),
        lines=lines,
        raw={key: "\n".join(written).rstrip() for key, written in found.items()},
    )


def _scalar(first: str, *below: str) -> str:
    if _BLOCK_SCALAR.match(first):
        text = textwrap.dedent("\n".join(below)).strip("\n")
        return text if first.startswith("|") else re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    if not first:
        return ""
    return _unquote(" ".join([first, *(line.strip() for line in below if line.strip())]))


def _items(first: str, *below: str) -> tuple[str, ...]:
    inline = " ".join([first, *(line.strip() for line in below)]).strip()
    if first.startswith("[") and inline.endswith("]"):
        return _split(inline[1:-1])
    return () if first else tuple(_unquote(item[1].strip()) for line in below if (item := _ITEM.match(line)))


def _is_strict(value: str) -> bool:
    if value[:1] in {'"', "'"}:
        return len(value) > 1 and value.endswith(value[0])
    return not re.search(r":(?:\s|$)|\s#", value) and value[:1] not in {"@", "`", "%", "&", "*", "!"}


def _unquote(value: str) -> str:
    if len(value) < _QUOTED or value[0] != value[-1] or value[0] not in "\"'":
        return value
    if value[0] == "'":
        return value[1:-1].replace("''", "'")
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:-1]


def _split(text: str) -> tuple[str, ...]:
    parts, depth = [""], 0
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += char
    return tuple(_unquote(part.strip()) for part in parts if part.strip())


_QUOTED = 2
_BLOCK = re.compile(rb"---[ \t]*\r?\n(.*?)(?<=\n)---[ \t]*(?:\r?\n|$)", re.DOTALL)
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*)|$)")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)")
_BLOCK_SCALAR = re.compile(r"[|>][+-]?\d?[+-]?$")
