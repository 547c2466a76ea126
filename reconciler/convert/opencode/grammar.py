"""Turns one permission rule of Claude Code's into patterns of OpenCode's. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from reconciler.convert.agent import Permission, PermissionRule
from reconciler.convert.opencode.tools import (
    DIRECTORY,
    EDITORS,
    PATH_KEYS,
    PLAIN_KEYS,
    TOOLS,
    clean,
    key_of,
    server_key,
)
from reconciler.convert.opencode.wildcards import is_exact, matches, may_meet, spread


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a rule stands in OpenCode's permissions.

    Attributes:
        key: The permission; empty when nothing stands for the rule, and ``difference`` says why.
        patterns: Its patterns; none for the whole tool.
        difference: What it does not mean as it did; empty when it does.
    """

    key: str
    patterns: tuple[str, ...] = ()
    difference: str = ""


def place(rule: PermissionRule, servers: Collection[str]) -> Placed:
    """Find the patterns for a rule; none of them allows what the rule does not, or denies less.

    Args:
        rule: The rule.
        servers: The names of the MCP servers.
    """
    if rule.tool.startswith("mcp__"):
        return _place_server(rule, servers)
    key = key_of(rule.tool)
    if not key:
        what = f"OpenCode has no tool {rule.tool}" if rule.tool else "it is no rule: neither Tool nor Tool(pattern)"
        return Placed("", (), what)
    if key == "edit" and rule.tool != "Edit" and rule.decision is Permission.ALLOW:
        return Placed("", (), f"OpenCode has one permission for {', '.join(EDITORS)}: only a rule for Edit opens it")
    placed = _place_in(key, rule)
    if rule.tool == TOOLS[key] or not placed.key or placed.difference:
        return placed
    tools = ", ".join(EDITORS) if key == "edit" else "Task and Agent"
    return Placed(placed.key, placed.patterns, f"OpenCode has one permission for {tools}: it holds for all of them")


def split(text: str) -> tuple[str, str | None]:
    """Split a rule's text into its tool and what stands in its brackets.

    >>> split("Bash(git push:*)"), split("mcp__files")
    (('Bash', 'git push:*'), ('mcp__files', None))
    """
    tool, bracket, rest = text.partition("(")
    return tool, rest.removesuffix(")") if bracket else None


def _place_in(key: str, rule: PermissionRule) -> Placed:
    pattern = (rule.pattern or "").strip()
    if pattern in {"", "*", "**"}:
        if rule.pattern == "" and rule.decision is Permission.ALLOW:
            return Placed("", (), "a rule with nothing in its brackets allows nothing")
        return Placed(key, (), _LEAK if key == "read" and rule.decision is Permission.DENY else "")
    if key == "bash":
        return _place_command(rule, pattern)
    if key in PATH_KEYS:
        return _place_path(key, rule, pattern)
    if key == "webfetch" and pattern.startswith("domain:"):
        return _place_domain(rule, pattern.removeprefix("domain:"))
    if key in {"skill", "task"} and not _TRAPS.search(pattern):
        return Placed(key, (pattern,))
    if rule.decision is Permission.ALLOW:
        return Placed("", (), f"OpenCode has no {'' if key in PLAIN_KEYS else 'such '}patterns for {key}: it asks")
    return Placed(key, (), f"OpenCode has no such patterns for {key}: it holds for the whole tool")


def _place_command(rule: PermissionRule, pattern: str) -> Placed:
    is_prefix = pattern.endswith(":*")
    text = f"{pattern[:-2]} *" if is_prefix else pattern
    if not is_prefix and text.endswith(" *") and text.count("*") > 1:
        text = f"{text[:-1]}?*"
    trap = _TRAPS.search(pattern) or (is_prefix and "*" in pattern[:-2])
    if not trap:
        # Both spellings mean the same to both CLIs; the superfluous bare command behind it tells which one it was.
        is_spaced = not is_prefix and text.endswith(" *") and text.count("*") == 1
        return Placed("bash", (text, text[:-2]) if is_spaced else (text,))
    if rule.decision is Permission.ALLOW:
        return Placed("", (), "OpenCode would read more into it than these characters: it asks")
    wide = _TRAPS.sub(lambda found: "?" if found[0] == "?" else "*", text)
    return Placed("bash", (wide,), f"OpenCode has no exact pattern for it: {wide} holds for more")


def _place_path(key: str, rule: PermissionRule, pattern: str) -> Placed:
    if pattern.startswith(("~", "//", "../", "/..", "$")):
        return _place_outside(rule, pattern)
    if pattern.startswith("!") or _SUBSTITUTED.search(pattern):
        return Placed("", (), "OpenCode has no pattern for it")
    if rule.decision is Permission.ALLOW:
        if not is_exact(pattern):
            return Placed("", (), "OpenCode's * reaches into subfolders and would open more: it asks")
        return Placed(key, spread(pattern, everywhere=False))
    differences = [] if is_exact(pattern) else ["OpenCode's * reaches into subfolders: it holds for more"]
    differences += [_LEAK] if key == "read" and rule.decision is Permission.DENY else []
    return Placed(key, spread(pattern, everywhere=True), "; ".join(differences))


def _place_outside(rule: PermissionRule, pattern: str) -> Placed:
    if rule.decision is Permission.ALLOW or pattern.startswith(("../", "/..", "$")):
        asks = "it asks" if rule.decision is Permission.ALLOW else "it asks for every folder outside the project"
        return Placed("", (), f"OpenCode has no rule for one file outside the project: {asks}")
    path = pattern.removeprefix("/") if pattern.startswith("//") else pattern
    fixed = re.split(r"[*?\[]", path, maxsplit=1)[0]
    folder = fixed.rpartition("/")[0] or ("~" if fixed.startswith("~") else "")
    what = f"OpenCode guards folders outside the project as a whole: no tool reaches {folder or '/'}"
    return Placed(DIRECTORY, (f"{folder}/*",), what)


def _place_domain(rule: PermissionRule, domain: str) -> Placed:
    if rule.decision is not Permission.ALLOW:
        what = "it holds for longer names that begin with it too, but not for the name in capitals"
        return Placed("webfetch", (f"*://{domain}*", f"*@{domain}*"), f"OpenCode compares the address: {what}")
    if _TRAPS.search(domain) or "*" in domain:
        return Placed("", (), "OpenCode's * reaches beyond the host's name and would open more: it asks")
    return Placed("webfetch", (f"https://{domain}", f"https://{domain}/*"))


def _place_server(rule: PermissionRule, servers: Collection[str]) -> Placed:
    key = server_key(rule.tool)
    differences = ""
    if rule.pattern not in (None, "", "*"):
        differences = "OpenCode has no patterns for the tools of servers: it holds for the whole tool"
    if rule.decision is not Permission.ALLOW:
        return Placed(key, (), differences)
    if differences:
        return Placed("", (), "OpenCode has no patterns for the tools of servers: it asks")
    own = rule.tool.removeprefix("mcp__").partition("__")[0]
    others = [one for one in servers if clean(one) != clean(own) and may_meet(key, f"{clean(one)}_*")]
    others += [one for one in (*TOOLS, *_BUILT_IN) if matches(key, one)]
    if others:
        return Placed("", (), f"in OpenCode {key} names tools of {', '.join(others)} as well: it asks")
    return Placed(key)


_LEAK = "OpenCode guards its read tool only: grep and shell commands still reach the text"
_SUBSTITUTED = re.compile(r"\{(?:env|file):")
_TRAPS = re.compile(r"\?|\\.?|^~|^\$HOME|\{(?=(?:env|file):)")
_BUILT_IN = (DIRECTORY, "doom_loop", "plan_enter", "apply_patch")
