"""Gives an unquoted YAML scalar the type that YAML 1.2 gives it, and no other. Pure."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

from reconciler.spec.expected import Expected
from reconciler.spec.limits import INTEGER

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


def core_type(text: str) -> str | int | float | bool | None:
    """Read an unquoted scalar by the core schema of YAML 1.2.

    ``no``, ``on``, ``1:30`` and dates are strings there.

    Raises:
        Expected: A number that readers disagree about: too large, not finite, or with a leading zero.

    >>> [core_type(text) for text in ("no", "1:30", "2026-03-01", "0x1f", "1e3", "~")]
    ['no', '1:30', '2026-03-01', 31, 1000.0, None]
    """
    if text and text[0] not in _FIRST_OF_A_TYPE:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _finite(text)
    return text


def _integer(text: str) -> int:
    digits = text.lstrip("-+")
    if digits[0] == "0" and digits.isdigit() and digits != "0":
        hint = f'write {digits.lstrip("0") or "0"}, or "{text}" in quotes for a string'
        raise Expected("be written without a leading zero (some readers take it for octal)", hint=hint)
    # The length first: reading a very long number takes time that grows with its square.
    number = int(text, 0) if len(text) <= _LONGEST_INTEGER else INTEGER
    if abs(number) >= INTEGER:
        raise Expected("be an integer below 2^53", hint="put it in quotes if it is a string")
    return number


def _finite(text: str) -> float:
    number = float(text) if text.lower().lstrip("-+") not in _NOT_FINITE else math.inf
    if not math.isfinite(number):
        raise Expected("be a finite number", hint="put it in quotes if it is a string")
    return number


_FIRST_OF_A_TYPE = frozenset("-+.0123456789~nNtTfF")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NOT_FINITE = frozenset({".inf", ".nan"})
_LONGEST_INTEGER = 24
