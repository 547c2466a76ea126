"""What healthy means: the checks of a health policy, their limits and what a breach leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from reconciler.model.stage import Stage


class OnBreach(StrEnum):
    """What a failed check leads to."""

    ROLLBACK = "rollback"
    FREEZE = "freeze"


class Decide(StrEnum):
    """What may roll back: evidence that stays valid however often we look, or the bare limit."""

    EVIDENCE = "evidence"
    THRESHOLD = "threshold"


class Then(StrEnum):
    """What follows when a wait has lasted too long."""

    NOTIFY = "notify"
    ROLLBACK = "rollback"


class Bound(StrEnum):
    """Which side of the limit is a breach: above a ``max``, below a ``min``."""

    MAX = "max"
    MIN = "min"


@dataclass(frozen=True, slots=True)
class Absolute:
    """A fixed limit: a rate from 0 to 1, seconds or US dollars, by the indicator."""

    value: float


@dataclass(frozen=True, slots=True)
class TimesSource:
    """A limit relative to the source side now (after complete: to the frozen baseline)."""

    factor: float


@dataclass(frozen=True, slots=True)
class TimesExpected:
    """A limit on a total: the baseline's total times the target's share now."""

    factor: float


@dataclass(frozen=True, slots=True)
class SourcePlus:
    """The source side's rate plus (or, negative, minus) a margin; 0.05 is five percentage points."""

    margin: float


Limit = Absolute | TimesSource | TimesExpected | SourcePlus


@dataclass(frozen=True, slots=True)
class Check:
    """One question to health.

    Attributes:
        name: Its name in the policy, in messages and in JSON.
        indicator: What is measured: ``error_rate``, ``latency_p95``, ``cost_per_completed_task``, ``cost_total``,
            ``completion_rate`` or the name of a query of the environment.
        bound: Whether the limit is a maximum or a minimum.
        limit: The limit itself.
        window: How far back it looks; None is the whole stage.
        sustained: How long the breach must have lasted (``for:``); zero means now.
        on_breach: What a failed check leads to.
    """

    name: str
    indicator: str
    bound: Bound
    limit: Limit
    window: timedelta | None
    sustained: timedelta
    on_breach: OnBreach


@dataclass(frozen=True, slots=True)
class StageRule:
    """What it takes to leave a stage: the least time in it, and the chance to advance a target exactly at a limit."""

    soak: timedelta = timedelta(0)
    wrong_advance: float | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long something may last, and what follows then."""

    after: timedelta
    then: Then = Then.NOTIFY


@dataclass(frozen=True, slots=True)
class NoAdvance:
    """A time in which no stage is entered; a rollback is never delayed.

    Attributes:
        cron: When it begins, five cron fields.
        lasting: How long it lasts.
        zone: The IANA name of the time zone that the fields are meant in.
    """

    cron: str
    lasting: timedelta
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """What healthy means for the migrations that name this policy.

    Attributes:
        name: Its file's name.
        checks: The checks, in the file's order; never empty.
        min_tasks: The least number of tasks on a side for a verdict.
        decide: Whether the bare limit may roll back.
        wrong_rollback: The chance to roll back a healthy target, 0 to 1.
        stages: What it takes to leave each stage.
        keep_source: After complete, how long the source stays warm.
        no_tasks: How long the target may be without a task.
        no_metrics: How long nothing may be known.
        inconclusive: How long a stage may last without proof or failure.
        graceful_step: How long each stage lasts on the way back; None goes back at once.
        no_advance: Times in which no stage is entered.
    """

    name: str
    checks: tuple[Check, ...]
    min_tasks: int
    decide: Decide
    wrong_rollback: float
    stages: Mapping[Stage, StageRule]
    keep_source: timedelta
    no_tasks: Patience = Patience(timedelta(hours=24))
    no_metrics: Patience = Patience(timedelta(hours=2))
    inconclusive: Patience = Patience(timedelta(hours=72))
    graceful_step: timedelta | None = None
    no_advance: tuple[NoAdvance, ...] = ()

    def rule(self, stage: Stage) -> StageRule:
        """Say what it takes to leave this stage; nothing was asked means no soak."""
        return self.stages.get(stage, StageRule())
