"""Finds the requests that go to one side whatever the weights say: forced by a header, or kept by affinity. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from reconciler.errors import RenderError
from reconciler.model.migration import Affinity, BucketAffinity, CookieAffinity
from reconciler.model.stage import Side
from reconciler.model.status import Weights

FORCED_HEADER = "x-reconciler-side"
"""A request names its side in this header: for probes, tests and people."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Requests with this header go to this side.

    Attributes:
        name: The rule's name, e.g. ``affinity-target``.
        header: The header's name, lower case.
        kind: Whether ``value`` is the header's exact text or a regular expression that all of it must match.
    """

    name: str
    header: str
    kind: Literal["exact", "regex"]
    value: str
    side: Side


def forced_pins() -> tuple[Pin, ...]:
    """Pin the requests that name their side themselves."""
    return tuple(Pin(f"forced-{side}", FORCED_HEADER, "exact", side.value, side) for side in Side)


def affinity_pins(affinity: Affinity | None, weights: Weights, attempt: int) -> tuple[Pin, ...]:
    """Pin the sessions that have a side already.

    Args:
        affinity: How a session is recognised.
        weights: The target's share decides which buckets are in.
        attempt: Cookies of any other attempt count for nothing.

    Raises:
        RenderError: The cookie or the header has a name that HTTP does not allow.
    """
    match affinity:
        case None:
            return ()
        case CookieAffinity(cookie):
            return tuple(
                Pin(f"affinity-{side}", "cookie", "regex", _cookie_regex(_token(cookie), side, attempt), side)
                for side in Side
            )
        case BucketAffinity(header):
            regexes = {Side.SOURCE: bucket_regex(weights.target, 99), Side.TARGET: bucket_regex(0, weights.target - 1)}
            name = _token(header).lower()
            if name == FORCED_HEADER:
                raise RenderError(f"the bucket header is {FORCED_HEADER}, which forces a side, expected another name")
            return tuple(Pin(f"affinity-{side}", name, "regex", regexes[side], side) for side in Side)


def side_cookies(affinity: Affinity | None, attempt: int) -> dict[Side, str]:
    """Give the ``set-cookie`` of each side that keeps a new session there; empty without cookie affinity.

    Raises:
        RenderError: The cookie's name is not allowed, or it would not live for a second.
    """
    if not isinstance(affinity, CookieAffinity):
        return {}
    seconds = affinity.ttl // timedelta(seconds=1)
    if seconds < 1:
        raise RenderError(f"the cookie's ttl is {affinity.ttl}, must be at least 1 s")
    name = _token(affinity.cookie)
    return {side: f"{name}={side}-{attempt}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax" for side in Side}


def bucket_regex(first: int, last: int) -> str:
    """Match the decimal numbers from first to last, both from 0 to 99, without leading zeros.

    >>> bucket_regex(0, 24), bucket_regex(25, 99)
    ('[0-9]|1[0-9]|2[0-4]', '2[5-9]|[3-9][0-9]')
    """
    parts: list[tuple[int, int, str]] = []
    for tens in range(first // 10, last // 10 + 1):
        units = _digits(max(first - 10 * tens, 0), min(last - 10 * tens, 9))
        if parts and tens > 1 and parts[-1][2] == units:
            parts[-1] = (parts[-1][0], tens, units)
        else:
            parts.append((tens, tens, units))
    return "|".join((_digits(low, high) if high else "") + units for low, high, units in parts)


def _digits(low: int, high: int) -> str:
    return str(low) if low == high else f"[{low}-{high}]"


def _cookie_regex(name: str, side: Side, attempt: int) -> str:
    # The cookie stands alone or between semicolons: my-agent-side=target-1 and agent-side=target-12 are others.
    escaped = re.sub(r"[^A-Za-z0-9_-]", r"\\\g<0>", name)
    return rf"(.*;\s*)?{escaped}={side}-{attempt}(\s*;.*)?"


def _token(name: str) -> str:
    # The mesh would expand a percent sign in a header's value.
    if not re.fullmatch(r"[A-Za-z0-9!#$&'*+.^_`|~-]{1,64}", name):
        raise RenderError(f"the affinity is named {name!r}, expected 1 to 64 letters, digits or signs of an HTTP token")
    return name
