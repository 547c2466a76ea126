"""Opens the metric source that an environment names, or the one that the command line puts over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from reconciler.errors import SourceFault
from reconciler.loop.ports import MetricSource, SourceOf
from reconciler.model.migration import Environment, LedgerMetrics, Metrics, MigrationId, PrometheusMetrics
from reconciler.model.observation import Route
from reconciler.model.policy import HealthPolicy


def slice_length(policies: Iterable[HealthPolicy]) -> timedelta:
    """Say how finely time is cut: a fifth of the shortest window, from a second to a minute."""
    windows = [check.window for policy in policies for check in policy.checks if check.window]
    return max(timedelta(seconds=1), min(min(windows, default=_MINUTE) / 5, _MINUTE))


def source_of(override: str | None) -> SourceOf:
    """Say how an environment's metric source is opened.

    Args:
        override: ``URL`` of a Prometheus or ``ledger:URL``, over what environment.yaml says; None leaves it.
    """

    def open_source(environment: Environment, routes: Mapping[MigrationId, Route] = _NO_ROUTES) -> MetricSource:
        return _open(environment, _overridden(environment.metrics, override), routes)

    return open_source


def metrics_named(text: str) -> Metrics:
    """Read what ``--metrics`` says: ``URL`` of a Prometheus or ``ledger:URL``."""
    if text.startswith("ledger:"):
        return LedgerMetrics(text.removeprefix("ledger:"))
    return PrometheusMetrics(text)


def _overridden(metrics: Metrics | None, override: str | None) -> Metrics | None:
    if override is None:
        return metrics
    named = metrics_named(override)
    if isinstance(named, PrometheusMetrics) and isinstance(metrics, PrometheusMetrics):
        return replace(metrics, url=override)
    return named


def _open(environment: Environment, metrics: Metrics | None, routes: Mapping[MigrationId, Route]) -> MetricSource:
    match metrics:
        case LedgerMetrics(url):
            from reconciler.adapters.ledger import Ledger  # noqa: PLC0415 - only the source in use is imported

            return Ledger(url)
        case PrometheusMetrics(url, profile, queries):
            from reconciler.adapters.istio import Mesh  # noqa: PLC0415 - the same
            from reconciler.adapters.prometheus import PrometheusSource  # noqa: PLC0415 - the same

            patience = environment.timeouts.metrics * _FOR_ANSWERS
            mesh = Mesh(environment.namespace, routes) if profile == "istio" else None
            return PrometheusSource(url, environment.name, queries or {}, patience, mesh)
        case None:
            raise SourceFault(
                f"environments/{environment.name}/environment.yaml: metrics is missing",
                hint="name a prometheus or a ledger, or give --metrics",
            )


_NO_ROUTES: Mapping[MigrationId, Route] = {}

# The rest is for the pass itself, so that a hold stands within the time that people gave to the metrics.
_FOR_ANSWERS = 0.8
_MINUTE = timedelta(minutes=1)
