"""What a policy says about two sides, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.health.judge import baseline, judge
from reconciler.model.observation import Histogram, Observations, Samples, SideObservations, Slice, Unknown
from reconciler.model.policy import Bound, Check, Decide, SourcePlus, TimesExpected, TimesSource
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline
from reconciler.model.verdict import CheckResult, Health, Verdict
from tests.health.building import (
    BASELINE,
    BUDGET,
    COST,
    DONE,
    ERRORS,
    HOUR_AGO,
    LATENCY,
    NOW,
    STEP,
    both,
    joined,
    minute,
    policy,
    side,
    spread,
)

QUIET = side()
HEALTHY = spread(100)
RECENT = range(5)
EARLIER = range(30, 40)
FOREVER = float("inf")

OF_MANY = replace(BASELINE, tasks=400)
"""A baseline that can be relied on."""


def health(
    *checks: Check,
    target: SideObservations | Unknown,
    source: SideObservations | Unknown = HEALTHY,
    stage: Stage = Stage.ROLLOUT_50,
    frozen: Baseline | None = OF_MANY,
) -> Health:
    seen = Observations(STEP, source, target)
    return judge(policy(*checks), seen, stage=stage, since=HOUR_AGO, now=NOW, baseline=frozen)


def result(
    check: Check,
    target: SideObservations | Unknown,
    source: SideObservations | Unknown = HEALTHY,
    *,
    stage: Stage = Stage.ROLLOUT_50,
    frozen: Baseline | None = OF_MANY,
) -> CheckResult:
    return health(check, target=target, source=source, stage=stage, frozen=frozen).checks[0]


@pytest.mark.parametrize(
    ("target", "source", "verdict", "reason"),
    [
        pytest.param(spread(40, 2), HEALTHY, Verdict.PASS, "errors 5 % <= 5 % (2 of 40)", id="exactly-at-the-limit"),
        pytest.param(spread(412, 33), HEALTHY, Verdict.FAIL, "errors 8.01 % > 5 % (33 of 412)", id="breach"),
        pytest.param(
            spread(19, 19),
            HEALTHY,
            Verdict.INCONCLUSIVE,
            "errors 100 % > 5 % (19 of 19); 19 of 20 tasks, about 1 more needed",
            id="one-task-short-of-a-verdict",
        ),
        pytest.param(
            spread(9),
            HEALTHY,
            Verdict.INCONCLUSIVE,
            "errors 0 % <= 5 % (0 of 9); 9 of 20 tasks, about 11 more needed",
            id="healthy-but-few",
        ),
        pytest.param(
            QUIET, HEALTHY, Verdict.INCONCLUSIVE, "0 of 20 tasks, about 20 more needed", id="no-task-is-not-healthy"
        ),
        pytest.param(
            spread(40),
            spread(3),
            Verdict.INCONCLUSIVE,
            "errors 0 % <= 5 % (0 of 40); source 3 of 20 tasks, about 17 more needed",
            id="source-too-quiet-to-pass",
        ),
        pytest.param(
            spread(40, 20), QUIET, Verdict.FAIL, "errors 50 % > 5 % (20 of 40)", id="fixed-limit-fails-without-source"
        ),
        pytest.param(
            spread(40, within=EARLIER),
            HEALTHY,
            Verdict.PASS,
            "errors 0 % <= 5 % (0 of 40)",
            id="empty-window-falls-back-on-the-stage",
        ),
        pytest.param(
            spread(40, 20, within=EARLIER),
            HEALTHY,
            Verdict.INCONCLUSIVE,
            "errors 50 % > 5 % (20 of 40); within the window 0 of 20 tasks, about 20 more needed",
            id="an-old-breach-does-not-fail-but-does-not-pass",
        ),
        pytest.param(
            joined(spread(5), spread(40, 20, within=EARLIER)),
            HEALTHY,
            Verdict.INCONCLUSIVE,
            "errors 0 % <= 5 % (0 of 5), but since the evidence began errors 44.4 % > 5 % (20 of 45)",
            id="few-healthy-tasks-do-not-hide-an-old-breach",
        ),
        pytest.param(
            joined(spread(40), spread(40, 20, within=EARLIER)),
            HEALTHY,
            Verdict.PASS,
            "errors 0 % <= 5 % (0 of 40)",
            id="enough-tasks-in-the-window-speak-for-now",
        ),
        pytest.param(
            Unknown("stale"), HEALTHY, Verdict.NO_DATA, "target: stale", id="target-unknown"
        ),
        pytest.param(
            HEALTHY, Unknown("no series"), Verdict.NO_DATA, "source: no series", id="source-unknown"
        ),
        pytest.param(
            side(Slice(NOW, 20, 30, 0)),
            HEALTHY,
            Verdict.NO_DATA,
            "target: the counts contradict each other: more errors and completed tasks than tasks, or less than none",
            id="more-errors-than-tasks",
        ),
        pytest.param(
            spread(1_000_000, 50_001),
            HEALTHY,
            Verdict.FAIL,
            "errors 5.0001 % > 5 % (50001 of 1000000)",
            id="a-narrow-breach-is-told-apart",
        ),
    ],
)  # fmt: skip
def test_an_error_rate_is_judged_on_enough_tasks_of_both_sides(
    target: SideObservations | Unknown, source: SideObservations | Unknown, verdict: Verdict, reason: str
) -> None:
    found = result(ERRORS, target, source)

    assert (found.verdict, found.reason) == (verdict, reason)


def slow(seconds: float, tasks: int = 40) -> SideObservations:
    return side(minute(0, tasks, durations=Samples((seconds,) * tasks)))


def bucketed(bounds: tuple[float, ...], counts: tuple[float, ...]) -> SideObservations:
    return side(minute(0, int(sum(counts)), durations=Histogram(bounds, counts)))


def priced(tasks: int, cost: float | None, errors: int = 0) -> SideObservations:
    return side(minute(0, tasks, errors=errors, cost=cost))


def answering(reading: float | Unknown, name: str = "toxicity") -> SideObservations:
    return SideObservations(HEALTHY.slices, {name: reading})


TWICE = replace(LATENCY, limit=TimesSource(2.0))
DEARER = replace(COST, limit=TimesSource(1.5))
EXPECTED = replace(BUDGET, limit=TimesExpected(1.5), window=timedelta(hours=1))
NEARLY = replace(DONE, limit=SourcePlus(-0.05))
TOXIC = replace(ERRORS, indicator="toxicity")


@pytest.mark.parametrize(
    ("check", "target", "source", "verdict", "reason"),
    [
        pytest.param(
            TWICE, slow(41), slow(39), Verdict.PASS, "latency p95 41 s <= 78 s (2x source 39 s) (40 tasks)",
            id="latency-inside",
        ),
        pytest.param(
            TWICE, slow(79), slow(39), Verdict.FAIL, "latency p95 79 s > 78 s (2x source 39 s) (40 tasks)",
            id="latency-outside",
        ),
        pytest.param(
            TWICE, slow(79), slow(39, 3), Verdict.INCONCLUSIVE,
            "latency p95 79 s > 78 s (2x source 39 s) (40 tasks); source 3 of 20 tasks, about 17 more needed",
            id="a-quiet-source-cannot-be-compared-with",
        ),
        pytest.param(
            TWICE, slow(79), QUIET, Verdict.INCONCLUSIVE, "source 0 of 20 tasks, about 20 more needed",
            id="a-silent-source-gives-no-limit",
        ),
        pytest.param(TWICE, slow(1), priced(40, 1.0), Verdict.NO_DATA, "source: durations are not reported",
                     id="source-without-durations"),
        pytest.param(LATENCY, priced(40, 1.0), HEALTHY, Verdict.NO_DATA, "durations are not reported",
                     id="target-without-durations"),
        pytest.param(LATENCY, slow(float("nan")), HEALTHY, Verdict.NO_DATA,
                     "a reported duration is not a number of seconds from 0", id="nan-duration"),
        pytest.param(LATENCY, slow(FOREVER), HEALTHY, Verdict.NO_DATA,
                     "a reported duration is not a number of seconds from 0", id="endless-duration"),
        pytest.param(
            LATENCY, bucketed((10.0, 50.0, 100.0, FOREVER), (10, 20, 10, 0)), HEALTHY, Verdict.FAIL,
            "latency p95 90 s > 60 s (40 tasks)", id="histogram-interpolates",
        ),
        pytest.param(
            LATENCY, bucketed((10.0, FOREVER), (30, 10)), HEALTHY, Verdict.NO_DATA,
            "latency p95 lies above the largest bucket of 10 s", id="above-the-largest-bucket",
        ),
        pytest.param(
            LATENCY,
            side(minute(1, 20, durations=Samples((1.0,) * 20)), minute(0, 1, durations=Histogram((1.0,), (1,)))),
            HEALTHY, Verdict.NO_DATA, "durations are reported both one by one and in buckets", id="mixed-durations",
        ),
        pytest.param(
            DEARER, priced(40, 16.0), priced(40, 10.0), Verdict.FAIL,
            "cost a completed task 0.4 USD > 0.375 USD (1.5x source 0.25 USD) (40 tasks)", id="cost-outside",
        ),
        pytest.param(
            DEARER, priced(40, 15.0), priced(40, 10.0), Verdict.PASS,
            "cost a completed task 0.375 USD <= 0.375 USD (1.5x source 0.25 USD) (40 tasks)", id="cost-at-the-limit",
        ),
        pytest.param(COST, priced(40, 3.0, errors=40), HEALTHY, Verdict.FAIL,
                     "cost a completed task: money was spent and nothing completed (0 of 40)", id="all-for-nothing"),
        pytest.param(COST, priced(40, 0.0, errors=40), HEALTHY, Verdict.NO_DATA,
                     "no task was completed and nothing was spent", id="nothing-for-nothing"),
        pytest.param(DEARER, priced(40, 1.0), priced(40, 3.0, errors=40), Verdict.NO_DATA,
                     "source: cost_per_completed_task is no finite number, so nothing can be compared with it",
                     id="a-source-that-completes-nothing"),
        pytest.param(COST, priced(40, None), HEALTHY, Verdict.NO_DATA, "cost is not reported for every task",
                     id="cost-not-reported"),
        pytest.param(COST, priced(40, float("nan")), HEALTHY, Verdict.NO_DATA,
                     "a reported cost is not a number of US dollars from 0", id="nan-cost"),
        pytest.param(COST, priced(40, -1.0), HEALTHY, Verdict.NO_DATA,
                     "a reported cost is not a number of US dollars from 0", id="negative-cost"),
        pytest.param(EXPECTED, priced(40, 4.5), HEALTHY, Verdict.PASS,
                     "cost 4.5 USD <= 4.5 USD (1.5x expected 3 USD) (40 tasks)", id="budget-at-half-the-traffic"),
        pytest.param(EXPECTED, priced(40, 4.75), HEALTHY, Verdict.FAIL,
                     "cost 4.75 USD > 4.5 USD (1.5x expected 3 USD) (40 tasks)", id="over-budget"),
        pytest.param(NEARLY, priced(40, None, errors=1), priced(40, None), Verdict.PASS,
                     "completed 97.5 % >= 95 % (source 100 % - 5 pp) (39 of 40)", id="completion-inside"),
        pytest.param(NEARLY, priced(40, None, errors=3), priced(40, None), Verdict.FAIL,
                     "completed 92.5 % < 95 % (source 100 % - 5 pp) (37 of 40)", id="completion-outside"),
        pytest.param(TOXIC, answering(0.01), HEALTHY, Verdict.PASS, "toxicity 0.01 <= 0.05 (100 tasks)",
                     id="own-query-inside"),
        pytest.param(TOXIC, answering(0.5), HEALTHY, Verdict.FAIL, "toxicity 0.5 > 0.05 (100 tasks)",
                     id="own-query-outside"),
        pytest.param(TOXIC, answering(float("nan")), HEALTHY, Verdict.NO_DATA,
                     "toxicity is nan, expected a finite number", id="own-query-nan"),
        pytest.param(TOXIC, answering(FOREVER), HEALTHY, Verdict.NO_DATA,
                     "toxicity is inf, expected a finite number", id="own-query-infinite"),
        pytest.param(TOXIC, answering(Unknown("two rows")), HEALTHY, Verdict.NO_DATA, "two rows",
                     id="own-query-unknown"),
        pytest.param(TOXIC, HEALTHY, HEALTHY, Verdict.NO_DATA, "no query answers toxicity", id="own-query-absent"),
        pytest.param(ERRORS, answering(0.5, "error_rate"), HEALTHY, Verdict.FAIL, "errors 50 % > 5 % (100 tasks)",
                     id="own-query-overrides"),
    ],
)  # fmt: skip
def test_each_indicator_is_judged_by_each_kind_of_limit(
    check: Check, target: SideObservations, source: SideObservations, verdict: Verdict, reason: str
) -> None:
    found = result(check, target, source)

    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("check", "target", "frozen", "verdict", "reason"),
    [
        pytest.param(TWICE, slow(80), BASELINE, Verdict.PASS, "latency p95 80 s <= 80 s (2x source 40 s) (40 tasks)",
                     id="latency-of-the-baseline"),
        pytest.param(TWICE, slow(81), BASELINE, Verdict.FAIL, "latency p95 81 s > 80 s (2x source 40 s) (40 tasks)",
                     id="slower-than-the-baseline"),
        pytest.param(DEARER, priced(40, 7.0), BASELINE, Verdict.FAIL,
                     "cost a completed task 0.175 USD > 0.15 USD (1.5x source 0.1 USD) (40 tasks)",
                     id="cost-of-the-baseline"),
        pytest.param(NEARLY, priced(40, None), BASELINE, Verdict.NO_DATA,
                     "the baseline of the source holds no completion_rate", id="completion-is-not-in-the-baseline"),
        pytest.param(TWICE, slow(1), None, Verdict.NO_DATA, "no baseline of the source was kept", id="no-baseline"),
        pytest.param(EXPECTED, priced(40, 1.0), None, Verdict.NO_DATA,
                     "no baseline of the source's cost, so no total is expected", id="no-baseline-cost"),
        pytest.param(ERRORS, spread(40), None, Verdict.PASS, "errors 0 % <= 5 % (0 of 40)",
                     id="a-fixed-limit-needs-no-source"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("source", [QUIET, Unknown("its pods are gone")], ids=["source-quiet", "source-gone"])
def test_after_complete_the_baseline_stands_for_the_source(
    check: Check,
    target: SideObservations,
    frozen: Baseline | None,
    verdict: Verdict,
    reason: str,
    source: SideObservations | Unknown,
) -> None:
    found = result(check, target, source, stage=Stage.COMPLETE, frozen=frozen)

    assert (found.verdict, found.reason) == (verdict, reason)


def test_expected_cost_follows_the_share_and_the_time_seen() -> None:
    half_an_hour = judge(
        policy(EXPECTED),
        both(HEALTHY, priced(40, 0.1)),
        stage=Stage.CANARY,
        since=NOW - timedelta(minutes=30),
        now=NOW,
        baseline=OF_MANY,
    )

    assert half_an_hour.checks[0].limit == pytest.approx(1.5 * 6.0 * 0.5 * 0.10)


def test_a_baseline_of_few_tasks_does_not_hold_the_target_below_what_the_source_spends() -> None:
    of_few = judge(
        policy(EXPECTED),
        both(priced(40, 18.0), priced(40, 0.1)),
        stage=Stage.CANARY,
        since=HOUR_AGO,
        now=NOW,
        baseline=BASELINE,
    )

    assert of_few.checks[0].limit == pytest.approx(1.5 * 18.0 * 10 / 90)


SUSTAINED = replace(ERRORS, sustained=timedelta(minutes=3))


@pytest.mark.parametrize(
    ("bad_minutes", "verdict"),
    [
        pytest.param(range(1), Verdict.INCONCLUSIVE, id="bad-since-a-minute"),
        pytest.param(range(9), Verdict.FAIL, id="bad-all-along"),
        pytest.param(range(4), Verdict.FAIL, id="bad-at-every-slice-end"),
        pytest.param((0, 8, 9), Verdict.INCONCLUSIVE, id="good-in-between"),
    ],
)
def test_a_sustained_breach_must_have_lasted(bad_minutes: Sequence[int], verdict: Verdict) -> None:
    target = side(*(minute(ago, 20, errors=10 if ago in bad_minutes else 0) for ago in range(60)))

    found = result(SUSTAINED, target)

    assert found.verdict is verdict


def test_a_breach_younger_than_the_stage_is_not_yet_sustained() -> None:
    seen = both(HEALTHY, spread(100, 100))
    young = judge(policy(SUSTAINED), seen, stage=Stage.CANARY, since=NOW - timedelta(minutes=2), now=NOW, baseline=None)

    assert young.checks[0].verdict is Verdict.INCONCLUSIVE
    assert young.checks[0].reason.endswith("not yet for 3 min on end")


def test_what_an_own_query_says_now_cannot_have_lasted() -> None:
    assert result(replace(TOXIC, sustained=STEP), answering(0.5)).verdict is Verdict.INCONCLUSIVE


def test_nothing_before_the_evidence_began_counts() -> None:
    seen = both(HEALTHY, joined(spread(40, 40, within=EARLIER), spread(25)))
    rearmed = judge(policy(DONE), seen, stage=Stage.CANARY, since=NOW - timedelta(minutes=10), now=NOW, baseline=None)

    assert rearmed.checks[0].verdict is Verdict.PASS
    assert (rearmed.source_tasks, rearmed.target_tasks) == (100, 25)


def test_nothing_after_now_counts() -> None:
    replay = judge(
        policy(ERRORS),
        both(HEALTHY, spread(40, 40)),
        stage=Stage.CANARY,
        since=HOUR_AGO,
        now=NOW - timedelta(minutes=5),
        baseline=None,
    )

    assert replay.target_tasks == 0
    assert replay.checks[0].verdict is Verdict.INCONCLUSIVE


def test_a_source_that_cannot_be_asked_leaves_every_check_without_data() -> None:
    silent = judge(
        policy(ERRORS, LATENCY), Unknown("refused"), stage=Stage.CANARY, since=HOUR_AGO, now=NOW, baseline=None
    )

    assert [one.verdict for one in silent.checks] == [Verdict.NO_DATA] * 2
    assert (silent.fault, silent.score) == ("refused", None)


@pytest.mark.parametrize(
    ("checks", "target", "score"),
    [
        pytest.param((ERRORS, DONE), HEALTHY, 100, id="all-pass"),
        pytest.param(
            (ERRORS, LATENCY, replace(BUDGET, limit=TimesExpected(0.0))), HEALTHY, 67, id="a-freeze-lowers-it"
        ),
        pytest.param((ERRORS, LATENCY), spread(40, 20), 0, id="a-failed-rollback-check-is-zero"),
        pytest.param((ERRORS, DONE, TOXIC), HEALTHY, 100, id="most-judged"),
        pytest.param((ERRORS, TOXIC), HEALTHY, None, id="half-judged"),
        pytest.param((ERRORS, TOXIC, replace(TOXIC, indicator="bias")), HEALTHY, None, id="mostly-unknown"),
        pytest.param((ERRORS,), QUIET, None, id="nothing-judged"),
    ],
)
def test_the_score_sums_up_what_could_be_judged(
    checks: tuple[Check, ...], target: SideObservations, score: int | None
) -> None:
    assert health(*checks, target=target).score == score


def test_a_failed_minimum_reads_as_such() -> None:
    found = result(replace(DONE, bound=Bound.MIN), spread(40, 10))

    assert found.reason == "completed 75 % < 90 % (30 of 40)"
    assert (found.value, found.limit, found.samples, found.evidence) == (0.75, 0.9, 40, None)


def test_baseline_is_what_the_source_did_in_the_time_its_slices_cover() -> None:
    source = side(*(minute(ago, 2, cost=0.1, durations=Samples((10.0, 20.0))) for ago in range(60)))

    frozen = baseline(both(source, QUIET), begin=NOW - timedelta(minutes=30, seconds=20), end=NOW)

    assert frozen is not None
    assert frozen.cost_per_hour == pytest.approx(6.0)
    assert (frozen.tasks, frozen.begin, frozen.end) == (60, NOW - timedelta(minutes=30), NOW)
    assert frozen.latency_p95 == pytest.approx(20.0)


def test_baseline_leaves_out_what_was_not_reported() -> None:
    frozen = baseline(both(priced(40, None), QUIET), begin=HOUR_AGO, end=NOW)

    assert frozen is not None
    assert (frozen.cost_per_hour, frozen.latency_p95, frozen.tasks) == (None, None, 40)


@pytest.mark.parametrize("source", [QUIET, Unknown("stale")], ids=["quiet", "unknown"])
def test_no_baseline_of_nothing(source: SideObservations | Unknown) -> None:
    assert baseline(Observations(STEP, source, HEALTHY), begin=HOUR_AGO, end=NOW) is None


def test_a_query_of_the_environment_can_freeze_and_not_roll_back() -> None:
    broken = replace(spread(100), readings={"error_rate": 0.5})
    found = judge(
        policy(ERRORS, decide=Decide.EVIDENCE),
        both(HEALTHY, broken),
        stage=Stage.CANARY,
        since=HOUR_AGO,
        now=NOW,
        baseline=None,
        sticky=True,
    ).checks[0]

    assert (found.verdict, found.breached, found.evidence) == (Verdict.INCONCLUSIVE, True, None)
