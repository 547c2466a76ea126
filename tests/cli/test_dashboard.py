"""``reconciler dashboard rules`` writes a rule file for what stands in the repository."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.model.stage import Stage
from reconciler.model.status import Baseline, Status, Weights
from reconciler.spec.status import dump_status
from tests.support.console import Console, Ended
from tests.support.gitops import KIT, NOON, REX, GitOps
from tests.support.prometheus import need_prometheus

HOUR = timedelta(hours=1)
FILE = "environments/prod/environment.yaml"


@pytest.fixture
def measured(world: GitOps) -> GitOps:
    """Give a rex at canary whose environment names a Prometheus."""
    baseline = Baseline(cost_per_hour=192.0, latency_p95=10.0, tasks=480, begin=NOON - HOUR, end=NOON)
    status = Status(REX, Stage.CANARY, NOON, 1, "run-1", Weights.of(Stage.CANARY), baseline)
    world.write("environments/prod/status/rex.yaml", dump_status(status).decode())
    ask_prometheus(world)
    world.push("people: prometheus")
    return world


def ask_prometheus(world: GitOps) -> None:
    world.edit(FILE, f'{{ledger: "{world.ledger_url}"}}', "{prometheus: http://prometheus:9090}")


def dashboard(world: GitOps, console: Console, *more: str) -> Ended:
    return console.run("dashboard", "rules", "--repo", str(world.remote), *more)


def rules(text: str) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def test_the_rules_go_to_stdout_and_nothing_else_does(measured: GitOps, console: Console) -> None:
    done = dashboard(measured, console)

    assert (done.code, done.stderr) == (0, "")
    first = rules(done.stdout)[0]
    assert first["record"] == "reconciler:evidence_from"
    assert first["labels"] == {
        "environment": "prod",
        "migration": "rex",
        "policy": "default",
        "stage": "canary",
        "since": "2026-03-01T12:00:00Z",
    }
    alerts = {(rule["alert"], rule["labels"].get("check")) for rule in rules(done.stdout) if "alert" in rule}
    assert ("ReconcilerCheckBreached", "errors") in alerts
    assert ("ReconcilerNotRunning", None) in alerts


def test_the_same_commit_gives_the_same_bytes_and_promtool_accepts_them(
    measured: GitOps, console: Console, tmp_path: Path
) -> None:
    need_prometheus()
    file = tmp_path / "reconciler.rules.yml"
    done = dashboard(measured, console, "--out", str(file))
    assert (done.code, done.stdout) == (0, "")
    assert done.stderr == f"wrote {file}: 1 migrations are watched\n"
    assert file.read_text(encoding="utf-8") == dashboard(measured, console, "--out", "-").stdout
    checked = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, check=False)
    assert (checked.returncode, "FAILED" in checked.stdout) == (0, False), checked.stdout + checked.stderr


def test_what_rests_on_the_baseline_is_taken_from_the_status(measured: GitOps, console: Console) -> None:
    measured.edit(
        "policies/default.yaml",
        "stages:",
        "  - {name: budget, indicator: cost_total, max: 1.5x expected, window: 1h, onBreach: freeze}\nstages:",
    )
    measured.push("people: budget")

    [frozen] = [
        one for one in rules(dashboard(measured, console).stdout) if one.get("record", "").endswith("reference")
    ]

    assert frozen["expr"] == "vector(19.2)", "a tenth of what the source cost in an hour"
    assert frozen["labels"]["check"] == "budget"


def test_a_migration_at_planning_has_no_alerts_and_its_policy_stands_by(measured: GitOps, console: Console) -> None:
    measured.add(KIT)
    ask_prometheus(measured)
    measured.push("people: kit")

    whose = [
        one["labels"]["migration"] for one in rules(dashboard(measured, console).stdout) if "stage" in one["labels"]
    ]
    assert whose == ["rex"]


def test_a_ledger_has_no_rules_and_the_file_says_so(world: GitOps, console: Console) -> None:
    done = dashboard(world, console, "--environment", "prod")
    assert done.code == 0
    assert "# prod has no rules: its outcomes are in a ledger" in done.stdout


def test_a_broken_file_exits_12_and_the_others_have_their_rules(measured: GitOps, console: Console) -> None:
    measured.write("environments/prod/migrations/kit.yaml", "kind: Migration\n")
    measured.push("people: kit, not right")

    done = dashboard(measured, console)

    assert done.code == 12
    assert rules(done.stdout)[0]["labels"]["migration"] == "rex"
    assert "error: prod/kit: environments/prod/migrations/kit.yaml" in done.stderr


def test_an_environment_that_nobody_has_exits_1(measured: GitOps, console: Console) -> None:
    done = dashboard(measured, console, "--environment", "nowhere")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith("error: nowhere: no such migration or environment")


def test_a_file_that_cannot_be_written_exits_1(measured: GitOps, console: Console, tmp_path: Path) -> None:
    done = dashboard(measured, console, "--out", str(tmp_path / "nowhere" / "rules.yml"))
    assert (done.code, done.stdout) == (1, "")
    assert "rules.yml: cannot be written" in done.stderr
