"""One rule file for Prometheus: every check of every policy, quoted so that nothing in it can become something else."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.model.migration import Environment, LedgerMetrics, Mesh, Metrics, MigrationId, PrometheusMetrics
from reconciler.model.policy import (
    Absolute,
    Bound,
    Check,
    Decide,
    HealthPolicy,
    Limit,
    OnBreach,
    SourcePlus,
    TimesExpected,
    TimesSource,
)
from reconciler.model.stage import Stage
from reconciler.render.rules import render_rules
from reconciler.render.watched import RuleSheet, Watched
from tests.support.prometheus import need_prometheus

PROMETHEUS = PrometheusMetrics("http://prometheus:9090")
MINUTE = timedelta(minutes=1)
SINCE = datetime(2026, 3, 1, 10, tzinfo=UTC)
ERRORS = Check("errors", "error_rate", Bound.MAX, Absolute(0.05), 5 * MINUTE, timedelta(0), OnBreach.ROLLBACK)
LIMITS: dict[str, list[Limit]] = {
    "error_rate": [Absolute(0.05), TimesSource(2.0), SourcePlus(0.02)],
    "completion_rate": [Absolute(0.9), SourcePlus(-0.05)],
    "latency_p95": [Absolute(60.0), TimesSource(2.0)],
    "cost_per_completed_task": [Absolute(0.5), TimesSource(1.5)],
    "cost_total": [Absolute(10.0), TimesExpected(1.5), TimesSource(1.0)],
    "handovers": [Absolute(3.0), TimesSource(2.0)],
}
HOSTILE = 'sum by (environment, migration, side) (agent_handovers{note="\\"# a\\nb: [\\u2028"}) # "all" of them'


def policy(*checks: Check, name: str = "default") -> HealthPolicy:
    return HealthPolicy(name, checks, 20, Decide.EVIDENCE, 0.05, {}, timedelta(days=7))


def sheet(*policies: HealthPolicy, name: str = "prod", metrics: Metrics | None = PROMETHEUS) -> RuleSheet:
    watched = tuple(
        Watched(MigrationId(name, f"rex-{one.name}"), one.name, stage, SINCE, {"errors": 0.01})
        for one, stage in zip(policies, (Stage.CANARY, Stage.COMPLETE), strict=False)
    )
    return RuleSheet(Environment(name, "agents", Mesh.ISTIO, metrics), MINUTE, policies, watched, 2.0)


def rules(text: str) -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(text)["groups"]:
        yield from group["rules"]


def accepted(text: str, folder: Path) -> None:
    need_prometheus()
    (folder / "rules.yml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["promtool", "check", "rules", folder / "rules.yml"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "FAILED" in done.stdout) == (0, False), done.stdout + done.stderr


def test_promtool_accepts_every_indicator_with_every_limit_and_duration(tmp_path: Path) -> None:
    checks = [
        replace(
            ERRORS,
            indicator=indicator,
            bound=bound,
            limit=limit,
            window=window,
            sustained=sustained * MINUTE,
        )
        for indicator, limits in LIMITS.items()
        for limit in limits
        for bound in Bound
        for sustained, window in ((0, None), (3, 5 * MINUTE))
    ]
    named = [replace(check, name=f"check-{place}") for place, check in enumerate(checks)]
    asked = PrometheusMetrics("http://prometheus:9090", queries={"handovers": HOSTILE})

    accepted(
        render_rules([sheet(policy(*named), policy(ERRORS, name="strict"), metrics=asked), sheet(name="dev")]), tmp_path
    )


def test_a_query_of_the_team_comes_through_byte_for_byte_and_ends_at_its_line(tmp_path: Path) -> None:
    check = replace(ERRORS, indicator="handovers", limit=Absolute(3.0))
    text = render_rules([sheet(policy(check), metrics=replace(PROMETHEUS, queries={"handovers": HOSTILE}))])

    [value] = [rule["expr"] for rule in rules(text) if rule.get("record") == "reconciler:check_value"]
    assert f"(\n{HOSTILE}\n)" in value
    accepted(text, tmp_path)


def test_a_query_overrides_a_built_in_indicator() -> None:
    text = render_rules([sheet(policy(ERRORS), metrics=replace(PROMETHEUS, queries={"error_rate": "worse"}))])

    [value] = [rule["expr"] for rule in rules(text) if rule.get("record") == "reconciler:check_value"]
    assert "(\nworse\n)" in value
    assert "outcome" not in value


def test_every_check_of_every_policy_is_recorded_and_alerts() -> None:
    cost = replace(ERRORS, name="cost", indicator="cost_total", on_breach=OnBreach.FREEZE)
    text = render_rules([sheet(policy(ERRORS, cost), policy(ERRORS, name="strict"))])

    found = [
        (rule["labels"]["policy"], rule["labels"]["check"], rule["labels"].get("severity"))
        for rule in rules(text)
        if rule.get("alert") == "ReconcilerCheckBreached"
    ]
    assert found == [
        ("default", "errors", "critical"),
        ("default", "cost", "warning"),
        ("strict", "errors", "critical"),
    ]
    for metric in ("reconciler:check_value", "reconciler:check_limit", "reconciler:tasks"):
        recorded = [
            (one["labels"]["policy"], one["labels"]["check"]) for one in rules(text) if one.get("record") == metric
        ]
        assert recorded == [(name, check) for name, check, _ in found]


def test_where_a_migration_stands_is_one_rule_and_the_checks_are_written_once_for_all() -> None:
    one = sheet(policy(ERRORS))
    many = replace(
        one,
        migrations=tuple(replace(one.migrations[0], id=MigrationId("prod", f"rex-{number}")) for number in range(100)),
    )

    assert len(list(rules(render_rules([many])))) - len(list(rules(render_rules([one])))) == 2 * 99


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        pytest.param(LedgerMetrics("sqlite:///outcomes.db"), "its outcomes are in a ledger", id="ledger"),
        pytest.param(PrometheusMetrics("http://prometheus:9090", "istio"), "its profile counts requests", id="istio"),
        pytest.param(None, "it names no metrics", id="none"),
    ],
)
def test_an_environment_that_the_rules_cannot_measure_is_named_with_the_reason(
    metrics: Metrics | None, reason: str, tmp_path: Path
) -> None:
    text = render_rules([sheet(policy(ERRORS), name="dev", metrics=metrics)])

    assert f"# dev has no rules: {reason}" in text
    assert yaml.safe_load(text) == {"groups": []}
    accepted(text, tmp_path)


def test_the_evidence_begins_where_the_status_says() -> None:
    first = next(rules(render_rules([sheet(policy(ERRORS))])))

    assert first["expr"] == f"vector({SINCE.timestamp():.0f}) <= time() - 60"
    assert (first["labels"]["stage"], first["labels"]["since"]) == ("canary", "2026-03-01T10:00:00Z")
