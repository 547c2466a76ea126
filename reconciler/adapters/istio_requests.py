"""Reads requests as Istio counts them: which failed, whose count is the worse, and who is to blame for no answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reconciler.adapters.buckets import is_whole
from reconciler.model.stage import Side

OUTCOME = ("response_code", "grpc_response_status")
"""The labels that tell how a request ended."""

_WHOLE = 100
_SERVER_FAULTS = frozenset({"2", "4", "12", "13", "14", "15"})
"""UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.

Source: the statuses that make a server's span an error in OpenTelemetry's semantic conventions for gRPC.
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests that ended within a slice, and how many of them failed."""

    requests: int = 0
    errors: int = 0

    @classmethod
    def of(cls, cell: Mapping[str, float]) -> Counts:
        """Count the requests by how they ended, as ``OUTCOME`` joined by ``/``."""
        errors = sum(number for outcome, number in cell.items() if failed(outcome))
        return cls(round(sum(cell.values())), round(errors))


def failed(outcome: str) -> bool:
    """Say whether a request failed: 5xx, no answer at all (0), or a gRPC status that is the server's fault.

    A gRPC failure rides on HTTP 200.

    >>> [failed(outcome) for outcome in ("200/", "404/", "503/", "0/", "200/0", "200/5", "200/14")]
    [False, False, True, True, False, False, True]
    """
    code, _, grpc = outcome.partition("/")
    return code == "0" or code.startswith("5") or grpc in _SERVER_FAULTS


def impossible(cell: Mapping[str, float]) -> str:
    """Say what is wrong with a slice's numbers, if anything is."""
    if not all(outcome.partition("/")[0].isdecimal() for outcome in cell):
        return "a response_code is no number"
    return "" if all(is_whole(number) for number in cell.values()) else "a number of requests is not whole"


def worse(reports: Mapping[str, Mapping[int, Counts]]) -> str:
    """Choose the reporter to believe: the one that saw more errors, then the one that saw more requests.

    One for the whole time, because the two see the same request a scrape apart: the worse of them slice by slice would
    count it twice.
    """

    def seen(reporter: str) -> tuple[int, int]:
        counts = reports[reporter].values()
        return sum(one.errors for one in counts), sum(one.requests for one in counts)

    return max(sorted(reports), key=seen)


@dataclass(frozen=True, slots=True)
class Blame:
    """Whose fault the requests were that no pod answered.

    Attributes:
        errors: By side and slice.
        unclear: How many could be either side's.
    """

    errors: Mapping[Side, Mapping[int, int]]
    unclear: int


def blame(unanswered: Mapping[int, int], answered: Mapping[Side, Collection[int]], target_weight: int) -> Blame:
    """Find the side that requests were meant for when no pod was there to answer and so to name its version.

    All traffic goes to one side, or the side is to blame that has not answered for longer. When both answered within
    the same slice, nobody can say.

    Args:
        unanswered: Requests without a pod by slice, 0 being the newest.
        answered: The slices in which each side answered a request well.
        target_weight: Percent of the traffic that the target gets.
    """
    errors: dict[Side, dict[int, int]] = {side: {} for side in Side}
    unclear = 0
    for ago, number in unanswered.items():
        side = _meant(ago, answered, target_weight)
        if side is None:
            unclear += number
        else:
            errors[side][ago] = number
    return Blame(errors, unclear)


def _meant(ago: int, answered: Mapping[Side, Collection[int]], target_weight: int) -> Side | None:
    if target_weight in (0, _WHOLE):
        return Side.TARGET if target_weight else Side.SOURCE
    source, target = (min((one for one in answered[side] if one >= ago), default=None) for side in Side)
    if source == target:
        return None
    return Side.TARGET if target is None or (source is not None and source < target) else Side.SOURCE
