"""Reads the rows of a Prometheus answer into numbers by migration and side, and says which sides cannot be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import SourceFault
from reconciler.model.stage import Side

Key = tuple[str, ...]
"""Whose a row is: for agents the migration's name and the side."""

Whose = Callable[[Mapping[str, str]], Key | None]
"""Reads off a row's labels whose it is; None when it is nobody's that we asked about."""


@dataclass(frozen=True, slots=True)
class Row:
    """One series: its labels, and its values by moment in seconds since 1970."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a side's numbers cannot be trusted: what came first, the slice in which it came, and the newest such one."""

    reason: str
    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers by side, slice and some more labels.

    Attributes:
        cells: By side, then by slice (0 is the newest), then by the values of the labels, joined by ``/``.
        doubts: The sides whose rows cannot be trusted, why, and from which slice up to which.
    """

    cells: dict[Key, dict[int, dict[str, float]]] = field(default_factory=dict)
    doubts: dict[Key, Doubt] = field(default_factory=dict)

    def doubt(self, key: Key, slices: int = 1) -> Doubt | None:
        """Give the doubt about a side's newest slices, if there is any; what was before them does not matter."""
        found = self.doubts.get(key)
        return found if found is not None and found.newest < slices else None

    def at(self, key: Key, ago: int = 0) -> Mapping[str, float]:
        """Give a side's numbers in one slice."""
        return self.cells.get(key, {}).get(ago, {})


def agent_side(environment: str) -> Whose:
    """Read off a row which migration and side of an environment it is about."""

    def whose(labels: Mapping[str, str]) -> Key | None:
        if labels.get("environment") != environment or labels.get("side") not in _SIDES or "migration" not in labels:
            return None
        return labels["migration"], labels["side"]

    return whose


def rows(result: object) -> Iterator[Row]:
    """Read the rows of an answer; they are taken out of it.

    Raises:
        SourceFault: The answer has another shape than series of labels and points.
    """
    if not isinstance(result, list):
        raise SourceFault("the answer's result is no list of series")
    result.reverse()
    while result:  # a long answer goes as it is read, instead of standing beside what is made of it
        one = result.pop()
        labels = one.get("metric") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(labels, dict) or not _are_strings(labels.values()):
            raise SourceFault("the answer holds something else than a series with labels")
        points = one["values"] if "values" in one else [one.get("value")]
        if not isinstance(points, list):
            raise SourceFault("a series in the answer has no points")
        yield Row(labels, tuple(map(_point, points)))


def table(
    found: Iterable[Row], whose: Whose, by: tuple[str, ...], place: Callable[[float], int], *, counts: bool
) -> Table:
    """Sort rows by side, slice and labels.

    Args:
        found: The rows; those that are nobody's are left out.
        whose: Says whose a row is.
        by: The labels to tell apart; one that a row lacks is the empty string.
        place: Says which slice a moment ends; raises SourceFault for a moment that nobody asked about.
        counts: Whether the numbers are counts or amounts, so that a negative one is nonsense.
    """
    sorted_in = Table()
    places = _Places(place)
    for row in found:
        key = whose(row.labels)
        if key is None:
            continue
        by_slice = sorted_in.cells.setdefault(key, {})
        value = "/".join([row.labels.get(label, "") for label in by])
        for moment, number in row.points:
            ago = places[moment]
            cell = by_slice.setdefault(ago, {})
            if reason := _doubt(number, seen=value in cell, counts=counts):
                sorted_in.doubts[key] = _joined(sorted_in.doubts.get(key), Doubt(reason, ago, ago))
            cell[value] = number
    return sorted_in


class _Places(dict[float, int]):
    """Remembers where a moment belongs: the rows of an answer share their moments."""

    def __init__(self, place: Callable[[float], int]) -> None:
        super().__init__()
        self._place = place

    def __missing__(self, moment: float) -> int:
        self[moment] = found = self._place(moment)
        return found


def _joined(known: Doubt | None, more: Doubt) -> Doubt:
    if known is None:
        return more
    first = known if known.oldest >= more.oldest else more
    return Doubt(first.reason, first.oldest, min(known.newest, more.newest))


def _doubt(number: float, *, seen: bool, counts: bool) -> str:
    if seen:
        return "the same series came twice"
    if not math.isfinite(number):
        return f"a value is {number}, expected a finite number"
    return f"a value is {number:g}, expected a number from 0" if counts and number < 0 else ""


def _point(point: object) -> tuple[float, float]:
    match point:
        case [int() | float() as moment, str() as number]:
            try:
                return float(moment), float(number)
            except (ValueError, OverflowError):
                raise SourceFault("a series in the answer holds a value that is no number") from None
        case _:
            raise SourceFault("a series in the answer holds a point that is no pair of moment and value")


def _are_strings(labels: Iterable[object]) -> bool:
    return all(isinstance(label, str) for label in labels)


_SIDES = frozenset(Side)
