"""Real input: every repository of the corpus is an agent, and all of them go from planning to complete and back.

Virtual time, a real Prometheus with a history written beforehand, real git; every commit is verified.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reconciler.adapters.clock import unique_ids
from reconciler.adapters.git import open_repository
from reconciler.loop import commands
from reconciler.loop.ports import Pass, Scope
from reconciler.loop.reconcile import Outcome, reconcile
from reconciler.loop.sources import source_of
from reconciler.loop.validate import validate
from reconciler.loop.verify import Finding, verify
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from tests.support.gitops import FORWARD, MIGRATION, NOON, GitOps, run
from tests.support.prometheus import open_metrics, prometheus_on

ENVIRONMENT = """\
apiVersion: reconciler/v1
kind: Environment
name: corpus
namespace: agents
mesh: istio
metrics: {prometheus: "http://127.0.0.1:9", profile: agent}
timeouts: {metrics: 30s}
"""
POLICY = """\
apiVersion: reconciler/v1
kind: HealthPolicy
name: default
minTasks: 20
checks:
  - {name: errors, indicator: error_rate, max: 5%, window: 5m, onBreach: rollback}
  - {name: latency, indicator: latency_p95, max: 2x source, window: 5m, for: 3m, onBreach: rollback}
  - {name: cost, indicator: cost_per_completed_task, max: 1.5x source, window: 1h, onBreach: rollback}
  - {name: budget, indicator: cost_total, max: 1.5x expected, window: 1h, onBreach: freeze}
  - {name: done, indicator: completion_rate, min: source - 5pp, onBreach: rollback}
stages: {testing: {soak: 30m}, canary: {soak: 1h}, rollout-25: {soak: 1h}, rollout-50: {soak: 1h}}
"""
BUCKETS = (1, 5, 10, 30, 60, 300, 1800, 3600)
COST = 0.25
TASKS_A_MINUTE = 40
# Minute after noon from which the target gets so many of the tasks, as the stages below are entered.
TARGET_FROM = {0: 0, 11: 1, 43: 4, 104: 10, 165: 20, 226: 40}
MINUTES = range(300)


def corpus() -> list[Path]:
    shared = os.environ.get("RECONCILER_SHARED")
    if not shared:
        pytest.skip("RECONCILER_SHARED is not set: the corpus of real agent configurations is not here")
    return sorted(path for path in (Path(shared) / "corpus").iterdir() if path.is_dir())


def agent_name(folder: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:63]


def done_by(side: str) -> list[int]:
    """Count the tasks that a side has done at each minute."""
    done, total = [], 0
    for minute in MINUTES:
        target = next(rate for begin, rate in reversed(TARGET_FROM.items()) if minute >= begin)
        total += target if side == "target" else TASKS_A_MINUTE - target
        done.append(total)
    return done


def history(names: list[str]) -> str:
    """Write five healthy hours of both sides of every agent: one sample a minute, every task done."""
    done = {side: done_by(side) for side in ("source", "target")}

    def series(
        name: str, side: str, metric: str, factor: float, labels: str = ""
    ) -> Iterator[tuple[str, float, float]]:
        text = f'{metric}{{environment="corpus",migration="{name}",side="{side}"{labels}}}'
        for minute in MINUTES:
            yield text, NOON.timestamp() + 60 * minute, done[side][minute] * factor

    both = [(name, side) for name in names for side in ("source", "target")]

    def durations() -> Iterator[tuple[str, float, float]]:
        for name, side in both:
            for bound in (*BUCKETS, "+Inf"):
                inside = bound == "+Inf" or float(bound) >= 10
                label = f',le="{float(bound) if bound != "+Inf" else bound}"'
                yield from series(name, side, "agent_task_duration_seconds_bucket", 1.0 if inside else 0.0, label)
            yield from series(name, side, "agent_task_duration_seconds_count", 1.0)
            yield from series(name, side, "agent_task_duration_seconds_sum", 8.0)

    completed = ',outcome="completed"'
    return open_metrics(
        {
            "agent_tasks": [
                one for name, side in both for one in series(name, side, "agent_tasks_total", 1.0, completed)
            ],
            "agent_task_duration_seconds": list(durations()),
            "agent_task_cost_usd": [
                one for name, side in both for one in series(name, side, "agent_task_cost_usd_total", COST)
            ],
        }
    )


def build(folder: Path, agents: list[Path]) -> GitOps:
    world = GitOps(folder)
    world.write("environments/corpus/environment.yaml", ENVIRONMENT)
    world.write("policies/default.yaml", POLICY)
    for agent in agents:
        name = agent_name(agent)
        shutil.copytree(agent, world.person / f"environments/corpus/agents/{name}", symlinks=True)
        (world.person / f"environments/corpus/agents/{name}/ORIGIN.txt").unlink()
        text = MIGRATION.format(name=name, environment="corpus", stage="planning", more="losses: {accept: []}\n")
        world.write(f"environments/corpus/migrations/{name}.yaml", text)
    run("chmod", "-R", "u+w", str(world.person))
    world.push("people: every repository is an agent")
    return world


def one_pass(world: GitOps, url: str, at: datetime) -> Outcome:
    with open_repository(str(world.remote), cache_home=world.folder / "cache") as repository:
        return reconcile(repository, lambda: Pass(at, Scope(), source_of(url), unique_ids(at)))


@pytest.mark.real
def test_all_agents_of_the_corpus_go_to_complete_and_back_to_zero(tmp_path: Path) -> None:
    agents = corpus()
    ids = [MigrationId("corpus", agent_name(agent)) for agent in agents]
    world = build(tmp_path, agents)
    with prometheus_on(history([one.name for one in ids]), tmp_path) as url:
        at = NOON + timedelta(minutes=10)
        outcome = one_pass(world, url, at)
        assert not outcome.plan.degraded, [one.decision for one in outcome.plan.migrations if one.degraded]
        assert len(outcome.commits) == len(agents)
        accept_every_loss(world)
        at += timedelta(minutes=1)
        for stage, minutes in zip(FORWARD[1:], (1, 31, 61, 61, 61), strict=True):
            at += timedelta(minutes=minutes)
            outcome = one_pass(world, url, at)
            stands = {str(one): world.stage(one) for one in ids}
            assert set(stands.values()) == {stage}, {one.decision.reason for one in outcome.plan.migrations}
        assert one_pass(world, url, at + timedelta(minutes=1)).commits == ()
        world.now = at + timedelta(minutes=2)
        for one in ids:
            world.order(commands.rollback, one)
        assert {world.stage(one) for one in ids} == {Stage.ROLLED_BACK}
    with open_repository(str(world.remote), cache_home=world.folder / "cache") as repository:
        lines = list(verify(repository, repository.sync()))
    wrong = {line.reason for line in lines if line.finding is not Finding.VERIFIED}
    assert not wrong
    assert Counter(line.migration for line in lines) == dict.fromkeys(ids, len(FORWARD) + 1)
    for one in ids:
        routing = f"environments/corpus/rendered/{one.name}/virtualservice.yaml"
        planning = world.git("log", "--format=%H", f"--grep=^{one}: enter planning", "origin/main")
        assert world.show(routing) == world.show(routing, planning)


def accept_every_loss(world: GitOps) -> None:
    """Accept what validation lists as lost, item by item as far as names can be patterns, and push it."""
    world.pull()
    with open_repository(str(world.remote), cache_home=world.folder / "cache") as repository:
        found = validate(repository, repository.sync())
    assert not found.mistakes
    listed = [note for note in found.notes if "losses nobody accepted" in note]
    assert listed
    for note in listed:
        name = note.split(": ", 1)[0].split("/")[1]
        world.edit(f"environments/corpus/migrations/{name}.yaml", "accept: []", 'accept: ["*"]')
    world.push("people: we read the losses and can do without them")


def test_the_history_gives_the_target_the_share_of_each_stage() -> None:
    target, source = done_by("target"), done_by("source")
    assert target[103] - target[43] == 60 * 4
    assert target[299] - target[250] == 49 * TASKS_A_MINUTE
    assert all(
        one + other == TASKS_A_MINUTE * (minute + 1)
        for minute, (one, other) in enumerate(zip(target, source, strict=True))
    )
