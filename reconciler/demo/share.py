"""Says what became of requests: which share reached the target, and whether chance explains the rest. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.stage import Side

_DEVIATIONS = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request.

    Attributes:
        began: When it was sent, on the monotonic clock.
        side: Who answered; None when no agent did.
        failed: Whether it failed for another reason than an error that was switched on.
        first: Whether it began a session.
        moved: Whether its session was answered by the other side before.
    """

    began: float
    side: Side | None
    failed: bool = False
    first: bool = True
    moved: bool = False


def share_of(answers: Iterable[Answer]) -> float:
    """Give the part that the target answered, 0 to 1; 0 when nobody answered anything.

    >>> share_of([Answer(0, Side.SOURCE), Answer(0, Side.TARGET), Answer(0, None, failed=True)])
    0.5
    """
    sides = [answer.side for answer in answers if answer.side is not None]
    return sides.count(Side.TARGET) / len(sides) if sides else 0.0


def chance_explains(measured: float, percent: int, requests: int) -> bool:
    """Say whether a measured share lies within four standard deviations of the rendered one.

    Args:
        measured: The target's part of the requests, 0 to 1.
        percent: The target's rendered weight, 0 to 100; at both ends not one request may go elsewhere.
        requests: How many requests were measured.

    >>> chance_explains(0.13, 10, 500), chance_explains(0.16, 10, 500), chance_explains(0.001, 0, 1000)
    (True, False, False)
    """
    wanted = percent / 100
    return abs(measured - wanted) <= _DEVIATIONS * math.sqrt(wanted * (1 - wanted) / requests)
