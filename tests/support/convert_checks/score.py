"""What a check says of one agent: how many items held, of how many, and what did not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """How many items held; ``faults`` names each that did not, for a person to look at."""

    held: int
    total: int
    faults: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every item held."""
        return self.held == self.total

    @classmethod
    def of(cls, items: Collection[object], faults: Iterable[str]) -> Score:
        """Count the items, less one for each fault."""
        found = tuple(faults)
        return cls(max(0, len(items) - len(found)), len(items), found)


NOTHING = Score(0, 0)
"""The agent has nothing of the kind that the check looks at."""
