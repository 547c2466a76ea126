"""When nothing advances: cron fields in the time zone of a place, through months of every length and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.policy import NoAdvance
from reconciler.rollout.no_advance import closed_until

HOUR = timedelta(hours=1)
WEEKEND = NoAdvance("0 16 * * FRI", 64 * HOUR, "Europe/Berlin")
MONTH_END = NoAdvance("0 0 L * *", 24 * HOUR)
NIGHT = NoAdvance("0 22 * * *", 8 * HOUR, "America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("windows", "now", "until"),
    [
        # Friday 2026-03-06 16:00 in Berlin is 15:00 UTC; 64 hours later it is Monday 07:00 UTC, 08:00 in Berlin.
        pytest.param([WEEKEND], "2026-03-06T14:59:59", None, id="a second before it begins"),
        pytest.param([WEEKEND], "2026-03-06T15:00:00", "2026-03-09T07:00:00", id="the moment it begins"),
        pytest.param([WEEKEND], "2026-03-09T06:59:59", "2026-03-09T07:00:00", id="a second before it ends"),
        pytest.param([WEEKEND], "2026-03-09T07:00:00", None, id="the moment it ends"),
        pytest.param([WEEKEND], "2026-07-03T14:00:00", "2026-07-06T06:00:00", id="an hour earlier in summer"),
        pytest.param([WEEKEND], "2026-03-29T12:00:00", "2026-03-30T07:00:00", id="clocks go forward inside: 64 hours"),
        pytest.param([WEEKEND], "2026-10-26T05:59:59", "2026-10-26T06:00:00", id="clocks go back inside: 64 hours"),
        pytest.param([WEEKEND], "2026-10-26T06:00:00", None, id="clocks went back: over after 64 hours"),
        pytest.param([MONTH_END], "2026-02-27T23:59:59", None, id="February has no end yet"),
        pytest.param([MONTH_END], "2026-02-28T12:00:00", "2026-03-01T00:00:00", id="28 February ends a month"),
        pytest.param([MONTH_END], "2028-02-28T12:00:00", None, id="not in a leap year"),
        pytest.param([MONTH_END], "2028-02-29T12:00:00", "2028-03-01T00:00:00", id="29 February ends one then"),
        pytest.param([MONTH_END], "2026-04-30T23:59:59", "2026-05-01T00:00:00", id="30 April ends a month"),
        pytest.param([NoAdvance("0 0 31 * *", HOUR)], "2026-04-30T00:30:00", None, id="a month without a 31st"),
        pytest.param(
            [NoAdvance("0 0 13 * FRI", HOUR)], "2026-03-06T00:30:00", "2026-03-06T01:00:00", id="13th or Friday"
        ),
        pytest.param([NoAdvance("0 0 13 * FRI", HOUR)], "2026-04-13T00:30:00", "2026-04-13T01:00:00", id="Monday 13th"),
        pytest.param([NoAdvance("0 0 13 * FRI", HOUR)], "2026-03-05T00:30:00", None, id="neither 13th nor Friday"),
        pytest.param([NoAdvance("0 0 * * 7", HOUR)], "2026-03-01T00:30:00", "2026-03-01T01:00:00", id="7 is Sunday"),
        pytest.param([NoAdvance("0 0 * * 0", HOUR)], "2026-03-01T00:30:00", "2026-03-01T01:00:00", id="so is 0"),
        pytest.param(
            [NoAdvance("0 0 20 DEC *", 14 * 24 * HOUR, "Asia/Kolkata")],
            "2027-01-02T18:29:59",
            "2027-01-02T18:30:00",
            id="over the turn of the year, half an hour off",
        ),
        pytest.param([NoAdvance("0 0 29 FEB *", HOUR)], "2027-03-01T00:00:00", None, id="the last one years ago"),
        # New York springs from 02:00 to 03:00 on 2026-03-08, which is 07:00 UTC.
        pytest.param(
            [NoAdvance("30 2 * * *", HOUR, "America/New_York")],
            "2026-03-08T07:30:00",
            "2026-03-08T08:00:00",
            id="a moment that the clocks skip counts after the gap",
        ),
        # On 2026-11-01 it is 01:30 twice: at 05:30 and at 06:30 UTC.
        pytest.param(
            [NoAdvance("30 1 * * *", 2 * HOUR, "America/New_York")],
            "2026-11-01T06:10:00",
            "2026-11-01T07:30:00",
            id="in the repeated hour: it began the first time round",
        ),
        pytest.param([NIGHT], "2026-11-01T10:30:00", None, id="a night of clocks going back is over after 8 hours"),
        pytest.param([], "2026-03-07T12:00:00", None, id="no windows"),
        pytest.param([MONTH_END, WEEKEND], "2026-03-07T12:00:00", "2026-03-09T07:00:00", id="one of several is open"),
        pytest.param([NIGHT, WEEKEND], "2026-03-07T04:00:00", "2026-03-09T07:00:00", id="of two, the later end"),
        pytest.param(
            [NoAdvance("0 * * * *", 90 * timedelta(minutes=1))],
            "2026-03-07T12:10:00",
            "2026-03-07T13:30:00",
            id="a window that overlaps itself ends with its latest beginning",
        ),
    ],
)
def test_when_nothing_advances(windows: list[NoAdvance], now: str, until: str | None) -> None:
    assert closed_until(windows, utc(now)) == (utc(until) if until else None)


def test_the_end_is_told_in_the_zone_of_its_window() -> None:
    until = closed_until([WEEKEND], utc("2026-03-07T12:00:00"))
    assert f"{until:%a %H:%M} {until.tzinfo if until else None}" == "Mon 08:00 Europe/Berlin"


def begin_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment a clock on the wall shows this for the first time, or the end of the gap that leaves it out."""
    wall = datetime.combine(day, at)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    low, high = moment - 3 * HOUR, moment
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).replace(tzinfo=None) < wall else (low, middle)
    return high.replace(microsecond=0)


ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "America/Santiago",
]
CHANGES = [
    utc("2026-03-29T01:00:00"),
    utc("2026-10-25T01:00:00"),
    utc("2026-03-08T07:00:00"),
    utc("2026-11-01T06:00:00"),
    utc("2026-03-08T05:00:00"),
    utc("2026-11-01T05:00:00"),
    utc("2026-03-28T22:00:00"),
    utc("2026-10-24T21:00:00"),
    utc("2026-04-04T15:00:00"),
    utc("2026-10-03T15:30:00"),
    utc("2026-04-05T03:00:00"),
    utc("2026-09-06T04:00:00"),
]


@given(
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(1, 60 * 24 * 3),
    st.sampled_from(CHANGES),
    st.integers(-60 * 30, 60 * 30),
)
@example("Asia/Beirut", 23, 30, 90, utc("2026-10-24T21:00:00"), 5)
@example("Australia/Lord_Howe", 1, 45, 60, utc("2026-04-04T15:00:00"), 10)
def test_a_daily_window_is_open_exactly_for_its_length_around_every_clock_change(
    name: str, hour: int, minute: int, length: int, change: datetime, off: int
) -> None:
    now, zone, lasting = change + timedelta(minutes=off), ZoneInfo(name), timedelta(minutes=length)
    days = [now.astimezone(zone).date() + timedelta(days=day) for day in range(-5, 2)]
    begins = [begin for day in days if (begin := begin_of(day, time(hour, minute), zone)) <= now]
    expected = max(begins) + lasting if now < max(begins) + lasting else None
    until = closed_until([NoAdvance(f"{minute} {hour} * * *", lasting, name)], now)
    # Two zones' clocks are never equal in a repeated hour (PEP 495), so both are told in UTC.
    assert (until.astimezone(UTC) if until else None) == expected
