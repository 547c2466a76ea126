"""The scoreboard: a row for each cell, each figure beside its bound, as text or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from scipy.special import betaincinv

from reconciler.health.history import Floats


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        column: The heading it stands under.
        value: The number; infinite for what never happened.
        bound: What it has to keep; None for a number that is only shown.
        at_least: Whether the bound is a least value, in place of a largest.
        digits: How many to print after the point.
    """

    column: str
    value: float
    bound: float | None = None
    at_least: bool = False
    digits: int = 3

    @property
    def is_kept(self) -> bool:
        """Whether the bound is kept; what is not a number keeps none."""
        return self.bound is None or (self.value >= self.bound if self.at_least else self.value <= self.bound)

    def __str__(self) -> str:
        text = "never" if np.isinf(self.value) else f"{self.value:.{self.digits}f}"
        if self.bound is None:
            return text
        return f"{text} {'>=' if self.at_least else '<='} {self.bound:.{self.digits}f}"


@dataclass(frozen=True, slots=True)
class Row:
    """What one cell came to.

    Attributes:
        group: The question that it answers, a heading.
        name: The cell.
        figures: Ours, and beside them those of other rules.
    """

    group: str
    name: str
    figures: tuple[Figure, ...]

    @property
    def is_kept(self) -> bool:
        """Whether all bounds are kept."""
        return all(figure.is_kept for figure in self.figures)


def as_text(rows: Iterable[Row]) -> str:
    """Print a table for each group."""
    return "\n".join(line for _, same in groupby(rows, key=lambda row: row.group) for line in _table(list(same)))


def as_document(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Give the rows for a machine."""
    return [
        {
            "group": row.group,
            "cell": row.name,
            "kept": row.is_kept,
            "figures": [
                {"name": one.column, "value": _finite(one.value), "bound": one.bound, "kept": one.is_kept}
                for one in row.figures
            ],
        }
        for row in rows
    ]


def rate(moments: Floats) -> float:
    """Give the part of the runs in which something happened."""
    return float(np.isfinite(moments).mean())


def upper(moments: Floats) -> float:
    """Give the upper end of the 95 % interval of that part (Clopper & Pearson, 1934)."""
    happened, runs = int(np.isfinite(moments).sum()), len(moments)
    return 1.0 if happened == runs else float(betaincinv(happened + 1, runs - happened, 0.975))


def median(moments: Floats) -> float:
    """Give the median minute over all runs, those in which it never happened being infinite."""
    return float(np.median(moments)) if len(moments) else np.inf


def with_chance(level: float, runs: int) -> float:
    """Give the largest part that a chance of ``level`` shows in so many runs: two standard errors above it."""
    return level + 2 * float(np.sqrt(level * (1 - level) / runs))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _table(rows: list[Row]) -> Iterator[str]:
    columns = list(dict.fromkeys(figure.column for row in rows for figure in row.figures))
    texts = [{figure.column: str(figure) for figure in row.figures} for row in rows]
    wide = {column: max(len(column), *(len(text.get(column, "")) for text in texts)) for column in columns}
    left = max(len(row.name) for row in rows)
    yield ""
    yield rows[0].group
    yield "  ".join(["  " + " " * left, *(column.rjust(wide[column]) for column in columns)])
    for row, text in zip(rows, texts, strict=True):
        cells = (text.get(column, "").rjust(wide[column]) for column in columns)
        yield "  ".join(["  " + row.name.ljust(left), *cells, "" if row.is_kept else "MISSED"]).rstrip()
