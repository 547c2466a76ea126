"""Holds what is assumed about an agent's tasks and about what goes wrong with them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.model.stage import Side

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Profile:
    """How one side does its tasks.

    Attributes:
        errors: Which part ends in an error, 0 to 1.
        failures: Which part of the others is not completed, 0 to 1.
        seconds: How long a task takes; the median of a lognormal distribution.
        spread: The standard deviation of the logarithm of that.
        cost_usd: US dollars that a task costs; the mean of a lognormal distribution.
        cost_spread: The standard deviation of the logarithm of that.
    """

    errors: float = 0.01
    failures: float = 0.01
    seconds: float = 60.0
    spread: float = 1.0
    cost_usd: float = 0.40
    cost_spread: float = 1.0


@dataclass(frozen=True, slots=True)
class Period:
    """A time since the migration began.

    Attributes:
        at: When it begins.
        lasting: How long it lasts; None lasts to the end.
    """

    at: timedelta
    lasting: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """For a time a side does its tasks in another way.

    Attributes:
        during: When.
        side: Which side; None changes both, as an incident of their provider does.
        over: How long it takes from the one to the other; zero breaks at once.
        errors: The part that ends in an error now; None where that stays.
        failures: The part of the others that is not completed now.
        seconds: The median of how long a task takes now.
        cost_usd: The mean of what a task costs now.
    """

    during: Period
    side: Side | None = None
    over: timedelta = NO_TIME
    errors: float | None = None
    failures: float | None = None
    seconds: float | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """For a time the metric source says nothing of a side (None: of both); afterwards it knows what happened."""

    during: Period
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a simulation assumes.

    Attributes:
        tasks_per_hour: Of the whole host, both sides together.
        begin: When the migration begins; whole minutes, UTC. The policy's calendar is read by it.
        horizon: When the simulation gives up waiting.
        watch: How long it goes on after complete.
        applied_after: How long a commit takes until the traffic follows it.
        merged_after: How long a person takes to merge a pull request.
        reverts: When a person reverts the newest transition.
        changes: The later ones lie over the earlier ones.
        silences: When no tasks come.
    """

    name: str
    tasks_per_hour: float = 60.0
    begin: datetime = datetime(2026, 3, 2, 8, tzinfo=UTC)
    horizon: timedelta = timedelta(days=7)
    watch: timedelta = timedelta(hours=6)
    applied_after: timedelta = timedelta(minutes=1)
    merged_after: timedelta = NO_TIME
    source: Profile = Profile()
    target: Profile = Profile()
    changes: tuple[Change, ...] = ()
    gaps: tuple[Gap, ...] = ()
    silences: tuple[Period, ...] = ()
    reverts: tuple[timedelta, ...] = ()
