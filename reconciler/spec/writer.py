"""Writes our own files as block YAML, byte for byte the same for the same values. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from reconciler.quoting import plain_or_quoted
from reconciler.spec.core_types import Plain

Writable: TypeAlias = "Plain | datetime | Mapping[str, Writable] | list[Writable]"


def block(fields: Mapping[str, Writable]) -> bytes:
    """Write a mapping in the order of its keys: mappings as blocks, lists on one line.

    Raises:
        ValueError: A number is not finite, a moment has no zone or a fraction of a second, or a value is no YAML.
    """
    return "".join(f"{line}\n" for line in _lines(fields)).encode()


def printable(text: str) -> str:
    r"""Replace what no YAML file may hold (control characters, halves of characters) in a text for people to read.

    >>> printable("held by \x1b[31mme")
    'held by \ufffd[31mme'
    """
    return _NOT_PRINTABLE.sub("\ufffd", text)


def _lines(fields: Mapping[str, Writable]) -> Iterator[str]:
    for key, value in fields.items():
        if isinstance(value, Mapping) and value:
            yield f"{plain_or_quoted(key)}:"
            yield from (f"  {line}" for line in _lines(value))
        else:
            yield f"{plain_or_quoted(key)}: {_inline(value)}"


def _inline(value: object) -> str:
    match value:
        case None | bool() | int():
            return json.dumps(value)
        case float():
            return _number(value)
        case datetime():
            return _moment(value)
        case str():
            return plain_or_quoted(value)
        case list() | tuple():
            return f"[{', '.join(map(_inline, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{plain_or_quoted(key)}: {_inline(part)}' for key, part in value.items())}}}"
        case _:
            raise ValueError(f"{type(value).__name__} is no value of a YAML file")


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("a number that is not finite cannot be written")
    text = repr(value)
    # 1e-07 is a number for YAML 1.2 and a string for YAML 1.1; 1.0e-07 is a number for both.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _moment(value: datetime) -> str:
    if value.tzinfo is None or value.microsecond:
        raise ValueError(f"{value.isoformat()} must have a zone and whole seconds")
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


_NOT_PRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
