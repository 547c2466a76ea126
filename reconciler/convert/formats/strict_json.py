"""Reads JSON strictly and remembers the line of every value: no duplicate keys, no NaN, bounded depth. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from reconciler.convert.formats.json_node import JsonFault, Node
from reconciler.convert.text import Lines, fault_of_text, without_bom

__all__ = ["MAX_DEPTH", "JsonFault", "Node", "parse"]

MAX_DEPTH = 64


def parse(data: bytes, *, comments: bool = False) -> Node:
    """Read one JSON document.

    Args:
        data: The whole file.
        comments: Whether it is JSONC: ``//`` and ``/* */`` comments, and a comma behind the last member or element.

    Raises:
        JsonFault: The bytes are no UTF-8, or no strict JSON.

    >>> parse(b'{"a": [1]}').members()["a"].elements()[0].value
    1
    """
    if fault := fault_of_text(data):
        raise JsonFault(*fault)
    return _Parser(without_bom(data).decode(), comments=comments).document()


class _Parser:
    def __init__(self, text: str, *, comments: bool) -> None:
        self._text = text
        self._comments = comments
        self._blanks = _BLANKS_AND_COMMENTS if comments else _BLANKS
        self._lines = Lines(text)
        self._position = 0

    def document(self) -> Node:
        node = self._value(0)
        if self._next():
            raise self._fault("the end of the file")
        return node

    def _value(self, depth: int) -> Node:
        mark = self._next()
        start = self._position
        line = self._lines.of(start)
        if depth > MAX_DEPTH:
            raise JsonFault(line, f"found more than {MAX_DEPTH} levels, expected at most {MAX_DEPTH}")
        value: dict[str, Node] | tuple[Node, ...] | str | float | bool | None
        if mark == "{":
            value = self._object(depth)
        elif mark == "[":
            value = self._list(depth)
        else:
            value = self._string() if mark == '"' else self._literal()
        return Node(line, value, start, self._position)

    def _object(self, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        self._position += 1
        more = self._next() != "}"
        while more:
            if self._next() != '"':
                raise self._fault('a key in double quotes or "}"' if not members else "a key in double quotes")
            line = self._lines.of(self._position)
            key = self._string()
            if key in members:
                raise JsonFault(line, "found a key twice in one object, expected it once")
            self._expect(":")
            members[key] = replace(self._value(depth + 1), line=line)
            more = self._goes_on("}")
        self._expect("}")
        return members

    def _list(self, depth: int) -> tuple[Node, ...]:
        elements: list[Node] = []
        self._position += 1
        more = self._next() != "]"
        while more:
            elements.append(self._value(depth + 1))
            more = self._goes_on("]")
        self._expect("]")
        return tuple(elements)

    def _goes_on(self, closing: str) -> bool:
        mark = self._next()
        if mark == ",":
            self._position += 1
            return not (self._comments and self._next() == closing)
        if mark != closing:
            raise self._fault(f'"," or "{closing}"')
        return False

    def _string(self) -> str:
        match = _STRING.match(self._text, self._position)
        if not match:
            raise self._fault("a string that ends on its line and has no control character or unknown escape")
        value = json.loads(match[0])
        if _SURROGATE.search(value):
            raise self._fault("a string without lone surrogates")
        self._position = match.end()
        return str(value)

    def _literal(self) -> int | float | bool | None:
        match = _LITERAL.match(self._text, self._position)
        if not match or len(match[0]) > _LONGEST_NUMBER:
            raise self._fault("a JSON value")
        value: int | float | bool | None = json.loads(match[0])
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            raise self._fault("a finite number")
        self._position = match.end()
        return value

    def _next(self) -> str:
        blanks = self._blanks.match(self._text, self._position)
        self._position = blanks.end() if blanks else self._position
        return self._text[self._position : self._position + 1]

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise self._fault(f'"{mark}"')
        self._position += 1

    def _fault(self, expected: str) -> JsonFault:
        mark = self._text[self._position : self._position + 1]
        found = json.dumps(mark) if mark else "the end of the file"
        return JsonFault(self._lines.of(self._position), f"found {found}, expected {expected}")


_BLANKS = re.compile(r"[ \t\r\n]*")
_BLANKS_AND_COMMENTS = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*(?s:.*?)\*/)*+")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_LITERAL = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONGEST_NUMBER = 400
