"""Cuts a Markdown text into blocks of running text, leaving out fences, indented code and comments. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from reconciler.convert.text import BOM


def text_blocks(text: bytes) -> Iterator[tuple[int, int]]:
    r"""Give the start and end offset of each paragraph, heading, list item or table, in order.

    >>> source = b"# a\ntext\n```\ncode\n```\n- item\n"
    >>> [source[start:end] for start, end in text_blocks(source)]
    [b'# a\n', b'text\n', b'- item\n']
    """
    walk, offset, start = _Walk(), len(BOM) if text.startswith(BOM) else 0, None
    for line in _LINE.findall(text[offset:]):
        kind = walk.feed(line)
        if kind is not _Line.GOES_ON and start is not None:
            yield start, offset
            start = None
        if kind is _Line.BEGINS:
            start = offset
        offset += len(line)
    if start is not None:
        yield start, offset


class _Line(Enum):
    BEGINS = "a block of text begins here"
    GOES_ON = "the block before goes on"
    NO_TEXT = "blank, code or comment"


@dataclass(frozen=True, slots=True)
class _Fence:
    mark: bytes
    column: int
    quoted: bool


@dataclass(slots=True)
class _Inner:
    """A line without the marks of the quotes and lists it stands in."""

    content: bytes
    indent: int
    quoted: bool
    is_item: bool


class _Walk:
    """Remembers what the lines so far have opened: a fence, a comment, lists, a paragraph."""

    def __init__(self) -> None:
        self._fence: _Fence | None = None
        self._in_comment = False
        self._columns: list[int] = []
        self._quoted = False
        self._in_paragraph = False

    def feed(self, line: bytes) -> _Line:
        if self._fence and self._stays_in(self._fence, line):
            return _Line.NO_TEXT
        if self._in_comment:
            self._in_comment = b"-->" not in line
            return _Line.NO_TEXT
        inner = self._inner(line)
        if not inner.content or (inner.indent >= _CODE_INDENT and not self._in_paragraph) or self._opens(inner):
            self._in_paragraph = False
            return _Line.NO_TEXT
        is_heading = bool(_HEADING.match(inner.content))
        begins = inner.is_item or is_heading or not self._in_paragraph
        self._in_paragraph = not is_heading
        return _Line.BEGINS if begins else _Line.GOES_ON

    def _stays_in(self, fence: _Fence, line: bytes) -> bool:
        quoted, rest = _unquote(line)
        width, content = _unindent(rest)
        left = content and (width < fence.column or quoted != fence.quoted)
        if left:
            self._fence = None
            return False
        closes = len(content) >= len(fence.mark) and not content.strip(fence.mark[:1])
        if closes and width - fence.column < _CODE_INDENT:
            self._fence = None
        return True

    def _inner(self, line: bytes) -> _Inner:
        quoted, rest = _unquote(line)
        if quoted != self._quoted:
            self._quoted, self._columns, self._in_paragraph = quoted, [], False
        width, content = _unindent(rest)
        is_item = False
        for _ in range(_DEEPEST_LIST):  # a line of nothing but list marks must not take quadratic time
            if not content or (item := self._item(width, content)) is None:
                break
            self._leave_lists(width)
            is_item, width, content = True, *item
            self._columns.append(width)
        if content and not (self._in_paragraph and _CAN_BE_LAZY.match(content)):
            self._leave_lists(width)
        return _Inner(content, width - (self._columns[-1] if self._columns else 0), quoted, is_item)

    def _item(self, width: int, content: bytes) -> tuple[int, bytes] | None:
        enclosing = [column for column in self._columns if column <= width]
        match = _ITEM.match(content)
        if not match or width - (enclosing[-1] if enclosing else 0) >= _CODE_INDENT:
            return None
        rest = content[match.end() :]
        blanks, rest = _unindent(rest)
        return width + match.end() + (blanks if 1 <= blanks <= _CODE_INDENT else 1), rest

    def _leave_lists(self, width: int) -> None:
        while self._columns and (width < self._columns[-1] or len(self._columns) > _DEEPEST_LIST):
            self._columns.pop()

    def _opens(self, inner: _Inner) -> bool:
        if inner.indent >= _CODE_INDENT:
            return False
        if match := _FENCE.match(inner.content):
            column = self._columns[-1] if self._columns else 0
            self._fence = _Fence(match[1] or match[2], column, inner.quoted)
            return True
        if inner.content.startswith(b"<!--"):
            self._in_comment = b"-->" not in inner.content[4:]
            return True
        return False


def _unquote(line: bytes) -> tuple[bool, bytes]:
    match = _QUOTE.match(line)
    return (True, line[match.end() :]) if match else (False, line)


def _unindent(line: bytes) -> tuple[int, bytes]:
    content = line.strip(b" \t\r\n")
    lead = line[: len(line) - len(line.lstrip(b" \t"))] if content else b""
    return len(lead.expandtabs(4)), content


_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_CODE_INDENT = 4
_DEEPEST_LIST = 16
_QUOTE = re.compile(rb"(?: {0,3}> ?)+")
_CAN_BE_LAZY = re.compile(rb"(?!`{3}|~{3}|#{1,6}(?:[ \t]|$)|<!--)")
_HEADING = re.compile(rb"#{1,6}(?:[ \t]|$)")
_ITEM = re.compile(rb"(?:[-*+]|[0-9]{1,9}[.)])(?=[ \t]|$)")
_FENCE = re.compile(rb"(`{3,})[^`]*$|(~{3,})")
