"""Reads when something begins in the calendar of a place: cron fields and time zones. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from reconciler.spec.expected import Expected, did_you_mean
from reconciler.spec.limits import LABEL_CHARACTERS


def cron(value: object) -> str:
    """Read five cron fields as Debian's cron does: ranges, lists, steps, names, 7 for Sunday, L for the last day.

    When neither day of month nor day of week begins with a star, a day that is either of them counts.

    Raises:
        Expected: They are not five, one of them is out of its range, or no day is ever meant.

    >>> cron("0 16 * * FRI")
    '0 16 * * FRI'
    """
    if not isinstance(value, str) or not _CRON.fullmatch(value) or len(value) > LABEL_CHARACTERS:
        raise Expected(_A_CRON, hint="minute, hour, day of month, month, day of week")
    try:
        CronSim(value, _ANY_MOMENT)
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        raise Expected(_A_CRON, hint=f"{field}: {_RANGES.get(field, 'cannot be read')}") from error
    return value


def zone(value: object) -> str:
    """Read the name of a time zone.

    Raises:
        Expected: It is none that is known here.
    """
    if not isinstance(value, str) or not _ZONE.fullmatch(value) or value in _OF_A_MACHINE:
        raise Expected(_A_ZONE, hint="write its name in the IANA time zone database")
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise Expected(_A_ZONE, hint=did_you_mean(value, available_timezones()) or _NO_SUCH_ZONE) from error
    return value


_FIELD = "[A-Za-z0-9*,/#-]+"
CRON_PATTERN = rf"{_FIELD}(?: {_FIELD}){{4}}"
ZONE_PATTERN = "[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*"
_CRON = re.compile(CRON_PATTERN)
_ZONE = re.compile(ZONE_PATTERN)
# The same file must mean the same time everywhere.
_OF_A_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_A_CRON = 'be five cron fields such as "0 16 * * FRI"'
_A_ZONE = "be a time zone such as Europe/Berlin"
_NO_SUCH_ZONE = "there is no zone of this name in the time zone database of this machine"
_RANGES = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31 in a month that has such a day, or L for the last one",
    "month": "1 to 12, or JAN to DEC",
    "day-of-week": "0 to 7, or SUN to SAT; a range goes up, so Friday to Sunday is FRI-7",
}
