"""Situations to decide in: a healthy canary after its soak, and what a test changes about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reconciler.model.migration import Advance, Arm, Cli, Entry, Migration, MigrationId, PersonsHold, Traffic
from reconciler.model.policy import Decide, HealthPolicy, OnBreach, StageRule
from reconciler.model.stage import Stage
from reconciler.model.status import Carried, Goal, Hold, HoldKind, Notes, Status, Weights
from reconciler.model.verdict import CheckResult, Health, Verdict
from reconciler.rollout import people
from reconciler.rollout.gates import Prerequisites
from reconciler.rollout.situation import Situation

REX = MigrationId("prod", "rex")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
POLICY = HealthPolicy(
    "default", (), 20, Decide.EVIDENCE, 0.05, {stage: StageRule(HOUR) for stage in Stage}, timedelta(days=7)
)


def check(
    verdict: Verdict,
    name: str = "errors",
    on_breach: OnBreach = OnBreach.ROLLBACK,
    indicator: str = "error_rate",
    *,
    breached: bool = False,
) -> CheckResult:
    says = f"{name} {verdict}" + (" and breached" if breached else "")
    return CheckResult(name, indicator, verdict, on_breach, 0.01, 0.05, 40, None, None, says, breached=breached)


HEALTHY = Health((check(Verdict.PASS),), 400, 40, 100)
FAILING = Health((check(Verdict.FAIL),), 400, 40, 0)
FREEZING = Health((check(Verdict.PASS), check(Verdict.FAIL, "budget", OnBreach.FREEZE)), 400, 40, 50)
BREACHED = Health((check(Verdict.INCONCLUSIVE, breached=True),), 400, 40, 40)
UNSURE = Health((check(Verdict.INCONCLUSIVE),), 10, 3, None)
BLIND = Health(fault="prometheus refused the connection")
SLOW = Health((check(Verdict.FAIL, "latency", indicator="latency_p95"),), 400, 40, 0)
BOTH_BREAK = Health((check(Verdict.PASS),), 400, 40, 100, common_cause="both sides fail 30 % of their tasks")
SKEWED = Health((check(Verdict.PASS),), 400, 40, 100, invalid="the target got 40 % of the sessions, 10 % are routed")
OURS = Hold(HoldKind.REVERTED, "reverted", "ann", "c", NOON)
BRAKE = PersonsHold("freeze week", "ann")
GOAL = Goal(Stage.ROLLED_BACK, ("latency",), "p95 3.1x > 2x")


def situation(
    stage: Stage = Stage.CANARY,
    health: Health = HEALTHY,
    *,
    act: people.PersonsAct | None = None,
    minutes: float = 61,
    hold: Hold | None = None,
    brake: PersonsHold | None = None,
    entry: Entry = Entry.AUTO,
    drift: str = "",
    prerequisites: Prerequisites | None = None,
    policy: HealthPolicy = POLICY,
    goal: Goal | None = None,
    unknown_elsewhere: bool = False,
) -> Situation:
    """Stand in a stage since noon, so many minutes ago."""
    migration = Migration(
        REX,
        Arm(Cli.CLAUDE, "m", "claude", "a"),
        Arm(Cli.CODEX, "n", "codex"),
        stage,
        "default",
        Traffic("rex"),
        advance=Advance(entry),
        hold=brake,
    )
    return Situation(
        migration,
        Status(REX, stage, NOON, 1, "run", Weights.of(stage), carried=Carried(goal=goal)),
        Notes(REX, "run", hold=hold),
        act or people.Nothing(),
        policy,
        health,
        NOON + timedelta(minutes=minutes),
        prerequisites or Prerequisites(),
        drift,
        unknown_elsewhere,
    )
