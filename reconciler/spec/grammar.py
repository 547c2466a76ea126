"""Reads the small languages inside our files: durations, moments, shares and the limits of checks. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from reconciler.model.policy import Absolute, Bound, Limit, SourcePlus, TimesExpected, TimesSource
from reconciler.spec.expected import Expected
from reconciler.spec.limits import DURATION


class WrittenLimit(NamedTuple):
    """A limit, and whether it was written as a percentage."""

    limit: Limit
    percent: bool


def duration(value: object) -> timedelta:
    """Read a duration such as ``90s``, ``30m``, ``24h``, ``7d`` or ``1h30m``.

    Raises:
        Expected: It is none, or longer than ten years.

    >>> duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    found = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if found is None:
        hint = (
            f"add a unit: {value}s or {value}m" if type(value) is int else "the units are d, h, m and s, in this order"
        )
        raise Expected("be a duration such as 30s, 30m, 24h, 7d or 1h30m", hint=hint)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if length > DURATION:
        raise Expected(f"be at most {DURATION.days}d")
    return length


def some_time(value: object) -> timedelta:
    """Read a duration that is longer than nothing.

    Raises:
        Expected: It is none, or zero.
    """
    length = duration(value)
    if not length:
        raise Expected("be longer than 0s")
    return length


def moment(value: object) -> datetime:
    """Read a moment in UTC, to the second: ``2026-03-01T10:00:00Z``.

    Raises:
        Expected: It is none, or no day of the calendar.
    """
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise Expected("be a moment in UTC such as 2026-03-01T10:00:00Z")


def share(value: object) -> float:
    """Read a percentage from 0% to 100% as a share from 0 to 1.

    Raises:
        Expected: It is none.

    >>> share("5%")
    0.05
    """
    number = _percentage(value)
    if number is None or number > 1:
        hint = f"add the sign: {value}%" if type(value) in (int, float) else ""
        raise Expected("be a percentage from 0% to 100% such as 5%", hint=hint)
    return number


def chance(value: object) -> float:
    """Read the chance of an error, above 0% and below 100%.

    Raises:
        Expected: It is none; no finite evidence makes a decision that is never wrong.
    """
    number = share(value)
    if not 0 < number < 1:
        raise Expected("be above 0% and below 100%", hint="5% is a usual choice; 0% would mean: never decide")
    return number


def limit(value: object, bound: Bound) -> WrittenLimit:
    """Read a check's limit: ``5%``, ``40``, ``2x source``, ``1.5x expected``, ``source - 5pp``.

    ``source ± 5pp`` allows five percentage points in the direction of the bound: more for a max, less for a min.

    Raises:
        Expected: It is none of these.

    >>> limit("source - 5pp", Bound.MIN).limit
    SourcePlus(margin=-0.05)
    """
    percentage = _percentage(value)
    if percentage is not None:
        return WrittenLimit(Absolute(percentage), percent=True)
    if type(value) in (int, float) and value >= 0:  # type: ignore[operator]
        return WrittenLimit(Absolute(float(value)), percent=False)  # type: ignore[arg-type]
    if isinstance(value, str) and (found := _TIMES.fullmatch(value)) and (factor := float(found[1])):
        relative = TimesSource(factor) if found[2] == "source" else TimesExpected(factor)
        return WrittenLimit(relative, percent=False)
    if isinstance(value, str) and (found := _MARGIN.fullmatch(value)):
        return WrittenLimit(SourcePlus(_margin(found[2], found[1], bound)), percent=True)
    must = 'be a limit: "5%", a number (seconds or USD), "2x source", "1.5x expected" or "source - 5pp"'
    raise Expected(must, hint="2x source means twice what the source side has now; pp are percentage points")


def _margin(points: str, sign: str, bound: Bound) -> float:
    margin = float(Decimal(points) / 100)
    less = bound is Bound.MIN if sign == "±" else sign != "+"
    return -margin if less else margin


def _percentage(value: object) -> float | None:
    found = _PERCENTAGE.fullmatch(value) if isinstance(value, str) else None
    return float(Decimal(found[1]) / 100) if found else None


_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
DURATION_PATTERN = r"(?=.)(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})s)?"
PERCENTAGE_PATTERN = rf"({_NUMBER}) ?%"
MOMENT_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
TIMES_PATTERN = rf"({_NUMBER}) ?x +(source|expected)"
MARGIN_PATTERN = rf"source ?([-+±−]) ?({_NUMBER}) ?pp"  # noqa: RUF001 - people paste a minus sign
_DURATION = re.compile(DURATION_PATTERN)
_PERCENTAGE = re.compile(PERCENTAGE_PATTERN)
_MOMENT = re.compile(MOMENT_PATTERN)
_TIMES = re.compile(TIMES_PATTERN)
_MARGIN = re.compile(MARGIN_PATTERN)
