"""Says in one clause what was measured, for an operator. Pure."""

from __future__ import annotations

import math

from reconciler.health.measurement import Measurement, breaks
from reconciler.health.tally import Tally
from reconciler.model.observation import Unknown
from reconciler.model.policy import Absolute, Bound, Check, Limit, SourcePlus, TimesExpected, TimesSource

_NAMES = {
    "error_rate": "errors",
    "completion_rate": "completed",
    "latency_p95": "latency p95",
    "cost_per_completed_task": "cost a completed task",
    "cost_total": "cost",
}
_UNITS = {
    "error_rate": " %",
    "completion_rate": " %",
    "latency_p95": " s",
    "cost_per_completed_task": " USD",
    "cost_total": " USD",
}
_PERCENT = 100
_TOO_FEW = 5
_ENTRANCE = 1.0
_SIGNIFICANT = 3
_ALL_DIGITS = 17


def comparison(check: Check, *, value: float, limit: float, relative_to: float, outside: bool, tally: Tally) -> str:
    """Write a comparison, e.g. ``errors 8.01 % > 5 % (33 of 412)``.

    Args:
        check: Names the indicator, the bound and the limit as the policy writes it.
        value: What the target did, in the indicator's unit.
        limit: The limit in that unit.
        relative_to: What the limit is relative to, in the indicator's unit.
        outside: Whether the value breaks the limit.
        tally: The tasks of the target that the value rests on.
    """
    name = _NAMES.get(check.indicator, check.indicator)
    if math.isinf(value):
        return f"{name}: money was spent and nothing completed (0 of {tally.tasks})"
    shown, bound = _told_apart(value, limit, check.indicator)
    basis = _basis(check.limit, with_unit(relative_to, check.indicator))
    return f"{name} {shown} {_SIGNS[check.bound, outside]} {bound}{basis} ({_counted(check.indicator, tally)})"


def compared(check: Check, over: Measurement) -> str:
    """Write what one check measured over one span.

    Args:
        check: The check.
        over: What was measured.
    """
    if not (isinstance(over.value, float) and isinstance(over.relative_to, float)):
        return "nothing to compare"
    outside = breaks(check, over)
    return comparison(
        check, value=over.value, limit=over.limit, relative_to=over.relative_to, outside=outside, tally=over.tally
    )


def tasks_needed(proof: float, needed: float, over: Measurement | Unknown) -> str:
    """Say how many more tasks the proof takes at the pace so far, e.g. ``about 40 more tasks needed to prove it``.

    Args:
        proof: The logarithm of the proof so far.
        needed: The logarithm of the proof that it takes.
        over: What was measured since the evidence began.
    """
    tasks = 0 if isinstance(over, Unknown) else over.tasks
    if tasks < _TOO_FEW:
        return f"{tasks} tasks so far, far from a proof"
    # Betting pays its entrance first: what came after it is the pace.
    pace = (proof + _ENTRANCE) / tasks
    if pace <= 0:
        return f"not proven, and {tasks} tasks so far do not speak for it"
    missing = math.ceil(max(needed - proof, 0.0) / pace)
    return f"about {max(missing, 1)} more tasks needed to prove it"


def with_unit(number: float, indicator: str, significant: int = _SIGNIFICANT) -> str:
    """Write a number with its unit.

    >>> with_unit(0.0805, "error_rate"), with_unit(1234.5, "latency_p95"), with_unit(0.41, "cost_total")
    ('8.05 %', '1234 s', '0.41 USD')
    """
    unit = _UNITS.get(indicator, "")
    scaled = number * _PERCENT if unit == " %" else number
    digits = max(significant, len(f"{abs(scaled):.0f}"))
    return f"{scaled:.{digits}g}{unit}"


def shortage(tasks: int, needed: int, *, whose: str = "") -> str:
    """Write how many tasks are missing, e.g. ``9 of 20 tasks, about 11 more needed``."""
    return f"{whose}{tasks} of {needed} tasks, about {needed - tasks} more needed"


_SIGNS = {(Bound.MAX, True): ">", (Bound.MAX, False): "<=", (Bound.MIN, True): "<", (Bound.MIN, False): ">="}


def _told_apart(value: float, limit: float, indicator: str) -> tuple[str, str]:
    """Write both numbers with as few digits as tell them apart, so that no one reads "5 % > 5 %"."""
    pairs = (
        (with_unit(value, indicator, digits), with_unit(limit, indicator, digits))
        for digits in range(_SIGNIFICANT, _ALL_DIGITS)
    )
    exact = (with_unit(value, indicator, _ALL_DIGITS), with_unit(limit, indicator, _ALL_DIGITS))
    if value == limit:
        return next(pairs)
    return next((pair for pair in pairs if pair[0] != pair[1]), exact)


def _basis(limit: Limit, relative_to: str) -> str:
    match limit:
        case Absolute():
            return ""
        case TimesSource(factor):
            return f" ({factor:g}x source {relative_to})"
        case TimesExpected(factor):
            return f" ({factor:g}x expected {relative_to})"
        case SourcePlus(margin):
            return f" (source {relative_to} {'-' if margin < 0 else '+'} {abs(margin) * _PERCENT:g} pp)"


def _counted(indicator: str, tally: Tally) -> str:
    match indicator:
        case "error_rate" if indicator not in tally.readings:
            return f"{tally.errors} of {tally.tasks}"
        case "completion_rate" if indicator not in tally.readings:
            return f"{tally.completed} of {tally.tasks}"
        case _:
            return f"{tally.tasks} tasks"
