"""Reads the members of ``mcpServers``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconciler.convert import secrets
from reconciler.convert.agent import (
    FoundSecret,
    McpServer,
    Permission,
    PermissionRule,
    Secret,
    Transport,
    Unreadable,
    Value,
)
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node
from reconciler.convert.gemini.layout import SETTINGS
from reconciler.convert.rules import split_rule


def read_servers(
    node: Node | None,
) -> tuple[tuple[McpServer, ...], tuple[PermissionRule, ...], tuple[Unreadable, ...]]:
    """Read the servers; ``trust`` and ``excludeTools`` of one are permissions.

    Returns:
        The servers, the permissions, and what could not be read.

    Raises:
        JsonFault: ``mcpServers`` is no object.
    """
    servers: list[McpServer] = []
    rules: list[PermissionRule] = []
    unreadable: list[Unreadable] = []
    for name, member in node.members().items() if node else ():
        try:
            servers.append(_server(name, member))
            rules += _rules(name, member.members())
        except JsonFault as fault:
            unreadable.append(Unreadable(f"mcp:{name}", Origin(SETTINGS, fault.line), fault.reason))
    return tuple(servers), tuple(rules), tuple(unreadable)


def found_secrets(server: McpServer) -> Iterable[FoundSecret]:
    """List the literal secrets of a server."""
    for name, value in (*server.env.items(), *server.headers.items()):
        if isinstance(value, Secret):
            variable = name if name in server.env else secrets.reference_name(server.name, name)
            yield FoundSecret(server.origin, value.kind, variable)
    for value in (server.command, server.cwd, server.url, *server.args):
        if isinstance(value, Secret):
            yield FoundSecret(server.origin, value.kind, secrets.reference_name(server.name, "SECRET"))


def _server(name: str, node: Node) -> McpServer:
    keys = node.members()
    if secrets.find(name.encode()):
        raise JsonFault(node.line, "found a name that looks like a secret, expected a plain name")
    url = keys.get("httpUrl") or keys.get("url")
    if url is None and "command" not in keys:
        raise JsonFault(node.line, 'found neither "command" nor "url", expected one')
    named = keys["type"].text() if "type" in keys and "httpUrl" not in keys else "http"
    named = named if url else "stdio"
    flags = ["", *(one.text() for one in _elements(keys.get("args")))]
    taken = _KNOWN | ({"timeout"} if _is_timeout(keys.get("timeout")) else set())
    return McpServer(
        name=name,
        origin=Origin(SETTINGS, node.line),
        transport=_TRANSPORTS.get(named, Transport.UNKNOWN),
        transport_name=named,
        command=_value("", keys.get("command")),
        args=tuple(
            _value(flag.lstrip("-") if flag.startswith("-") else "", one)
            for flag, one in zip(flags, _elements(keys.get("args")), strict=False)
        ),
        cwd=_value("", keys.get("cwd")),
        url=_value("", url),
        env=_values(keys.get("env")),
        headers=_values(keys.get("headers")),
        timeout_ms=int(keys["timeout"].scalar()) if "timeout" in taken else None,
        others={key: one.line for key, one in keys.items() if key not in taken},
        lines=_lines(keys, taken),
    )


def _lines(keys: Mapping[str, Node], taken: Iterable[str]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key in keys.keys() & set(taken) - _PERMISSIONS:
        if key in _TABLES:
            lines |= {f"{key}.{name}": one.line for name, one in keys[key].members().items()}
        else:
            lines["url" if key == "httpUrl" else key] = keys[key].line
    return lines


def _rules(name: str, keys: Mapping[str, Node]) -> Iterable[PermissionRule]:
    if "trust" in keys and keys["trust"].value is True:
        text = f"mcp__{name}"
        yield PermissionRule(Permission.ALLOW, text, Origin(SETTINGS, keys["trust"].line), *split_rule(text))
    for one in _elements(keys.get("excludeTools")):
        text = f"mcp__{name}__{one.text()}"
        yield PermissionRule(Permission.DENY, text, Origin(SETTINGS, one.line), *split_rule(text))


def _elements(node: Node | None) -> tuple[Node, ...]:
    return node.elements() if node else ()


def _value(name: str, node: Node | None) -> Value:
    text = _BARE.sub(r"${\1}", node.text()) if node else ""
    return secrets.judge(name, text) or text


def _values(node: Node | None) -> dict[str, Value]:
    members = node.members() if node else {}
    texts = {name: _BARE.sub(r"${\1}", one.scalar()) for name, one in members.items()}
    return {name: secrets.judge(name, text) or text for name, text in texts.items()}


def _is_timeout(node: Node | None) -> bool:
    return node is not None and isinstance(node.value, int) and not isinstance(node.value, bool) and node.value > 0


_TABLES = frozenset({"env", "headers"})
_PERMISSIONS = frozenset({"trust", "excludeTools"})
_KNOWN = frozenset({"command", "args", "cwd", "url", "httpUrl", "type"}) | _TABLES | _PERMISSIONS
_TRANSPORTS = {"stdio": Transport.STDIO, "http": Transport.HTTP, "sse": Transport.SSE}
_BARE = re.compile(r"\$([A-Za-z_]\w*)")
