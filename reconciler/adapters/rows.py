"""Reads the rows of a Prometheus answer into numbers by migration and side, and says which sides cannot be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import SourceFault
from reconciler.model.observation import Unknown
from reconciler.model.stage import Side

Key = tuple[str, Side]
"""Name of the migration, side."""


@dataclass(frozen=True, slots=True)
class Row:
    """One series: its labels, and its values by moment in seconds since 1970."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    def key(self, environment: str) -> Key | None:
        """Say whose row it is; None when it is not about a side of a migration of this environment."""
        side = self.labels.get("side")
        if self.labels.get("environment") != environment or side not in _SIDES or "migration" not in self.labels:
            return None
        return self.labels["migration"], _SIDES[side]


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers by migration and side, slice and one more label.

    Attributes:
        cells: By side, then by slice (0 is the newest), then by the label's value.
        doubts: The sides whose rows cannot be trusted, and why.
    """

    cells: dict[Key, dict[int, dict[str, float]]] = field(default_factory=dict)
    doubts: dict[Key, Unknown] = field(default_factory=dict)


def rows(result: object) -> Iterator[Row]:
    """Read the rows of an answer.

    Raises:
        SourceFault: The answer has another shape than series of labels and points.
    """
    if not isinstance(result, list):
        raise SourceFault("the answer's result is no list of series")
    for one in result:
        labels = one.get("metric") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(labels, dict) or not _are_strings(labels.values()):
            raise SourceFault("the answer holds something else than a series with labels")
        points = one["values"] if "values" in one else [one.get("value")]
        if not isinstance(points, list):
            raise SourceFault("a series in the answer has no points")
        yield Row(labels, tuple(_point(point) for point in points))


def table(found: Iterable[Row], environment: str, label: str, place: Callable[[float], int], *, counts: bool) -> Table:
    """Sort rows by side, slice and label.

    Args:
        found: The rows; those about other environments or no side are left out.
        environment: The environment asked for.
        label: The label to tell apart; one that a row lacks is the empty string.
        place: Says which slice a moment ends; raises SourceFault for a moment that nobody asked about.
        counts: Whether the numbers are counts or amounts, so that a negative one is nonsense.
    """
    sorted_in = Table()
    for row in found:
        key = row.key(environment)
        if key is None:
            continue
        by_slice = sorted_in.cells.setdefault(key, {})
        for moment, number in row.points:
            cell = by_slice.setdefault(place(moment), {})
            value = row.labels.get(label, "")
            if doubt := _doubt(number, seen=value in cell, counts=counts):
                sorted_in.doubts[key] = Unknown(doubt)
            cell[value] = number
    return sorted_in


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


_SIDES = {side.value: side for side in Side}
