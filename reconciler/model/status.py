"""What the reconciler keeps in git beside a migration: its status (transitions) and its notes (all else)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage


@dataclass(frozen=True, slots=True)
class Weights:
    """Integer percent of each side; they add up to 100."""

    source: int
    target: int

    def __post_init__(self) -> None:
        """Refuse what no route may carry.

        Raises:
            ValueError: A weight is negative or the two do not add up to 100.
        """
        if min(self.source, self.target) < 0 or self.source + self.target != 100:  # noqa: PLR2004 - percent
            msg = f"weights are {self.source}/{self.target}, they must be at least 0 and add up to 100"
            raise ValueError(msg)

    @classmethod
    def of(cls, stage: Stage) -> Weights:
        """Give the weights of a stage."""
        return cls(100 - stage.target_weight, stage.target_weight)


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the source did before the target took traffic, frozen when the canary begins.

    Attributes:
        cost_per_hour: US dollars per hour, None when cost is not reported.
        latency_p95: Seconds, None when durations are not reported.
        tasks: How many tasks it was measured on.
        begin: Start of the measurement (``from`` in the file).
        end: End of the measurement (``to`` in the file).
    """

    cost_per_hour: float | None
    latency_p95: float | None
    tasks: int
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Wealth:
    """One check's evidence at the end of a stage.

    Attributes:
        limit: Indicator, bound and limit as they were judged; evidence about another limit does not count.
        fail: Natural logarithm of what stands on "the target is worse".
        proof: Natural logarithm of what stands on "the target is inside its limit".
    """

    limit: str
    fail: float
    proof: float


@dataclass(frozen=True, slots=True)
class Totals:
    """What the source did while both sides took traffic; after complete it stands in for the source.

    Attributes:
        tasks: Tasks that ended.
        errors: Of these, those that ended in ``error`` or ``timeout``.
        completed: Of these, those that were completed.
        cost_usd: US dollars spent; None when it was not known for all of them.
        latency_p95: Seconds, in the newest stage with enough tasks to tell; None without one.
    """

    tasks: int
    errors: int
    completed: int
    cost_usd: float | None
    latency_p95: float | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a rollback in steps is going; it is latched: every pass goes on with it.

    Attributes:
        to: The stage it ends at.
        checks: The names of the checks that failed; empty when a wait lasted too long.
        reason: Why, as the first step said it.
    """

    to: Stage
    checks: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What a stage takes over from the ones before it.

    Attributes:
        seconds: How long evidence had been gathered when the stage was entered.
        wealth: The evidence, by the check's name.
        source: What the source did until then; None when it is not known.
        goal: Where a rollback in steps is going; None without one.
    """

    seconds: int = 0
    wealth: Mapping[str, Wealth] = field(default_factory=dict)
    source: Totals | None = None
    goal: Goal | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Where a migration stands; its file changes only in a transition commit.

    Attributes:
        since: When the stage was entered, UTC to the second.
        attempt: Counts the re-arms, from 1; it is part of the affinity cookie.
        run: The unique id of the pass that wrote it.
        carried: What the stage takes over from the ones before it.
    """

    id: MigrationId
    stage: Stage
    since: datetime
    attempt: int
    run: str
    weights: Weights
    baseline: Baseline | None = None
    carried: Carried = Carried()


class HoldKind(StrEnum):
    """Why the reconciler holds a migration until a person lifts it."""

    REVERTED = "reverted"
    LOWERED = "lowered"
    DRIFT = "drift"
    RERENDER_REVERTED = "rerender-reverted"


@dataclass(frozen=True, slots=True)
class Hold:
    """Our brake in the notes: a person did something that must stand.

    Attributes:
        by: Who did it (the commit's author), for people to read; never for authority.
        commit: The commit where it was seen.
    """

    kind: HoldKind
    reason: str
    by: str
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Notes:
    """What changes outside transitions: our hold, when evidence starts anew, what was rendered.

    Attributes:
        run: The unique id of the pass that wrote it.
        evidence_from: Nothing observed before this moment counts; None counts from ``since``.
        inputs: Blob id of every file that went into the rendered configuration, by path; never the migration file.
    """

    id: MigrationId
    run: str
    evidence_from: datetime | None = None
    hold: Hold | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
