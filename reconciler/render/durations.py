"""Writes and reads durations as Istio spells them. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

from reconciler.errors import RenderError


def duration_text(duration: timedelta) -> str:
    """Write a duration in whole seconds, or in milliseconds where seconds are too coarse.

    Raises:
        RenderError: It is shorter than a millisecond or no whole number of them, which Istio refuses.

    >>> duration_text(timedelta(minutes=30)), duration_text(timedelta(seconds=1.5))
    ('1800s', '1500ms')
    """
    milliseconds, rest = divmod(duration, timedelta(milliseconds=1))
    if milliseconds < 1 or rest:
        raise RenderError(f"a duration is {duration}, must be at least 1 ms and a whole number of milliseconds")
    seconds, rest_of_second = divmod(milliseconds, 1000)
    return f"{milliseconds}ms" if rest_of_second else f"{seconds}s"


def duration_of(text: str) -> timedelta:
    """Read a duration such as ``1h30m``, ``1800s`` or ``1.5s``.

    Raises:
        RenderError: It is none, or shorter than a millisecond.

    >>> duration_of("1h30m")
    datetime.timedelta(seconds=5400)
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise RenderError(f'"{text}" is no duration, expected one such as 30s, 500ms or 1h30m')
    try:
        duration = sum((float(number) * _UNITS[unit] for number, unit in parts), timedelta(0))
    except OverflowError as error:
        raise RenderError(f'"{text}" is too long for a duration') from error
    if duration < _UNITS["ms"]:
        raise RenderError(f'"{text}" is shorter than 1 ms, which Istio refuses')
    return duration


_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)", re.ASCII)
_UNITS = {
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
