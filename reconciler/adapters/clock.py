"""Time and chance: the moment of a pass, its unique ids, and the pause after a lost race."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LONGEST_PAUSE = 2.0


def now() -> datetime:
    """Give the present moment, UTC to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def unique_ids(at: datetime) -> Iterator[str]:
    """Give ids that no other pass gives: the moment, 70 random bits and a counter, 30 characters, sortable by time."""
    head = _base32(int(at.timestamp() * 1000), 10) + _base32(secrets.randbits(70), 14)
    counter = 0
    while True:
        yield head + _base32(counter, 6)
        counter += 1


def back_off(attempt: int) -> None:
    """Pause after the n-th lost race (from 0): a random part of 50 ms, doubled each time, 2 s at most."""
    longest = min(_LONGEST_PAUSE, 0.05 * 2**attempt)
    time.sleep(longest * secrets.randbelow(1000) / 1000)


def _base32(number: int, width: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(width)))
