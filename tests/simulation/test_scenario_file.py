"""A scenario's file says what differs from a healthy day; every mistake in it is named with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.errors import SpecError
from reconciler.model.stage import Side
from reconciler.simulation.scenario import Change, Gap, Period, Profile, Scenario
from reconciler.simulation.scenario_file import parse_scenario

HEAD = "apiVersion: reconciler/v1\nkind: Scenario\nname: night\n"
HOUR = timedelta(hours=1)


def parse(text: str) -> Scenario:
    return parse_scenario((HEAD + text).encode(), "night.yaml")


def test_a_file_with_nothing_in_it_is_a_healthy_day() -> None:
    assert parse("") == Scenario("night")


def test_every_key_has_its_place() -> None:
    found = parse("""\
tasksPerHour: 20
begin: 2026-05-01T20:00:30Z
horizon: 2d
watch: 1h
appliedAfter: 3m
mergedAfter: 8h
source: {errors: 2%, failures: 3%, seconds: 40, spread: 0.5, cost: 0.2, costSpread: 0.7}
target: {seconds: 80}
changes:
  - {side: target, at: 3h, for: 1h, over: 30m, errors: 50%, failures: 10%, seconds: 200, cost: 2}
  - {at: 5h, errors: 30%}
gaps: [{at: 1h, for: 20m, side: source}, {at: 9h, side: both}]
silences: [{at: 4h}]
reverts: [6h, 7h]
""")
    source = Profile(errors=0.02, failures=0.03, seconds=40, spread=0.5, cost_usd=0.2, cost_spread=0.7)
    assert found == Scenario(
        "night",
        tasks_per_hour=20,
        begin=datetime(2026, 5, 1, 20, tzinfo=UTC),
        horizon=48 * HOUR,
        watch=HOUR,
        applied_after=HOUR / 20,
        merged_after=8 * HOUR,
        source=source,
        target=replace(source, seconds=80),
        changes=(
            Change(Period(3 * HOUR, HOUR), Side.TARGET, HOUR / 2, errors=0.5, failures=0.1, seconds=200, cost_usd=2),
            Change(Period(5 * HOUR), errors=0.3),
        ),
        gaps=(Gap(Period(HOUR, HOUR / 3), Side.SOURCE), Gap(Period(9 * HOUR))),
        silences=(Period(4 * HOUR),),
        reverts=(6 * HOUR, 7 * HOUR),
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("tasksPerHour: 0\n", 4, "tasksPerHour is 0, must be a number above 0"),
        ("tasksPerHour: -5\n", 4, "tasksPerHour is -5, must be a number above 0"),
        ("tasksPerHour: many\n", 4, "must be a number above 0"),
        ("horizon: 8d\n", 4, "at most 7d"),
        ("tasksPerHour: 10000\n", 4, "at most 1000000 tasks"),
        ("horizon: 30\n", 4, "must be a duration"),
        ("source: {errors: 0.02}\n", 4, "source.errors is 0.02, must be a percentage"),
        ("target:\n  seconds: 0\n", 5, "target.seconds is 0"),
        ("target:\n  sekonds: 9\n", 5, "sekonds"),
        ("changes:\n  - {at: 3h}\n", 5, "must have at least one of errors, failures, seconds and cost"),
        ("changes:\n  - {errors: 5%}\n", 5, "changes[0].at is missing"),
        ("gaps:\n  - {at: 1h, side: targte}\n", 5, "must be one of source, target, both"),
        ("reverts: [noon]\n", 4, "must be a duration"),
        ("begin: tomorrow\n", 4, "must be a moment in UTC"),
        ("watch:\n", 4, "watch is empty"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text)
    [mistake] = caught.value.mistakes
    assert (mistake.path, mistake.line) == ("night.yaml", line)
    assert said in mistake.message


def test_all_mistakes_are_named_together() -> None:
    with pytest.raises(SpecError) as caught:
        parse("tasksPerHour: 0\nhorizon: 30\nsilences: [{for: 1h}]\n")
    assert [mistake.line for mistake in caught.value.mistakes] == [4, 5, 6]


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(SpecError, match="kind"):
        parse_scenario(b"apiVersion: reconciler/v1\nkind: HealthPolicy\nname: night\n", "night.yaml")
