"""Reads an environment's file: the facts of one cluster and its defaults. Pure."""

from __future__ import annotations

from reconciler.errors import Mistake, SpecError
from reconciler.model.migration import (
    Advance,
    Environment,
    LedgerMetrics,
    Metrics,
    PrometheusMetrics,
    Timeouts,
)
from reconciler.spec.checking import check, empty_entries, mismatch
from reconciler.spec.environment_shape import EnvironmentShape, MetricsShape
from reconciler.spec.layout import Kind, locate
from reconciler.spec.reader import read


def parse_environment(text: bytes, path: str) -> Environment:
    """Read the facts of one environment.

    Args:
        text: The file's bytes.
        path: The file, from the repository's root; its folder names the environment.

    Raises:
        SpecError: Every mistake of the file.
    """
    location = locate(path)
    if location.kind is not Kind.ENVIRONMENT or location.environment is None:
        message = "this is no place for an environment, must be environments/<environment>/environment.yaml"
        raise SpecError([Mistake(path, 0, message, "names are lower-case letters, digits and hyphens")])
    document = read(text, path)
    wrong = empty_entries(document) | mismatch(document, "name", location.environment)
    shape = check(document, EnvironmentShape, also=wrong)
    timeouts = shape.timeouts
    return Environment(
        name=shape.name,
        namespace=shape.namespace,
        mesh=shape.mesh,
        metrics=_metrics(shape.metrics),
        default_policy=shape.defaults.policy,
        default_advance=shape.defaults.advance.over(Advance()),
        timeouts=Timeouts(timeouts.git, timeouts.metrics, timeouts.whole_pass),
    )


def _metrics(shape: MetricsShape | None) -> Metrics | None:
    if shape is None:
        return None
    if shape.ledger is not None:
        return LedgerMetrics(shape.ledger)
    return PrometheusMetrics(shape.prometheus or "", shape.profile or "agent", shape.queries or None)
