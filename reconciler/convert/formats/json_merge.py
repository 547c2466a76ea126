"""Merges our settings into a JSON file that stands there, by inserting text: not one byte of it is lost. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.convert.formats.strict_json import JsonFault, Node, parse
from reconciler.convert.text import BOM, newline_of, without_bom

SERVERS = ("mcpServers.*", "mcp.*")
"""Where the CLIs keep MCP servers: half of one definition inside another would start what nobody asked for."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The file's new bytes.

    Attributes:
        conflicts: The dotted keys where the file already says something else, and that stays; one empty key, and a
            ``fault``, when the file is no JSON object.
    """

    data: bytes
    conflicts: tuple[str, ...] = ()
    fault: str = ""


def merge(standing: bytes | None, ours: Mapping[str, Any], path: str, *, whole: Collection[str] = SERVERS) -> Merged:
    r"""Put our keys and elements beside those that stand in a JSON or JSONC file, indented as the file is.

    Args:
        standing: The file as it is; None when there is none.
        ours: Our members. Where both have an object its members are merged, where both have a list our missing
            elements go to its end, and anything else that differs is a conflict.
        path: The file's name, for the fault.
        whole: Dotted keys, ``*`` for any one, whose objects are one value: two of them are never mixed.

    >>> merge(b'{"a": 1, /* why */ "b": [2]}', {"a": 3, "b": [4], "c": 5}, "settings.json")
    Merged(data=b'{"a": 1, /* why */ "b": [2, 4], "c": 5}', conflicts=('a',), fault='')
    """
    data = standing or b""
    if not without_bom(data).strip():
        return Merged(data + (_as_lines(ours, "  ") + "\n").encode() if ours else data)
    try:
        root = parse(data, comments=True)
        root.members()
    except JsonFault as fault:
        return Merged(data, ("",), f"{path} is no valid JSON: {fault}")
    merger = _Merger(without_bom(data).decode(), root, newline_of(data).decode(), whole)
    merger.into_object(root, ours, ())
    text = merger.result().encode()
    return Merged(BOM + text if data.startswith(BOM) else text, tuple(merger.conflicts))


class _Merger:
    """Collects what is to be inserted where."""

    def __init__(self, text: str, root: Node, newline: str, whole: Collection[str]) -> None:
        self.conflicts: list[str] = []
        self._text = text
        self._newline = newline
        self._whole = [tuple(pattern.split(".")) for pattern in whole]
        self._insertions: list[tuple[int, str]] = []
        first = next(iter(root.members().values()), None)
        self._is_in_lines = first is None or self._breaks(root.start, first.start)
        self._unit = (self._indent_at(first.start) if first and self._is_in_lines else "") or "  "

    def result(self) -> str:
        pieces, position = [], 0
        for offset, text in sorted(self._insertions, key=lambda insertion: insertion[0]):
            pieces += [self._text[position:offset], text]
            position = offset
        return "".join([*pieces, self._text[position:]])

    def into_object(self, node: Node, ours: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        members = node.members()
        for key, value in ours.items():
            if key in members:
                self._into_value(members[key], value, (*keys, key))
        missing = [(f"{_dumps(key)}: ", value) for key, value in ours.items() if key not in members]
        self._append(node, list(members.values()), missing)

    def _into_value(self, node: Node, ours: Any, keys: tuple[str, ...]) -> None:
        if _canonical(node.plain()) == _canonical(ours):
            return
        if isinstance(node.value, Mapping) and isinstance(ours, Mapping) and not self._is_whole(keys):
            self.into_object(node, ours, keys)
        elif isinstance(node.value, tuple) and isinstance(ours, list | tuple):
            there = {_canonical(element.plain()) for element in node.value}
            missing = {_canonical(element): ("", element) for element in ours if _canonical(element) not in there}
            self._append(node, list(node.value), list(missing.values()))
        else:
            self.conflicts.append(".".join(keys))

    def _is_whole(self, keys: tuple[str, ...]) -> bool:
        return any(
            len(pattern) == len(keys) and all(wanted in {"*", key} for wanted, key in zip(pattern, keys, strict=True))
            for pattern in self._whole
        )

    def _append(self, node: Node, standing: list[Node], missing: list[tuple[str, Any]]) -> None:
        """Write values, each behind its key, behind the last one that stands and the comments that follow it."""
        if not missing:
            return
        last = standing[-1].end if standing else node.start + 1
        gap = self._text[last : node.end - 1]
        end = last + len(gap.rstrip(" \t\r\n"))
        if standing and "," not in _COMMENT.sub("", gap):
            self._insertions.append((last, ","))
        if standing:
            in_lines = self._breaks(node.start, standing[0].start) or self._breaks(last, node.end)
        else:
            in_lines = self._is_in_lines or self._breaks(last, node.end)
        if not in_lines:
            texts = ", ".join(key + _dumps(value) for key, value in missing)
            self._insertions.append((end, f" {texts}" if standing else texts))
            return
        start = self._newline + self._indent_in(node, standing)
        texts = ",".join(start + key + _as_lines(value, self._unit).replace("\n", start) for key, value in missing)
        closing = "" if standing or self._breaks(end, node.end) else self._newline + self._indent_at(node.start)
        self._insertions.append((end, texts + closing))

    def _breaks(self, start: int, end: int) -> bool:
        return _BREAK.search(self._text, start, end) is not None

    def _indent_in(self, node: Node, standing: list[Node]) -> str:
        if standing and self._breaks(node.start, standing[-1].start):
            return self._indent_at(standing[-1].start)
        return self._indent_at(node.start) + self._unit

    def _indent_at(self, offset: int) -> str:
        line = self._text[self._text.rfind("\n", 0, offset) + 1 : offset]
        return line[: len(line) - len(line.lstrip(" \t"))]


def _as_lines(value: Any, indent: str) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


_COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_BREAK = re.compile(r"[\r\n]")
