"""A file after YAML: plain values, and where in the text each of them stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from reconciler.errors import Mistake, SpecError
from reconciler.spec.core_types import Plain
from reconciler.spec.limits import MISTAKES

KeyPath: TypeAlias = "tuple[str | int, ...]"


class Place(NamedTuple):
    """Where an entry stands, in characters of the text without a byte order mark.

    Attributes:
        line: Line of its key (or of the list item), from 1.
        begin: Where its key (or the list item) begins.
        start: Where its value begins.
        end: Just past its value; comments and blank lines that follow do not belong to it.
    """

    line: int
    begin: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read but not yet understood.

    Attributes:
        path: The file, from the repository's root.
        text: What it says, without a byte order mark.
        value: Its plain value.
        places: Where each entry stands, by its keys and indices from the root; the root is ``()``.
        empty: The entries whose value is null, in the file's order.
    """

    path: str
    text: str
    value: Plain
    places: Mapping[KeyPath, Place]
    empty: tuple[KeyPath, ...]

    def line(self, where: KeyPath) -> int:
        """Give the line of an entry, or of the nearest one around it when it is missing."""
        while where not in self.places:
            where = where[:-1]
        return self.places[where].line

    def at(self, where: KeyPath) -> Plain:
        """Give the value of an entry; None when there is none."""
        value = self.value
        for step in where:
            match value, step:
                case dict(), str():
                    value = value.get(step)
                case list(), int() if step < len(value):
                    value = value[step]
                case _:
                    return None
        return value


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raise what was found, in the order of lines, and nothing when nothing was.

    Raises:
        SpecError: There is a mistake; of very many, the first ones and how many more there are.
    """
    found = sorted(mistakes, key=lambda mistake: (mistake.path, mistake.line))
    if found:
        raise SpecError(_first(found))


def _first(mistakes: Sequence[Mistake]) -> Sequence[Mistake]:
    more = len(mistakes) - MISTAKES
    if more <= 0:
        return mistakes
    return [*mistakes[:MISTAKES], Mistake(mistakes[0].path, 0, f"{more} more mistakes are not shown")]
