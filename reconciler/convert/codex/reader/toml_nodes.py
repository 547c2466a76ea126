"""Reads TOML into the nodes that JSON is read into, so that every value knows its line. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from reconciler.convert.formats import strict_toml
from reconciler.convert.formats.strict_json import JsonFault, Node
from reconciler.convert.text import Lines, without_bom

MAX_SIZE = 256 * 1024

Path = tuple[str | int, ...]
"""Where a value stands: keys, and the numbers of the tables in an array of tables."""


def parse(data: bytes) -> Node:
    r"""Read one TOML document; dates become their text, and what stands in one line has that line.

    Raises:
        JsonFault: The bytes are no UTF-8 or no TOML, or too large or too deep to be a configuration.

    >>> parse(b"[a]\n\nb = [1]\n").members()["a"].members()["b"].line
    3
    """
    if len(data) > MAX_SIZE:
        raise JsonFault(1, f"found more than {MAX_SIZE} bytes, expected at most that")
    try:
        document = strict_toml.parse(data)
    except strict_toml.TomlFault as fault:
        raise JsonFault(fault.line, fault.reason) from None
    return _node(document, (), _Places(without_bom(data).decode()).lines, 1)


def _node(value: Any, path: Path, lines: Mapping[Path, int], line: int) -> Node:
    line = lines.get(path, line)
    if isinstance(value, dict):
        return Node(line, {key: _node(member, (*path, key), lines, line) for key, member in value.items()})
    if isinstance(value, list):
        return Node(line, tuple(_node(one, (*path, number), lines, line) for number, one in enumerate(value)))
    return Node(line, value if isinstance(value, str | int | float) else value.isoformat())


class _Places:
    """The line of every key and table of a valid document."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text, self._of = text, Lines(text)
        self._counts: dict[Path, int] = {}
        table: Path = ()
        position = 0
        while (start := _end(_BLANKS, text, position)) < len(text):
            opening = _end(_BRACKETS, text, start)
            keys, position = self._keys(opening)
            line = self._of.of(start)
            if opening == start:
                self._note(table, keys, line)
            else:
                table = self._table(keys, line, is_array=opening - start > 1)
            position = self._end_of_line(position)

    def _keys(self, position: int) -> tuple[tuple[str, ...], int]:
        keys: list[str] = []
        while match := _KEY.match(self._text, position):
            keys.append(_name(match[1]))
            position = match.end()
            if not match[2]:
                break
        return tuple(keys), position

    def _table(self, keys: tuple[str, ...], line: int, *, is_array: bool) -> Path:
        path: Path = ()
        for number, key in enumerate(keys, start=1):
            path = (*path, key)
            self.lines.setdefault(path, line)
            if is_array and number == len(keys):
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
                self.lines.setdefault(path, line)
        return path

    def _note(self, table: Path, keys: tuple[str, ...], line: int) -> None:
        for number in range(1, len(keys) + 1):
            self.lines.setdefault((*table, *keys[:number]), line)

    def _end_of_line(self, position: int) -> int:
        depth = 0
        for token in _TOKEN.finditer(self._text, position):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
            if token[0] == "\n" and depth <= 0:
                return token.end()
        return len(self._text)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _name(written: str) -> str:
    if written[0] == "'":
        return written[1:-1]
    return str(tomllib.loads(f"name = {written}")["name"]) if written[0] == '"' else written


_BLANKS = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BRACKETS = re.compile(r"\[{0,2}")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'|#[^\n]*|[\[\]{}\n]",
    re.DOTALL,
)
