"""Gives migrations, laws and small worlds to simulate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reconciler.model.migration import Advance, Arm, Cli, Entry, Migration, MigrationId, Shadow, Traffic
from reconciler.model.policy import Absolute, Bound, Check, Decide, HealthPolicy, OnBreach, StageRule, TimesExpected
from reconciler.model.stage import Stage
from reconciler.simulation.drawing import draw
from reconciler.simulation.scenario import Profile, Scenario
from reconciler.simulation.story import Story, Subject
from reconciler.simulation.walk import simulate
from reconciler.spec.policy import parse_policy

REX = MigrationId("prod", "rex")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

DEFAULT = b"""\
apiVersion: reconciler/v1
kind: HealthPolicy
name: default
checks:
  - {name: errors, indicator: error_rate, max: 5%, window: 5m, onBreach: rollback}
  - {name: latency, indicator: latency_p95, max: 2x source, window: 5m, for: 3m, onBreach: rollback}
  - {name: cost, indicator: cost_per_completed_task, max: 1.5x source, window: 1h, onBreach: rollback}
  - {name: budget, indicator: cost_total, max: 1.5x expected, window: 1h, onBreach: freeze}
  - {name: done, indicator: completion_rate, min: source - 5pp, onBreach: rollback}
stages: {testing: {soak: 30m}, canary: {soak: 1h, wrongAdvance: 20%}, rollout-25: {soak: 1h}, rollout-50: {soak: 1h}}
"""

ERRORS = Check("errors", "error_rate", Bound.MAX, Absolute(0.1), 5 * MINUTE, timedelta(0), OnBreach.ROLLBACK)
BUDGET = Check("budget", "cost_total", Bound.MAX, TimesExpected(1.5), HOUR, timedelta(0), OnBreach.FREEZE)
QUICK = HealthPolicy(
    name="quick",
    checks=(ERRORS, BUDGET),
    min_tasks=5,
    decide=Decide.EVIDENCE,
    wrong_rollback=0.05,
    stages={stage: StageRule(10 * MINUTE, 0.5) for stage in (Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25)},
    keep_source=timedelta(days=7),
)
"""Goes from planning to complete within an hour or two of a busy agent."""

BUSY = Scenario("busy", tasks_per_hour=200, horizon=4 * HOUR, watch=HOUR / 2, source=Profile(cost_spread=0.3))
BUSY = replace(BUSY, target=BUSY.source)


def default_policy() -> HealthPolicy:
    """Give a law with all five checks."""
    return parse_policy(DEFAULT, "policies/default.yaml")


def subject(policy: HealthPolicy = QUICK, *by_pull_request: Stage) -> Subject:
    """Give rex under a law; the named stages are entered by pull request."""
    advance = Advance(stages=dict.fromkeys(by_pull_request, Entry.PULL_REQUEST))
    source, target = Arm(Cli.CLAUDE, "a", "claude", "agents/rex"), Arm(Cli.CODEX, "b", "codex")
    shadow = Shadow(percent=10, side_effect_free=True)
    return Subject(
        Migration(REX, source, target, Stage.PLANNING, policy.name, Traffic("rex"), shadow, advance=advance), policy
    )


def run(of: Subject, scenario: Scenario, seed: int = 0) -> Story:
    """Lead a migration through one seed of a scenario."""
    return simulate(of, scenario, draw(scenario, seed, mirrored=of.migration.shadow.mirror_percentage))


def moves(story: Story) -> list[tuple[str, Stage | None]]:
    """Give the decisions that moved something, in order."""
    return [(one.word, one.to) for one in story.happenings]
