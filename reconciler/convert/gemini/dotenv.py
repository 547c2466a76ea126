r"""Reads a ``.env`` file as Gemini CLI does: quotes of three kinds, comments, ``\n`` in double quotes only. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from reconciler.convert.text import Lines, without_bom


def parse(data: bytes) -> list[tuple[str, str, int]]:
    r"""Give each variable's name, value and line.

    >>> parse(b"A=1 # one\nexport B='x # y'\n")
    [('A', '1', 1), ('B', 'x # y', 2)]
    """
    text = re.sub(r"\r\n?", "\n", without_bom(data).decode(errors="replace"))
    lines, quotes = Lines(text), {mark: _Quotes(text, mark) for mark in _MARKS}
    found, position = [], 0
    while match := _KEY.search(text, position):
        end = _end_of_quoted(text, match.end(), quotes) or _end_of_bare(text, match.end())
        found.append((match[1], _value(text[match.end() : end]), lines.of(match.start(1))))
        position = end
    return found


class _Quotes:
    """Where the quotes of one kind are: those without a backslash, and those with which a value may end."""

    def __init__(self, text: str, mark: str) -> None:
        self._bare = [match.start() for match in re.finditer(rf"(?<!\\){mark}", text)]
        self._ending = [match.start() for match in re.finditer(rf"{mark}(?=[^\S\n]*(?:#|$))", text, re.MULTILINE)]

    def closing(self, opening: int) -> int | None:
        """Find the quote that closes: the next one, or an earlier one with a backslash when that cannot."""
        place = bisect_right(self._bare, opening)
        first_bare = self._bare[place : place + 1]
        last = bisect_right(self._ending, first_bare[0]) if first_bare else len(self._ending)
        return self._ending[last - 1] if last > bisect_left(self._ending, opening + 1) else None


def _end_of_quoted(text: str, start: int, quotes: dict[str, _Quotes]) -> int | None:
    opening = _OPENING.match(text, start)
    closing = quotes[opening[1]].closing(opening.start(1)) if opening else None
    return None if closing is None else closing + 1


def _end_of_bare(text: str, start: int) -> int:
    match = _BARE.match(text, start)
    return match.end() if match else start


def _value(written: str) -> str:
    value = written.strip()
    bare = _QUOTED.sub(r"\2", value)
    return bare.replace("\\n", "\n").replace("\\r", "\r") if value.startswith('"') else bare


_MARKS = ("'", '"', "`")
_KEY = re.compile(r"^[^\S\n]*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)", re.MULTILINE)
_OPENING = re.compile(r"\s*(['\"`])")
_BARE = re.compile(r"[^#\n]*")
_QUOTED = re.compile(r"^(['\"`])([\s\S]*)\1$")
