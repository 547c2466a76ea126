"""What holds for the evidence about every check: fairness, order, replay, and what one bad task more may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.health.bets import rate_above
from reconciler.health.evidence import Evidence, Reference, reckon
from reconciler.health.history import Arm, Buckets, History, Singles
from reconciler.health.judge import judge
from reconciler.health.split import split
from reconciler.health.wealth import grow_restarted
from reconciler.model.observation import Observations, Samples, SideObservations, Slice
from reconciler.model.policy import Absolute, Check, Decide, SourcePlus, StageRule, TimesSource
from reconciler.model.stage import Stage
from reconciler.model.status import Totals, Wealth
from reconciler.model.verdict import Verdict
from tests.health.building import BUDGET, COST, DONE, ERRORS, LATENCY, NOW, STEP, policy

BOUNDS = 2.0 ** np.arange(-2, 10, 0.5)
CHECKS = (
    ERRORS,
    replace(ERRORS, limit=TimesSource(1.5)),
    replace(ERRORS, limit=SourcePlus(0.05)),
    DONE,
    replace(DONE, limit=SourcePlus(-0.05)),
    replace(LATENCY, limit=Absolute(150.0)),
    replace(LATENCY, limit=TimesSource(2.0)),
    replace(COST, limit=Absolute(3.0)),
    replace(COST, limit=TimesSource(1.5)),
)
BY_NAME = [pytest.param(check, id=f"{check.name}-{check.limit}") for check in CHECKS]
AFTER_COMPLETE = Reference(latency_p95=30.0, totals=Totals(1000, 20, 950, 900.0))
LENGTH = 40

shares = st.sampled_from([0.1, 0.25, 0.5])
seeds = st.integers(0, 2**32 - 1)
checks = st.sampled_from(CHECKS)


def drawn_side(
    rng: np.random.Generator,
    per_slice: float,
    shape: tuple[int, int],
    *,
    errors: float = 0.04,
    slower: float = 1.0,
    dearer: float = 1.0,
) -> Arm:
    """Draw what a side does: Poisson arrivals, lognormal durations and costs."""
    tasks = rng.poisson(per_slice, shape)
    failed = rng.binomial(tasks, errors)
    completed = tasks - failed - rng.binomial(tasks - failed, 0.02)
    run, place = np.repeat(np.argwhere(tasks > 0), tasks[tasks > 0], axis=0).T
    seconds, usd = np.exp(rng.normal(size=(2, len(run)))) * [[20 * slower], [dearer]]
    counts = np.zeros((*shape, len(BOUNDS)))
    np.add.at(counts, (run, place, np.searchsorted(BOUNDS[:-1], seconds)), 1.0)
    cost = np.zeros(shape)
    np.add.at(cost, (run, place), usd)
    done = (completed / np.maximum(tasks, 1))[run, place]
    return Arm(
        tasks.astype(np.float64),
        failed.astype(np.float64),
        completed.astype(np.float64),
        cost,
        Singles(run, place, usd, done),
        Buckets(BOUNDS, counts),
    )


def drawn(seed: int, share: float, shape: tuple[int, int] = (1, LENGTH), **target: float) -> History:
    rng = np.random.default_rng(seed)
    source = drawn_side(rng, 3.0 * (1 - share) / share, shape)
    return History(60.0, source, drawn_side(rng, 3.0, shape, **target), share, share)


def reckoned(check: Check, history: History, carried: Wealth | None = None, seconds: float = 0.0) -> Evidence:
    reference = AFTER_COMPLETE if history.source is None else Reference()
    found = reckon(check, history, split(history), reference=reference, carried=carried, seconds=seconds)
    assert found is not None
    return found


def cut(arm: Arm, upto: int) -> Arm:
    """Leave out all but the first slices."""
    assert arm.costs is not None
    assert arm.durations is not None
    assert arm.cost is not None
    early = arm.costs.place < upto
    costs = Singles(*(getattr(arm.costs, name)[early] for name in ("run", "place", "usd", "completed")))
    return Arm(
        arm.tasks[:, :upto],
        arm.errors[:, :upto],
        arm.completed[:, :upto],
        arm.cost[:, :upto],
        costs,
        Buckets(BOUNDS, arm.durations.counts[:, :upto]),
    )


@given(checks, seeds, shares, st.integers(1, LENGTH - 1))
def test_what_comes_later_changes_nothing_about_the_evidence_before(
    check: Check, seed: int, share: float, upto: int
) -> None:
    whole = drawn(seed, share)
    assert whole.source is not None
    early = replace(whole, source=cut(whole.source, upto), target=cut(whole.target, upto))

    long, short = reckoned(check, whole), reckoned(check, early)

    for name in ("fail", "staked", "proof"):
        np.testing.assert_allclose(getattr(long, name)[:, :upto], getattr(short, name), rtol=1e-9, atol=1e-9)


@given(checks, seeds, shares)
def test_the_same_history_gives_the_same_bits(check: Check, seed: int, share: float) -> None:
    first, second = (reckoned(check, drawn(seed, share)) for _ in range(2))

    assert first.fail.tobytes() == second.fail.tobytes()
    assert first.proof.tobytes() == second.proof.tobytes()


@pytest.mark.parametrize("check", BY_NAME)
@pytest.mark.parametrize("alone", [False, True], ids=["two-sides", "after-complete"])
def test_runs_stacked_on_each_other_are_judged_as_each_alone(check: Check, alone: bool) -> None:  # noqa: FBT001 - a row of the table
    stacked = drawn(11, 0.25, (5, LENGTH), slower=1.5)
    stacked = replace(stacked, source=None) if alone else stacked
    together = reckoned(check, stacked)

    for run in range(5):
        source = None if stacked.source is None else only(stacked.source, run)
        one = reckoned(check, replace(stacked, source=source, target=only(stacked.target, run)))
        np.testing.assert_allclose(together.fail[run], one.fail[0], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(together.proof[run], one.proof[0], rtol=1e-9, atol=1e-9)


def only(arm: Arm, run: int) -> Arm:
    """Take one run out of several."""
    assert arm.costs is not None
    assert arm.durations is not None
    assert arm.cost is not None
    mine = arm.costs.run == run
    return Arm(
        arm.tasks[[run]],
        arm.errors[[run]],
        arm.completed[[run]],
        arm.cost[[run]],
        Singles(0 * arm.costs.run[mine], arm.costs.place[mine], arm.costs.usd[mine], arm.costs.completed[mine]),
        Buckets(BOUNDS, arm.durations.counts[[run]]),
    )


@given(st.sampled_from(CHECKS[:5]), seeds, shares, st.integers(0, LENGTH - 1))
def test_a_task_that_turns_out_bad_never_lowers_the_evidence_nor_raises_the_proof(
    check: Check, seed: int, share: float, where: int
) -> None:
    before = drawn(seed, share)
    target = before.target
    completed, errors = target.completed.copy(), target.errors.copy()
    if not completed[0, where]:
        return
    completed[0, where] -= 1
    errors[0, where] += 1

    assert_worse(check, before, replace(before, target=replace(target, completed=completed, errors=errors)))


@given(st.sampled_from(CHECKS[5:7]), seeds, shares, st.integers(0, LENGTH - 1), st.integers(1, 23))
def test_a_task_that_takes_longer_never_lowers_the_evidence_nor_raises_the_proof(
    check: Check, seed: int, share: float, where: int, longer: int
) -> None:
    before = drawn(seed, share)
    durations = before.target.durations
    assert durations is not None
    counts = durations.counts.copy()
    filled = np.flatnonzero(counts[0, where])
    if not len(filled):
        return
    counts[0, where, filled[0]] -= 1
    counts[0, where, min(filled[0] + longer, len(BOUNDS) - 1)] += 1

    assert_worse(check, before, replace(before, target=replace(before.target, durations=Buckets(BOUNDS, counts))))


@given(st.sampled_from(CHECKS[7:]), seeds, shares, st.integers(0, 10**6), st.floats(0.01, 100))
def test_a_task_that_costs_more_never_lowers_the_evidence_nor_raises_the_proof(
    check: Check, seed: int, share: float, which: int, more: float
) -> None:
    before = drawn(seed, share)
    costs, cost = before.target.costs, before.target.cost
    assert costs is not None
    assert cost is not None
    which %= len(costs.usd)
    usd, spent = costs.usd.copy(), cost.copy()
    usd[which] += more
    spent[0, costs.place[which]] += more

    assert_worse(
        check, before, replace(before, target=replace(before.target, cost=spent, costs=replace(costs, usd=usd)))
    )


def assert_worse(check: Check, before: History, after: History) -> None:
    first, second = reckoned(check, before), reckoned(check, after)
    assert (second.fail >= first.fail - 1e-9).all()
    assert (second.proof <= first.proof + 1e-9).all()


def test_the_gate_of_a_fixed_limit_is_closed_from_the_slice_in_which_the_source_breaks() -> None:
    quiet, last = np.full((1, 11), 4.0), np.zeros((1, 11))
    last[0, -1] = 1.0
    healthy, breaks_too = Arm(quiet, 0 * quiet, quiet), Arm(quiet, 4 * last, quiet - 4 * last)
    target = Arm(10 * last, 10 * last, 0 * last)

    open_gate, closed = (reckoned(ERRORS, History(60.0, one, target, 0.2, 0.2)) for one in (healthy, breaks_too))

    # Ten errors in a row are worth 10 ln(0.9 / 0.05) against a limit of 5 %, less the part of the stake.
    assert open_gate.fail[0, -1] > 20
    assert closed.fail[0, -1] < 20


@given(st.sampled_from(CHECKS[:5]), seeds, shares)
def test_one_bad_task_more_at_the_end_never_lowers_the_evidence_nor_raises_the_proof(
    check: Check, seed: int, share: float
) -> None:
    # Only at the end: a task more, good or bad, is also one more that says how the traffic was split, so that what
    # came later from the target is a little less surprising.
    before = drawn(seed, share)
    target = before.target
    last = np.zeros_like(target.tasks)
    last[0, -1] = 1

    assert_worse(
        check, before, replace(before, target=replace(target, tasks=target.tasks + last, errors=target.errors + last))
    )


@settings(max_examples=25)
@given(checks, seeds, shares, st.randoms())
def test_the_order_of_tasks_within_a_slice_does_not_matter(
    check: Check, seed: int, share: float, shuffle: Random
) -> None:
    before = drawn(seed, share)
    costs = before.target.costs
    assert costs is not None
    order = list(range(len(costs.usd)))
    shuffle.shuffle(order)
    mixed = Singles(costs.run[order], costs.place[order], costs.usd[order], costs.completed[order])

    first = reckoned(check, before)
    second = reckoned(check, replace(before, target=replace(before.target, costs=mixed)))

    np.testing.assert_allclose(first.fail, second.fail, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(first.proof, second.proof, rtol=1e-9, atol=1e-9)


@given(checks, seeds, shares)
def test_evidence_that_is_carried_begins_where_it_ended(check: Check, seed: int, share: float) -> None:
    # The stake is shared out anew between the bets, so that two stages are no more one: what is kept is the sum.
    idle = drawn(seed, share)
    nothing = np.zeros_like(idle.target.tasks)
    silent = Arm(nothing, nothing, nothing, nothing, None, Buckets(BOUNDS, np.zeros((*nothing.shape, len(BOUNDS)))))
    first = reckoned(check, drawn(seed, share))
    left = Wealth("", float(first.staked[0, -1]), float(first.proof[0, -1]))

    second = reckoned(check, replace(idle, source=silent, target=silent), left, LENGTH * 60.0)

    # Without tasks nothing is won or lost, neither of what was staked nor of what was kept back.
    np.testing.assert_allclose(second.fail[0], first.fail[0, -1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(second.proof[0], first.proof[0, -1], rtol=1e-9, atol=1e-9)


RUNS, SLICES = 600, 120
ALPHA = 0.05
# The chance of a wrong verdict is ALPHA at most; four standard errors of its frequency come on top.
MOST = ALPHA + 4 * (ALPHA * (1 - ALPHA) / RUNS) ** 0.5


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("check", BY_NAME)
def test_a_target_like_its_source_fails_with_the_chance_alpha_at_most(check: Check, share: float) -> None:
    history = drawn(3, share, (RUNS, SLICES))

    # A fixed limit that both sides sit at or below is no difference between them either.
    ever = (reckoned(check, history).fail >= -np.log(ALPHA)).any(axis=1)

    assert ever.mean() <= MOST


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize(
    ("check", "target"),
    [
        pytest.param(ERRORS, {"errors": 0.05}, id="errors-at-5-percent"),
        pytest.param(replace(ERRORS, limit=TimesSource(1.5)), {"errors": 0.06}, id="errors-1.5-times"),
        pytest.param(replace(ERRORS, limit=SourcePlus(0.05)), {"errors": 0.09}, id="errors-plus-5-points"),
        pytest.param(replace(LATENCY, limit=TimesSource(2.0)), {"slower": 2.0}, id="latency-2-times"),
        pytest.param(replace(COST, limit=TimesSource(1.5)), {"dearer": 1.5}, id="cost-1.5-times"),
    ],
)
def test_a_target_exactly_at_its_limit_is_proven_with_the_chance_alpha_at_most(
    check: Check, target: dict[str, float], share: float
) -> None:
    history = drawn(4, share, (RUNS, SLICES), **target)

    ever = (reckoned(check, history).proof >= -np.log(ALPHA)).any(axis=1)

    assert ever.mean() <= MOST


@pytest.mark.parametrize("check", BY_NAME)
def test_the_evidence_is_worth_one_at_most_on_average_at_every_moment(check: Check) -> None:
    worth = np.exp(reckoned(check, drawn(5, 0.25, (RUNS, SLICES))).fail)

    errors = worth.std(axis=0) / RUNS**0.5
    assert (worth.mean(axis=0) <= 1 + 4 * errors + 1e-9).all()


@pytest.mark.parametrize(
    ("check", "target"),
    [
        pytest.param(ERRORS, {"errors": 0.5}, id="errors"),
        pytest.param(replace(DONE, limit=SourcePlus(-0.05)), {"errors": 0.5}, id="done"),
        pytest.param(replace(LATENCY, limit=TimesSource(2.0)), {"slower": 6.0}, id="latency"),
        pytest.param(replace(COST, limit=TimesSource(1.5)), {"dearer": 6.0}, id="cost"),
    ],
)
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_bad_target_fails_and_a_good_one_is_proven(check: Check, target: dict[str, float], share: float) -> None:
    bad = drawn(6, share, (50, SLICES), **target)
    good = drawn(7, share, (50, SLICES), errors=0.005, slower=0.6)

    assert (reckoned(check, bad).fail[:, -1] > np.log(80)).all()
    assert (reckoned(check, good).proof[:, -1] > np.log(20)).mean() > 0.9


@pytest.mark.parametrize("check", BY_NAME)
@pytest.mark.parametrize("errors", [0.0, 1.0])
def test_thousands_of_tasks_at_the_extremes_stay_finite(check: Check, errors: float) -> None:
    rng = np.random.default_rng(8)
    shape = (2, 120)
    for slower, dearer in ((1e-4, 1e-6), (1e4, 1e6)):
        source = drawn_side(rng, 200.0, shape, errors=1 - errors)
        target = drawn_side(rng, 200.0, shape, errors=errors, slower=slower, dearer=dearer)
        found = reckoned(check, History(60.0, source, target, 0.5, 0.5))
        assert all(np.isfinite(one).all() for one in (found.fail, found.staked, found.proof))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=20, max_size=20), seeds)
def test_a_judgement_does_not_depend_on_the_order_in_which_tasks_of_a_minute_arrive(
    counts: Sequence[tuple[int, int]], seed: int
) -> None:
    shuffle = Random(seed)  # noqa: S311 - an order, no secret
    source = SideObservations(tuple(minute(20 - place, 9, 0, Random(1)) for place in range(20)))  # noqa: S311 - as above
    first, second = (
        SideObservations(
            tuple(minute(20 - place, tasks + errors, errors, one_order) for place, (tasks, errors) in enumerate(counts))
        )
        for one_order in (Random(2), shuffle)  # noqa: S311 - as above
    )

    found = [
        judge(
            policy(*CHECKS[:1], *CHECKS[4:5], *CHECKS[6:7], *CHECKS[8:], decide=Decide.EVIDENCE),
            Observations(STEP, source, target),
            stage=Stage.ROLLOUT_50,
            since=NOW - timedelta(minutes=20),
            now=NOW,
            baseline=None,
        )
        for target in (first, second)
    ]

    assert found[0] == found[1]


def minute(ago: int, tasks: int, errors: int, order: Random) -> Slice:
    seconds, usd = [float(10 + place) for place in range(tasks)], [0.25 * (1 + place) for place in range(tasks)]
    order.shuffle(seconds)
    order.shuffle(usd)
    return Slice(
        NOW - (ago - 1) * STEP, tasks, errors, tasks - errors, sum(usd), Samples(tuple(seconds)), costs=tuple(usd)
    )


def test_a_fixed_limit_stands_alone_after_complete() -> None:
    alone = replace(drawn(9, 0.5, (1, LENGTH), errors=0.5), source=None)

    assert reckoned(replace(ERRORS, limit=Absolute(0.05)), alone).fail[0, -1] > np.log(80)
    assert (reckoned(replace(ERRORS, limit=Absolute(0.95)), alone).fail[0] < np.log(2)).all()


def test_an_indicator_that_no_test_exists_for_has_no_evidence() -> None:
    history = drawn(10, 0.5)

    for indicator in ("cost_total", "own"):
        check = replace(ERRORS, indicator=indicator)
        assert reckon(check, history, split(history), reference=Reference()) is None


def test_while_the_source_is_broken_too_a_fixed_limit_says_nothing_against_the_target() -> None:
    # Whose the errors are follows the share, and from the second minute on the limit is not held against the target.
    tasks = np.ones((1, 120))
    both = History(60.0, Arm(4 * tasks, 4 * tasks, 0 * tasks), Arm(tasks, tasks, 0 * tasks), 0.2, 0.2)
    alone = replace(both, source=Arm(4 * tasks, 0 * tasks, 4 * tasks))

    assert reckoned(ERRORS, both).fail.max() < np.log(20)
    assert reckoned(ERRORS, alone).fail[0, -1] > np.log(80)


@pytest.mark.parametrize("check", [CHECKS[1], CHECKS[2], CHECKS[4]])
@pytest.mark.parametrize("alike", [2, 5])
def test_a_session_of_tasks_that_end_alike_counts_as_one_task(check: Check, alike: int) -> None:
    single = drawn(12, 0.25, errors=0.2)
    assert single.source is not None
    by_task, by_session = (
        replace(single, source=clustered(single.source, size), target=clustered(single.target, size))
        for size in (1, alike)
    )

    first, second = reckoned(check, by_task), reckoned(check, by_session)

    np.testing.assert_allclose(first.fail, second.fail, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(first.proof, second.proof, rtol=1e-9, atol=1e-9)


def clustered(arm: Arm, size: int) -> Arm:
    """Make a session of every task, with so many tasks that all end as it did."""
    return Arm(size * arm.tasks, size * arm.errors, size * arm.completed, sessions=arm.tasks)


@pytest.mark.parametrize("check", [CHECKS[1], CHECKS[4], CHECKS[6], CHECKS[8]])
def test_what_happens_before_the_new_split_is_seen_is_no_evidence_of_a_difference(check: Check) -> None:
    # Ten minutes of 10 % after a commit that says 50 %, then 50 %; the target is bad all the time.
    rng = np.random.default_rng(13)
    bad = drawn_side(rng, 10.0, (1, LENGTH), errors=0.9, slower=20.0, dearer=20.0)
    source = drawn_side(rng, 10.0, (1, LENGTH))
    early = np.where(np.arange(LENGTH) < 10, 9.0, 1.0)
    assert source.durations is not None
    assert source.cost is not None
    more = Arm(
        source.tasks * early,
        source.errors * early,
        source.completed * early,
        source.cost * early,
        durations=Buckets(BOUNDS, source.durations.counts * early[:, None]),
    )
    history = History(60.0, more, replace(bad, costs=None), 0.5, 0.1)

    fail = reckoned(check, history).fail[0]

    np.testing.assert_allclose(fail[:10], 0.0, atol=1e-9)
    assert fail[-1] > np.log(20)


def test_a_target_as_good_as_its_source_is_proven_to_be_less_than_three_times_as_bad() -> None:
    check = replace(ERRORS, limit=TimesSource(3.0))

    proof = reckoned(check, drawn(14, 0.5, (50, SLICES), errors=0.04)).proof[:, -1]

    assert (proof > np.log(5)).mean() > 0.5


def test_a_95th_percentile_is_beyond_its_limit_where_more_than_5_percent_take_longer() -> None:
    alone = replace(drawn(15, 0.5, slower=1.5), source=None)
    durations = alone.target.durations
    assert durations is not None

    found = reckoned(replace(LATENCY, limit=Absolute(64.0)), alone)

    slow = durations.counts[:, :, BOUNDS > 64.0].sum(axis=2)
    expected, _ = grow_restarted(rate_above(slow, durations.counts.sum(axis=2), 0.05), 60.0)
    np.testing.assert_allclose(found.fail, expected)


def minutes(*counts: tuple[int, int]) -> SideObservations:
    """Give the tasks, and how many of them failed, of the last minutes."""
    ends = reversed(range(len(counts)))
    found = (Slice(NOW - ago * STEP, tasks, bad, tasks - bad) for ago, (tasks, bad) in zip(ends, counts, strict=True))
    return SideObservations(tuple(found))


HEALTHY = minutes(*[(10, 0)] * 120)
WORSE_INSIDE = minutes(*[(10, 1), (10, 0), (10, 0)] * 40)


@pytest.mark.parametrize(
    ("target", "verdict", "breached"),
    [
        pytest.param(minutes(*[(10, 0)] * 120), Verdict.PASS, False, id="proven"),
        pytest.param(minutes(*[(0, 0)] * 118, (3, 0), (2, 0)), Verdict.INCONCLUSIVE, False, id="not-yet-proven"),
        pytest.param(WORSE_INSIDE, Verdict.INCONCLUSIVE, False, id="worse-and-inside-the-limit"),
        pytest.param(
            minutes(*[(10, 0)] * 119, (10, 3)), Verdict.INCONCLUSIVE, True, id="a-breach-without-evidence-freezes"
        ),
        pytest.param(minutes(*[(10, 10)] * 120), Verdict.FAIL, True, id="a-breach-with-evidence-fails"),
        pytest.param(
            minutes(*[(10, 10)] * 5, *[(10, 0)] * 115), Verdict.FAIL, False, id="a-failure-stays-one-when-it-is-over"
        ),
    ],
)
def test_a_failure_takes_evidence_and_the_limit_and_a_pass_takes_proof(
    target: SideObservations,
    verdict: Verdict,
    breached: bool,  # noqa: FBT001 - a row of the table
) -> None:
    # The source is as busy as the target, so that the split is the rendered one.
    source = minutes(*((one.tasks, 0) for one in target.slices))
    found = judge(
        policy(ERRORS, decide=Decide.EVIDENCE),
        Observations(STEP, source, target),
        stage=Stage.ROLLOUT_50,
        since=NOW - 120 * STEP,
        now=NOW,
        baseline=None,
    ).checks[0]

    assert (found.verdict, found.breached) == (verdict, breached)


def test_worse_than_the_source_is_evidence_although_the_limit_holds() -> None:
    history = Observations(STEP, HEALTHY, WORSE_INSIDE)
    health = judge(
        policy(ERRORS, decide=Decide.EVIDENCE),
        history,
        stage=Stage.ROLLOUT_50,
        since=NOW - 120 * STEP,
        now=NOW,
        baseline=None,
    )

    evidence, trips_at = health.checks[0].evidence, health.checks[0].trips_at
    assert evidence is not None
    assert trips_at is not None
    assert evidence > trips_at


@pytest.mark.parametrize(
    ("stage", "level", "needed"), [(Stage.CANARY, 0.2, 5.0), (Stage.ROLLOUT_25, 0.1, 10.0), (Stage.CANARY, None, 20.0)]
)
def test_the_chance_to_be_wrong_is_shared_by_the_checks_that_roll_back(
    stage: Stage, level: float | None, needed: float
) -> None:
    law = policy(*CHECKS[:4], BUDGET, decide=Decide.EVIDENCE)
    law = replace(law, stages={stage: StageRule(wrong_advance=level)})

    found = judge(
        law, Observations(STEP, HEALTHY, HEALTHY), stage=stage, since=NOW - 120 * STEP, now=NOW, baseline=None
    )

    assert [one.trips_at for one in found.checks[:4]] == [pytest.approx(4 / 0.05)] * 4
    assert [one.needed for one in found.checks[:4]] == [pytest.approx(needed)] * 4
    assert found.checks[4].trips_at is None
