"""What a ledger remembers, refuses and says when it cannot be read."""

from __future__ import annotations

import math
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.ledger import Ledger
from reconciler.errors import ReconcilerError, SourceFault
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Observations, Samples, SideObservations, Slice, Unknown
from reconciler.model.stage import Side

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEP = timedelta(minutes=1)
REX = MigrationId("prod", "rex")
MAX = MigrationId("prod", "max")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path / 'outcomes.db'}")


def record(
    ledger: Ledger,
    outcome: str = "completed",
    *,
    ago: timedelta = timedelta(0),
    side: Side = Side.TARGET,
    seconds: float | None = 10.0,
    cost: float | None = 0.25,
    migration: MigrationId = REX,
    session: str | None = None,
    tokens: int | None = None,
) -> None:
    """Record a task that ended so long before the moment."""
    ledger.record(migration, side, outcome, seconds=seconds, cost_usd=cost, at=AT - ago, session=session, tokens=tokens)


def observe(ledger: Ledger, *, minutes: int = 3, step: timedelta = STEP) -> Observations:
    return ledger.observe({REX: AT - timedelta(minutes=minutes)}, at=AT, step=step)[REX]


def slices(side: SideObservations | Unknown) -> tuple[Slice, ...]:
    assert isinstance(side, SideObservations)
    return side.slices


def test_outcomes_are_counted_by_slice_and_side(ledger: Ledger) -> None:
    for outcome in ("completed", "failed", "error", "timeout"):
        record(ledger, outcome)
    record(ledger, side=Side.SOURCE, ago=STEP, seconds=3.0, cost=1.5)

    seen = observe(ledger)

    assert slices(seen.target) == (
        Slice(AT - 2 * STEP, 0, 0, 0),
        Slice(AT - STEP, 0, 0, 0),
        Slice(AT, 4, 2, 1, 1.0, Samples((10.0,) * 4), costs=(0.25,) * 4),
    )
    assert slices(seen.source)[1] == Slice(AT - STEP, 1, 0, 1, 1.5, Samples((3.0,)), costs=(1.5,))


@pytest.mark.parametrize(
    ("ago", "counts"),
    [
        pytest.param(timedelta(0), (0, 0, 1), id="at-the-moment"),
        pytest.param(-timedelta(microseconds=1), (0, 0, 0), id="after-the-moment"),
        pytest.param(STEP - timedelta(microseconds=1), (0, 0, 1), id="just-after-a-slice-ended"),
        pytest.param(STEP, (0, 1, 0), id="a-slice-includes-its-end"),
        pytest.param(3 * STEP - timedelta(microseconds=1), (1, 0, 0), id="first-of-all"),
        pytest.param(3 * STEP, (0, 0, 0), id="the-start-is-left-out"),
    ],
)
def test_a_task_of_unknown_length_belongs_to_the_slice_in_which_it_ended(
    ledger: Ledger, ago: timedelta, counts: tuple[int, ...]
) -> None:
    record(ledger, ago=ago, seconds=None)

    assert tuple(one.tasks for one in slices(observe(ledger).target)) == counts


@pytest.mark.parametrize(
    ("ended_ago", "seconds", "counts"),
    [
        pytest.param(0.0, 59.0, (0, 0, 1), id="within-the-slice"),
        pytest.param(0.0, 60.0, (0, 1, 0), id="a-slice-includes-its-end"),
        pytest.param(30.0, 149.0, (1, 0, 0), id="just-after-the-start"),
        pytest.param(30.0, 150.0, (0, 0, 0), id="as-the-evidence-began"),
        pytest.param(0.0, 7200.0, (0, 0, 0), id="long-before-the-evidence-began"),
        pytest.param(0.0, 1e308, (0, 0, 0), id="absurdly-long"),
        pytest.param(-1.0, 30.0, (0, 0, 0), id="still-running-at-the-moment"),
    ],
)
def test_a_task_belongs_to_the_slice_in_which_it_started(
    ledger: Ledger, ended_ago: float, seconds: float, counts: tuple[int, ...]
) -> None:
    record(ledger, ago=timedelta(seconds=ended_ago), seconds=seconds)

    assert tuple(one.tasks for one in slices(observe(ledger).target)) == counts


def test_the_tasks_of_a_session_count_as_one_where_the_first_started(ledger: Ledger) -> None:
    record(ledger, ago=timedelta(seconds=150), session="a", tokens=100)
    record(ledger, "failed", ago=timedelta(seconds=70), session="a", seconds=5.0, cost=1.0, tokens=20)
    record(ledger, session="a", tokens=3)
    record(ledger, session="b", tokens=7)
    record(ledger, "error", session="a", side=Side.SOURCE)
    record(ledger, tokens=9)

    seen = observe(ledger)

    durations, costs = Samples((25.0,)), (1.5,)
    newest = slices(seen.target)[-1]
    assert slices(seen.target)[0] == Slice(AT - 2 * STEP, 1, 0, 1, 1.5, durations, costs, tokens=123, sessions=1)
    assert (newest.tasks, newest.tokens, newest.sessions) == (2, 16, 1)
    assert (slices(seen.source)[-1].errors, slices(seen.source)[-1].sessions) == (1, 1)


@pytest.mark.parametrize(
    ("outcomes", "counts"),
    [
        pytest.param(("completed", "completed"), (1, 0, 1), id="completed"),
        pytest.param(("failed", "completed"), (1, 0, 1), id="completed-in-the-end"),
        pytest.param(("completed", "failed"), (1, 0, 0), id="failed-in-the-end"),
        pytest.param(("error", "completed"), (1, 1, 0), id="an-error-is-not-made-good"),
        pytest.param(("completed", "timeout"), (1, 1, 0), id="timed-out-in-the-end"),
    ],
)
def test_a_session_is_an_error_when_any_task_was_and_completed_when_the_last_was(
    ledger: Ledger, outcomes: tuple[str, ...], counts: tuple[int, int, int]
) -> None:
    for outcome in outcomes:
        record(ledger, outcome, session="a")

    newest = slices(observe(ledger).target)[-1]

    assert (newest.tasks, newest.errors, newest.completed) == counts


def test_a_session_that_began_before_the_evidence_does_not_count(ledger: Ledger) -> None:
    record(ledger, "error", ago=timedelta(hours=5), session="old")
    record(ledger, "error", session="old")
    record(ledger, ago=2 * STEP, session="middle-aged")
    record(ledger, session="middle-aged")
    record(ledger, ago=2 * STEP, session="middle-aged", migration=MAX)
    record(ledger, session="middle-aged", migration=MAX)

    seen = ledger.observe({REX: AT - 3 * STEP, MAX: AT - STEP}, at=AT, step=STEP)

    assert [one.tasks for one in slices(seen[REX].target)] == [1, 0, 0]
    assert [one.tasks for one in slices(seen[MAX].target)] == [0]


def test_a_replay_sees_of_a_session_what_had_ended_by_then(ledger: Ledger) -> None:
    record(ledger, ago=STEP, session="a")
    record(ledger, "error", session="a")

    earlier = ledger.observe({REX: AT - 3 * STEP}, at=AT - STEP / 2, step=STEP)[REX]

    assert [(one.tasks, one.errors) for one in slices(earlier.target)] == [(0, 0), (1, 0)]
    assert sum(one.errors for one in slices(observe(ledger).target)) == 1


def test_a_ledger_from_before_sessions_is_read_and_then_written(ledger: Ledger, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "outcomes.db")) as old, old:
        old.execute(
            "CREATE TABLE outcomes (at INTEGER, environment TEXT, migration TEXT, side TEXT, outcome TEXT,"
            " seconds REAL, cost_usd REAL)"
        )
        microseconds = round(AT.timestamp() * 1e6)
        old.execute("INSERT INTO outcomes VALUES (?, 'prod', 'rex', 'target', 'error', 3.0, 0.5)", (microseconds,))

    before = slices(observe(ledger).target)[-1]
    record(ledger, session="a", tokens=5)
    record(ledger, session="a", tokens=6)
    after = slices(observe(ledger).target)[-1]

    assert before == Slice(AT, 1, 1, 0, 0.5, Samples((3.0,)), costs=(0.5,))
    assert (after.tasks, after.errors, after.sessions, after.tokens) == (2, 1, 1, None)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"tokens": -1}, "tokens is -1, must be a whole number from 0"),
        ({"tokens": 2**63}, "must be a whole number from 0"),
        ({"session": ""}, "session is '', must be a name of 1 to 200 printable characters"),
        ({"session": "a\nb"}, "must be a name"),
        ({"session": "x" * 201}, "must be a name"),
    ],
)
def test_what_no_session_can_have_is_refused(ledger: Ledger, more: dict[str, Any], message: str) -> None:
    with pytest.raises(ReconcilerError, match=re.escape(message)):
        record(ledger, **more)


def test_no_slice_begins_before_the_start(ledger: Ledger) -> None:
    record(ledger, ago=timedelta(seconds=100))

    seen = ledger.observe({REX: AT - timedelta(seconds=119)}, at=AT, step=STEP)[REX]

    assert [one.tasks for one in slices(seen.target)] == [0]


def test_one_observation_serves_all_migrations_each_from_its_own_start(ledger: Ledger) -> None:
    record(ledger, ago=2 * STEP)
    record(ledger, ago=2 * STEP, migration=MAX)
    record(ledger, migration=MigrationId("staging", "rex"))

    seen = ledger.observe({REX: AT - 3 * STEP, MAX: AT - STEP}, at=AT, step=STEP)

    assert [one.tasks for one in slices(seen[REX].target)] == [1, 0, 0]
    assert [one.tasks for one in slices(seen[MAX].target)] == [0]


def test_a_side_without_rows_had_no_tasks(ledger: Ledger) -> None:
    record(ledger)

    assert slices(observe(ledger).source) == tuple(Slice(AT - ago * STEP, 0, 0, 0) for ago in (2, 1, 0))


def test_what_one_task_does_not_report_is_unknown_of_the_whole_slice(ledger: Ledger) -> None:
    record(ledger)
    record(ledger, "error", seconds=None, cost=None)

    newest = slices(observe(ledger).target)[-1]

    assert (newest.tasks, newest.cost_usd, newest.costs, newest.durations) == (2, None, None, None)


@pytest.mark.parametrize(
    ("outcome", "seconds", "cost", "message"),
    [
        ("done", 1.0, 1.0, 'outcome is "done", must be one of completed, failed, error, timeout'),
        ("error", -1.0, 1.0, "seconds is -1.0, must be a finite number from 0"),
        ("error", math.nan, 1.0, "seconds is nan, must"),
        ("error", 1.0, math.inf, "cost is inf, must"),
        ("error", 1.0, -0.5, "cost is -0.5, must"),
    ],
)
def test_what_no_task_can_have_is_refused(
    ledger: Ledger, tmp_path: Path, outcome: str, seconds: float, cost: float, message: str
) -> None:
    with pytest.raises(ReconcilerError, match=message):
        record(ledger, outcome, seconds=seconds, cost=cost)

    assert not (tmp_path / "outcomes.db").exists()


@pytest.mark.parametrize("url", ["sqlite:///", "outcomes.db", "postgresql://ledger/outcomes", "sqlite://outcomes.db"])
def test_another_kind_of_ledger_is_refused(url: str) -> None:
    with pytest.raises(ReconcilerError, match="expected sqlite:/// and a path"):
        Ledger(url)


def test_a_relative_url_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    record(Ledger("sqlite:///out?comes #1.db"))

    assert (tmp_path / "out?comes #1.db").exists()


def test_a_missing_ledger_is_a_fault_and_is_not_made(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match="no ledger there") as caught:
        observe(ledger)

    assert "reconciler record" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_a_fault(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "outcomes.db").write_text("not a database, though long enough to be looked at" * 100, encoding="utf-8")

    with pytest.raises(SourceFault, match="the ledger cannot be used: file is not a database"):
        observe(ledger)


def test_a_database_of_something_else_is_a_fault(ledger: Ledger, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "outcomes.db") as database:
        database.execute("CREATE TABLE others (name TEXT)")

    with pytest.raises(SourceFault, match="no such table: outcomes"):
        observe(ledger)


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match="unable to open database file"):
        record(Ledger(f"sqlite:///{tmp_path / 'missing' / 'outcomes.db'}"))


def test_the_ledger_can_be_read_while_someone_writes(ledger: Ledger, tmp_path: Path) -> None:
    record(ledger)
    with sqlite3.connect(tmp_path / "outcomes.db", isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM outcomes")

        assert slices(observe(ledger).target)[-1].tasks == 1
        writer.execute("ROLLBACK")


def test_a_long_stage_keeps_its_newest_slices(ledger: Ledger) -> None:
    record(ledger, ago=timedelta(days=1))

    seen = observe(ledger, minutes=60 * 24 * 30)

    assert len(slices(seen.target)) == 11_000
    assert sum(one.tasks for one in slices(seen.target)) == 1
