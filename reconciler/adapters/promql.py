"""Writes the PromQL that we ask; the one place where names become part of a query."""

from __future__ import annotations

from datetime import timedelta

from reconciler.quoting import quote

TASKS = "agent_tasks_total"
COST = "agent_task_cost_usd_total"
DURATIONS = "agent_task_duration_seconds_bucket"

_LOOK_BACK = "1h"
_SIDES = "environment, migration, side"
_MILLISECOND = timedelta(milliseconds=1)


def increases(metric: str, environment: str, step: timedelta, *, by: str = "") -> str:
    """Ask by how much the counters of every migration and side grew within a step, where they did.

    Exact for whole numbers, unlike ``increase()``, which extrapolates: the steps of a range add up to what was counted,
    and what was counted in a gap of the scrapes comes with the first sample behind it. A counter that starts anew
    counts what it has reached since, and so does a series that was not there before (the first error of a side is a
    new series). When nothing at all was known of a migration within the last hour, its counters may be older than
    this Prometheus: then they are where the count begins. What is no number or less than nothing comes through, to be
    doubted.

    Args:
        metric: The counter.
        environment: Only this environment's.
        step: The step of the range query it is asked in.
        by: One more label to tell apart, besides migration and side.
    """
    labels = f"{_SIDES}, {by}" if by else _SIDES
    return f"sum by ({labels}) ({_grown(_of(metric, environment), step)}) != 0"


def bucket_increases(environment: str, step: timedelta) -> str:
    """Ask the same of the duration histograms, for all buckets of a side wherever it had any duration."""
    every = _grown(_of(DURATIONS, environment), step)
    largest = _grown(_of(DURATIONS, environment, 'le="+Inf"'), step)
    return f"sum by ({_SIDES}, le) ({every}) and on ({_SIDES}) (sum by ({_SIDES}) ({largest}) != 0)"


def newest_samples(environment: str) -> str:
    """Ask when each side was last seen, in seconds since 1970, for each of the three metrics by ``indicator``.

    A counter below zero is answered in place of the moment, because no growth of it can be trusted.
    """
    return " or ".join(
        f'label_replace({answer}, "indicator", "{metric}", "", "")'
        for metric in (TASKS, COST, DURATIONS)
        for answer in (
            f"min by ({_SIDES}) ({_of(metric, environment)}) < 0",
            f"max by ({_SIDES}) (timestamp({_of(metric, environment)}))",
        )
    )


def _of(metric: str, environment: str, matcher: str = "") -> str:
    return f"{metric}{{environment={quote(environment)}{f', {matcher}' if matcher else ''}}}"


def _grown(series: str, step: timedelta) -> str:
    before = f"last_over_time({series}[{_LOOK_BACK}] offset {step // _MILLISECOND}ms)"
    return f"(({series} - {before}) >= 0) or ({series} and on (environment, migration) {before})"
