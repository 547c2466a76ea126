"""Writes and reads files of policy rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.convert.formats import strict_toml
from reconciler.convert.gemini.layout import POLICIES
from reconciler.quoting import quote

MODES = frozenset({"default", "autoEdit", "plan", "yolo"})
"""Gemini CLI's names of its approval modes."""
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
        rules = strict_toml.parse(data).get("rule", [])
    except strict_toml.TomlFault as fault:
        return [], [], f"line {fault.line}: {fault.reason}"
    if not isinstance(rules, list) or not all(isinstance(rule, dict) and _is_whole(rule) for rule in rules):
        # Gemini CLI passes over the whole file then.
        return (
            [],
            [],
            "found a rule without toolName, decision and a priority from 0 to 999, or with a key of another kind",
        )
    lines = [number for number, line in enumerate(data.decode().splitlines(), start=1) if _RULE.match(line)]
    return rules, [*lines, *[1] * (len(rules) - len(lines))], ""


def _is_whole(rule: Mapping[str, Any]) -> bool:
    priority = rule.get("priority")
    is_ranked = isinstance(priority, int) and not isinstance(priority, bool) and 0 <= priority <= _HIGHEST
    is_built = all(_is_a(value, _KINDS[key]) for key, value in rule.items() if key in _KINDS)
    modes = rule.get("modes", [])
    return (
        is_ranked and is_built and "toolName" in rule and rule.get("decision") in _DECISIONS and MODES.issuperset(modes)
    )


def _is_a(value: object, kind: str) -> bool:
    is_texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    match kind:
        case "text":
            return isinstance(value, str)
        case "texts":
            return is_texts
        case "text or texts":
            return is_texts or (isinstance(value, str) and bool(value))
        case _:
            return isinstance(value, bool)


def _value(value: str | float | list[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(quote(one) for one in value)}]"
    return quote(value) if isinstance(value, str) else str(value)


_HIGHEST = 999
_DECISIONS = frozenset({"allow", "ask_user", "deny"})
_KINDS = {
    **dict.fromkeys(("subagent", "mcpName", "argsPattern", "commandRegex", "denyMessage", "deny_message"), "text"),
    **dict.fromkeys(("toolName", "commandPrefix"), "text or texts"),
    **dict.fromkeys(("interactive", "allowRedirection", "allow_redirection"), "switch"),
    "modes": "texts",
}
_RULE = re.compile(r"\s*\[\[\s*rule\s*\]\]")
