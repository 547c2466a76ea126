"""What a JSON document is made of: values that know where they stand, and the fault of a document that is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Fault(Exception):
    """A document is not what was expected; the reader turns it into a line of the ledger.

    Args:
        line: Line from 1.
        reason: What was found and what was expected; never a value of the document.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


class JsonFault(Fault):
    """The document is no JSON, or holds another type than was expected."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its line; for a member of an object the line of its key.

    Attributes:
        start: Where the value begins, in characters of the text without its byte order mark.
        end: Where it ends, exclusive.
    """

    line: int
    value: Mapping[str, Node] | tuple[Node, ...] | str | int | float | bool | None
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

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

    def plain(self) -> Any:
        """Give the value as the standard reader does, without its places."""
        if isinstance(self.value, Mapping):
            return {key: member.plain() for key, member in self.value.items()}
        return [element.plain() for element in self.value] if isinstance(self.value, tuple) else self.value

    def _not(self, expected: str) -> JsonFault:
        names = {dict: "an object", tuple: "a list", str: "a string", bool: "true or false", type(None): "null"}
        return JsonFault(self.line, f"found {names.get(type(self.value), 'a number')}, expected {expected}")
