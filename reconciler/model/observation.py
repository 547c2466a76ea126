"""What was seen of both sides: tasks, failures, durations and cost, cut into slices of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing can be said, and why. Unknown is never healthy.

    Attributes:
        reason: Why, for the operator.
        since: When something was last seen; None when nothing ever was, or nobody can say.
    """

    reason: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a mesh sees the tasks of one migration.

    Attributes:
        host: The host that they are sent to.
        source: The ``version`` label of the source's pods.
        target: The ``version`` label of the target's pods.
        target_weight: Percent of the tasks that the mesh gives to the target, 0 to 100.
    """

    host: str
    source: str
    target: str
    target_weight: int


@dataclass(frozen=True, slots=True)
class Samples:
    """Durations of single tasks, in seconds."""

    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations counted in buckets.

    Attributes:
        bounds: Upper bounds in seconds, ascending; the last one may be infinite.
        counts: How many tasks fell into each bucket (not cumulative), as long as ``bounds``.
    """

    bounds: tuple[float, ...]
    counts: tuple[float, ...]


Durations = Samples | Histogram


@dataclass(frozen=True, slots=True)
class Slice:
    """What one side did in the half-open time (end - step, end].

    Attributes:
        tasks: Tasks that ended, whatever their outcome.
        errors: Of these, those that ended in ``error`` or ``timeout``.
        completed: Of these, those that were completed.
        cost_usd: US dollars spent; None when the side does not report cost.
        durations: How long the tasks took; None when the side does not report it.
        costs: US dollars of each single task; None where only their sum is known.
        tokens: Tokens used; None when the side does not report them.
        sessions: Sessions newly assigned to the side; None when the side does not report them.
    """

    end: datetime
    tasks: int
    errors: int
    completed: int
    cost_usd: float | None = None
    durations: Durations | None = None
    costs: tuple[float, ...] | None = None
    tokens: int | None = None
    sessions: int | None = None


@dataclass(frozen=True, slots=True)
class SideObservations:
    """One side of one migration.

    Attributes:
        slices: Without gaps and in order of time; a slice without tasks is there too.
        readings: Indicators that the environment's own queries answer directly, by name.
    """

    slices: tuple[Slice, ...]
    readings: Mapping[str, float | Unknown] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observations:
    """Both sides of one migration, cut into slices of length ``step``."""

    step: timedelta
    source: SideObservations | Unknown
    target: SideObservations | Unknown
