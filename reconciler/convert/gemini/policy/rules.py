"""Turns one permission into Gemini CLI's policy rules: no deny is weaker, no allow wider. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from reconciler.convert.agent import Permission, PermissionRule
from reconciler.convert.gemini.policy import patterns
from reconciler.convert.gemini.policy.servers import server_policy
from reconciler.convert.gemini.tools import to_gemini

Table = dict[str, Any]
"""One ``[[rule]]``: its keys without name, decision and priority."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What stands for a permission rule.

    Attributes:
        rules: The policy rules as they are written, empty when there are none.
        difference: How they differ from the permission; empty when they mean the same.
        why_not: Why there are none.
    """

    rules: tuple[Table, ...] = ()
    difference: str = ""
    why_not: str = ""


def policy_of(rule: PermissionRule, servers: Collection[str]) -> Policy:
    """Give the policy for a permission rule.

    Args:
        rule: The rule.
        servers: The names of the configured MCP servers.
    """
    if not rule.tool:
        return Policy(why_not="not a rule: expected Tool or Tool(pattern)")
    if rule.tool.startswith("mcp__") or rule.tool == "mcp__":
        tables, difference, why_not = server_policy(rule.tool, rule.decision, servers)
    else:
        tables, difference, why_not = _of_tool(rule)
    return Policy(tuple(_written(table, rule) for table in tables), difference, why_not)


def ignore_line(rule: PermissionRule) -> str:
    """Give the line of ``.geminiignore`` that keeps a denied file out of searches; empty when it needs none.

    >>> from reconciler.convert.documents import Origin
    >>> ignore_line(PermissionRule(Permission.DENY, "", Origin("s"), "Read", "./secrets/**"))
    '/secrets/**'
    """
    pattern = rule.pattern or ""
    if rule.decision is not Permission.DENY or rule.tool != "Read" or pattern.startswith(("//", "~")):
        return ""
    return "" if not pattern.strip("*/.") else pattern.removeprefix(".") if pattern.startswith("./") else pattern


Found = tuple[list[Table], str, str]


def _of_tool(rule: PermissionRule) -> Found:
    whole = rule.pattern is None or rule.pattern in {"*", ":*", "**"}
    if rule.tool == "Bash":
        return _whole(rule, ["run_shell_command"]) if whole else _shell(rule)
    if rule.tool in _READERS | _EDITORS:
        return _whole(rule, _named(rule.tool)) if whole else _path(rule)
    if not (tools := list(to_gemini(rule.tool))):
        return [], "", f"Gemini CLI has no such tool, so nothing there to {rule.decision}"
    if whole:
        return _whole(rule, tools)
    pattern = rule.pattern or ""
    if rule.tool == "WebFetch" and pattern.startswith("domain:"):
        return _domain(rule, pattern.removeprefix("domain:"))
    if rule.tool in {"Agent", "Task"}:
        return [{"toolName": pattern.lower()}], "", ""
    if rule.tool == "Skill":
        return [{"toolName": tools, "argsPattern": f'"name":"{patterns.escape(pattern)}"'}], "", ""
    return _widened(rule, tools)


def _whole(rule: PermissionRule, tools: list[str]) -> Found:
    if not tools:
        return [], "", f"Gemini CLI has no such tool, so nothing there to {rule.decision}"
    if rule.tool == "Bash" and rule.decision is Permission.ASK:
        # With a pattern, commands that Gemini CLI knows as harmless ask too.
        return [{"toolName": "run_shell_command", "argsPattern": '"command":'}], "", ""
    return [{"toolName": tools[0] if len(tools) == 1 else tools}], "", ""


def _widened(rule: PermissionRule, tools: list[str]) -> Found:
    if rule.decision is Permission.ALLOW:
        return [], "", f"Gemini CLI cannot look into {rule.tool} for this pattern: it asks"
    tables, _, why_not = _whole(rule, tools)
    return (
        tables,
        f"Gemini CLI cannot look into {rule.tool} for this pattern: {_DOES[rule.decision]} all of it",
        why_not,
    )


def _shell(rule: PermissionRule) -> Found:
    key, value = patterns.command(rule.pattern or "")
    if len(value) <= patterns.LONGEST:
        return [{"toolName": "run_shell_command", key: value}], "", ""
    if rule.decision is Permission.ALLOW:
        return [], "", "longer than Gemini CLI takes: it asks"
    first = (rule.pattern or "").split()[0].split("*")[0][:100]
    table = {"toolName": "run_shell_command", "commandRegex": patterns.escape(first)}
    return [table], f'longer than Gemini CLI takes: {_DOES[rule.decision]} every command that begins "{first}"', ""


def _path(rule: PermissionRule) -> Found:
    pattern = rule.pattern or ""
    expression = patterns.path(pattern)
    if rule.decision is Permission.ALLOW:
        return _allowed_path(rule, pattern, expression)
    if len(expression) > patterns.LONGEST:
        return _widened(rule, _named(rule.tool))
    tools = list(_LOOKERS if rule.tool == "Read" else _named(rule.tool))
    if not tools:
        return _whole(rule, tools)
    keys = "file_path|dir_path|include|include_pattern"
    anything = patterns.ANYTHING
    tables: list[Table] = [
        {"toolName": tools, "argsPattern": f'"({keys})":{anything}["/]{expression}(/{anything}|)"'},
    ]
    if rule.tool in _SHELL_TOO and pattern.strip("*/.~"):
        tables.append({"toolName": "run_shell_command", "commandRegex": patterns.names_it(expression)})
    if rule.tool == "Read":
        return tables, "in every folder, and for shell commands that name it; one that hides the name is not seen", ""
    return tables, "in every folder; a shell command that names it asks, one that hides the name is not seen", ""


def _allowed_path(rule: PermissionRule, pattern: str, expression: str) -> Found:
    if rule.tool in _READERS:
        return [], "", "Gemini CLI reads the project's files without asking, and no others"
    outside = pattern.startswith(("~", "//")) or ".." in pattern
    if outside or not _named(rule.tool) or set(pattern) & set("[{"):
        return [], "", "no policy says just that: Gemini CLI asks"
    start = "(\\./|)" if "/" in pattern.removeprefix("**/") else f"({patterns.ANYTHING}/|)"
    condition = f'"file_path":"(?!/|{patterns.ANYTHING}\\.\\.){start}{expression}"'
    return [{"toolName": _named(rule.tool), "argsPattern": condition}], "a path from the root of the disk asks", ""


def _domain(rule: PermissionRule, domain: str) -> Found:
    if rule.decision is Permission.ALLOW:
        return [], "", "one web_fetch may name several addresses: Gemini CLI asks each time"
    condition = f'"(prompt|url)":"({patterns.ANYTHING}[^\\w-]|){patterns.host(domain)}[^\\w-]'
    return [{"toolName": "web_fetch", "argsPattern": condition}], "for every web_fetch whose prompt names it", ""


def _named(tool: str) -> list[str]:
    return _MORE.get(tool) or list(to_gemini(tool))


def _written(table: Table, rule: PermissionRule) -> Table:
    decision = rule.decision
    if rule.tool in _EDITORS and table["toolName"] == "run_shell_command":
        decision = Permission.ASK
    written = {"name": f"{rule.decision} {rule.text}", **table, "decision": _DECISIONS[decision]}
    written["priority"] = _PRIORITIES[decision]
    if decision is Permission.ALLOW:
        written["modes"] = list(_MODES)
    return written


_MORE = {"Edit": ["replace", "write_file"], "Read": ["read_file", "read_many_files"]}
_READERS = frozenset({"Read", "Glob", "Grep", "LS"})
_EDITORS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
_LOOKERS = ("read_file", "read_many_files", "list_directory", "grep_search", "glob")
_SHELL_TOO = frozenset({"Read", "Edit", "Write", "MultiEdit"})
_DOES = {Permission.DENY: "it denies", Permission.ASK: "it asks for", Permission.ALLOW: "it allows"}
_DECISIONS = {Permission.DENY: "deny", Permission.ASK: "ask_user", Permission.ALLOW: "allow"}
_PRIORITIES = {Permission.DENY: 999, Permission.ASK: 990, Permission.ALLOW: 100}
"""Above 950 stands what the user once allowed for always; an ask of the source outlives that."""
_MODES = ("default", "autoEdit", "yolo")
"""In plan mode Gemini CLI runs nothing; a rule without modes would."""
