"""Turns a permission for an MCP server's tools into policy rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from reconciler.convert.agent import Permission


def server_policy(tool: str, decision: Permission, servers: Collection[str]) -> tuple[list[dict[str, Any]], str, str]:
    """Give the rules for ``mcp__server``, ``mcp__server__tool`` or ``mcp__*``.

    Returns:
        The rules; how they differ from the permission; why there are none.

    >>> server_policy("mcp__my_git__push", Permission.DENY, ["my_git"])
    ([{'toolName': 'push', 'mcpName': 'my_git'}], '', '')
    """
    said, _, name = tool.removeprefix("mcp__").partition("__")
    server = next((one for one in servers if _as_claude_says(one) == said), said)
    if server in {"", "*"}:
        return [{"toolName": "*", "mcpName": "*"}], "", ""
    if "*" in server or not _NAME.fullmatch(server):
        return [], "", f"Gemini CLI's policies cannot name the server {server}: rename it, or list it in mcp.excluded"
    if name in {"", "*"}:
        return [{"toolName": "*", "mcpName": server}], "", ""
    if "*" not in name and len(f"mcp_{server}_{name}") <= _LONGEST:
        return [{"toolName": name, "mcpName": server}], "", ""
    if decision is Permission.ALLOW:
        return [], "", "a policy names one tool or all of a server: Gemini CLI asks"
    verb = "denies" if decision is Permission.DENY else "asks for"
    return [{"toolName": "*", "mcpName": server}], f"a policy names one tool or all of a server: it {verb} all", ""


def _as_claude_says(server: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", server)


_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_LONGEST = 63
"""Gemini CLI shortens a longer tool name, and a rule with the whole one would never match."""
