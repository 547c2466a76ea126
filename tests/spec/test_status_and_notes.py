"""What the reconciler writes about a migration is read back as the same value, byte for byte the same each time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import SpecError
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from reconciler.model.status import (
    Baseline,
    Carried,
    Goal,
    Hold,
    HoldKind,
    Notes,
    Status,
    Totals,
    Wealth,
    Weights,
)
from reconciler.spec import layout
from reconciler.spec.notes import dump_notes, parse_notes
from reconciler.spec.reader import read
from reconciler.spec.status import dump_status, parse_status
from tests.spec.examples import NOTES_PATH, STATUS_PATH

REX = MigrationId("prod", "rex")
AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
STATUS = Status(REX, Stage.CANARY, AT, 1, "01J8XQ", Weights(90, 10))
BASELINE = Baseline(3.2, 41.0, 118, AT - timedelta(hours=1), AT)
BLOB = "12e4567890123456789012345678901234567890"

WRITTEN_STATUS = """\
apiVersion: reconciler/v1
kind: Status
environment: prod
name: rex
stage: canary
since: 2026-03-01T10:00:00Z
attempt: 1
run: "01J8XQ"
weights:
  source: 90
  target: 10
baseline: null
carried: {}
"""

WRITTEN_CARRIED = """\
  seconds: 5400
  wealth:
    errors:
      limit: "max 5%"
      fail: 1.0e-07
      proof: -2.0
    latency:
      limit: "latency_p95 max 2x source"
      fail: -0.5
      proof: 3.0
  source:
    tasks: 412
    errors: 3
    completed: 400
    cost_usd: 12.5
  goal:
    to: rolled-back
    checks: [latency, cost]
    reason: "p95 3.1x > 2x"
"""

WRITTEN_NOTES = f"""\
apiVersion: reconciler/v1
kind: Notes
environment: prod
name: rex
run: "01J8XQ"
evidenceFrom: 2026-03-01T10:00:00Z
hold:
  kind: reverted
  reason: "ada reverted: too slow"
  by: "Ada <ada@example.com>"
  commit: "{BLOB}"
  at: 2026-03-01T10:00:00Z
inputs:
  environments/prod/agents/rex/CLAUDE.md: "{BLOB}"
  policies/default.yaml: "{BLOB}"
"""


def test_a_status_has_these_bytes() -> None:
    assert dump_status(STATUS).decode() == WRITTEN_STATUS


def test_a_baseline_stands_as_a_block() -> None:
    text = dump_status(Status(REX, Stage.CANARY, AT, 1, "r1", Weights(90, 10), BASELINE)).decode()
    assert text.endswith(
        "baseline:\n  cost_per_hour: 3.2\n  latency_p95: 41.0\n  tasks: 118\n"
        "  from: 2026-03-01T09:00:00Z\n  to: 2026-03-01T10:00:00Z\ncarried: {}\n"
    )


def test_what_is_carried_stands_as_a_block_in_the_order_of_the_checks_names() -> None:
    wealth = {"latency": Wealth("latency_p95 max 2x source", -0.5, 3.0), "errors": Wealth("max 5%", 1e-7, -2.0)}
    goal = Goal(Stage.ROLLED_BACK, ("latency", "cost"), "p95 3.1x > 2x")
    carried = Carried(5400, wealth, Totals(412, 3, 400, 12.5), goal)
    assert (
        dump_status(replace(STATUS, carried=carried)).decode()
        == WRITTEN_STATUS.replace(" {}\n", "\n") + WRITTEN_CARRIED
    )


@pytest.mark.parametrize(
    ("carried", "keys"),
    [
        (Carried(60), ["seconds"]),
        (Carried(source=Totals(1, 0, 1, None)), ["source"]),
        (Carried(goal=Goal(Stage.ROLLED_BACK, (), "no task for 25 h")), ["goal"]),
    ],
)
def test_of_what_is_carried_the_empty_is_left_out(carried: Carried, keys: list[str]) -> None:
    status = replace(STATUS, carried=carried)
    text = dump_status(status)
    written = read(text, STATUS_PATH).at(("carried",))
    assert isinstance(written, dict)
    assert list(written) == keys
    assert parse_status(text, STATUS_PATH) == status


def test_notes_have_these_bytes_with_inputs_sorted_by_path() -> None:
    hold = Hold(HoldKind.REVERTED, "ada reverted: too slow", "Ada <ada@example.com>", BLOB, AT)
    inputs = {"policies/default.yaml": BLOB, "environments/prod/agents/rex/CLAUDE.md": BLOB}
    assert dump_notes(Notes(REX, "01J8XQ", AT, hold, inputs)).decode() == WRITTEN_NOTES


def test_empty_notes_say_so() -> None:
    assert dump_notes(Notes(REX, "r1")).decode().endswith("evidenceFrom: null\nhold: null\ninputs: {}\n")


def test_moments_are_written_in_utc() -> None:
    abroad = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert b"since: 2026-03-01T10:00:00Z" in dump_status(Status(REX, Stage.CANARY, abroad, 1, "r1", Weights(90, 10)))


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(Status(REX, Stage.CANARY, AT.replace(tzinfo=None), 1, "r", Weights(90, 10)), id="no-zone"),
        pytest.param(Status(REX, Stage.CANARY, AT.replace(microsecond=1), 1, "r", Weights(90, 10)), id="fraction"),
        *(
            pytest.param(
                replace(STATUS, carried=Carried(0, {"errors": Wealth("x", fail, proof)})), id=f"{fail}-{proof}"
            )
            for fail, proof in ((math.nan, 0.0), (0.0, math.nan), (-math.inf, 0.0), (0.0, math.inf))
        ),
        pytest.param(replace(STATUS, carried=Carried(source=Totals(1, 0, 1, math.inf))), id="infinite cost"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(status: Status) -> None:
    with pytest.raises(ValueError, match=r"cannot be written|must have a zone"):
        dump_status(status)


labels = st.from_regex("[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True)
ids = st.builds(MigrationId, labels, labels)
moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - a bound
    lambda moment: moment.replace(microsecond=0)
)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("\t\n\r\x7f\x85\u2028\ufeff"))
said = texts.filter(str.strip)
amounts = st.none() | st.floats(0, allow_nan=False, allow_infinity=False)
baselines = st.none() | st.builds(Baseline, amounts, amounts, st.integers(0, 2**53 - 1), moments, moments)
logarithms = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 2**53 - 1)
goals = st.builds(Goal, st.sampled_from([Stage.ROLLED_BACK, Stage.PLANNING]), st.lists(labels).map(tuple), texts)
carried = st.builds(
    Carried,
    counts,
    st.dictionaries(labels, st.builds(Wealth, texts, logarithms, logarithms), max_size=3),
    st.none() | st.builds(Totals, counts, counts, counts, amounts),
    st.none() | goals,
)
statuses = st.builds(
    Status,
    ids,
    st.sampled_from(Stage),
    moments,
    st.integers(1, 2**53 - 1),
    said,
    st.integers(0, 100).map(lambda target: Weights(100 - target, target)),
    baselines,
    carried,
)
blobs = st.text("0123456789abcdef", min_size=40, max_size=40)
paths = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)
holds = st.none() | st.builds(Hold, st.sampled_from(HoldKind), texts, texts, texts, moments)
all_notes = st.builds(Notes, ids, said, st.none() | moments, holds, st.dictionaries(paths, blobs, max_size=4))


@given(statuses)
def test_a_status_is_read_back_as_it_was(status: Status) -> None:
    assert parse_status(dump_status(status), layout.status_path(status.id)) == status


@given(all_notes)
def test_notes_are_read_back_as_they_were(notes: Notes) -> None:
    assert parse_notes(dump_notes(notes), layout.notes_path(notes.id)) == notes


@given(st.text(), st.text())
def test_notes_about_any_commit_can_be_read(reason: str, by: str) -> None:
    notes = Notes(REX, "r1", None, Hold(HoldKind.DRIFT, reason, by, "", AT))
    assert parse_notes(dump_notes(notes), NOTES_PATH).hold is not None


@pytest.mark.parametrize("path", ["agents/\x1b[31m", "agents/\udcff", "a\nb", "long/" * 300])
def test_a_file_whose_name_yaml_cannot_hold_is_a_persons_to_rename(path: str) -> None:
    with pytest.raises(SpecError, match="rename the file"):
        dump_notes(Notes(REX, "r1", inputs={path: BLOB}))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("stage: canary", "stage: canarry", '5: stage is "canarry"'),
        ("name: rex", "name: kit", '4: name is "kit", must be rex'),
        ("environment: prod", "environment: dev", '3: environment is "dev", must be prod'),
        ("source: 90", "source: 95", "9: weights has the keys source, target, must add up to 100"),
        ("10:00:00Z", "10:00:00", '6: since is "2026-03-01T10:00:00"'),
        ("attempt: 1", "attempt: 0", "7: attempt is 0"),
        ("baseline: null\n", "", "1: baseline is missing"),
        ("carried: {}", "carried: []", "13: carried is an empty list, must be a mapping"),
        ("carried: {}", "carried: {second: 1}", '13: unknown key "second" in carried\nhint: did you mean "seconds"?'),
        ("carried: {}", "carried: {seconds: -1}", "13: carried.seconds is -1, must be a whole number"),
        (
            "carried: {}",
            "carried: {wealth: {errors: {limit: x, fail: 1}}}",
            "13: carried.wealth.errors.proof is missing",
        ),
        (
            "carried: {}",
            "carried: {wealth: {errors: {limit: x, fail: 1, proof: high}}}",
            '13: carried.wealth.errors.proof is "high", must be a number',
        ),
        ("carried: {}", "carried: {wealth: {errors: {limit: x, fail: .inf, proof: 1}}}", "13: "),
        (
            "carried: {}",
            "carried: {source: {tasks: 1, errors: 0, completed: 1}}",
            "13: carried.source.cost_usd is missing",
        ),
        (
            "carried: {}",
            "carried: {goal: {to: canary, checks: [], reason: x}}",
            '13: carried.goal.to is "canary", must be a stage without traffic',
        ),
        ("carried: {}", "carrid: {}", '13: unknown key "carrid"'),
    ],
)
def test_a_status_that_somebody_broke_names_the_place(old: str, new: str, says: str) -> None:
    assert old in WRITTEN_STATUS
    with pytest.raises(SpecError) as caught:
        parse_status(WRITTEN_STATUS.replace(old, new).encode(), STATUS_PATH)
    assert f"{STATUS_PATH}:{says}" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: reverted", "kind: reverts", '8: hold.kind is "reverts"'),
        (f'CLAUDE.md: "{BLOB}"', "CLAUDE.md: abc", "14: inputs.environments/prod/agents/rex/CLAUDE.md"),
        ("evidenceFrom: 2026-03-01T10:00:00Z", "evidenceFrom: soon", '6: evidenceFrom is "soon"'),
    ],
)
def test_notes_that_somebody_broke_name_the_place(old: str, new: str, says: str) -> None:
    assert old in WRITTEN_NOTES
    with pytest.raises(SpecError) as caught:
        parse_notes(WRITTEN_NOTES.replace(old, new).encode(), NOTES_PATH)
    assert f"{NOTES_PATH}:{says}" in str(caught.value)


def test_files_in_the_wrong_place_say_where_they_belong() -> None:
    with pytest.raises(SpecError, match="no place for a status"):
        parse_status(WRITTEN_STATUS.encode(), NOTES_PATH)
    with pytest.raises(SpecError, match="no place for notes"):
        parse_notes(WRITTEN_NOTES.encode(), STATUS_PATH)
