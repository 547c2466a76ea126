"""The simulation and the real loop decide alike: the same tasks, once drawn in memory, once asked of a Prometheus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reconciler.adapters.clock import unique_ids
from reconciler.adapters.git import open_repository
from reconciler.loop.ports import Pass, Scope
from reconciler.loop.reconcile import Outcome, reconcile
from reconciler.loop.simulating import read_subject
from reconciler.loop.sources import source_of
from reconciler.model.decision import word
from reconciler.model.stage import Side, Stage
from reconciler.rollout.evolve import entered_stage
from reconciler.simulation.drawing import draw
from reconciler.simulation.scenario import Change, Period, Profile, Scenario
from reconciler.simulation.story import Happening, Story
from reconciler.simulation.traffic import Event
from reconciler.simulation.walk import simulate
from tests.support.gitops import REX, GitOps
from tests.support.prometheus import open_metrics, prometheus_on

MINUTE = timedelta(minutes=1)
ENVIRONMENT = """\
apiVersion: reconciler/v1
kind: Environment
name: prod
namespace: agents-prod
mesh: istio
metrics: {prometheus: "http://127.0.0.1:9"}
"""
BUSY = Scenario("busy", tasks_per_hour=900.0, horizon=timedelta(hours=5), watch=10 * MINUTE)
WORLDS = {
    "healthy": BUSY,
    "slower": replace(BUSY, target=Profile(seconds=180.0)),
    "outage": replace(BUSY, changes=(Change(Period(25 * MINUTE), Side.TARGET, errors=1.0),)),
    "incident": replace(BUSY, changes=(Change(Period(25 * MINUTE, 20 * MINUTE), errors=0.3),)),
}


@pytest.fixture
def world(tmp_path: Path) -> GitOps:
    world = GitOps(tmp_path)
    world.start(REX)
    world.write("environments/prod/environment.yaml", ENVIRONMENT)
    world.edit("policies/default.yaml", "decide: threshold", "decide: evidence")
    world.push("people: a Prometheus, and evidence")
    return world


@pytest.mark.real
@pytest.mark.parametrize("name", WORLDS)
def test_the_same_tasks_lead_to_the_same_decisions(world: GitOps, tmp_path: Path, name: str) -> None:
    scenario = WORLDS[name]
    with open_repository(str(world.remote), cache_home=world.folder / "cache") as repository:
        subject = read_subject(repository, repository.sync(), REX).subject
    tasks = draw(scenario, 1)
    story = simulate(subject, scenario, tasks)
    events = list(tasks.events(story.routes, scenario.begin, story.ended + 10 * MINUTE))
    with prometheus_on(exposed(events, story, subject.bounds), tmp_path) as url:
        for decided in moves(story):
            if decided.stage is not None and decided.at - MINUTE > scenario.begin:
                before = one_pass(world, url, decided.at - MINUTE)
                assert before.commits == (), f"a minute before {decided}: {before.plan.migrations}"
            assert told(one_pass(world, url, decided.at)) == (decided.stage, decided.word, decided.to, decided.reason)
    assert world.stage(REX) is story.happenings[-1].to or story.stage


def moves(story: Story) -> list[Happening]:
    return [one for one in story.happenings if one.to is not None]


def told(outcome: Outcome) -> tuple[Stage | None, str, Stage | None, str]:
    [one] = outcome.plan.migrations
    return one.stage, word(one.decision), entered_stage(one.decision, one.stage), one.decision.reason


def one_pass(world: GitOps, url: str, at: datetime) -> Outcome:
    with open_repository(str(world.remote), cache_home=world.folder / "cache") as repository:
        return reconcile(repository, lambda: Pass(at, Scope(), source_of(url), unique_ids(at)))


def exposed(events: Sequence[Event], story: Story, bounds: tuple[float, ...]) -> str:
    """Write what the sides' counters said at the end of every minute, as a Prometheus would have scraped them."""
    begin = story.routes[0].begin
    minutes = max((event.at - begin) // MINUTE for event in events) + 2
    counters: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * minutes)
    for side in ("source", "target"):
        for outcome in ("completed", "failed", "error"):
            counters["agent_tasks_total", labels(side, f',outcome="{outcome}"')][0] += 0.0
    for event in events:
        minute = -(-(event.at - begin) // MINUTE)
        for series, amount in counted(event, bounds):
            counters[series][minute] += amount
    samples: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    for (metric, text), grown in sorted(counters.items()):
        total = 0.0
        for minute, amount in enumerate(grown):
            total += amount
            moment = (begin + minute * MINUTE).timestamp()
            samples[family(metric)].append((f"{metric}{{{text}}}", moment, total))
    return open_metrics(samples)


def counted(event: Event, bounds: tuple[float, ...]) -> Iterator[tuple[tuple[str, str], float]]:
    side = event.side.value
    yield ("agent_tasks_total", labels(side, f',outcome="{event.outcome}"')), 1.0
    yield ("agent_task_cost_usd_total", labels(side)), event.cost_usd
    for bound in bounds:
        le = "+Inf" if bound == float("inf") else str(bound)
        inside = 1.0 if event.seconds <= bound else 0.0
        yield ("agent_task_duration_seconds_bucket", labels(side, f',le="{le}"')), inside
    yield ("agent_task_duration_seconds_count", labels(side)), 1.0
    yield ("agent_task_duration_seconds_sum", labels(side)), event.seconds


def labels(side: str, more: str = "") -> str:
    return f'environment="prod",migration="rex",side="{side}"{more}'


def family(metric: str) -> str:
    return "agent_task_duration_seconds" if "duration" in metric else metric.removesuffix("_total")
