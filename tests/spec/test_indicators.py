"""Which indicators an environment's metrics answer, and what is said about the others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.model.migration import Environment, LedgerMetrics, Mesh, Metrics, PrometheusMetrics
from reconciler.spec.indicators import BUILT_IN, check_indicators, measured
from reconciler.spec.policy import parse_policy
from tests.spec.examples import POLICY, POLICY_PATH

URL = "http://prometheus:9090"


def environment(metrics: Metrics | None) -> Environment:
    return Environment("prod", "agents", Mesh.ISTIO, metrics)


@pytest.mark.parametrize(
    ("metrics", "indicators"),
    [
        pytest.param(PrometheusMetrics(URL), BUILT_IN, id="agent"),
        pytest.param(LedgerMetrics("sqlite:///x.db"), BUILT_IN, id="ledger"),
        pytest.param(PrometheusMetrics(URL, queries={"toxicity": "x"}), BUILT_IN | {"toxicity"}, id="own"),
        pytest.param(PrometheusMetrics(URL, "istio"), {"error_rate", "latency_p95"}, id="istio"),
        pytest.param(
            PrometheusMetrics(URL, "istio", {"cost_total": "x"}),
            {"error_rate", "latency_p95", "cost_total"},
            id="istio-with-own",
        ),
    ],
)
def test_what_an_environment_measures(metrics: Metrics, indicators: set[str]) -> None:
    assert measured(environment(metrics)) == indicators


@pytest.mark.parametrize(
    ("queries", "missing"),
    [
        pytest.param({}, {"cost_per_completed_task", "cost_total", "completion_rate"}, id="none"),
        pytest.param({"cost_total": "x", "completion_rate": "x"}, {"cost_per_completed_task"}, id="two"),
    ],
)
def test_a_mesh_sees_no_cost_and_no_completion_and_the_hint_says_what_to_add(
    queries: Mapping[str, str], missing: set[str]
) -> None:
    policy = parse_policy(POLICY.encode(), POLICY_PATH)
    mistakes = check_indicators(policy, environment(PrometheusMetrics(URL, "istio", queries)))

    assert len(mistakes) == len(missing)
    for indicator in missing:
        (mistake,) = (one for one in mistakes if f"asks for {indicator}," in one.message)
        assert "the profile istio measures " in mistake.hint
        assert f"add to metrics.queries in environments/prod/environment.yaml: {indicator}: <PromQL" in mistake.hint
