"""Writes MCP servers as tables of Codex's ``config.toml``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.convert import ledger
from reconciler.convert.agent import McpServer, Secret, Transport, Value
from reconciler.convert.codex.layout import CONFIG
from reconciler.convert.codex.writer import shell
from reconciler.convert.formats.toml_merge import Table
from reconciler.convert.secrets import reference_name
from reconciler.model.conversion import Item


@dataclass(slots=True)
class _Draft:
    """A server's table; which of its keys are there with a difference, and which are not."""

    table: Table = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def write_servers(servers: tuple[McpServer, ...]) -> tuple[dict[str, Table], list[Item]]:
    """Write each server that Codex can start as it was meant.

    Returns:
        The tables by server name, and a line for each server and for each of its keys.
    """
    tables: dict[str, Table] = {}
    items: list[Item] = []
    for server in servers:
        name, target = f"mcp:{server.name}", f"{CONFIG}:mcp_servers.{server.name}"
        if why_not := _why_not(server):
            lost = dict.fromkeys({**server.lines, **server.others}, f"its server is left out: {why_not}")
            items.append(ledger.dropped(name, server.origin, why_not))
            items += ledger.keyed(name, {**server.lines, **server.others}, server.origin, target, {}, lost)
            continue
        draft = _stdio(server) if server.transport is Transport.STDIO else _http(server)
        tables[server.name] = draft.table | _common(server)
        lost = draft.lost | {key: _OTHERS.get(key, _NO_COUNTERPART) for key in server.others}
        by_shell = [_BY_SHELL] if "command" in draft.changed else []
        items.append(ledger.settled(name, server.origin, target, by_shell))
        items += ledger.keyed(name, {**server.lines, **server.others}, server.origin, target, draft.changed, lost)
    return tables, items


def _why_not(server: McpServer) -> str:
    if server.transport not in (Transport.STDIO, Transport.HTTP):
        return f"Codex speaks stdio and streamable HTTP, not {server.transport_name}"
    named = (("command", (server.command,)), ("args", server.args), ("cwd", (server.cwd,)), ("url", (server.url,)))
    for key, values in named:
        for value in values:
            if isinstance(value, Secret):
                return f"{key} holds what looks like a {value.kind}; Codex takes secrets from variables only"
    if isinstance(server.url, str) and server.transport is Transport.HTTP and "${" in server.url:
        return f"url holds {shell.names_in(server.url)}; Codex puts no variables into it"
    return ""


def _common(server: McpServer) -> Table:
    table: Table = {}
    if server.timeout_ms is not None:
        seconds = server.timeout_ms / 1000
        table["tool_timeout_sec"] = int(seconds) if seconds.is_integer() else seconds
    return table | ({} if server.enabled else {"enabled": False})


def _stdio(server: McpServer) -> _Draft:
    draft = _Draft(lost=_unused(server, ("url", "headers")))
    plain: Table = {}
    passed: list[str] = []
    made: dict[str, str] = {}
    for name, value in server.env.items():
        if isinstance(value, Secret):
            draft.changed[f"env.{name}"] = f"{name} was a literal ({value.kind}): set {name} in the agent's environment"
            passed.append(name)
        elif "${" not in value:
            plain[name] = value
        elif value == f"${{{name}}}":
            passed.append(name)
        else:
            made[name] = value
            draft.changed[f"env.{name}"] = _BY_SHELL
    words = [_literal(value) for value in (server.command, *server.args)]
    cwd = _literal(server.cwd)
    if made or shell.has_reference(*words, cwd):
        used = shell.variables_in(*words, cwd, *made.values())
        passed += [name for name in used if name not in (*passed, *plain)]
        draft.table = {"command": "sh", "args": ["-c", shell.script(words, cwd, made)]}
        draft.changed |= dict.fromkeys(("command", "args", "cwd"), _BY_SHELL)
    else:
        draft.table = {"command": words[0]} | ({"args": words[1:]} if words[1:] else {}) | ({"cwd": cwd} if cwd else {})
    draft.table |= {"env": plain} if plain else {}
    draft.table |= {"env_vars": passed} if passed else {}
    return draft


def _http(server: McpServer) -> _Draft:
    draft = _Draft({"url": _literal(server.url)}, lost=_unused(server, ("command", "args", "env", "cwd")))
    static: Table = {}
    from_env: Table = {}
    for header, value in server.headers.items():
        key = f"headers.{header}"
        variable, changed = _header(server.name, header, value)
        if changed:
            draft.changed[key] = changed
        if variable and header.lower() == "authorization" and _is_bearer(value):
            draft.table["bearer_token_env_var"] = variable
        elif variable:
            from_env[header] = variable
        elif isinstance(value, str) and "${" in value:
            reason = f"it was made from {shell.names_in(value)}; Codex takes a header from one variable as it is"
            draft.lost[key] = reason
        elif isinstance(value, str):
            static[header] = value
    draft.table |= {"http_headers": static} if static else {}
    draft.table |= {"env_http_headers": from_env} if from_env else {}
    return draft


def _header(server: str, header: str, value: Value) -> tuple[str, str]:
    if isinstance(value, Secret):
        variable = reference_name(server, "token" if value.bearer else header)
        return variable, f"{header} was a literal ({value.kind}): set {variable} in the agent's environment"
    is_bearer = header.lower() == "authorization" and _is_bearer(value)
    match = shell.REFERENCE.fullmatch(value[len("Bearer ") :].strip() if is_bearer else value)
    if not match:
        return "", ""
    return match[1], f"{match[1]} has no default in Codex: set it" if match[2] is not None else ""


def _is_bearer(value: Value) -> bool:
    return value.bearer if isinstance(value, Secret) else value[:7].lower() == "bearer "


def _unused(server: McpServer, keys: tuple[str, ...]) -> dict[str, str]:
    reason = f"unused with {server.transport_name}"
    return {key: reason for key in server.lines if key.partition(".")[0] in keys}


def _literal(value: Value) -> str:
    return value if isinstance(value, str) else ""


_BY_SHELL = "Codex puts no variables into it: a shell does, which starts the server"
_NO_COUNTERPART = "no counterpart in Codex"
_OTHERS: Mapping[str, str] = {
    "description": "a note for people: Codex has no place for it",
    "headersHelper": "not taken over: Codex calls it http_headers_helper",
    "oauth": "not taken over: Codex has oauth, scopes and oauth_resource, and codex mcp login",
}
