"""Writes tables as TOML text. Pure.

For new files only: tomlkit, which edits files that stand, takes quadratic time in the number of keys of a table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

from reconciler.quoting import quote


def dumps(table: Mapping[str, Any], *, keeps_order: bool = False) -> str:
    """Write a table of texts, numbers, truth values, dates, lists and tables.

    Args:
        table: Without None, infinities and lone surrogates, which TOML does not have.
        keeps_order: Whether a table that stands before a plain value is written inline, so that a reader finds the
            keys in our order; otherwise plain values come first.

    >>> print(dumps({"model": "m", "mcp_servers": {"a b": {"args": ["x"]}}, "rule": [{"deny": True}]}), end="")
    model = "m"
    <BLANKLINE>
    [mcp_servers."a b"]
    args = ["x"]
    <BLANKLINE>
    [[rule]]
    deny = true
    """
    return "\n".join(_blocks(table, (), "", keeps_order=keeps_order))


def dotted(path: tuple[str, ...]) -> str:
    """Write a path of keys as TOML does.

    >>> dotted(("mcp_servers", "a b"))
    'mcp_servers."a b"'
    """
    return ".".join(name if _BARE.fullmatch(name) else quote(name) for name in path)


def date_text(value: date | time) -> str:
    """Write a moment, a day or a time of day; ``Z`` stands for UTC.

    >>> date_text(date(2026, 1, 2))
    '2026-01-02'
    """
    text = value.isoformat()
    return f"{text.removesuffix('+00:00')}Z" if text.endswith("+00:00") else text


def _blocks(table: Mapping[str, Any], path: tuple[str, ...], head: str, *, keeps_order: bool) -> Iterator[str]:
    sections = _sections(table, keeps_order=keeps_order)
    plain = "".join(f"{dotted((key,))} = {_value(value)}\n" for key, value in table.items() if key not in sections)
    if plain or (path and not table) or head.startswith("[["):
        yield head + plain
    for key, value in sections.items():
        inner = (*path, key)
        name = dotted(inner)
        if isinstance(value, Mapping):
            yield from _blocks(value, inner, f"[{name}]\n", keeps_order=keeps_order)
        else:
            for element in value:
                yield from _blocks(element, inner, f"[[{name}]]\n", keeps_order=keeps_order)


def _sections(table: Mapping[str, Any], *, keeps_order: bool) -> dict[str, Any]:
    sections: dict[str, Any] = {}
    for key, value in table.items():
        if _is_section(value):
            sections[key] = value
        elif keeps_order:
            sections.clear()
    return sections


def _is_section(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(element, Mapping) for element in value)
    )


def _value(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(element) for element in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{dotted((key,))} = {_value(member)}' for key, member in value.items())}}}"
    return date_text(value) if isinstance(value, date | time) else json.dumps(value)


_BARE = re.compile(r"[A-Za-z0-9_-]+")
