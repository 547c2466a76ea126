"""Writes MCP servers as Claude Code's ``mcpServers``. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, McpServer, Scope, Transport, Value
from reconciler.convert.claude.layout import servers_path
from reconciler.convert.secrets import reference_name
from reconciler.model.conversion import Item


def write_servers(config: AgentConfig) -> tuple[dict[str, Any], list[Item]]:
    """Write each server that Claude Code can reach.

    Returns:
        The servers by name, and a line for each server and each of its keys.
    """
    tables: dict[str, Any] = {}
    items: list[Item] = []
    for server in config.servers:
        target = f"{servers_path(config.scope)}:mcpServers.{server.name}"
        if why_not := _why_not(server, config.scope):
            lost = dict.fromkeys([*server.lines, *server.others], why_not)
            items.append(ledger.dropped(f"mcp:{server.name}", server.origin, why_not))
        else:
            table, differences = _table(server)
            tables[server.name] = table
            lost = dict.fromkeys(server.others, "no counterpart in Claude Code")
            items.append(ledger.kept(f"mcp:{server.name}", server.origin, target))
        lines = {**server.lines, **server.others}
        differences = {} if why_not else differences
        items += ledger.keyed(f"mcp:{server.name}", lines, server.origin, target, differences, lost)
    return tables, items


def _why_not(server: McpServer, scope: Scope) -> str:
    if server.transport is Transport.UNKNOWN:
        return f"Claude Code speaks stdio, HTTP and SSE, not {server.transport_name}"
    if not server.enabled and scope is Scope.USER:
        return "switched off, and Claude Code starts every server of a user: add it when it is wanted"
    return ""


def _table(server: McpServer) -> tuple[dict[str, Any], dict[str, str]]:
    secrets = _Secrets(server.name)
    table: dict[str, Any] = {}
    if server.transport is Transport.STDIO:
        table["command"] = secrets.take("command", server.command)
        table["args"] = [secrets.take("args", value) for value in server.args]
        table["env"] = {name: secrets.take(f"env.{name}", value, name) for name, value in server.env.items()}
        table["cwd"] = secrets.take("cwd", server.cwd)
    else:
        table["type"] = server.transport.value
        table["url"] = secrets.take("url", server.url)
        named = {name: reference_name(server.name, name) for name in server.headers}
        table["headers"] = {
            name: secrets.take(f"headers.{name}", value, named[name]) for name, value in server.headers.items()
        }
    if server.cwd:
        secrets.differences["cwd"] = "Claude Code starts a server in the folder that it runs in itself"
    if server.timeout_ms is not None:
        table["timeout"] = server.timeout_ms
    return {key: value for key, value in table.items() if value}, secrets.differences


class _Secrets:
    """Puts a reference in the place of each secret and remembers under which key it stood."""

    def __init__(self, server: str) -> None:
        self.differences: dict[str, str] = {}
        self._default = reference_name(server, "SECRET")

    def take(self, key: str, value: Value, variable: str = "") -> str:
        if isinstance(value, str):
            return value
        name = variable or self._default
        self.differences[key] = f"was a literal ({value.kind}): set {name} in the agent's environment"
        return f"Bearer ${{{name}}}" if value.bearer else f"${{{name}}}"
