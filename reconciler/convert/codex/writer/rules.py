"""Writes shell permissions as Codex rules, each at least as strict as its source. Pure."""

from __future__ import annotations

from reconciler.convert import ledger
from reconciler.convert.agent import Permission, PermissionRule
from reconciler.convert.codex.prefix import command_prefix
from reconciler.model.conversion import Item
from reconciler.quoting import quote

RULES = ".codex/rules/reconciler.rules"
HEAD = "# Written by reconciler convert from the source's permissions; changes here are lost.\n"


def shell_rule(rule: PermissionRule) -> tuple[Item, str]:
    """Write a rule that denies a command or asks for it; the line is empty when Codex has none for it."""
    name = f"permission:{rule.decision}:{rule.text}"
    words, difference = command_prefix(rule.pattern or "*")
    if not words:
        return ledger.dropped(name, rule.origin, f"{difference}: nothing in Codex {_VERB[rule.decision]} it"), ""
    shown = " ".join(words)
    differences = [f'{difference}: Codex {_VERB[rule.decision]} every "{shown} …"'] if difference else []
    return ledger.settled(name, rule.origin, RULES, differences), _line(rule, words)


def _line(rule: PermissionRule, words: list[str]) -> str:
    decision = "forbidden" if rule.decision is Permission.DENY else "prompt"
    pattern = ", ".join(quote(word) for word in words)
    justification = quote(f"{rule.decision} {rule.text}")
    return f'prefix_rule(pattern = [{pattern}], decision = "{decision}", justification = {justification})\n'


_VERB = {Permission.DENY: "forbids", Permission.ASK: "asks before"}
