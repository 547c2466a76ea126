"""Sums up many runs of one migration: what came of them, how long they took, what they exposed, what to do. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import numpy as np

from reconciler.experiment.intervals import rate
from reconciler.model.observation import Unknown
from reconciler.model.stage import Stage
from reconciler.simulation.scenario import Scenario
from reconciler.simulation.story import End, Story

_HOUR = timedelta(hours=1)


class Risk(StrEnum):
    """How much a migration in such a world puts at stake."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which runs ended.

    Attributes:
        stage: Where it ended, or from where it was rolled back.
        check: What rolled it back, or what was still missing; empty when it was no check.
        share: The part of the runs, 0 to 1.
        low: The lower end of the share's 95 % interval (Wilson).
        high: Its upper end.
    """

    end: End
    stage: Stage
    check: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the 90 % point of one number over the runs."""

    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class Stayed:
    """How long the runs that left a stage stood there, in hours, and what they waited for last most often."""

    stage: Stage
    hours: Spread
    last_proven: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What many runs say.

    Attributes:
        runs: How many.
        outcomes: The most frequent first.
        hours: From the beginning to complete, over the runs that came there; None when none did.
        tasks: Tasks that the target did until the end.
        usd: What these cost, in US dollars.
        stages: In the order of the stages.
    """

    runs: int
    outcomes: tuple[Outcome, ...]
    hours: Spread | None
    tasks: Spread
    usd: Spread
    stages: tuple[Stayed, ...]
    risk: Risk
    recommendations: tuple[str, ...]


def sum_up(stories: Sequence[Story], scenario: Scenario) -> Summary:
    """Sum up the runs of one scenario.

    The risk is high when more than one run in five is rolled back or held; it is medium when more than one in twenty
    is, or more than one in five is still waiting at the end; else it is low.

    Args:
        stories: At least one.
        scenario: What they assumed.
    """
    outcomes = tuple(_outcomes(stories))
    done = [(one.ended - scenario.begin) / _HOUR for one in stories if one.end is End.COMPLETE]
    stages = tuple(_stages(stories))
    summary = Summary(
        runs=len(stories),
        outcomes=outcomes,
        hours=_spread(done) if done else None,
        tasks=_spread([one.exposed for one in stories]),
        usd=_spread([one.usd for one in stories]),
        stages=stages,
        risk=_risk(outcomes),
        recommendations=(),
    )
    return Summary(
        summary.runs,
        outcomes,
        summary.hours,
        summary.tasks,
        summary.usd,
        stages,
        summary.risk,
        tuple(_recommendations(summary, scenario)),
    )


def _outcomes(stories: Sequence[Story]) -> Iterator[Outcome]:
    counted = Counter((one.end, one.stage, one.check.split(", ")[0]) for one in stories)
    for (end, stage, check), count in counted.most_common():
        interval = rate(count, len(stories)).interval
        low, high = (0.0, 1.0) if isinstance(interval, Unknown) else (interval.lower, interval.upper)
        yield Outcome(end, stage, check, count / len(stories), low, high)


def _stages(stories: Sequence[Story]) -> Iterator[Stayed]:
    hours: dict[Stage, list[float]] = defaultdict(list)
    waits: dict[Stage, Counter[str]] = defaultdict(Counter)
    for story in stories:
        for stay in story.stays:
            hours[stay.stage].append((stay.end - stay.begin) / _HOUR)
            waits[stay.stage][stay.last_proven] += 1
    for stage in sorted(hours, key=lambda one: one.rank):
        yield Stayed(stage, _spread(hours[stage]), waits[stage].most_common(1)[0][0])


def _spread(numbers: Sequence[float]) -> Spread:
    median, most = np.quantile(numbers, (0.5, 0.9))
    return Spread(float(median), float(most))


def _share(outcomes: Sequence[Outcome], *ends: End) -> float:
    return sum(one.share for one in outcomes if one.end in ends)


def _risk(outcomes: Sequence[Outcome]) -> Risk:
    stopped, waiting = _share(outcomes, End.ROLLED_BACK, End.HELD), _share(outcomes, End.WAITING)
    if stopped > _OFTEN:
        return Risk.HIGH
    return Risk.MEDIUM if stopped > _SOMETIMES or waiting > _OFTEN else Risk.LOW


def _recommendations(summary: Summary, scenario: Scenario) -> Iterator[str]:
    volume = f"at {scenario.tasks_per_hour:g} tasks/h"
    for one in summary.outcomes:
        if one.end is End.ROLLED_BACK and one.share > _SOMETIMES:
            yield (
                f"{one.share:.0%} of the runs are rolled back from {one.stage} by {one.check or 'a deadline'}: compare "
                "both sides on recorded tasks before you begin; "
                f"about {summary.tasks.median:.0f} tasks would be exposed"
            )
    for stage in dict.fromkeys(one.stage for one in summary.outcomes if one.end is End.WAITING):
        waiting = [one for one in summary.outcomes if one.end is End.WAITING and one.stage is stage]
        share = sum(one.share for one in waiting)
        if share > _SOMETIMES:
            yield (
                f"{volume} {share:.0%} of the runs are still at {stage} after {scenario.horizon / _HOUR:.0f} h, "
                f"most often for want of {waiting[0].check or 'a decision'}: raise the stage's wrongAdvance, "
                "loosen that limit, or enter the next stage by hand"
            )
    for stay in summary.stages:
        if stay.stage.splits_traffic and stay.hours.median > _LONG:
            yield (
                f"{volume} {stay.stage} needs about {stay.hours.median:.0f} h (9 in 10 are through after "
                f"{stay.hours.p90:.0f} h), mostly for {stay.last_proven or 'its soak'}: {_advice(stay)}"
            )


def _advice(stay: Stayed) -> str:
    match stay.last_proven:
        case "noAdvance":
            return "begin earlier in the week, or allow more hours"
        case "" | "soak":
            return "shorten the soak if that is too long"
        case _:
            return "lower the proof level (wrongAdvance) or raise the share of tasks"


_OFTEN = 0.2
_SOMETIMES = 0.05
_LONG = 3.0
