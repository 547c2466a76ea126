"""What a cell is: a kind of migration, what is measured of it, and what its figures have to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.bench.decisions.board import Figure, Row
from tests.bench.decisions.judging import Outcome

Measure = Callable[[int, np.random.Generator], Outcome]
"""Draws so many runs and says when what happened in each; has to be picklable, for it runs in another process."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the scoreboard before it is measured.

    Attributes:
        group: The question that it answers.
        name: What is special about it.
        runs: How many migrations to draw.
        measure: What is measured, batch by batch.
        figures: What is made of all runs.
        batch: How many runs fit into memory at once.
    """

    group: str
    name: str
    runs: int
    measure: Measure
    figures: Callable[[Outcome], tuple[Figure, ...]]
    batch: int = 250

    def row(self, batches: list[Outcome]) -> Row:
        """Put the batches together."""
        whole = {name: np.concatenate([one[name] for one in batches]) for name in batches[0]}
        return Row(self.group, self.name, self.figures(whole))
