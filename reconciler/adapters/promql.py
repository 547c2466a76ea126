"""Writes the PromQL that we ask; the one place where names become part of a query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from reconciler.quoting import quote

_LOOK_BACK = "1h"
_LAST_SEEN = "[24h:5m]"
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which series are asked for, and what tells them apart.

    Attributes:
        matcher: The label and its value that all of them have, as it stands in a query.
        owner: The labels that name whose they are, such as a migration.
        side: The labels that name a side of it, the owner's among them.
    """

    matcher: str
    owner: str
    side: str


def agents(environment: str) -> Scope:
    """Give the scope of the metrics that an environment's agents report."""
    return Scope(f"environment={quote(environment)}", "environment, migration", "environment, migration, side")


def mesh(namespace: str) -> Scope:
    """Give the scope of what Istio reports about the services of a namespace."""
    return Scope(
        f"destination_service_namespace={quote(namespace)}",
        "destination_service_name",
        "destination_service_name, destination_version, reporter",
    )


def increases(metric: str, scope: Scope, step: timedelta, *, by: tuple[str, ...] = ()) -> str:
    """Ask by how much the counters of every side grew within a step, where they did.

    Exact for whole numbers, unlike ``increase()``, which extrapolates: the steps of a range add up to what was counted,
    and what was counted in a gap of the scrapes comes with the first sample behind it. A counter that starts anew
    counts what it has reached since, and so does a series that was not there before (the first error of a side is a
    new series). When nothing at all was known of its owner within the last hour, its counters may be older than
    this Prometheus: then they are where the count begins. What is no number or less than nothing comes through, to be
    doubted. A bucket of a histogram that did not grow is left out like any other counter.

    Args:
        metric: The counter.
        scope: Whose.
        step: The step of the range query it is asked in.
        by: More labels to tell apart, besides the side's.
    """
    now = _of(metric, scope)
    before = f"last_over_time({now}[{_LOOK_BACK}] offset {step // _MILLISECOND}ms)"
    began_anew = f"({now} < {before})"
    # "is not the same" rather than "is more", because no comparison with NaN holds but this one.
    grew = f"({now} - {before} != 0)"
    is_new = f"(({now} != 0 unless {before}) and on ({scope.owner}) {before})"
    return f"sum by ({', '.join((scope.side, *by))}) ({began_anew} or {grew} or {is_new})"


def newest_samples(metrics: Iterable[str], scope: Scope, *, by: str) -> str:
    """Ask when each metric was last seen, in seconds since 1970, by ``indicator``.

    A counter below zero is answered in place of the moment, because no growth of it can be trusted.

    Args:
        metrics: The counters.
        scope: Whose.
        by: The labels to tell apart, the scope's owner or side.
    """
    return " or ".join(
        f'label_replace({answer}, "indicator", "{metric}", "", "")'
        for metric in metrics
        for answer in (
            f"min by ({by}) ({_of(metric, scope)}) < 0",
            f"max by ({by}) (timestamp({_of(metric, scope)}))",
        )
    )


def last_seen(metric: str, scope: Scope, *, by: str) -> str:
    """Ask when each of these was last seen within a day, in seconds since 1970; also those that are gone by now."""
    return f"max by ({by}) (max_over_time(timestamp({_of(metric, scope)}){_LAST_SEEN}))"


def bounds(metric: str, scope: Scope) -> str:
    """Ask which buckets each side's histogram has."""
    return f"group by ({scope.side}, le) ({_of(metric, scope)})"


def _of(metric: str, scope: Scope) -> str:
    return f"{metric}{{{scope.matcher}}}"
