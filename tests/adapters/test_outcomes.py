"""What the rows of a ledger add up to, however they are cut and told."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.outcomes import EPOCH, MICROSECOND, OUTCOMES, Row, slices
from reconciler.adapters.slicing import Grid
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Side

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
REX = MigrationId("prod", "rex")


@st.composite
def tasks(draw: st.DrawFn) -> Row:
    ended = AT - timedelta(seconds=draw(st.integers(0, 600)))
    return Row(
        (ended - EPOCH) // MICROSECOND,
        "prod",
        "rex",
        draw(st.sampled_from(Side)).value,
        draw(st.sampled_from(OUTCOMES)),
        draw(st.floats(0, 900)),
        draw(st.sampled_from((0.0, 0.25, 4.0))),
        draw(st.sampled_from((None, "a", "b", "c"))),
        draw(st.integers(0, 10**6)),
    )


def totals(rows: list[Row], step: timedelta) -> dict[Side, tuple[float, ...]]:
    rows = sorted(rows, key=lambda row: row.at)
    found = slices(rows, Grid.of({REX: AT - timedelta(hours=1)}, at=AT, step=step))
    return {
        side: (
            sum(one.tasks for one in each),
            sum(one.errors for one in each),
            sum(one.completed for one in each),
            math.fsum(one.cost_usd or 0 for one in each),
            sum(one.tokens or 0 for one in each),
            sum(one.sessions or 0 for one in each),
        )
        for side in Side
        for each in [found.get((REX, side), {}).values()]
    }


@given(rows=st.lists(tasks(), max_size=20), seconds=st.integers(1, 300))
def test_the_length_of_a_slice_changes_no_total(rows: list[Row], seconds: int) -> None:
    assert totals(rows, timedelta(seconds=seconds)) == totals(rows, timedelta(minutes=1))


@given(rows=st.lists(tasks(), max_size=20))
def test_a_session_is_one_task_and_nothing_is_spent_twice(rows: list[Row]) -> None:
    for side, (units, errors, completed, cost, tokens, sessions) in totals(rows, timedelta(minutes=1)).items():
        of_side = [row for row in rows if row.side == side.value]
        names = {row.session for row in of_side} - {None}
        assert sessions == len(names)
        assert units == len(names) + sum(row.session is None for row in of_side)
        assert errors + completed <= units
        assert cost == sum(row.cost_usd or 0 for row in of_side)
        assert tokens == sum(row.tokens or 0 for row in of_side)


@given(rows=st.lists(tasks(), max_size=12), more=tasks())
def test_one_more_error_never_makes_a_side_look_better(rows: list[Row], more: Row) -> None:
    failed = Row(more.at, "prod", "rex", more.side, "error", more.seconds, more.cost_usd, more.session, more.tokens)
    before, after = totals(rows, timedelta(minutes=1)), totals([*rows, failed], timedelta(minutes=1))
    side = Side(more.side)
    assert after[side][1] >= before[side][1]
    assert after[side][2] <= before[side][2]
