"""Cuts time into the slices that observations are made of, the same for every metric source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.errors import SourceFault
from reconciler.model.migration import MigrationId
from reconciler.model.observation import SideObservations, Slice, Unknown

MOST_SLICES = 11_000
"""What Prometheus answers at most for one series. Older evidence is left out: longer slices would blur the windows."""


_ROUNDED = 0.002
"""Seconds; moments travel in milliseconds."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The slices of one pass: they end at ``at``, ``at - step``, and so on, and none begins before its start.

    Attributes:
        at: The pass's one moment.
        step: The length of a slice.
        lengths: How many slices each migration has.
        empty: Slices in which nothing happened, newest first, shared by all migrations.
    """

    at: datetime
    step: timedelta
    lengths: Mapping[MigrationId, int]
    empty: tuple[Slice, ...]

    @classmethod
    def of(cls, starts: Mapping[MigrationId, datetime], *, at: datetime, step: timedelta) -> Grid:
        """Lay the grid: as many whole slices as fit between each start and ``at``, the newest 11,000 of them."""
        lengths = {migration: min(MOST_SLICES, max(0, (at - start) // step)) for migration, start in starts.items()}
        most = max(lengths.values(), default=0)
        return cls(at, step, lengths, tuple(Slice(at - ago * step, 0, 0, 0) for ago in range(most)))

    @property
    def begin(self) -> datetime:
        """The moment before which nothing counts for any migration."""
        return self.at - len(self.empty) * self.step

    def ago(self, moment: datetime) -> int:
        """Say in which slice something happened: 0 is the newest; the end of a slice belongs to it."""
        return (self.at - moment) // self.step

    def place(self, seconds: float) -> int:
        """Say which slice ends at a moment, in seconds since 1970.

        Raises:
            SourceFault: None does; whoever answers about other moments than asked cannot be trusted.
        """
        late = self.at.timestamp() - seconds
        ago = round(late / self.step.total_seconds())
        if not 0 <= ago <= len(self.empty) or abs(late - ago * self.step.total_seconds()) > _ROUNDED:
            raise SourceFault("the answer holds a moment that nobody asked about")
        return ago

    def end(self, ago: int) -> datetime:
        """Give the end of a slice."""
        return self.at - ago * self.step

    def side(
        self, migration: MigrationId, slices: Mapping[int, Slice], readings: Mapping[str, float | Unknown]
    ) -> SideObservations:
        """Put a side together: the slices in which something happened, and empty ones between, oldest first."""
        length = self.lengths[migration]
        found = tuple(slices.get(ago, self.empty[ago]) for ago in reversed(range(length)))
        return SideObservations(found, readings)
