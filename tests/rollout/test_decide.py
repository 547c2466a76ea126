"""The next step: a table of situations, and the laws that hold for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.migration import Advance, Arm, Cli, Entry, Migration, MigrationId, PersonsHold, Traffic
from reconciler.model.policy import Decide, HealthPolicy, OnBreach, StageRule
from reconciler.model.stage import Stage
from reconciler.model.status import Hold, HoldKind, Notes, Status, Weights
from reconciler.model.verdict import CheckResult, Health, Verdict
from reconciler.rollout import people
from reconciler.rollout.decide import Situation, decide
from reconciler.rollout.evolve import Moment, Person, entered_stage, next_notes, next_status
from reconciler.rollout.gates import Prerequisites

REX = MigrationId("prod", "rex")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = HealthPolicy(
    "default", (), 20, Decide.EVIDENCE, 0.05, {stage: StageRule(HOUR) for stage in Stage}, timedelta(days=7)
)


def check(verdict: Verdict, name: str = "errors", on_breach: OnBreach = OnBreach.ROLLBACK) -> CheckResult:
    return CheckResult(name, "error_rate", verdict, on_breach, 0.01, 0.05, 40, None, None, f"{name} {verdict}")


HEALTHY = Health((check(Verdict.PASS),), 400, 40, 100)
FAILING = Health((check(Verdict.FAIL),), 400, 40, 0)
FREEZING = Health((check(Verdict.PASS), check(Verdict.FAIL, "budget", OnBreach.FREEZE)), 400, 40, 50)
UNSURE = Health((check(Verdict.INCONCLUSIVE),), 10, 3, None)
BLIND = Health(fault="prometheus refused the connection")


def situation(
    stage: Stage = Stage.CANARY,
    health: Health = HEALTHY,
    *,
    act: people.PersonsAct | None = None,
    minutes: int = 61,
    hold: Hold | None = None,
    brake: PersonsHold | None = None,
    entry: Entry = Entry.AUTO,
    drift: str = "",
    prerequisites: Prerequisites | None = None,
) -> Situation:
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
    status = Status(REX, stage, NOON, 1, "run", Weights.of(stage))
    now = NOON + timedelta(minutes=minutes)
    notes = Notes(REX, "run", hold=hold)
    return Situation(
        migration,
        status,
        notes,
        act or people.Nothing(),
        POLICY,
        health,
        now,
        prerequisites or Prerequisites(),
        drift,
    )


OURS = Hold(HoldKind.REVERTED, "reverted", "ann", "c", NOON)
BRAKE = PersonsHold("freeze week", "ann")
RAISED = people.Raised(Stage.ROLLOUT_25)
OTHER = Prerequisites(incomplete=[MigrationId("staging", "rex")])


@pytest.mark.parametrize(
    ("given_situation", "kind", "to"),
    [
        pytest.param(situation(), made.Advance, Stage.ROLLOUT_25, id="proven and soaked"),
        pytest.param(situation(minutes=59), made.Wait, None, id="not soaked yet"),
        pytest.param(situation(health=UNSURE), made.Wait, None, id="inconclusive"),
        pytest.param(situation(health=BLIND), made.Wait, None, id="source fault"),
        pytest.param(situation(health=FREEZING), made.Freeze, None, id="a freezing check failed"),
        pytest.param(situation(health=FAILING, minutes=1), made.Rollback, None, id="breach with traffic"),
        pytest.param(situation(health=FAILING, hold=OURS), made.Rollback, None, id="a hold does not stop a rollback"),
        pytest.param(situation(Stage.TESTING, FAILING), made.Wait, None, id="nothing to roll back without traffic"),
        pytest.param(situation(entry=Entry.PULL_REQUEST), made.Propose, Stage.ROLLOUT_25, id="by pull request"),
        pytest.param(situation(hold=OURS), made.Wait, None, id="our hold"),
        pytest.param(situation(brake=BRAKE), made.Wait, None, id="a person's hold"),
        pytest.param(situation(drift="vs is lower"), made.PutOnHold, None, id="drift that must stand"),
        pytest.param(situation(prerequisites=OTHER), made.Wait, None, id="requires another one"),
        pytest.param(situation(Stage.PLANNING, Health(), minutes=1), made.Wait, None, id="planning soaks"),
        pytest.param(situation(Stage.COMPLETE), made.Rest, None, id="complete"),
        pytest.param(situation(Stage.COMPLETE, FAILING), made.Rollback, None, id="complete fails, source warm"),
        pytest.param(
            situation(Stage.COMPLETE, FAILING, minutes=8 * 24 * 60), made.Wait, None, id="complete fails, source gone"
        ),
        pytest.param(situation(Stage.ROLLED_BACK, Health()), made.Rest, None, id="rolled back rests"),
        pytest.param(situation(act=RAISED, minutes=1, health=UNSURE), made.Advance, Stage.ROLLOUT_25, id="raised"),
        pytest.param(situation(act=RAISED, hold=OURS), made.Advance, Stage.ROLLOUT_25, id="a raise lifts our hold"),
        pytest.param(situation(act=RAISED, brake=BRAKE), made.Wait, None, id="a raise under a person's hold"),
        pytest.param(situation(act=RAISED, health=FAILING), made.Rollback, None, id="a raise of a failing target"),
        pytest.param(situation(act=RAISED, health=FREEZING), made.Wait, None, id="a raise under a freeze"),
        pytest.param(situation(act=RAISED, prerequisites=OTHER), made.Wait, None, id="a raise before its requirement"),
        pytest.param(
            situation(act=people.RaisedTooFar(Stage.COMPLETE)), made.Refuse, None, id="a raise over stages is refused"
        ),
        pytest.param(situation(act=people.Lowered(Stage.TESTING)), made.Lower, Stage.TESTING, id="lowered"),
        pytest.param(
            situation(health=FAILING, act=people.WentBack(HoldKind.REVERTED, "r")), made.PutOnHold, None, id="reverted"
        ),
        pytest.param(
            situation(act=people.RollbackReverted(Stage.CANARY)), made.Rearm, Stage.CANARY, id="rollback reverted"
        ),
        pytest.param(situation(act=people.WentUp(Stage.CANARY)), made.Resume, None, id="revert of a revert"),
        pytest.param(situation(act=people.HoldLifted()), made.Resume, None, id="hold commit reverted"),
        pytest.param(situation(act=people.RerenderReverted()), made.PutOnHold, None, id="re-render reverted"),
        pytest.param(situation(Stage.PLANNING, act=people.Deleted()), made.Retire, None, id="deleted at planning"),
        pytest.param(situation(act=people.Deleted()), made.Refuse, None, id="deleted while live"),
        pytest.param(
            situation(Stage.COMPLETE, act=people.Deleted(), minutes=8 * 24 * 60),
            made.Retire,
            None,
            id="deleted after the source is gone",
        ),
        pytest.param(situation(act=people.Added(Stage.PLANNING)), made.Begin, Stage.PLANNING, id="new"),
        pytest.param(situation(act=people.Added(Stage.CANARY)), made.Refuse, None, id="new, not at planning"),
    ],
)
def test_next_step(given_situation: Situation, kind: type[Decision], to: Stage | None) -> None:
    decision = decide(given_situation)
    assert isinstance(decision, kind)
    assert getattr(decision, "to", None) in (to, None)


def test_a_raise_records_what_it_replaced() -> None:
    decision = decide(situation(act=RAISED, minutes=1, health=UNSURE))
    assert isinstance(decision, made.Advance)
    assert decision.skipped == ("soak", "proof(errors)")
    assert decision.by_person


def test_unaccepted_losses_keep_a_migration_in_planning_and_are_named() -> None:
    losses = Prerequisites(unaccepted_losses=["hook:Stop", "command:a", "command:b", "command:c"])
    decision = decide(situation(Stage.PLANNING, Health(), prerequisites=losses))
    assert isinstance(decision, made.Wait)
    assert "hook:Stop, command:a, command:b and 1 more" in decision.reason


def test_a_configuration_that_the_target_cannot_work_with_stays_in_planning_whoever_raises_it() -> None:
    wrong = Prerequisites(errors=["target.model: gpt-5.5 is a model of codex, not of gemini"])
    for act in (people.Nothing(), people.Raised(Stage.TESTING)):
        decision = decide(situation(Stage.PLANNING, Health(), act=act, prerequisites=wrong))
        assert isinstance(decision, made.Wait)
        assert "the target cannot work with it: target.model: gpt-5.5" in decision.reason


verdicts = st.sampled_from(list(Verdict))
checks = st.lists(
    st.builds(check, verdicts, st.sampled_from(["a", "b"]), st.sampled_from(list(OnBreach))), min_size=1, max_size=4
)
healths = st.one_of(
    st.just(BLIND),
    st.builds(lambda some, n: Health(tuple(some), n, n, None), checks, st.integers(0, 100)),
)
acts = st.one_of(
    st.just(people.Nothing()),
    st.builds(people.Raised, st.sampled_from(list(Stage))),
    st.builds(people.Lowered, st.sampled_from(list(Stage))),
    st.just(people.HoldLifted()),
    st.just(people.WentBack(HoldKind.REVERTED, "r")),
)
situations = st.builds(
    situation,
    st.sampled_from(list(Stage)),
    healths,
    act=acts,
    minutes=st.integers(0, 20000),
    hold=st.sampled_from([None, OURS]),
    brake=st.sampled_from([None, BRAKE]),
    entry=st.sampled_from(list(Entry)),
)


@given(situations)
def test_unknown_health_never_raises_the_target_by_itself(given_situation: Situation) -> None:
    decision = decide(given_situation)
    judged = given_situation.health.checks
    if isinstance(decision, made.Advance) and not decision.by_person and given_situation.status is not None:
        assert given_situation.health.fault is None
        if given_situation.status.stage.splits_traffic:
            assert all(one.verdict is Verdict.PASS for one in judged)


@given(situations)
def test_a_held_migration_only_goes_down(given_situation: Situation) -> None:
    held = given_situation.hold or (given_situation.migration and given_situation.migration.hold)
    if held and isinstance(given_situation.act, people.Nothing):
        assert isinstance(decide(given_situation), made.Wait | made.Rollback | made.Rest)


@given(situations)
def test_evolve_after_decide_is_a_legal_status(given_situation: Situation) -> None:
    before = given_situation.status
    assert before is not None
    decision = decide(given_situation)
    moment = Moment(given_situation.now, "new")
    after = next_status(REX, before, decision, moment, baseline=None)
    entered = entered_stage(decision, before.stage)
    assert (after is None) == (entered is None)
    if after is not None:
        assert after.weights == Weights.of(after.stage)
        assert after.since == given_situation.now
        assert after.run == "new"
        assert after.attempt == before.attempt + isinstance(decision, made.Rearm)
    if isinstance(decision, made.Advance) and after is not None and not decision.by_person:
        assert after.stage is before.stage.next


@given(situations)
def test_a_decision_is_the_same_when_it_is_made_twice(given_situation: Situation) -> None:
    assert decide(given_situation) == decide(replace(given_situation))


@pytest.mark.parametrize(
    ("decision", "held", "armed"),
    [
        pytest.param(made.PutOnHold(HoldKind.REVERTED, "r"), True, False, id="hold"),
        pytest.param(made.Lower(Stage.CANARY, "r"), True, False, id="lower holds"),
        pytest.param(made.Rearm(Stage.PLANNING, "r"), False, True, id="re-arm"),
        pytest.param(made.Rearm(Stage.CANARY, "r", HoldKind.REVERTED), True, True, id="rollback reverted"),
        pytest.param(made.Resume("r"), False, True, id="resume"),
        pytest.param(made.Advance(Stage.CANARY, "r", by_person=True), False, True, id="raise under our hold"),
    ],
)
def test_what_a_decision_leaves_in_the_notes(decision: Decision, *, held: bool, armed: bool) -> None:
    old = Notes(REX, "old", hold=None if held else OURS, inputs={"a": "1"})
    notes = next_notes(REX, old, decision, Moment(NOON, "new"), person=Person("ann", "c"))
    assert notes is not None
    assert (notes.hold is not None) == held
    assert (notes.evidence_from == NOON) == armed
    assert notes.inputs == {"a": "1"}
