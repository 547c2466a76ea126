"""What holds for every policy and every history."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import assume, event, given
from hypothesis import strategies as st

from reconciler.health.judge import judge
from reconciler.model.observation import Histogram, Observations, Samples, SideObservations, Slice, Unknown
from reconciler.model.policy import Absolute, Bound, Check, OnBreach, SourcePlus, TimesExpected, TimesSource
from reconciler.model.stage import Stage
from reconciler.model.verdict import Health, Verdict
from tests.health.building import BASELINE, MIN_TASKS, NOW, STEP, policy

_MINUTES = 12
_SINCE = NOW - _MINUTES * STEP

amounts = st.integers(0, 400).map(lambda quarters: quarters / 4)
wild = st.sampled_from([math.nan, math.inf, -math.inf])
limits = st.one_of(
    st.builds(Absolute, amounts),
    st.builds(TimesSource, amounts),
    st.builds(TimesExpected, amounts),
    st.builds(SourcePlus, st.floats(-0.5, 0.5)),
)
checks = st.builds(
    Check,
    name=st.just("check"),
    indicator=st.sampled_from(
        ["error_rate", "completion_rate", "latency_p95", "cost_per_completed_task", "cost_total", "own"]
    ),
    bound=st.sampled_from(Bound),
    limit=limits,
    window=st.none() | st.integers(1, 15).map(lambda minutes: timedelta(minutes=minutes)),
    sustained=st.integers(0, 5).map(lambda minutes: timedelta(minutes=minutes)),
    on_breach=st.sampled_from(OnBreach),
)
spoils = st.sampled_from(
    [
        ("cost", "cost_per_completed_task"),
        ("cost", "cost_total"),
        ("seconds", "latency_p95"),
        ("bucket", "latency_p95"),
        ("reading", "own"),
    ]
)
likely_to_pass = st.tuples(checks, st.floats(0.25, 2)).map(
    lambda drawn: replace(
        drawn[0],
        bound=Bound.MIN if drawn[0].indicator == "completion_rate" else Bound.MAX,
        limit=TimesSource(drawn[1]),
    )
)
stages = st.sampled_from([Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50, Stage.COMPLETE])


@st.composite
def slices(draw: st.DrawFn, most: int, *, reported: bool) -> tuple[Slice, ...]:
    found = []
    for ago in reversed(range(_MINUTES)):
        tasks = draw(st.integers(0, most))
        errors = draw(st.integers(0, tasks))
        completed = draw(st.integers(0, tasks - errors))
        seconds = (draw(amounts),) * (tasks - 1) + (draw(amounts),) * min(tasks, 1)
        cost, durations = draw(amounts), Samples(seconds)
        if reported or draw(st.integers(0, 20)):
            found.append(Slice(NOW - ago * STEP, tasks, errors, completed, cost, durations))
        else:
            found.append(Slice(NOW - ago * STEP, tasks, errors, completed))
    return tuple(found)


@st.composite
def sides(draw: st.DrawFn, most: int = 30, *, reported: bool = False) -> SideObservations:
    readings = draw(st.dictionaries(st.sampled_from(["own", "error_rate"]), amounts, max_size=2))
    return SideObservations(draw(slices(most, reported=reported)), readings)


def judged(check: Check, seen: Observations, stage: Stage = Stage.CANARY) -> Health:
    return judge(policy(check), seen, stage=stage, since=_SINCE, now=NOW, baseline=BASELINE)


def verdict(check: Check, seen: Observations, stage: Stage = Stage.CANARY) -> Verdict:
    return judged(check, seen, stage).checks[0].verdict


def tasks(side: SideObservations) -> int:
    return sum(one.tasks for one in side.slices)


@given(checks, sides(), sides(most=1), stages)
def test_fewer_tasks_than_asked_for_neither_pass_nor_fail(
    check: Check, source: SideObservations, target: SideObservations, stage: Stage
) -> None:
    assume(tasks(target) < MIN_TASKS)

    assert verdict(check, Observations(STEP, source, target), stage) in (Verdict.INCONCLUSIVE, Verdict.NO_DATA)


@given(checks, sides(most=1), sides(), stages.filter(lambda stage: stage is not Stage.COMPLETE))
def test_a_quiet_source_lets_nothing_pass(
    check: Check, source: SideObservations, target: SideObservations, stage: Stage
) -> None:
    assume(tasks(source) < MIN_TASKS)

    assert verdict(check, Observations(STEP, source, target), stage) is not Verdict.PASS


@given(checks, sides(), stages, st.booleans())
def test_an_unknown_side_is_no_data(check: Check, known: SideObservations, stage: Stage, target_known: bool) -> None:  # noqa: FBT001 - drawn
    gone = Unknown("gone")
    seen = Observations(STEP, gone, known) if target_known else Observations(STEP, known, gone)
    assume(stage is not Stage.COMPLETE or not target_known)

    health = judged(check, seen, stage)

    assert health.checks[0].verdict is Verdict.NO_DATA
    assert health.score is None


@given(likely_to_pass, sides(reported=True), sides(reported=True), stages, st.integers(0, 11), st.integers(1, 50))
def test_more_healthy_tasks_never_turn_a_pass_into_a_failure(
    check: Check, source: SideObservations, target: SideObservations, stage: Stage, where: int, more: int
) -> None:
    before_it = verdict(check, Observations(STEP, source, target), stage)
    before = target.slices[where]
    quick = Samples(before.durations.seconds + (0.0,) * more) if isinstance(before.durations, Samples) else None
    after = replace(before, tasks=before.tasks + more, completed=before.completed + more, durations=quick)
    better = replace(target, slices=(*target.slices[:where], after, *target.slices[where + 1 :]))

    after_it = verdict(check, Observations(STEP, source, better), stage)

    event(f"{before_it} then {after_it}")
    assert (before_it, after_it) != (Verdict.PASS, Verdict.FAIL)


@given(checks, sides(), sides(), stages, st.randoms())
def test_the_order_of_tasks_within_a_slice_and_of_equal_windows_does_not_matter(
    check: Check, source: SideObservations, target: SideObservations, stage: Stage, shuffle: Random
) -> None:
    check = replace(check, window=None, sustained=timedelta(0))
    ends = [one.end for one in target.slices]
    contents = list(target.slices)
    shuffle.shuffle(contents)
    moved = tuple(replace(one, end=end) for one, end in zip(contents, ends, strict=True))

    first = judged(check, Observations(STEP, source, target), stage).checks
    second = judged(check, Observations(STEP, source, replace(target, slices=moved)), stage).checks

    assert first == second


@given(checks, sides(), sides(), stages)
def test_finer_slices_say_the_same(
    check: Check, source: SideObservations, target: SideObservations, stage: Stage
) -> None:
    check = replace(check, sustained=timedelta(0))
    coarse = judged(check, Observations(STEP, source, target), stage).checks
    fine = judged(check, Observations(STEP / 2, _halved(source), _halved(target)), stage).checks

    assert fine == coarse


@given(checks, sides(), sides(), stages, wild, spoils)
def test_what_is_no_number_never_passes(
    check: Check, source: SideObservations, target: SideObservations, stage: Stage, bad: float, spoil: tuple[str, str]
) -> None:
    where, indicator = spoil
    check = replace(check, indicator=indicator)
    spoilt = replace(target, slices=tuple(_spoilt(one, bad, where) for one in target.slices))
    if where == "reading":
        spoilt = replace(spoilt, readings={"own": bad})

    assert verdict(check, Observations(STEP, source, spoilt), stage) not in (Verdict.PASS, Verdict.FAIL)


@given(checks, sides(), sides(), stages)
def test_what_is_told_can_be_written_down(
    check: Check, source: SideObservations, target: SideObservations, stage: Stage
) -> None:
    found = judged(check, Observations(STEP, source, target), stage).checks[0]

    assert all(number is None or math.isfinite(number) for number in (found.value, found.limit))
    assert found.reason
    assert "\n" not in found.reason


def _halved(side: SideObservations) -> SideObservations:
    halves: list[Slice] = []
    for one in side.slices:
        seconds = one.durations.seconds if isinstance(one.durations, Samples) else None
        half = Slice(
            one.end - STEP / 2,
            one.errors,
            one.errors,
            0,
            None if one.cost_usd is None else one.cost_usd / 2,
            None if seconds is None else Samples(seconds[1:]),
        )
        rest = replace(
            one,
            tasks=one.tasks - one.errors,
            errors=0,
            cost_usd=half.cost_usd,
            durations=None if seconds is None else Samples(seconds[:1]),
        )
        halves += [half, rest]
    return replace(side, slices=tuple(halves))


def _spoilt(one: Slice, bad: float, where: str) -> Slice:
    if where == "cost":
        return replace(one, cost_usd=bad)
    if where == "reading":
        return one
    samples = Samples((bad,) * max(1, one.tasks))
    return replace(one, durations=samples if where == "seconds" else Histogram((1.0, 2.0), (bad, float(one.tasks))))
