"""Writes lengths of time for people. Pure."""

from __future__ import annotations

from datetime import timedelta


def span(duration: timedelta) -> str:
    """Write a length of time in its two largest units, rounded down.

    >>> span(timedelta(hours=25)), span(timedelta(minutes=90)), span(timedelta(seconds=40)), span(timedelta(days=5))
    ('25 h', '1 h 30 min', '40 s', '5 d')
    """
    seconds = int(duration.total_seconds())
    for size, unit, part, part_unit in _UNITS:
        if seconds >= _AT_LEAST.get(unit, size):
            rest = seconds % size // part
            return f"{seconds // size} {unit}" + (f" {rest} {part_unit}" if rest else "")
    return f"{seconds} s"


_UNITS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
# Policies say 24h and 72h, so a wait is told in hours as long as it can be compared with them.
_AT_LEAST = {"d": 4 * 86400}
