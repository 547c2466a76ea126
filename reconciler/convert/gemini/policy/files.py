"""Writes and reads files of policy rules. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.convert.gemini.layout import POLICIES
from reconciler.quoting import quote

HEAD = "# Written by reconciler convert from the source's permissions; changes here are lost.\n"


def policy_path(files: Mapping[str, bytes]) -> str:
    """Give the path of our policy file: one that is free, or that we wrote ourselves."""
    taken = {path for path in files if path.startswith(POLICIES) and not files[path].startswith(HEAD.encode())}
    names = (f"{POLICIES}reconciler{number or ''}.toml" for number in range(len(taken) + 1))
    return next(path for path in names if path not in taken)


def dumps(tables: Iterable[Mapping[str, Any]]) -> bytes:
    r"""Write rules; one that stands twice is written once.

    >>> print(dumps([{"toolName": "glob", "decision": "deny", "priority": 1}]).decode().partition("\n")[2], end="")
    <BLANKLINE>
    [[rule]]
    toolName = "glob"
    decision = "deny"
    priority = 1
    """
    blocks = ("".join(f"{key} = {_value(value)}\n" for key, value in table.items()) for table in tables)
    return (HEAD + "".join(f"\n[[rule]]\n{block}" for block in dict.fromkeys(blocks))).encode()


def loads(data: bytes) -> tuple[list[dict[str, Any]], list[int], str]:
    """Read rules.

    Returns:
        The rules, the line of each, and what is wrong when there are none.
    """
    try:
        text = data.decode()
        rules = tomllib.loads(text).get("rule", [])
    except (ValueError, RecursionError) as error:
        return [], [], f"no valid TOML: {str(error)[:200]}"
    if not isinstance(rules, list) or not all(isinstance(rule, dict) and _is_whole(rule) for rule in rules):
        # Gemini CLI passes over the whole file then.
        return [], [], "found a rule without toolName, decision and a priority from 0 to 999, expected all three"
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if _RULE.match(line)]
    return rules, [*lines, *[1] * (len(rules) - len(lines))], ""


def _is_whole(rule: Mapping[str, Any]) -> bool:
    priority = rule.get("priority")
    is_ranked = isinstance(priority, int) and not isinstance(priority, bool) and 0 <= priority <= _HIGHEST
    return is_ranked and bool(rule.get("toolName")) and rule.get("decision") in {"allow", "ask_user", "deny"}


def _value(value: str | float | list[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(quote(one) for one in value)}]"
    return quote(value) if isinstance(value, str) else str(value)


_HIGHEST = 999
_RULE = re.compile(r"\s*\[\[\s*rule\s*\]\]")
