"""Writes permission rules for MCP tools into the tables of their servers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import Permission, PermissionRule
from reconciler.convert.codex.layout import CONFIG
from reconciler.convert.formats.toml_merge import Table
from reconciler.model.conversion import Item


def tool_rule(rule: PermissionRule, servers: Mapping[str, Table]) -> Item:
    """Add a rule to the table of its server.

    Args:
        rule: One whose tool begins with ``mcp``; stronger ones come first: deny before ask before allow.
        servers: The tables that the configuration gets, by server; the rule is added to one of them.
    """
    name = f"permission:{rule.decision}:{rule.text}"
    if rule.pattern is not None:
        return ledger.dropped(name, rule.origin, "Codex does not look at what a tool of a server is called with")
    found = _server(rule.tool, servers)
    if found is None:
        if rule.tool == "mcp__*" and rule.decision is Permission.DENY and servers:
            return _deny_all(name, rule, servers)
        reason = "no such server in this configuration: write the rule where that server is set up"
        return ledger.dropped(name, rule.origin, reason)
    server, tool = found
    target = f"{CONFIG}:mcp_servers.{server}"
    if tool in ("", "*"):
        return _whole(name, rule, servers[server], target)
    if "*" in tool:
        return _pattern(name, rule, servers[server], target)
    return _one(name, rule, servers[server], target, tool)


def _server(text: str, servers: Iterable[str]) -> tuple[str, str] | None:
    """Find the server that a rule names, and its tool: the longest name wins, because names may hold ``__``."""
    rest = text.removeprefix("mcp__")
    for server in sorted(servers, key=len, reverse=True):
        known = re.sub(r"[^\w-]", "_", server)
        if rest == known or rest.startswith(f"{known}__"):
            return server, rest[len(known) + 2 :]
    return None


def _one(name: str, rule: PermissionRule, table: Table, target: str, tool: str) -> Item:
    if rule.decision is Permission.DENY:
        table.setdefault("disabled_tools", [])
        table["disabled_tools"] += [tool] if tool not in table["disabled_tools"] else []
        return ledger.kept(name, rule.origin, f"{target}.disabled_tools")
    if rule.decision is Permission.ALLOW and table.get(_DEFAULT) == _MODES[Permission.ASK]:
        return ledger.degraded(name, rule.origin, f"{target}.{_DEFAULT}", "a stronger rule asks for every tool of it")
    return _set(
        name, rule, table.setdefault("tools", {}).setdefault(tool, {}), "approval_mode", f"{target}.tools.{tool}"
    )


def _whole(name: str, rule: PermissionRule, table: Table, target: str) -> Item:
    if rule.decision is Permission.DENY:
        table["enabled"] = False
        return ledger.degraded(name, rule.origin, f"{target}.enabled", "Codex does not start the server at all")
    return _set(name, rule, table, _DEFAULT, target)


def _pattern(name: str, rule: PermissionRule, table: Table, target: str) -> Item:
    if rule.decision is Permission.ALLOW:
        return ledger.dropped(name, rule.origin, "Codex has no patterns for tools: it asks as it does by default")
    if rule.decision is Permission.DENY:
        table["enabled"] = False
        reason = "Codex has no patterns for tools: it does not start the server at all"
        return ledger.degraded(name, rule.origin, f"{target}.enabled", reason)
    table[_DEFAULT] = _MODES[Permission.ASK]
    reason = "Codex has no patterns for tools: it asks before every tool of the server"
    return ledger.degraded(name, rule.origin, f"{target}.{_DEFAULT}", reason)


def _deny_all(name: str, rule: PermissionRule, servers: Mapping[str, Table]) -> Item:
    for table in servers.values():
        table["enabled"] = False
    reason = "Codex starts none of the servers that are set up here; one of the user's own stays"
    return ledger.degraded(name, rule.origin, f"{CONFIG}:mcp_servers", reason)


def _set(name: str, rule: PermissionRule, table: dict[str, Any], key: str, target: str) -> Item:
    mode = _MODES[rule.decision]
    differences = ["a stronger rule asks for it"] if table.setdefault(key, mode) != mode else []
    differences += ["written as the default of the server"] if rule.tool.endswith("*") else []
    return ledger.settled(name, rule.origin, f"{target}.{key}", differences)


_DEFAULT = "default_tools_approval_mode"
_MODES = {Permission.ASK: "prompt", Permission.ALLOW: "approve"}
