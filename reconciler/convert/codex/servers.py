"""Writes MCP servers as tables of Codex's ``config.toml``. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.convert import ledger
from reconciler.convert.agent import McpServer, Secret, Transport, Value
from reconciler.convert.codex.toml_file import CONFIG, Table
from reconciler.convert.documents import Origin
from reconciler.convert.secrets import reference_name
from reconciler.model.conversion import Item


def write_servers(servers: tuple[McpServer, ...]) -> tuple[Table, list[Item]]:
    """Write each server that Codex can start as it was meant.

    Returns:
        The tables by server name, and a line for each server and for each of its keys that has no full counterpart.
    """
    tables: Table = {}
    items: list[Item] = []
    for server in servers:
        if why_not := _why_not(server):
            items.append(ledger.dropped(f"mcp:{server.name}", server.origin, why_not))
            continue
        table, differences = _table(server)
        tables[server.name] = table
        others = [_other(server, key, line) for key, line in server.others.items()]
        if others:
            differences.append(f"left out: {', '.join(server.others)}")
        target = f"{CONFIG}:mcp_servers.{server.name}"
        items += [ledger.settled(f"mcp:{server.name}", server.origin, target, differences), *others]
    return tables, items


def _why_not(server: McpServer) -> str:
    if server.transport not in (Transport.STDIO, Transport.HTTP):
        return f"Codex speaks stdio and streamable HTTP, not {server.transport_name}"
    named = (("command", (server.command,)), ("args", server.args), ("cwd", (server.cwd,)), ("url", (server.url,)))
    for key, values in named:
        for value in values:
            if isinstance(value, Secret):
                return (
                    f"{key} holds what looks like a {value.kind}; Codex takes secrets from variables in env and headers"
                )
            if "${" in value:
                return f"{key} holds {_names(value)}; Codex puts variables only into env and headers"
    return ""


def _table(server: McpServer) -> tuple[Table, list[str]]:
    if server.transport is Transport.STDIO:
        table, differences = _stdio(server)
    else:
        table, differences = _http(server)
    if server.timeout_ms is not None:
        seconds = server.timeout_ms / 1000
        table["tool_timeout_sec"] = int(seconds) if seconds.is_integer() else seconds
    if not server.enabled:
        table["enabled"] = False
    return table, differences


def _stdio(server: McpServer) -> tuple[Table, list[str]]:
    table: Table = {"command": _literal(server.command)}
    if server.args:
        table["args"] = [_literal(value) for value in server.args]
    if server.cwd:
        table["cwd"] = _literal(server.cwd)
    literals = {name: value for name, value in server.env.items() if isinstance(value, str) and "${" not in value}
    references = [name for name in server.env if name not in literals]
    if literals:
        table["env"] = dict(literals)
    if references:
        table["env_vars"] = list(references)
    differences = [text for name in references if (text := _env_difference(name, server.env[name]))]
    return table, differences + _unused(server, {"url": server.url, "headers": server.headers})


def _env_difference(name: str, value: Value) -> str:
    if isinstance(value, Secret):
        return f"{name} was a literal ({value.kind}): set {name} in the agent's environment"
    match = _REFERENCE.fullmatch(value)
    if match and match[1] == name:
        return f"{name} has no default in Codex: set it" if match[2] is not None else ""
    return f"{name} was made from {_names(value)}; Codex passes on variables of the same name only: set {name}"


def _http(server: McpServer) -> tuple[Table, list[str]]:
    table: Table = {"url": _literal(server.url)}
    static: Table = {}
    from_env: Table = {}
    differences: list[str] = []
    for header, value in server.headers.items():
        variable, difference = _header(server.name, header, value)
        if difference:
            differences.append(difference)
        if variable and header.lower() == "authorization" and _is_bearer(value):
            table["bearer_token_env_var"] = variable
        elif variable:
            from_env[header] = variable
        elif isinstance(value, str) and not difference:
            static[header] = value
    table |= {"http_headers": static} if static else {}
    table |= {"env_http_headers": from_env} if from_env else {}
    unused = {"command": server.command, "args": server.args, "env": server.env, "cwd": server.cwd}
    return table, differences + _unused(server, unused)


def _header(server: str, header: str, value: Value) -> tuple[str, str]:
    if isinstance(value, Secret):
        variable = reference_name(server, "token" if value.bearer else header)
        return variable, f"{header} was a literal ({value.kind}): set {variable} in the agent's environment"
    if "${" not in value:
        return "", ""
    is_bearer = header.lower() == "authorization" and _is_bearer(value)
    match = _REFERENCE.fullmatch(value[7:].strip() if is_bearer else value)
    if not match:
        return (
            "",
            f"{header} left out: it was made from {_names(value)}; Codex takes a header from one variable as it is",
        )
    return match[1], f"{header}: {match[1]} has no default in Codex: set it" if match[2] is not None else ""


def _is_bearer(value: Value) -> bool:
    return value.bearer if isinstance(value, Secret) else value[:7].lower() == "bearer "


def _unused(server: McpServer, keys: Mapping[str, object]) -> list[str]:
    present = [key for key, value in keys.items() if value]
    return [f"left out, unused with {server.transport_name}: {', '.join(present)}"] if present else []


def _other(server: McpServer, key: str, line: int) -> Item:
    origin = Origin(server.origin.path, line)
    if key == "description":
        target = f"{CONFIG}:mcp_servers.{server.name}"
        return ledger.degraded(
            f"mcp:{server.name}:{key}", origin, target, "a note for people; Codex has no place for it"
        )
    return ledger.dropped(f"mcp:{server.name}:{key}", origin, "no counterpart in Codex, or not converted yet")


def _literal(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _names(value: str) -> str:
    return ", ".join(sorted({f"${{{match[1]}}}" for match in _REFERENCE.finditer(value)})) or "${…}"


_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
