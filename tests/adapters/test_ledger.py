"""What a ledger remembers, refuses and says when it cannot be read."""

from __future__ import annotations

import math
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
) -> None:
    ledger.record(migration, side, outcome, seconds=seconds, cost_usd=cost, at=AT - ago)


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
        Slice(AT, 4, 2, 1, 1.0, Samples((10.0,) * 4)),
    )
    assert slices(seen.source)[1] == Slice(AT - STEP, 1, 0, 1, 1.5, Samples((3.0,)))


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
def test_a_task_belongs_to_the_slice_in_which_it_ended(ledger: Ledger, ago: timedelta, counts: tuple[int, ...]) -> None:
    record(ledger, ago=ago)

    assert tuple(one.tasks for one in slices(observe(ledger).target)) == counts


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

    assert (newest.tasks, newest.cost_usd, newest.durations) == (2, None, None)


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
