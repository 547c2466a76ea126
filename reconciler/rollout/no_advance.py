"""Says whether this is a time in which no stage is entered, and until when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim

from reconciler.model.policy import NoAdvance


def closed_until(windows: Sequence[NoAdvance], now: datetime) -> datetime | None:
    """Say when the last of the open windows ends, in that window's zone; None when none is open.

    A window is open from a moment that its cron fields name until its length later. The length is time that passes:
    64 hours stay 64 hours when the clocks change in between. A moment that the clocks skip counts right after the
    gap; one that they show twice counts the first time, or both times where minute or hour begins with a star, as
    Debian's cron does it.

    Args:
        windows: Times in which no stage is entered; their fields and zones are right.
        now: The pass's moment.
    """
    ends = [end for window in windows if (end := _end(window, now)) is not None]
    return max(ends, default=None)


@lru_cache(maxsize=256)
def _end(window: NoAdvance, now: datetime) -> datetime | None:
    """Give the end of a window that is open; the migrations of a pass ask the same thing."""
    zone = ZoneInfo(window.zone)
    for local in CronSim(window.cron, (now + _REPEATED).astimezone(zone), reverse=True):
        begin = local.astimezone(UTC)
        if begin <= now:
            end = begin + window.lasting
            return end.astimezone(zone) if now < end else None
    return None


# Walking back, the library compares what clocks show. In a repeated hour that would pass over a moment of the first
# time round, so the walk begins later than now by more than clocks are ever set back.
_REPEATED = timedelta(hours=3)
