"""Finds the import tokens of a Markdown text; code and comments are skipped. Takes linear time. Pure.

A small scanner of its own, because the Markdown library takes quadratic time on hostile texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.convert.markdown.blocks import text_blocks
from reconciler.convert.text import BOM, Lines


@dataclass(frozen=True, slots=True)
class Token:
    """A word that may be an import.

    Attributes:
        start: Offset of its ``@``.
        end: Offset behind its name.
        name: The name without ``@``, with escaped spaces as spaces.
        line: Its line, from 1.
        alone: Whether nothing else stands on its line.
        block_end: Offset behind the last line of the paragraph, list item or table it stands in.
    """

    start: int
    end: int
    name: str
    line: int
    alone: bool
    block_end: int


def tokens(text: bytes) -> tuple[Token, ...]:
    r"""List the import tokens in the order of the text.

    A token starts a text or follows a blank or an emphasis mark. A comma or full stop behind it is part of its name.

    >>> [token.name for token in tokens(b"See @docs/a.md and `@b.md` (@c.md), me@d.md and **@e.md**.\n")]
    ['docs/a.md', 'e.md']
    """
    lines = Lines(text)
    return tuple(token for start, end in text_blocks(text) for token in _in_block(text, start, end, lines))


def _in_block(text: bytes, start: int, end: int, lines: Lines) -> Iterator[Token]:
    if text.find(b"@", start, end) < 0:
        return
    masked = _without_comments(_without_code_spans(text[start:end]))
    for match in _TOKEN.finditer(masked):
        emphasis = _EMPHASIS_BEFORE.search(masked, max(0, match.start() - 4), match.start())
        before = emphasis.start() if emphasis else match.start()
        if before and masked[before - 1 : before] not in _BLANKS:
            continue
        name = _without_emphasis(match[1], emphasis[0] if emphasis else b"")
        if not _NAME_START.match(name):
            continue
        at, behind = start + match.start(), start + match.start() + 1 + len(name)
        written = name.decode().replace("\\ ", " ")
        yield Token(at, behind, written, lines.of(at), _is_alone(text, at, behind), end)


def _without_code_spans(block: bytes) -> bytes:
    runs = [(match.start(), match.end()) for match in re.finditer(rb"`+", block)]
    waiting: dict[int, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        waiting.setdefault(runs[index][1] - runs[index][0], []).append(index)
    masked, index = bytearray(block), 0
    while index < len(runs):
        start, end = runs[index]
        start += _is_escaped(block, start)
        closers = waiting.get(end - start, [])
        while closers and closers[-1] <= index:
            closers.pop()
        if start < end and closers:
            index = closers[-1]
            masked[start : runs[index][1]] = b"`" * (runs[index][1] - start)
        index += 1
    return bytes(masked)


def _is_escaped(block: bytes, offset: int) -> bool:
    head = block[max(0, offset - 64) : offset]
    return (len(head) - len(head.rstrip(b"\\"))) % 2 == 1


def _without_comments(block: bytes) -> bytes:
    masked, position = bytearray(block), 0
    while (start := block.find(b"<!--", position)) >= 0 and (end := block.find(b"-->", start + 4)) >= 0:
        position = end + 3
        masked[start:position] = b"`" * (position - start)
    return bytes(masked)


def _without_emphasis(name: bytes, mark: bytes) -> bytes:
    name = name.partition(b"*")[0]
    return name.rpartition(mark)[0] if mark.startswith(b"_") and mark in name else name


def _is_alone(text: bytes, start: int, end: int) -> bool:
    near = max(0, start - _NEAR)
    before = text[near:start].rstrip(b" \t")
    behind = text[end : end + _NEAR].lstrip(b" \t\r")
    begins = before.endswith(b"\n") or (near == 0 and before in (b"", BOM))
    return begins and (behind.startswith(b"\n") or (not behind and end + _NEAR >= len(text)))


_BLANKS = b" \t\r\n"
_NEAR = 200  # a line with more blanks than that is not looked at, so that long lines take linear time
_TOKEN = re.compile(rb"@((?:[^\s\\`]|\\ |\\)+)")
_EMPHASIS_BEFORE = re.compile(rb"(?:\*{1,3}|_{1,3})$")
_NAME_START = re.compile(rb"~/.|\.{0,2}/[^/]|[A-Za-z0-9._-]")
