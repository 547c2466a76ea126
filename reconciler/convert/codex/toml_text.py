"""Writes our own tables as TOML text. Pure.

For new files only: tomlkit, which edits files that stand, takes quadratic time in the number of keys of a table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from reconciler.quoting import quote


def dumps(table: Mapping[str, Any]) -> str:
    """Write a table of texts, numbers, truth values, lists of texts and tables.

    >>> print(dumps({"model": "m", "mcp_servers": {"a b": {"args": ["x"]}}}), end="")
    model = "m"
    <BLANKLINE>
    [mcp_servers."a b"]
    args = ["x"]
    """
    return "\n".join(block for block in _blocks(table, ()) if block)


def _blocks(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    head = f"[{'.'.join(_key(name) for name in path)}]\n" if path and (plain or not table) else ""
    blocks = [head + "".join(f"{_key(key)} = {_value(value)}\n" for key, value in plain.items())]
    for key, value in table.items():
        if isinstance(value, Mapping):
            blocks += _blocks(value, (*path, key))
    return blocks


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else quote(name)


def _value(value: str | float | list[str]) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(element) for element in value)}]"
    return json.dumps(value)


_BARE = re.compile(r"[A-Za-z0-9_-]+")
