"""Writes MCP servers as OpenCode's ``mcp`` table. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import McpServer, Secret, Transport, Value
from reconciler.convert.opencode.references import is_substituted, to_opencode
from reconciler.convert.secrets import reference_name
from reconciler.model.conversion import Item


def write_servers(servers: tuple[McpServer, ...], target: str) -> tuple[dict[str, Any], list[Item]]:
    """Write each server that OpenCode can start as it was meant.

    Returns:
        The tables by server name, and a line for each server and each of its keys.
    """
    tables: dict[str, Any] = {}
    items: list[Item] = []
    for server in servers:
        place = f"{target}:mcp.{server.name}"
        name = f"mcp:{server.name}"
        if why_not := _why_not(server):
            lost = dict.fromkeys((*server.lines, *server.others), why_not)
            items.append(ledger.dropped(name, server.origin, why_not))
            items += ledger.keyed(name, {**server.lines, **server.others}, server.origin, "", {}, lost)
            continue
        tables[server.name], notes = _table(server)
        notes.lost.update(dict.fromkeys(server.others, "OpenCode has no such key for a server"))
        items.append(ledger.kept(name, server.origin, place))
        lines = {**server.lines, **server.others}
        items += ledger.keyed(name, lines, server.origin, place, notes.differences, notes.lost)
    return tables, items


@dataclass(slots=True)
class _Notes:
    """Why a key is not there as it was, or not at all, by the key."""

    differences: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def _why_not(server: McpServer) -> str:
    if server.transport is Transport.UNKNOWN:
        return f"OpenCode speaks stdio, streamable HTTP and SSE, not {server.transport_name}"
    values = (server.command, *server.args, server.cwd, server.url, *server.env.values(), *server.headers.values())
    if any(isinstance(value, str) and is_substituted(value) for value in values):
        return "OpenCode would read a file or a variable in the place of a text with {file:…} or {env:…}"
    return ""


def _table(server: McpServer) -> tuple[dict[str, Any], _Notes]:
    notes = _Notes()

    def text(key: str, value: Value, variable: str) -> str:
        written, difference = _text(value, variable)
        if difference:
            notes.differences[key] = difference
        return written

    table = _local(server, text, notes) if server.transport is Transport.STDIO else _remote(server, text, notes)
    if server.timeout_ms is not None:
        table["timeout"] = server.timeout_ms
    if not server.enabled:
        table["enabled"] = False
    return table, notes


def _local(server: McpServer, text: Callable[[str, Value, str], str], notes: _Notes) -> dict[str, Any]:
    secret = reference_name(server.name, "SECRET")
    words = [text("command", server.command, secret), *(text("args", value, secret) for value in server.args)]
    table: dict[str, Any] = {"type": "local", "command": words}
    if server.cwd:
        table["cwd"] = text("cwd", server.cwd, secret)
    if server.env:
        table["environment"] = {name: text(f"env.{name}", value, name) for name, value in server.env.items()}
    notes.lost.update(_unused(server, ("url", "headers")))
    return table


def _remote(server: McpServer, text: Callable[[str, Value, str], str], notes: _Notes) -> dict[str, Any]:
    table: dict[str, Any] = {"type": "remote", "url": text("url", server.url, reference_name(server.name, "SECRET"))}
    if server.headers:
        table["headers"] = {
            name: text(f"headers.{name}", value, _variable(server.name, name, value))
            for name, value in server.headers.items()
        }
    if server.transport is Transport.SSE:
        notes.differences["type"] = "OpenCode finds out by itself: it tries streamable HTTP, then SSE"
    notes.lost.update(_unused(server, ("command", "args", "env", "cwd")))
    return table


def _text(value: Value, variable: str) -> tuple[str, str]:
    if isinstance(value, Secret):
        reference = f"{'Bearer ' if value.bearer else ''}{{env:{variable}}}"
        return reference, f"it was a literal ({value.kind}): set {variable} in the agent's environment"
    return to_opencode(value)


def _variable(server: str, header: str, value: Value) -> str:
    return reference_name(server, "token" if isinstance(value, Secret) and value.bearer else header)


def _unused(server: McpServer, keys: tuple[str, ...]) -> Mapping[str, str]:
    unused = [key for key in server.lines if key.partition(".")[0] in keys]
    return dict.fromkeys(unused, f"unused with {server.transport_name}")
