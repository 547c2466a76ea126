"""Writes shell permissions as Codex rules, each at least as strict as its source, and lists every other one. Pure."""

from __future__ import annotations

import re
import shlex

from reconciler.convert import ledger
from reconciler.convert.agent import Permission, PermissionRule
from reconciler.convert.codex.toml_file import CONFIG
from reconciler.model.conversion import Item
from reconciler.quoting import quote

RULES = ".codex/rules/reconciler.rules"
HEAD = "# Written by reconciler convert from the source's permissions; changes here are lost.\n"


def write_rules(rules: tuple[PermissionRule, ...], sandbox: str) -> tuple[dict[str, bytes], list[Item]]:
    """Write the rules file.

    Args:
        rules: The source's rules.
        sandbox: The sandbox preset that the configuration sets; allowed commands run inside it.

    Returns:
        The file, if any rule goes there, and a line for every rule.
    """
    lines: dict[str, None] = {}
    items: list[Item] = []
    for rule in rules:
        item, line = _convert(rule, sandbox)
        items.append(item)
        if line:
            lines[line] = None
    return ({RULES: (HEAD + "".join(lines)).encode()} if lines else {}), items


def _convert(rule: PermissionRule, sandbox: str) -> tuple[Item, str]:
    name = f"permission:{rule.decision}:{rule.text}"
    if not rule.tool:
        return ledger.dropped(name, rule.origin, "not a rule: expected Tool or Tool(pattern)"), ""
    if rule.decision is Permission.ALLOW:
        return _allow(name, rule, sandbox), ""
    if rule.tool != "Bash":
        return ledger.dropped(name, rule.origin, f"not converted yet: nothing in Codex {_VERB[rule.decision]} it"), ""
    words, difference = command_prefix(rule.pattern or "*")
    if not words:
        return ledger.dropped(name, rule.origin, f"{difference}: nothing in Codex {_VERB[rule.decision]} it"), ""
    shown = " ".join(words)
    differences = [f'{difference}: Codex {_VERB[rule.decision]} every "{shown} …"'] if difference else []
    return ledger.settled(name, rule.origin, RULES, differences), _line(rule, words)


def _allow(name: str, rule: PermissionRule, sandbox: str) -> Item:
    if rule.tool in _SANDBOXED:
        target = f"{CONFIG}:sandbox_mode"
        reason = f"needs no rule: it runs inside the {sandbox} sandbox, an allow rule of Codex would leave it"
        return ledger.degraded(name, rule.origin, target, reason)
    return ledger.dropped(name, rule.origin, "not converted yet: Codex decides by its own defaults")


def command_prefix(pattern: str) -> tuple[list[str], str]:
    """Give the longest run of literal words a shell pattern begins with.

    Returns:
        The words, and how the prefix is wider than the pattern; empty when the two mean the same.

    >>> command_prefix("rm -rf:*"), command_prefix("git push")
    ((['rm', '-rf'], ''), (['git', 'push'], 'the same command with more words counts too'))
    >>> command_prefix("git push * --force")
    (['git', 'push'], 'a pattern inside the command cannot be written')
    """
    whole, is_prefix = _without_tail(pattern.strip())
    special = _NOT_LITERAL.search(whole)
    end = min(special.start() if special else len(whole), _LONGEST)
    literal = whole if end == len(whole) else _WORD_AT_END.sub("", whole[:end])
    while (words := _split(literal)) is None:
        literal = _WORD_AT_END.sub("", literal.rstrip())
    if not words or literal.rstrip() != whole:
        return words, "a pattern inside the command cannot be written"
    return words, "" if is_prefix else "the same command with more words counts too"


def _without_tail(pattern: str) -> tuple[str, bool]:
    for tail in (":*", " *"):
        if pattern.endswith(tail):
            return pattern.removesuffix(tail).rstrip(), True
    return pattern, False


def _split(text: str) -> list[str] | None:
    try:
        return shlex.split(text)
    except ValueError:
        return None  # a quote does not close


def _line(rule: PermissionRule, words: list[str]) -> str:
    decision = "forbidden" if rule.decision is Permission.DENY else "prompt"
    pattern = ", ".join(quote(word) for word in words)
    justification = quote(f"{rule.decision} {rule.text}")
    return f'prefix_rule(pattern = [{pattern}], decision = "{decision}", justification = {justification})\n'


_NOT_LITERAL = re.compile(r"[*$`|&;<>()\\\n]")
_WORD_AT_END = re.compile(r"\S*$")
_LONGEST = 500
_VERB = {Permission.DENY: "forbids", Permission.ASK: "asks before", Permission.ALLOW: "allows"}
_SANDBOXED = frozenset(
    {"Bash", "Read", "Edit", "Write", "MultiEdit", "NotebookEdit", "NotebookRead", "Glob", "Grep", "LS", "TodoWrite"}
)
