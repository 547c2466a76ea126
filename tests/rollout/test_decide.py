"""The next step: a table of situations, and the laws that hold for all of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.migration import Entry, MigrationId
from reconciler.model.policy import NoAdvance, OnBreach
from reconciler.model.stage import Stage
from reconciler.model.status import Carried, Goal, HoldKind, Notes, Totals, Wealth, Weights
from reconciler.model.verdict import Health, Verdict
from reconciler.rollout import people
from reconciler.rollout.decide import decide
from reconciler.rollout.evolve import Moment, Person, entered_stage, next_notes, next_status
from reconciler.rollout.gates import Prerequisites
from reconciler.rollout.situation import Situation
from tests.rollout.situations import (
    BLIND,
    BOTH_BREAK,
    BRAKE,
    BREACHED,
    FAILING,
    FREEZING,
    GOAL,
    HEALTHY,
    HOUR,
    NOON,
    OURS,
    POLICY,
    REX,
    SKEWED,
    UNSURE,
    check,
    situation,
)

RAISED = people.Raised(Stage.ROLLOUT_25)
OTHER = Prerequisites(incomplete=[MigrationId("staging", "rex")])
# The situations stand on Sunday 2026-03-01 from 12:00; this began on Friday.
CLOSED = replace(POLICY, no_advance=(NoAdvance("0 16 * * FRI", 64 * HOUR, "Europe/Berlin"),))


@pytest.mark.parametrize(
    ("given_situation", "kind", "to"),
    [
        pytest.param(situation(), made.Advance, Stage.ROLLOUT_25, id="proven and soaked"),
        pytest.param(situation(minutes=59), made.Wait, None, id="not soaked yet"),
        pytest.param(situation(health=UNSURE), made.Wait, None, id="inconclusive"),
        pytest.param(situation(health=BLIND), made.Wait, None, id="source fault"),
        pytest.param(situation(health=FREEZING), made.Freeze, None, id="a freezing check failed"),
        pytest.param(situation(health=BREACHED), made.Freeze, None, id="a literal breach freezes"),
        pytest.param(situation(Stage.TESTING, BREACHED), made.Advance, Stage.CANARY, id="no freeze without traffic"),
        pytest.param(situation(Stage.COMPLETE, BREACHED), made.Rest, None, id="complete has nothing to freeze"),
        pytest.param(situation(health=SKEWED), made.Wait, None, id="the split is not the rendered one"),
        pytest.param(situation(health=BOTH_BREAK), made.Wait, None, id="both sides break"),
        pytest.param(situation(policy=CLOSED), made.Wait, None, id="a time without advances"),
        pytest.param(situation(Stage.TESTING, policy=CLOSED), made.Wait, None, id="the canary is not entered then"),
        pytest.param(
            situation(Stage.PLANNING, Health(), policy=CLOSED), made.Advance, Stage.TESTING, id="testing is entered"
        ),
        pytest.param(
            situation(health=FAILING, policy=CLOSED), made.Rollback, Stage.ROLLED_BACK, id="a rollback is never delayed"
        ),
        pytest.param(situation(health=FAILING, minutes=1), made.Rollback, Stage.ROLLED_BACK, id="breach with traffic"),
        pytest.param(
            situation(health=FAILING, hold=OURS), made.Rollback, Stage.ROLLED_BACK, id="a hold does not stop a rollback"
        ),
        pytest.param(situation(Stage.TESTING, FAILING), made.Wait, None, id="nothing to roll back without traffic"),
        pytest.param(situation(entry=Entry.PULL_REQUEST), made.Propose, Stage.ROLLOUT_25, id="by pull request"),
        pytest.param(situation(hold=OURS), made.Wait, None, id="our hold"),
        pytest.param(situation(brake=BRAKE), made.Wait, None, id="a person's hold"),
        pytest.param(situation(drift="vs is lower"), made.PutOnHold, None, id="drift that must stand"),
        pytest.param(situation(prerequisites=OTHER), made.Wait, None, id="requires another one"),
        pytest.param(situation(Stage.PLANNING, Health(), minutes=1), made.Wait, None, id="planning soaks"),
        pytest.param(situation(Stage.COMPLETE), made.Rest, None, id="complete"),
        pytest.param(
            situation(Stage.COMPLETE, FAILING), made.Rollback, Stage.ROLLED_BACK, id="complete fails, source warm"
        ),
        pytest.param(
            situation(Stage.COMPLETE, FAILING, minutes=8 * 24 * 60), made.Wait, None, id="complete fails, source gone"
        ),
        pytest.param(situation(Stage.ROLLED_BACK, Health()), made.Rest, None, id="rolled back rests"),
        pytest.param(situation(act=RAISED, minutes=1, health=UNSURE), made.Advance, Stage.ROLLOUT_25, id="raised"),
        pytest.param(situation(act=RAISED, hold=OURS), made.Advance, Stage.ROLLOUT_25, id="a raise lifts our hold"),
        pytest.param(situation(act=RAISED, brake=BRAKE), made.Wait, None, id="a raise under a person's hold"),
        pytest.param(
            situation(act=RAISED, health=FAILING), made.Rollback, Stage.ROLLED_BACK, id="a raise of a failing target"
        ),
        pytest.param(situation(act=RAISED, health=FREEZING), made.Wait, None, id="a raise under a freeze"),
        pytest.param(situation(act=RAISED, health=BREACHED), made.Advance, Stage.ROLLOUT_25, id="raised over a breach"),
        pytest.param(situation(act=RAISED, health=SKEWED), made.Wait, None, id="raised with a wrong split"),
        pytest.param(situation(act=RAISED, health=BOTH_BREAK), made.Wait, None, id="raised while both sides break"),
        pytest.param(situation(act=RAISED, policy=CLOSED), made.Wait, None, id="raised at a time without advances"),
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


def test_a_raise_over_a_literal_breach_records_that_proof_was_skipped() -> None:
    decision = decide(situation(act=RAISED, health=BREACHED))
    assert isinstance(decision, made.Advance)
    assert decision.skipped == ("proof(errors)",)


@pytest.mark.parametrize(
    ("given_situation", "reason"),
    [
        (situation(policy=CLOSED), "no stage is entered before Mon 2026-03-02 08:00 Europe/Berlin"),
        (situation(health=SKEWED), "held: the target got 40 % of the sessions, 10 % are routed"),
        (situation(health=BOTH_BREAK), "both sides fail 30 % of their tasks; going back repairs nothing"),
        (situation(health=BREACHED), "errors INCONCLUSIVE and breached"),
        (situation(minutes=30), "soaks another 30 min of 1 h"),
    ],
)
def test_a_wait_says_why(given_situation: Situation, reason: str) -> None:
    assert decide(given_situation).reason == reason


NOT_HEALTHY = [verdict for verdict in Verdict if verdict is not Verdict.PASS]
WRONG = [
    *(Health((check(Verdict.PASS, "cost"), check(verdict)), 400, 40, 50) for verdict in NOT_HEALTHY),
    *(Health((check(verdict, "budget", OnBreach.FREEZE),), 400, 40, 50) for verdict in NOT_HEALTHY),
    replace(HEALTHY, fault="x"),
    replace(HEALTHY, invalid="x"),
    replace(HEALTHY, common_cause="x"),
    Health((check(Verdict.PASS), check(Verdict.PASS, "cost", breached=True)), 400, 40, 100),
]


@pytest.mark.parametrize("health", WRONG)
def test_nothing_but_health_that_is_known_to_be_good_moves_traffic_up(health: Health) -> None:
    stages, holds = [stage for stage in Stage if stage.splits_traffic], (None, OURS)
    for stage, hold, entry, minutes in product(stages, holds, Entry, (0, 61, 30_000)):
        decision = decide(situation(stage, health, hold=hold, entry=entry, minutes=minutes))
        assert not isinstance(decision, made.Advance | made.Propose)


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
    st.builds(
        check,
        verdicts,
        st.sampled_from(["a", "b"]),
        st.sampled_from(list(OnBreach)),
        st.sampled_from(["error_rate", "latency_p95"]),
        breached=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
clauses = st.sampled_from(["", "", "", "something"])
healths = st.one_of(
    st.just(BLIND),
    st.builds(
        lambda some, n, why, split: Health(tuple(some), n, n, None, common_cause=why, invalid=split),
        checks,
        st.integers(0, 100),
        clauses,
        clauses,
    ),
)
policies = st.builds(
    lambda step, windows: replace(POLICY, graceful_step=step, no_advance=windows),
    st.sampled_from([None, HOUR / 60]),
    st.sampled_from([(), CLOSED.no_advance]),
)
EARNED = Carried(3600, {"errors": Wealth("error_rate max 0.05", -1.0, 2.0)}, Totals(400, 4, 390, 100.0), GOAL)
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
    policy=policies,
    goal=st.sampled_from([None, None, GOAL]),
)


@given(situations)
def test_unknown_health_never_raises_the_target_by_itself(given_situation: Situation) -> None:
    decision = decide(given_situation)
    judged = given_situation.health.checks
    if isinstance(decision, made.Advance) and given_situation.status is not None:
        assert given_situation.health.invalid == given_situation.health.common_cause == ""
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
    after = next_status(REX, before, decision, moment, baseline=None, carried=EARNED)
    entered = entered_stage(decision, before.stage)
    assert (after is None) == (entered is None)
    if after is not None:
        assert after.weights == Weights.of(after.stage)
        assert after.since == given_situation.now
        assert after.run == "new"
        assert after.attempt == before.attempt + isinstance(decision, made.Rearm)
        assert (after.carried.goal is not None) == (isinstance(decision, made.Rollback) and after.stage.takes_traffic)
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


@pytest.mark.parametrize(
    ("decision", "carried"),
    [
        pytest.param(made.Advance(Stage.ROLLOUT_50, "r"), replace(EARNED, goal=None), id="a step forward goes on"),
        pytest.param(made.Propose(Stage.ROLLOUT_50, "r"), replace(EARNED, goal=None), id="a proposal goes on"),
        pytest.param(
            made.Rollback("r", ("latency",), Stage.CANARY),
            replace(EARNED, goal=Goal(Stage.ROLLED_BACK, ("latency",), "r")),
            id="a step back goes on, and remembers where to",
        ),
        pytest.param(made.Rollback("r", ("latency",)), Carried(), id="a whole rollback begins anew"),
        pytest.param(made.Lower(Stage.CANARY, "r"), Carried(), id="a person's lower stage begins anew"),
        pytest.param(made.Rearm(Stage.CANARY, "r"), Carried(), id="a re-arm begins anew"),
    ],
)
def test_what_the_next_stage_goes_on_from(decision: Decision, carried: Carried) -> None:
    before = situation(Stage.ROLLOUT_25, goal=GOAL).status
    after = next_status(REX, before, decision, Moment(NOON, "new"), baseline=None, carried=EARNED)
    assert after is not None
    assert after.carried == carried
