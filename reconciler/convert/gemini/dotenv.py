r"""Reads a ``.env`` file as Gemini CLI does: quotes of three kinds, comments, ``\n`` in double quotes only. Pure."""

from __future__ import annotations

import re

from reconciler.convert.text import Lines, without_bom


def parse(data: bytes) -> list[tuple[str, str, int]]:
    r"""Give each variable's name, value and line.

    >>> parse(b"A=1 # one\nexport B='x # y'\n")
    [('A', '1', 1), ('B', 'x # y', 2)]
    """
    text = re.sub(r"\r\n?", "\n", without_bom(data).decode(errors="replace"))
    lines = Lines(text)
    return [(match[1], _value(match[2] or ""), lines.of(match.start(1))) for match in _LINE.finditer(text)]


def _value(written: str) -> str:
    value = written.strip()
    bare = _QUOTED.sub(r"\2", value)
    return bare.replace("\\n", "\n").replace("\\r", "\r") if value.startswith('"') else bare


_LINE = re.compile(
    r"^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)"
    r"(\s*'(?:\\'|[^'])*'|\s*\"(?:\\\"|[^\"])*\"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$",
    re.MULTILINE,
)
_QUOTED = re.compile(r"^(['\"`])([\s\S]*)\1$")
