"""Every kind of value, moment, side, stage and way to decide: only what is known, sound and proven moves up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from reconciler.health.judge import judge
from reconciler.model.decision import Advance, Decision, Freeze, Propose, Rest, Rollback, Wait
from reconciler.model.migration import Advance as Entering
from reconciler.model.migration import Arm, Cli, Entry, Migration, MigrationId, Traffic
from reconciler.model.observation import Histogram, Observations, Samples, SideObservations, Slice, Unknown
from reconciler.model.policy import Absolute, Check, Decide, SourcePlus, TimesExpected, TimesSource
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline, Carried, Status, Totals, Weights
from reconciler.model.verdict import Health, Verdict
from reconciler.rollout import people
from reconciler.rollout.decide import decide
from reconciler.rollout.situation import Situation
from tests.health.building import BUDGET, COST, DONE, ERRORS, HOUR_AGO, LATENCY, NOW, STEP, policy

MINUTES = 15
SINCE = NOW - MINUTES * STEP
REX = MigrationId("prod", "rex")
USD, SECONDS, PER_MINUTE = 0.25, 10.0, 100
NONSENSE = (math.nan, math.inf, -math.inf, -1.0)

CHECKS = (
    ERRORS,
    replace(LATENCY, limit=TimesSource(2.0)),
    replace(COST, limit=TimesSource(1.5)),
    replace(DONE, limit=SourcePlus(-0.05)),
    replace(ERRORS, name="own", indicator="own", limit=Absolute(10.0)),
)
SOUND_BUDGET = replace(BUDGET, limit=TimesExpected(1.5))
BREACHED_BUDGET = replace(BUDGET, limit=TimesExpected(0.5))
TESTS_STAGES = (Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50)
SPLITTING = (Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50)

Change = Callable[[Slice], Slice]


def healthy(tasks: int) -> SideObservations:
    """Give a side whose every task is quick, cheap and completed."""
    slices = (
        Slice(
            NOW - ago * STEP,
            tasks,
            0,
            tasks,
            USD * tasks,
            Samples((SECONDS,) * tasks),
            costs=(USD,) * tasks,
        )
        for ago in reversed(range(MINUTES))
    )
    return SideObservations(tuple(slices), {"own": 1.0})


def sides(stage: Stage) -> tuple[SideObservations, SideObservations]:
    """Give a healthy source and a healthy target, split as the stage has it; in testing the target gets a copy."""
    target = PER_MINUTE * stage.target_weight // 100 or 5
    source = PER_MINUTE - target if stage.takes_traffic else PER_MINUTE
    return healthy(source), healthy(target)


def changed(side: SideObservations, change: Change, places: range) -> SideObservations:
    slices = list(side.slices)
    for place in places:
        slices[place] = change(slices[place])
    return replace(side, slices=tuple(slices))


def with_cost(usd: float) -> Change:
    return lambda one: replace(one, cost_usd=usd * one.tasks, costs=(usd,) * one.tasks)


def with_sum(usd: float) -> Change:
    return lambda one: replace(one, cost_usd=usd, costs=None)


def with_single_cost(usd: float) -> Change:
    return lambda one: replace(one, cost_usd=usd + USD * (one.tasks - 1), costs=(usd, *[USD] * (one.tasks - 1)))


def with_seconds(seconds: float) -> Change:
    return lambda one: replace(one, durations=Samples((seconds,) * one.tasks))


def with_single_seconds(seconds: float) -> Change:
    return lambda one: replace(one, durations=Samples((seconds, *[SECONDS] * (one.tasks - 1))))


def with_bucket(count: float) -> Change:
    return lambda one: replace(one, durations=Histogram((8.0, 16.0, 32.0), (count, float(one.tasks), 0.0)))


def nonsense() -> Iterator[tuple[str, Change]]:
    """Name every value that no side can have had, and say how to put it into a slice."""
    makers = (with_cost, with_sum, with_single_cost, with_seconds, with_single_seconds, with_bucket)
    for make, number in product(makers, NONSENSE):
        yield f"{make.__name__[5:].replace('_', '-')} {number:g}", make(number)
    yield "no-cost", lambda one: replace(one, cost_usd=None, costs=None)
    yield "no-seconds", lambda one: replace(one, durations=None)
    yield "more-errors-than-tasks", lambda one: replace(one, errors=one.tasks + 1, completed=0)
    yield "more-ends-than-tasks", lambda one: replace(one, errors=1)
    yield "negative-errors", lambda one: replace(one, errors=-1)
    yield "negative-completed", lambda one: replace(one, completed=-1)
    yield "negative-tasks", lambda one: replace(one, tasks=-1, errors=0, completed=0, costs=None, durations=Samples(()))


NONSENSES = tuple(nonsense())
WHEN = {"always": range(MINUTES), "in the last minute": range(MINUTES - 1, MINUTES), "once, long ago": range(3, 4)}


def decided(
    stage: Stage,
    seen: Observations | Unknown,
    *,
    how: Decide = Decide.EVIDENCE,
    entry: Entry = Entry.AUTO,
    budget: Check = SOUND_BUDGET,
) -> tuple[Health, Decision]:
    """Judge and decide as a pass does; nothing but health is in the way, and the source was as it is now."""
    law = policy(*CHECKS, budget, decide=how)
    frozen = Baseline(PER_MINUTE * 60 * USD, SECONDS, 1000, HOUR_AGO - timedelta(hours=1), HOUR_AGO)
    before = Carried(source=Totals(1000, 0, 1000, 1000 * USD))
    health = judge(law, seen, stage=stage, since=SINCE, now=NOW, baseline=frozen, carried=before)
    migration = Migration(
        REX,
        Arm(Cli.CLAUDE, "m", "claude", "agents/rex"),
        Arm(Cli.CODEX, "n", "codex"),
        stage,
        "default",
        Traffic("rex"),
        advance=Entering(entry),
    )
    status = Status(REX, stage, SINCE, 1, "run", Weights.of(stage), frozen)
    return health, decide(Situation(migration, status, None, people.Nothing(), law, health, NOW))


def assert_can_be_told(health: Health) -> None:
    told = [
        number
        for one in health.checks
        for number in (one.value, one.limit, one.evidence, one.proof, one.needed, one.trips_at)
    ]
    kept = [number for one in health.carried.wealth.values() for number in (one.fail, one.proof)]
    assert all(number is None or math.isfinite(number) for number in told + kept)


every_way = pytest.mark.parametrize("how", Decide)
where_it_matters = pytest.mark.parametrize("stage", SPLITTING)
all_nonsense = pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in NONSENSES])


@every_way
@pytest.mark.parametrize("stage", TESTS_STAGES)
def test_what_is_known_sound_and_proven_moves_up(stage: Stage, how: Decide) -> None:
    seen = Observations(STEP, *sides(stage))

    automatic = decided(stage, seen, how=how)[1]
    by_person = decided(stage, seen, how=how, entry=Entry.PULL_REQUEST)[1]

    assert isinstance(automatic, Advance)
    assert isinstance(by_person, Propose)
    assert automatic.to == by_person.to == stage.next


@every_way
@where_it_matters
def test_a_breached_check_that_freezes_keeps_even_the_healthy_where_they_are(stage: Stage, how: Decide) -> None:
    health, decision = decided(stage, Observations(STEP, *sides(stage)), how=how, budget=BREACHED_BUDGET)

    assert isinstance(decision, Freeze)
    assert [one.name for one in health.checks if one.verdict is not Verdict.PASS] == ["budget"]


@every_way
@pytest.mark.parametrize("stage", [*SPLITTING, Stage.COMPLETE])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: replace(one, errors=one.tasks, completed=0), id="errors"),
        pytest.param(with_seconds(100.0), id="seconds"),
        pytest.param(with_cost(2.5), id="cost"),
        pytest.param(lambda one: replace(with_cost(USD / 2)(one), completed=one.tasks // 2), id="completed"),
    ],
)
def test_what_is_beyond_a_limit_goes_back(change: Change, stage: Stage, how: Decide) -> None:
    source, target = sides(stage)
    seen = Observations(STEP, source, changed(target, change, range(MINUTES)))

    assert isinstance(decided(stage, seen, how=how)[1], Rollback)


@all_nonsense
@pytest.mark.parametrize("stage", [*SPLITTING, Stage.COMPLETE, Stage.ROLLED_BACK])
def test_nonsense_moves_nothing(change: Change, stage: Stage) -> None:
    for (when, places), how, budget in product(WHEN.items(), Decide, (SOUND_BUDGET, BREACHED_BUDGET)):
        # The bare limit asks its window alone; evidence rests on the whole stage.
        if how is Decide.EVIDENCE or when != "once, long ago":
            for seen in spoilt(stage, change, places):
                health, decision = decided(stage, seen, how=how, budget=budget)
                assert isinstance(decision, Wait | Freeze | Rest), (when, how, decision)
                assert_can_be_told(health)


@all_nonsense
@every_way
def test_testing_is_not_left_on_nonsense(change: Change, how: Decide) -> None:
    for when in ("always", "in the last minute"):
        for seen in spoilt(Stage.TESTING, change, WHEN[when]):
            health, decision = decided(Stage.TESTING, seen, how=how)
            assert isinstance(decision, Wait), (when, decision)
            assert_can_be_told(health)


def spoilt(stage: Stage, change: Change, places: range) -> Iterator[Observations]:
    """Put nonsense into the target, into the source, and into both."""
    source, target = sides(stage)
    bad_source, bad_target = (changed(side, change, places) for side in (source, target))
    yield Observations(STEP, source, bad_target)
    yield Observations(STEP, bad_source, target)
    yield Observations(STEP, bad_source, bad_target)


@every_way
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.PLANNING])
@pytest.mark.parametrize(
    "gone",
    [
        pytest.param(Unknown("the newest sample is 9 minutes old", NOW - timedelta(minutes=9)), id="stale"),
        pytest.param(Unknown("samples of the future"), id="future"),
        pytest.param(Unknown("no series"), id="missing"),
        pytest.param(Unknown("2 series answer for this side, 1 is expected"), id="duplicate"),
        pytest.param(Unknown("the answer carries warnings"), id="warnings"),
    ],
)
def test_an_unknown_side_moves_nothing(gone: Unknown, stage: Stage, how: Decide) -> None:
    source, target = sides(stage)
    known = ((gone, target), (source, gone), (gone, gone))
    everything: list[Observations | Unknown] = [gone, *(Observations(STEP, *one) for one in known)]
    for seen, entry, budget in product(everything, Entry, (SOUND_BUDGET, BREACHED_BUDGET)):
        health, decision = decided(stage, seen, how=how, entry=entry, budget=budget)
        assert isinstance(decision, Wait | Freeze | Rest), decision
        assert_can_be_told(health)


@every_way
@pytest.mark.parametrize("stage", TESTS_STAGES)
@pytest.mark.parametrize("reading", [Unknown("query own has no row"), math.nan, math.inf, -math.inf, None])
def test_an_indicator_of_ones_own_that_is_not_known_moves_nothing(
    reading: float | Unknown | None, stage: Stage, how: Decide
) -> None:
    source, target = sides(stage)
    readings = {} if reading is None else {"own": reading}

    decision = decided(stage, Observations(STEP, source, replace(target, readings=readings)), how=how)[1]

    assert isinstance(decision, Wait)


@every_way
@pytest.mark.parametrize("stage", TESTS_STAGES)
def test_no_task_moves_nothing(stage: Stage, how: Decide) -> None:
    source, target = sides(stage)
    idle = healthy(0)
    # A copy can be served in testing while the source has nothing to do.
    pairs = [(source, idle), (idle, idle)] + ([(idle, target)] if stage.takes_traffic else [])

    for seen in pairs:
        health, decision = decided(stage, Observations(STEP, *seen), how=how)
        assert isinstance(decision, Wait), decision
        assert_can_be_told(health)


@where_it_matters
def test_too_few_tasks_for_a_proof_do_not_move_up(stage: Stage) -> None:
    idle = healthy(0)
    quiet = [replace(side, slices=idle.slices[:-1] + side.slices[-1:]) for side in sides(stage)]

    health, decision = decided(stage, Observations(STEP, *quiet))

    assert isinstance(decision, Wait)
    assert all(one.verdict is not Verdict.FAIL for one in health.checks)
