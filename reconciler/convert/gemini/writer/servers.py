"""Writes MCP servers as members of ``mcpServers``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import McpServer, Secret, Transport, Value
from reconciler.convert.gemini.layout import SETTINGS
from reconciler.convert.secrets import reference_name
from reconciler.model.conversion import Item


def write_servers(servers: Iterable[McpServer]) -> tuple[dict[str, Any], list[Item]]:
    """Write each server whose transport Gemini CLI speaks.

    Returns:
        The members by server name, and a line for each server and each of its keys.
    """
    tables: dict[str, Any] = {}
    items: list[Item] = []
    for server in servers:
        name, target = f"mcp:{server.name}", f"{SETTINGS}:mcpServers.{server.name}"
        lines = {**server.lines, **server.others}
        if server.transport is Transport.UNKNOWN:
            reason = f"Gemini CLI speaks stdio, streamable HTTP and SSE, not {server.transport_name}"
            items.append(ledger.dropped(name, server.origin, reason))
            items += ledger.keyed(name, lines, server.origin, target, {}, dict.fromkeys(lines, reason))
            continue
        tables[server.name] = _table(server)
        differences = {key: text for key, value in _values(server) if (text := _difference(server, key, value))}
        lost = dict.fromkeys(server.others, "Gemini CLI has no such key: set it by hand if it matters") | _unused(
            server
        )
        whole = [*dict.fromkeys(differences.values()), *([f"left out: {', '.join(lost)}"] if lost else [])]
        items.append(ledger.settled(name, server.origin, target, whole))
        items += ledger.keyed(name, lines, server.origin, target, differences, lost)
    return tables, items


def _table(server: McpServer) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if server.transport is Transport.STDIO:
        table["command"] = _text(server, "", server.command)
        if server.args:
            table["args"] = [_text(server, "", value) for value in server.args]
        if server.env:
            table["env"] = {name: _text(server, name, value) for name, value in server.env.items()}
        if server.cwd:
            table["cwd"] = _text(server, "", server.cwd)
    else:
        table["url"] = _text(server, "", server.url)
        table["type"] = "sse" if server.transport is Transport.SSE else "http"
        if server.headers:
            table["headers"] = {name: _text(server, name, value) for name, value in server.headers.items()}
    return table | ({} if server.timeout_ms is None else {"timeout": server.timeout_ms})


def _text(server: McpServer, name: str, value: Value) -> str:
    if isinstance(value, str):
        return value
    return f"{'Bearer ' if value.bearer else ''}${{{_variable(server, name)}}}"


def _variable(server: McpServer, name: str) -> str:
    return name if name in server.env else reference_name(server.name, name or "SECRET")


def _values(server: McpServer) -> list[tuple[str, Value]]:
    named = [("command", server.command), ("cwd", server.cwd), ("url", server.url)]
    named += [("args", value) for value in server.args]
    named += [(f"env.{name}", value) for name, value in server.env.items()]
    return named + [(f"headers.{name}", value) for name, value in server.headers.items()]


def _difference(server: McpServer, key: str, value: Value) -> str:
    if isinstance(value, Secret):
        variable = _variable(server, key.partition(".")[2])
        return f"{key} was a literal {value.kind}: set {variable} in Gemini CLI's environment"
    bare = _BARE.search(value)
    return f"Gemini CLI fills in {bare[0]} too, in {key}" if bare else ""


def _unused(server: McpServer) -> dict[str, str]:
    is_local = server.transport is Transport.STDIO
    keys = ("url", "headers") if is_local else ("command", "args", "env", "cwd")
    reason = "a local server has no address" if is_local else "a remote server starts nothing"
    return {key: reason for key in server.lines if key.partition(".")[0] in keys}


_BARE = re.compile(r"\$\w+")
