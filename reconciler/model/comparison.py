"""How both sides did over one stage, side by side. Shown to people; nothing is ever decided from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.observation import Unknown


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies in 95 of 100 such stages, both ends included."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Quantile:
    """The time within which a share of the tasks ended.

    Attributes:
        level: Which share, from 0 to 1.
        value: Seconds; interpolated where only buckets are known.
        interval: Seconds.
        resolution: The width in seconds of the bucket that the value lies in; None where single durations are known.
    """

    level: float
    value: float | Unknown
    interval: Interval | Unknown
    resolution: float | None


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of the tasks, from 0 to 1."""

    events: int
    tasks: int
    value: float | Unknown
    interval: Interval | Unknown


@dataclass(frozen=True, slots=True)
class Summary:
    """One side by itself.

    Attributes:
        tasks: Tasks that ended.
        errors: Of these, those that ended in ``error`` or ``timeout``.
        completed: Of these, those that were completed.
        timed: How many durations the quantiles rest on.
        durations: p50, p95 and p99.
    """

    tasks: int
    errors: Rate
    completed: Rate
    timed: int
    durations: tuple[Quantile, ...] | Unknown


@dataclass(frozen=True, slots=True)
class FixedLook:
    """A test that is valid for one look at a moment fixed beforehand, and therefore decides nothing here.

    Attributes:
        method: The test's name.
        p: Two-sided, from 0 to 1.
        statistic: What the test computed; None where it has none.
    """

    method: str
    p: float
    statistic: float | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """The target against the source, in the unit of what is compared.

    Attributes:
        difference: target - source.
        ratio: target / source.
    """

    source: float
    target: float
    difference: float
    ratio: float | Unknown


@dataclass(frozen=True, slots=True)
class RateContrast:
    """Two rates against each other.

    Attributes:
        test: Chi-square, or Fisher's exact test where counts are small.
        cohens_h: From -pi to pi; above 0 the target's rate is higher. 0.2 is called small, 0.5 medium, 0.8 large.
    """

    test: FixedLook | Unknown
    cohens_h: float | Unknown


@dataclass(frozen=True, slots=True)
class DurationContrast:
    """The durations of both sides against each other.

    Attributes:
        welch: Do the means differ?
        hedges_g: The difference of the means in standard deviations; above 0 the target is slower.
        mann_whitney: Does one side tend to be slower?
        slower: The chance that a task of the target takes longer than one of the source, a tie counting half.
        rank_biserial: The same from -1 (the target is always faster) to 1 (always slower).
    """

    welch: FixedLook | Unknown
    hedges_g: float | Unknown
    mann_whitney: FixedLook | Unknown
    slower: float | Unknown
    rank_biserial: float | Unknown


@dataclass(frozen=True, slots=True)
class CostContrast:
    """What both sides cost, in US dollars.

    Attributes:
        per_task: All that was spent, divided by all tasks.
        per_completed_task: All that was spent, divided by the completed tasks.
        welch: Do the means of single tasks differ?
        hedges_g: The difference of these means in standard deviations; above 0 the target costs more.
    """

    per_task: Contrast | Unknown
    per_completed_task: Contrast | Unknown
    welch: FixedLook | Unknown
    hedges_g: float | Unknown


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides over the slices of one stage. What cannot be known is Unknown with its reason, never 0.

    Attributes:
        begin: The moment from which slices count.
        end: The moment up to which they count.
        tokens_per_task: Tokens of all kinds.
    """

    begin: datetime
    end: datetime
    source: Summary | Unknown
    target: Summary | Unknown
    errors: RateContrast | Unknown
    completed: RateContrast | Unknown
    durations: DurationContrast | Unknown
    cost: CostContrast | Unknown
    tokens_per_task: Contrast | Unknown
