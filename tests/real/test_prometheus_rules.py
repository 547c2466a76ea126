"""The rules for Prometheus and the literal rule in Python give the same verdict in every minute of the same story.

Each story is told twice: as the counters that promtool feeds to the rules, and as what both sides did in each minute,
counted from the story itself.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from reconciler.health.durations import COARSE
from reconciler.health.judge import judge
from reconciler.model.migration import Environment, Mesh, MigrationId, PrometheusMetrics
from reconciler.model.observation import Histogram, Observations, SideObservations, Slice, Unknown
from reconciler.model.policy import (
    Absolute,
    Bound,
    Check,
    Decide,
    HealthPolicy,
    OnBreach,
    Patience,
    SourcePlus,
    Then,
    TimesExpected,
    TimesSource,
)
from reconciler.model.stage import Side, Stage
from reconciler.model.status import Baseline
from reconciler.model.verdict import Health, Verdict
from reconciler.render.rules import render_rules
from reconciler.render.watched import RuleSheet, Watched
from tests.support.prometheus import need_prometheus

STEP = timedelta(minutes=1)
START = datetime.fromtimestamp(0, UTC)
SINCE = 10
"""The minute in which the evidence begins; what happened before must not count."""
END = 80
BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, float("inf"))
STALE = 3
"""Minutes after which a sample says nothing about now."""
FIVE = timedelta(minutes=5)


def check(name: str, indicator: str, limit: object, window: timedelta | None, **more: object) -> Check:
    given = {"bound": Bound.MAX, "sustained": timedelta(0), "on_breach": OnBreach.ROLLBACK} | more
    return Check(name=name, indicator=indicator, limit=limit, window=window, **given)  # type: ignore[arg-type]


POLICY = HealthPolicy(
    name="default",
    checks=(
        check("errors", "error_rate", Absolute(0.05), FIVE),
        check("latency", "latency_p95", TimesSource(2.0), FIVE, sustained=timedelta(minutes=3)),
        check("cost", "cost_per_completed_task", TimesSource(1.5), timedelta(hours=1)),
        check("budget", "cost_total", TimesExpected(1.5), timedelta(minutes=30), on_breach=OnBreach.FREEZE),
        check("done", "completion_rate", SourcePlus(-0.05), None, bound=Bound.MIN),
    ),
    min_tasks=20,
    decide=Decide.THRESHOLD,
    wrong_rollback=0.05,
    stages={},
    keep_source=timedelta(days=7),
)
BASELINE = Baseline(cost_per_hour=600.0, latency_p95=6.0, tasks=600, begin=START - timedelta(hours=1), end=START)


@dataclass(frozen=True, slots=True)
class Task:
    """How one task ended."""

    outcome: str = "completed"
    seconds: float = 3.0
    cost_usd: float = 0.5


@dataclass(frozen=True, slots=True)
class Story:
    """What a side does in each minute, and how it is seen.

    Attributes:
        target: The tasks of the target that end in a minute.
        source: The same of the source.
        unseen: Minutes in which the target is not scraped.
        restarts: Minutes after which the target's counters begin anew.
        failing: The checks that must fail at some minute, and no others: else the story shows nothing.
    """

    target: Callable[[int], Sequence[Task]]
    failing: frozenset[str]
    source: Callable[[int], Sequence[Task]] = field(default=lambda minute: some(minute, around=9))
    unseen: range = range(0)
    restarts: tuple[int, ...] = ()
    stage: Stage = Stage.ROLLOUT_25


def some(minute: int, *, around: int = 4, task: Task | None = None, failing: int = 0) -> list[Task]:
    """Give a minute's tasks: their number wavers, so that a window of five holds sometimes 20 and sometimes not."""
    done = [
        replace(task or Task(), seconds=(task or Task()).seconds * (1 + (minute + index) % 3))
        for index in range(around - 2 + minute * minute % 7)
    ]
    return [replace(one, outcome="error") if index < failing else one for index, one in enumerate(done)]


def healthy(minute: int) -> list[Task]:
    return some(minute, failing=1 if minute % 30 == 29 else 0)


def errors_step(minute: int) -> list[Task]:
    return some(minute, failing=1 if 30 <= minute < 60 else 0)


def errors_before_the_evidence(minute: int) -> list[Task]:
    return some(minute, failing=4 if minute <= SINCE else 0)


def slow(minute: int) -> list[Task]:
    return some(minute, task=Task(seconds=9.0) if 30 <= minute < 50 or minute in (60, 62) else None)


def too_slow_to_tell(minute: int) -> list[Task]:
    return some(minute, task=Task(seconds=90.0) if minute >= 30 else None)


def dear(minute: int) -> list[Task]:
    return some(minute, task=Task(cost_usd=1.5) if minute >= 30 else None)


def outage(minute: int) -> list[Task]:
    return some(minute, failing=99 if minute >= 30 else 0)


def never_one_completed(minute: int) -> list[Task]:
    return some(minute, failing=99)


def nothing(minute: int) -> list[Task]:
    return some(minute) if minute < SINCE + 5 else []


def nobody(_: int) -> list[Task]:
    return []


STORIES = {
    "healthy": Story(healthy, frozenset()),
    "errors-step": Story(errors_step, frozenset({"errors", "done"})),
    "errors-before-the-evidence": Story(errors_before_the_evidence, frozenset()),
    "latency-x3": Story(slow, frozenset({"latency"})),
    "above-the-largest-bucket": Story(too_slow_to_tell, frozenset()),
    "cost-x3": Story(dear, frozenset({"cost", "budget"})),
    "outage": Story(outage, frozenset({"errors", "cost", "done"})),
    "never-one-completed": Story(never_one_completed, frozenset({"errors", "cost", "done"})),
    "silence": Story(outage, frozenset({"errors", "cost", "done"}), unseen=range(45, 60)),
    "no-tasks": Story(nothing, frozenset()),
    "restarts": Story(errors_step, frozenset({"errors", "done"}), restarts=(33, 41)),
    "slow-from-the-start": Story(
        lambda minute: some(minute, around=25, task=Task(seconds=9.0, cost_usd=0.125)), frozenset({"latency"})
    ),
    "buckets-too-coarse": Story(
        lambda minute: some(minute, around=9, task=Task(seconds=3.0, cost_usd=0.125)),
        frozenset(),
        source=lambda minute: some(minute, around=9, task=Task(seconds=1.2, cost_usd=0.125)),
    ),
    "buckets-coarse-and-far-apart": Story(
        lambda minute: some(minute, around=9, task=Task(seconds=6.0, cost_usd=0.125)),
        frozenset({"latency"}),
        source=lambda minute: some(minute, around=9, task=Task(seconds=1.2, cost_usd=0.125)),
    ),
    "too-few-on-the-source": Story(slow, frozenset(), source=lambda minute: some(minute, around=2)),
    "complete": Story(
        lambda minute: some(minute, around=20, task=Task(seconds=9.0, cost_usd=2.0)),
        frozenset({"latency", "cost", "budget"}),
        source=nobody,
        stage=Stage.COMPLETE,
    ),
}
STAGE_BEFORE = {
    'reconciler:slice_tasks{environment="prod",migration="rex",side="target",outcome="error",since="earlier"}': [50.0]
    * 11,
    'reconciler:check_breached{environment="prod",migration="rex",policy="default",check="latency"}': [1.0] * 11,
}
"""What the rules recorded before the file was written for this stage; none of it may count."""
REFERENCES = {
    Stage.ROLLOUT_25: {"budget": 600.0 * 25 / 100},
    # After complete the baseline stands in for the source; it holds no rate of completion.
    Stage.COMPLETE: {"budget": 600.0, "latency": 6.0, "cost": 600.0 / 600},
}


@pytest.mark.parametrize("name", STORIES)
def test_an_alert_fires_in_exactly_the_minutes_in_which_the_literal_rule_fails(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    verdicts = {minute: failing(story, minute) for minute in range(SINCE + 1, END)}

    assert frozenset().union(*verdicts.values()) == story.failing
    prove(
        tmp_path,
        story.stage,
        {**series(story), **STAGE_BEFORE},
        [expected(minute, found) for minute, found in verdicts.items()],
        [],
    )


@pytest.mark.parametrize("name", ["healthy", "errors-step", "cost-x3", "outage"])
def test_the_numbers_that_are_recorded_are_those_that_python_compares(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    expressions = []
    for minute in (25, 45, 70):
        for one in judged(story, minute).checks:
            for metric, number in (("value", one.value), ("limit", one.limit)):
                side = ',side="target"' if metric == "value" else ""
                asked = f'max by (check) (reconciler:check_{metric}{{check="{one.name}"{side}}}) * 1e6'
                found = [] if number is None else [{"labels": f'{{check="{one.name}"}}', "value": round(number * 1e6)}]
                if number is not None:
                    expressions.append({"expr": f"round({asked})", "eval_time": f"{minute}m", "exp_samples": found})
            counted = {"labels": f'{{check="{one.name}"}}', "value": one.samples}
            asked = f'max by (check) (reconciler:tasks{{check="{one.name}",side="target"}})'
            expressions.append({"expr": asked, "eval_time": f"{minute}m", "exp_samples": [counted]})
    prove(tmp_path, story.stage, {**series(story), **STAGE_BEFORE}, expressions, [])


def failing(story: Story, now: int) -> frozenset[str]:
    return frozenset(one.name for one in judged(story, now).checks if one.verdict is Verdict.FAIL)


def judged(story: Story, now: int) -> Health:
    """Judge the story at a minute."""
    return judge(
        POLICY,
        Observations(STEP, observed(story, Side.SOURCE, now), observed(story, Side.TARGET, now)),
        stage=story.stage,
        since=moment(SINCE),
        now=moment(now),
        baseline=BASELINE,
    )


def observed(story: Story, side: Side, now: int) -> SideObservations | Unknown:
    """Cut what was seen until now into slices; what happened unseen comes with the first sample behind it."""
    seen = [minute for minute in range(now + 1) if side is Side.SOURCE or minute not in story.unseen]
    if now - seen[-1] > STALE or not any(tasks_of(story, side, minute) for minute in seen):
        return Unknown("silence")
    slices = {minute: Slice(moment(minute), 0, 0, 0, 0.0, None) for minute in range(SINCE + 1, now + 1)}
    for before, minute in pairwise(seen):
        done = [task for one in range(before + 1, minute + 1) for task in tasks_of(story, side, one)]
        if minute > SINCE:
            slices[minute] = counted(minute, done)
    return SideObservations(tuple(slices[minute] for minute in sorted(slices)))


def counted(minute: int, done: Sequence[Task]) -> Slice:
    outcomes = Counter(task.outcome for task in done)
    buckets = [next(bound for bound in BOUNDS if task.seconds <= bound) for task in done]
    return Slice(
        end=moment(minute),
        tasks=len(done),
        errors=outcomes["error"],
        completed=outcomes["completed"],
        cost_usd=sum(task.cost_usd for task in done),
        durations=Histogram(BOUNDS, tuple(float(buckets.count(bound)) for bound in BOUNDS)),
    )


def tasks_of(story: Story, side: Side, minute: int) -> Sequence[Task]:
    return story.source(minute) if side is Side.SOURCE else story.target(minute)


def moment(minute: int) -> datetime:
    return START + minute * STEP


def expected(minute: int, checks: frozenset[str]) -> dict[str, object]:
    return {
        "expr": 'count by (check) (ALERTS{alertname="ReconcilerCheckBreached",alertstate="firing"})',
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": f'{{check="{name}"}}', "value": 1} for name in sorted(checks)],
    }


def series(story: Story) -> dict[str, list[float | None]]:
    """Scrape the story's counters once a minute; a series appears with its first count, as a client's does."""
    told: dict[str, list[float | None]] = {}
    for side in Side:
        counts: Counter[str] = Counter()
        rows: list[Mapping[str, float] | None] = []
        for minute in range(END):
            if side is Side.TARGET and minute - 1 in story.restarts:
                counts.clear()
            for task in tasks_of(story, side, minute):
                counts.update(counted_by(task))
            rows.append(None if side is Side.TARGET and minute in story.unseen else dict(counts))
        for name in sorted({name for row in rows if row for name in row}):
            metric, _, labels = name.partition("{")
            whose = f'{metric}{{environment="prod",migration="rex",side="{side}"{labels}'
            told[whose] = [None if row is None else row.get(name) for row in rows]
    return told


def counted_by(task: Task) -> dict[str, float]:
    buckets = {
        f'agent_task_duration_seconds_bucket{{,le="{"+Inf" if bound == BOUNDS[-1] else bound}"}}': float(
            task.seconds <= bound
        )
        for bound in BOUNDS
    }
    return {
        f'agent_tasks_total{{,outcome="{task.outcome}"}}': 1,
        "agent_task_cost_usd_total{}": task.cost_usd,
    } | buckets


def sheet(stage: Stage, policy: HealthPolicy) -> RuleSheet:
    environment = Environment("prod", "agents", Mesh.ISTIO, PrometheusMetrics("http://prometheus:9090"))
    rex = Watched(MigrationId("prod", "rex"), policy.name, stage, moment(SINCE), REFERENCES.get(stage, {}))
    return RuleSheet(environment, STEP, (policy,), (rex,), COARSE)


def prove(
    folder: Path,
    stage: Stage,
    told: Mapping[str, Sequence[float | None]],
    expressions: Sequence[object],
    alerts: Sequence[object],
    *,
    policy: HealthPolicy = POLICY,
) -> None:
    """Let promtool check the rules, and test them on these series."""
    need_prometheus()
    (folder / "rules.yml").write_text(render_rules([sheet(stage, policy)]), encoding="utf-8")
    test = {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": " ".join("_" if value is None else f"{value!r}" for value in values)}
            for name, values in told.items()
        ],
        "promql_expr_test": expressions,
        "alert_rule_test": alerts,
    }
    document = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yml").write_text(json.dumps(document), encoding="utf-8")
    for words in (("check", "rules", "rules.yml"), ("test", "rules", "test.yml")):
        done = subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True, check=False)
        assert (done.returncode, "FAILED" in done.stdout) == (0, False), done.stdout + done.stderr


IMPATIENT = replace(
    POLICY, no_tasks=Patience(timedelta(hours=4), Then.NOTIFY), no_metrics=Patience(timedelta(minutes=30), Then.NOTIFY)
)


def scraped(until: int) -> dict[str, list[float | None]]:
    """Let the target end its last task in minute 30, and both sides be scraped until some minute."""
    whose = 'agent_tasks_total{environment="prod",migration="rex",side="%s",outcome="completed"}'
    return {
        whose % "source": [float(minute) for minute in range(until)],
        whose % "target": [float(min(minute, 30)) for minute in range(until)],
    }


def firing(alert: str, minute: int, *severities: str) -> dict[str, object]:
    return {
        "expr": f'count by (severity) (ALERTS{{alertname="{alert}",alertstate="firing"}})',
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": f'{{severity="{severity}"}}', "value": 1} for severity in severities],
    }


def test_a_target_without_tasks_is_told_after_the_policys_patience(tmp_path: Path) -> None:
    patience = IMPATIENT.no_tasks.after // STEP
    prove(
        tmp_path,
        Stage.CANARY,
        scraped(patience + 60),
        [
            firing("ReconcilerNoTasks", patience - 1),
            firing("ReconcilerNoTasks", 30 + patience - 1),
            firing("ReconcilerNoTasks", 30 + patience + 1, "warning"),
            firing("ReconcilerNoMetrics", 30 + patience + 1),
        ],
        [],
        policy=IMPATIENT,
    )


def test_silence_is_told_after_the_policys_patience_and_is_not_taken_for_a_lack_of_tasks(tmp_path: Path) -> None:
    last, patience = 59, IMPATIENT.no_metrics.after // STEP
    prove(
        tmp_path,
        Stage.CANARY,
        scraped(last + 1),
        [
            firing("ReconcilerNoMetrics", last + STALE + patience),
            firing("ReconcilerNoMetrics", last + STALE + patience + 1, "warning"),
            firing("ReconcilerNoTasks", last + IMPATIENT.no_tasks.after // STEP + 10),
        ],
        [],
        policy=IMPATIENT,
    )


def test_a_reconciler_that_stopped_is_told_even_when_its_series_is_gone(tmp_path: Path) -> None:
    name = 'reconciler_last_success_timestamp_seconds{environment="prod",migration="rex"}'
    prove(
        tmp_path,
        Stage.CANARY,
        {name: [minute * 60.0 for minute in range(20)]},
        [firing("ReconcilerNotRunning", 19 + 30), firing("ReconcilerNotRunning", 19 + 31, "critical")],
        [],
    )


def test_one_that_never_said_anything_is_not_told_to_have_stopped(tmp_path: Path) -> None:
    prove(tmp_path, Stage.CANARY, {}, [firing("ReconcilerNotRunning", 600)], [])


def test_an_alert_tells_what_where_and_what_to_run(tmp_path: Path) -> None:
    alert = {
        "alertname": "ReconcilerCheckBreached",
        "eval_time": "45m",
        "exp_alerts": [
            {
                "exp_labels": {
                    "environment": "prod",
                    "migration": "rex",
                    "policy": "default",
                    "check": "errors",
                    "side": "target",
                    "severity": "critical",
                },
                "exp_annotations": {
                    "summary": "prod/rex: errors 100% on the target, above the limit of 5%",
                    "description": "error_rate over 5 min is above its limit, on 20 tasks of the target"
                    " (policy default). The next pass rolls it back.",
                    "action": "reconciler status prod/rex; to go back now: "
                    'reconciler rollback prod/rex --reason "errors"',
                },
            }
        ],
    }
    policy = replace(POLICY, checks=POLICY.checks[:1])
    told = series(Story(lambda _: [Task("error")] * 4, frozenset()))
    prove(tmp_path, Stage.ROLLOUT_25, told, [], [alert], policy=policy)
