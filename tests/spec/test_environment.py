"""An environment's file becomes the facts of one cluster, or every mistake in it, without showing a secret."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.errors import SpecError
from reconciler.model.migration import (
    Advance,
    Entry,
    Environment,
    LedgerMetrics,
    Mesh,
    PrometheusMetrics,
    Timeouts,
)
from reconciler.model.stage import Stage
from reconciler.spec.environment import parse_environment
from tests.spec.examples import ENVIRONMENT, ENVIRONMENT_PATH, SHORT_ENVIRONMENT


def parse(text: str) -> Environment:
    return parse_environment(text.encode(), ENVIRONMENT_PATH)


def test_everything_that_a_file_says_is_read() -> None:
    assert parse(ENVIRONMENT) == Environment(
        name="prod",
        namespace="agents",
        mesh=Mesh.ISTIO,
        metrics=PrometheusMetrics(
            "http://prometheus.monitoring:9090",
            "agent",
            {"review_score": "avg by (environment, migration, side) (review_score)"},
        ),
        default_policy="default",
        default_advance=Advance(Entry.PULL_REQUEST, {Stage.CANARY: Entry.AUTO}),
        timeouts=Timeouts(timedelta(seconds=30), timedelta(seconds=2), timedelta(seconds=90)),
    )


def test_what_a_file_leaves_out_has_defaults() -> None:
    assert parse(SHORT_ENVIRONMENT) == Environment("prod", "agents", Mesh.NONE, None)


def test_a_ledger_can_stand_for_a_prometheus() -> None:
    text = f"{SHORT_ENVIRONMENT}metrics: {{ledger: sqlite:///outcomes.db}}\n"
    assert parse(text).metrics == LedgerMetrics("sqlite:///outcomes.db")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: prod", "name: dev", '3: name is "dev", must be prod'),
        ("namespace: agents", "namespace: a_b", '4: namespace is "a_b"'),
        ("mesh: istio", "mesh: linkerd", '5: mesh is "linkerd", must be one of istio, none'),
        (
            "  profile: agent",
            "  ledger: sqlite:///x",
            "6: metrics has the keys prometheus, ledger, queries, must have exactly",
        ),
        ("  profile: agent", "  profile: agents", '8: metrics.profile is "agents", must be agent or istio'),
        ("review_score:", "Review:", '9: key "Review" must be an indicator'),
        ("queries: {", "querys: {", '9: unknown key "querys" in metrics'),
        ("policies/allowed_signers", "../signers", "11: approvers.allowedSigners"),
        ("RECONCILER_WEBHOOK_URL", "https://hooks.example/hunter2", "12: notify[0].webhook.urlFrom is not shown"),
        ("webhook: {urlFrom", "webhook: {url", '12: unknown key "url" in notify[0].webhook'),
        ("http://prometheus", "http://ada:hunter2@prometheus", "7: metrics.prometheus is not shown"),
        ("git: 30s", "git: 30", "13: timeouts.git is 30, must be a duration"),
        ("pass: 1m30s", "pass: 0s", "13: timeouts.pass"),
    ],
)
def test_a_mistake_names_its_place_and_no_secret(old: str, new: str, says: str) -> None:
    assert old in ENVIRONMENT
    with pytest.raises(SpecError) as caught:
        parse(ENVIRONMENT.replace(old, new))
    text = str(caught.value)
    assert f"{ENVIRONMENT_PATH}:{says}" in text
    assert "hunter2" not in text


def test_a_file_in_the_wrong_place_says_where_it_belongs() -> None:
    with pytest.raises(SpecError, match=r"must be environments/<environment>/environment\.yaml"):
        parse_environment(ENVIRONMENT.encode(), "environment.yaml")
