"""Reads JSON strictly and remembers the line of every value: no duplicate keys, no NaN, bounded depth. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.convert.text import Lines, fault_of_text, without_bom

MAX_DEPTH = 64


class JsonFault(Exception):
    """The document is not what was expected; the reader turns it into a line of the ledger.

    Args:
        line: Line from 1.
        reason: What was found and what was expected; never a value of the document.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its line; for a member of an object the line of its key."""

    line: int
    value: Mapping[str, Node] | tuple[Node, ...] | str | int | float | bool | None

    def members(self) -> Mapping[str, Node]:
        """Give the members of an object.

        Raises:
            JsonFault: It is no object.
        """
        if isinstance(self.value, Mapping):
            return self.value
        raise self._not("an object")

    def elements(self) -> tuple[Node, ...]:
        """Give the elements of a list.

        Raises:
            JsonFault: It is no list.
        """
        if isinstance(self.value, tuple):
            return self.value
        raise self._not("a list")

    def text(self) -> str:
        """Give a string.

        Raises:
            JsonFault: It is no string.
        """
        if isinstance(self.value, str):
            return self.value
        raise self._not("a string")

    def scalar(self) -> str:
        """Give a string, number, true or false as the text an environment variable would hold.

        Raises:
            JsonFault: It is an object, a list or null.
        """
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, bool | int | float):
            return json.dumps(self.value)
        raise self._not("a string")

    def _not(self, expected: str) -> JsonFault:
        names = {dict: "an object", tuple: "a list", str: "a string", bool: "true or false", type(None): "null"}
        return JsonFault(self.line, f"found {names.get(type(self.value), 'a number')}, expected {expected}")


def parse(data: bytes) -> Node:
    """Read one JSON document.

    Raises:
        JsonFault: The bytes are no UTF-8, or no strict JSON.

    >>> parse(b'{"a": [1]}').members()["a"].elements()[0].value
    1
    """
    if fault := fault_of_text(data):
        raise JsonFault(*fault)
    return _Parser(without_bom(data).decode()).document()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = Lines(text)
        self._position = 0

    def document(self) -> Node:
        node = self._value(0)
        if self._next():
            raise self._fault("the end of the file")
        return node

    def _value(self, depth: int) -> Node:
        mark = self._next()
        line = self._lines.of(self._position)
        if depth > MAX_DEPTH:
            raise JsonFault(line, f"found more than {MAX_DEPTH} levels, expected at most {MAX_DEPTH}")
        if mark == "{":
            return Node(line, self._object(depth))
        if mark == "[":
            return Node(line, self._list(depth))
        if mark == '"':
            return Node(line, self._string())
        return Node(line, self._literal())

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
        elif mark != closing:
            raise self._fault(f'"," or "{closing}"')
        return mark == ","

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
        blanks = _BLANKS.match(self._text, self._position)
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
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_LITERAL = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONGEST_NUMBER = 400
