"""Holds what happened to a migration in one simulated run. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.model.migration import Migration
from reconciler.model.policy import HealthPolicy
from reconciler.model.stage import Stage
from reconciler.rollout.gates import Prerequisites
from reconciler.simulation.traffic import Route


@dataclass(frozen=True, slots=True)
class Subject:
    """What is simulated.

    Attributes:
        migration: The migration.
        policy: Its law.
        prerequisites: What lies outside health.
        bounds: The buckets in which its metric source counts durations; empty where it knows each task.
    """

    migration: Migration
    policy: HealthPolicy
    prerequisites: Prerequisites = field(default_factory=Prerequisites)
    bounds: tuple[float, ...] = ()


class End(StrEnum):
    """How a run ends."""

    COMPLETE = "complete"
    ROLLED_BACK = "rolled-back"
    HELD = "held"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Happening:
    """One decision that moved something, or the one that the run ended with.

    Attributes:
        stage: Where the migration stood; None before planning.
        word: The decision's word, as ``plan`` writes it.
        to: The stage that it enters or proposes.
    """

    at: datetime
    stage: Stage | None
    word: str
    to: Stage | None
    reason: str


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a run stood at a stage, and what it waited for last there; empty when nobody can say."""

    stage: Stage
    begin: datetime
    end: datetime
    last_proven: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One run.

    Attributes:
        end: How it ended; a run that completed and did not go back by the end of the watch is complete.
        stage: The stage that it ended in, or that it was rolled back from.
        check: The check that rolled it back, or that was not proven; empty when it was none.
        ended: When it was complete, rolled back or held, or when the simulation gave up.
        exposed: Tasks that the target did until then.
        usd: What these cost.
    """

    end: End
    stage: Stage
    check: str
    ended: datetime
    happenings: tuple[Happening, ...]
    stays: tuple[Stay, ...]
    routes: tuple[Route, ...]
    exposed: int
    usd: float
