"""A health policy's file becomes checks that can be judged, or every mistake in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.errors import SpecError
from reconciler.model.migration import LedgerMetrics, PrometheusMetrics
from reconciler.model.policy import (
    Absolute,
    Bound,
    Check,
    Decide,
    HealthPolicy,
    NoAdvance,
    OnBreach,
    Patience,
    SourcePlus,
    StageRule,
    Then,
    TimesExpected,
    TimesSource,
)
from reconciler.model.stage import Stage
from reconciler.spec.environment import parse_environment
from reconciler.spec.indicators import check_indicators
from reconciler.spec.policy import parse_policy
from tests.spec.examples import ENVIRONMENT, ENVIRONMENT_PATH, POLICY, POLICY_PATH, SHORT_POLICY

NOW, MINUTE, HOUR = timedelta(0), timedelta(minutes=1), timedelta(hours=1)
BACK, FREEZE = OnBreach.ROLLBACK, OnBreach.FREEZE


def parse(text: str) -> HealthPolicy:
    return parse_policy(text.encode(), POLICY_PATH)


def test_everything_that_decides_is_read() -> None:
    cost = "cost_per_completed_task"
    assert parse(POLICY) == HealthPolicy(
        name="default",
        checks=(
            Check("errors", "error_rate", Bound.MAX, Absolute(0.05), 5 * MINUTE, NOW, BACK),
            Check("latency", "latency_p95", Bound.MAX, TimesSource(2.0), 5 * MINUTE, 3 * MINUTE, BACK),
            Check("slow", "latency_p95", Bound.MAX, Absolute(40.0), None, NOW, FREEZE),
            Check("cost", cost, Bound.MAX, TimesSource(1.5), HOUR, NOW, BACK),
            Check("budget", "cost_total", Bound.MAX, TimesExpected(1.5), HOUR, NOW, FREEZE),
            Check("done", "completion_rate", Bound.MIN, SourcePlus(-0.05), None, NOW, BACK),
        ),
        min_tasks=30,
        decide=Decide.THRESHOLD,
        wrong_rollback=0.025,
        stages={
            Stage.TESTING: StageRule(30 * MINUTE),
            Stage.CANARY: StageRule(HOUR, 0.2),
            Stage.ROLLOUT_25: StageRule(90 * MINUTE),
            Stage.ROLLOUT_50: StageRule(),
        },
        keep_source=timedelta(days=14),
        no_tasks=Patience(24 * HOUR, Then.NOTIFY),
        no_metrics=Patience(2 * HOUR, Then.ROLLBACK),
        inconclusive=Patience(72 * HOUR, Then.NOTIFY),
        graceful_step=MINUTE,
        no_advance=(NoAdvance("0 16 * * FRI", 64 * HOUR, "Europe/Berlin"),),
    )


def test_what_a_file_leaves_out_has_defaults() -> None:
    check = Check("errors", "error_rate", Bound.MAX, Absolute(0.05), None, NOW, BACK)
    assert parse(SHORT_POLICY) == HealthPolicy(
        name="default",
        checks=(check,),
        min_tasks=20,
        decide=Decide.EVIDENCE,
        wrong_rollback=0.05,
        stages={},
        keep_source=timedelta(days=7),
        no_tasks=Patience(24 * HOUR, Then.NOTIFY),
        no_metrics=Patience(2 * HOUR, Then.NOTIFY),
        inconclusive=Patience(72 * HOUR, Then.NOTIFY),
        graceful_step=None,
        no_advance=(),
    )


def test_one_kind_of_unknown_leaves_the_other_at_its_default() -> None:
    policy = parse(f"{SHORT_POLICY}unknown: {{noTasks: {{after: 6h, then: rollback}}}}\n")
    assert policy.no_tasks == Patience(6 * HOUR, Then.ROLLBACK)
    assert policy.no_metrics == Patience(2 * HOUR, Then.NOTIFY)


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ("immediate", None),
        ("{}", None),
        ("graceful", MINUTE),
        ("{graceful: {}}", MINUTE),
        ("{graceful: {step: 2m}}", 2 * MINUTE),
    ],
)
def test_a_rollback_can_be_said_in_these_ways(written: str, step: timedelta | None) -> None:
    assert parse(f"{SHORT_POLICY}rollback: {written}\n").graceful_step == step


def closed(cron: str, zone: str = "UTC") -> str:
    return f'{SHORT_POLICY}noAdvance: [{{cron: "{cron}", for: 1h, zone: {zone}}}]\n'


@pytest.mark.parametrize(
    "cron",
    [
        "0 16 * * FRI",
        "*/15 0-6,22,23 1,15 JAN-MAR,12 1-5/2",
        "59 23 31 12 7",
        "0 0 L * *",
        "0 9 * * MON#1",
        "0 0 29 feb *",
        "0 0 31 4 FRI",
    ],
)
def test_cron_fields_are_taken(cron: str) -> None:
    assert parse(closed(cron)).no_advance == (NoAdvance(cron, HOUR),)


@pytest.mark.parametrize(
    ("cron", "hint"),
    [
        ("60 * * * *", "minute: 0 to 59"),
        ("*/0 * * * *", "minute: 0 to 59"),
        ("9-3 * * * *", "minute: 0 to 59"),
        ("0 24 * * *", "hour: 0 to 23"),
        ("0 0 0 * *", "day-of-month: 1 to 31"),
        ("0 0 30 2 *", "day-of-month: 1 to 31 in a month that has such a day"),
        ("0 0 31 APR,JUN *", "day-of-month: 1 to 31 in a month that has such a day"),
        ("0 0 * 13 *", "month: 1 to 12, or JAN to DEC"),
        ("0 0 * MAI *", "month: 1 to 12, or JAN to DEC"),
        ("0 0 * * 8", "day-of-week: 0 to 7, or SUN to SAT"),
        ("0 0 * * FRI-SUN", "Friday to Sunday is FRI-7"),
        ("0 0 * *", "minute, hour, day of month, month, day of week"),
        ("0 0 0 * * *", "minute, hour, day of month, month, day of week"),
        ("@weekly", "minute, hour, day of month, month, day of week"),
    ],
)
def test_cron_fields_that_name_no_time_are_refused(cron: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(closed(cron))
    (mistake,) = caught.value.mistakes
    assert mistake.message == f'noAdvance[0].cron is "{cron}", must be five cron fields such as "0 16 * * FRI"'
    assert hint in mistake.hint


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Europe/Berlim", 'did you mean "Europe/Berlin"?'),
        ("Europe", ""),
        ("localtime", "write its name in the IANA time zone database"),
        ("../UTC", "write its name in the IANA time zone database"),
        ("+01:00", "write its name in the IANA time zone database"),
    ],
)
def test_a_zone_that_is_none_is_refused(zone: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(closed("0 0 * * *", zone))
    (mistake,) = caught.value.mistakes
    assert mistake.message == f'noAdvance[0].zone is "{zone}", must be a time zone such as Europe/Berlin'
    assert hint in mistake.hint


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_a_zone_that_is_one_is_taken(zone: str) -> None:
    assert parse(closed("0 0 * * *", zone)).no_advance[0].zone == zone


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("wrongRollback: 2.5%", "wrongRollback: 0%", '4: wrongRollback is "0%", must be above 0%'),
        ("wrongRollback: 2.5%", "wrongRollback: 2.5", "4: wrongRollback is 2.5, must be a percentage"),
        ("decide: threshold", "decide: treshold", '5: decide is "treshold", must be one of evidence, threshold'),
        ("minTasks: 30", "minTasks: 0", "6: minTasks is 0"),
        ("max: 5%,  ", "max: 5,  ", "8: checks[0].max is 5, must be a percentage, since error_rate is a rate"),
        (
            "max: 5%,  ",
            "max: 0.05,  ",
            "8: checks[0].max is 0.05, must be a percentage, since error_rate is a rate\nhint: write 5%",
        ),
        ("max: 5%,  ", "max: 500%,  ", '8: checks[0].max is "500%", must be at most 100%'),
        (
            "max: 5%,  ",
            "",
            "8: checks[0] has the keys name, indicator, window, onBreach, must have exactly one of max and min",
        ),
        ("max: 5%,  ", "max: 5%, min: 1%, ", "8: checks[0] has the keys name, indicator, max, min, window"),
        ("max: 5%,  ", "max: 2x expected, ", '8: checks[0].max is "2x expected", must not be what is expected'),
        ("max: 2x source", "max: 2%", '9: checks[1].max is "2%", must be no percentage'),
        ("max: 2x source", "max: source + 5pp", '9: checks[1].max is "source + 5pp", must be no percentage'),
        ("max: 2x source", "max: 2 times source", '9: checks[1].max is "2 times source", must be a limit'),
        ("for: 3m", "for: 3", "9: checks[1].for is 3, must be a duration"),
        ("name: slow", "name: errors", '10: a check before this one has the name "errors" too'),
        ("onBreach: freeze", "onBreach: stop", '10: checks[2].onBreach is "stop", must be one of rollback, freeze'),
        ("indicator: cost_total", "indicator: Cost", '12: checks[4].indicator is "Cost"'),
        ("canary: {soak", "canari: {soak", '14: unknown key "canari" in stages\nhint: did you mean "canary"?'),
        ("wrongAdvance: 20%", "wrongAdvance: 100%", "14: stages.canary.wrongAdvance"),
        ("then: rollback", "then: explode", "15: unknown.noMetrics.then"),
        ("{graceful: {step: 1m}}", "gracefull", '17: rollback is "gracefull", must be immediate, graceful'),
        ("inconclusive: {after: 72h", "inconclusive: {after: 0h", '16: inconclusive.after is "0h", must be longer'),
        ("0 16 * * FRI", "0 16 * *", "19: noAdvance[0].cron"),
        ("Europe/Berlin", "Europe Berlin", "19: noAdvance[0].zone"),
    ],
)
def test_a_mistake_names_its_place(old: str, new: str, says: str) -> None:
    assert old in POLICY
    with pytest.raises(SpecError) as caught:
        parse(POLICY.replace(old, new, 1))
    assert f"{POLICY_PATH}:{says}" in str(caught.value)


def test_a_policy_must_have_checks() -> None:
    with pytest.raises(SpecError, match="4: checks is an empty list, must have at least one entry"):
        parse(SHORT_POLICY.split("checks", maxsplit=1)[0] + "checks: []\n")


def test_a_list_of_wrong_checks_is_not_called_empty() -> None:
    with pytest.raises(SpecError) as caught:
        parse(SHORT_POLICY.replace("max: 5%", "max: x"))
    assert len(caught.value.mistakes) == 1


def test_an_indicator_that_nothing_measures_says_what_to_add() -> None:
    environment = parse_environment(ENVIRONMENT.encode(), ENVIRONMENT_PATH)
    asks = f"{SHORT_POLICY[:-2]}, {{name: score, indicator: review_scores, min: 3, onBreach: freeze}}]\n"
    assert check_indicators(parse(SHORT_POLICY), environment) == []
    assert check_indicators(parse(asks.replace("review_scores", "review_score")), environment) == []
    (mistake,) = check_indicators(parse(asks), environment)
    assert mistake.path == POLICY_PATH
    assert mistake.message == "check score asks for review_scores, which environment prod does not measure"
    assert mistake.hint.startswith(f'did you mean "review_score"? or add to metrics.queries in {ENVIRONMENT_PATH}')
    for metrics in (LedgerMetrics("sqlite:///x.db"), None):
        assert "name a Prometheus" in check_indicators(parse(asks), replace(environment, metrics=metrics))[0].hint
    bare = replace(environment, metrics=PrometheusMetrics("http://x"))
    assert check_indicators(parse(asks), bare)[0].hint.startswith("add to metrics.queries")
