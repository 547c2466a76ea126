"""Reads Claude Code's MCP servers from ``.mcp.json``. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.convert import secrets
from reconciler.convert.agent import McpServer, Transport, Unreadable, Value
from reconciler.convert.claude.layout import SERVERS
from reconciler.convert.documents import Origin
from reconciler.convert.strict_json import JsonFault, Node, parse

_KNOWN = frozenset({"type", "command", "args", "env", "cwd", "url", "headers", "timeout"})
_TRANSPORTS = {
    "stdio": Transport.STDIO,
    "http": Transport.HTTP,
    "streamable-http": Transport.HTTP,
    "sse": Transport.SSE,
}


def read_servers(data: bytes) -> tuple[tuple[McpServer, ...], tuple[Unreadable, ...]]:
    """Read the servers; one that cannot be read does not take the others with it.

    Returns:
        The servers in the file's order, and what could not be read.
    """
    try:
        document = parse(data).members()
        nodes = document["mcpServers"].members() if "mcpServers" in document else {}
    except JsonFault as fault:
        return (), (Unreadable(f"file:{SERVERS}", Origin(SERVERS, fault.line), fault.reason),)
    servers, unreadable = [], []
    for name, node in nodes.items():
        try:
            servers.append(_read_server(name, node))
        except JsonFault as fault:
            unreadable.append(Unreadable(f"mcp:{name}", Origin(SERVERS, fault.line), fault.reason))
    others = (
        Unreadable(f"setting:{key}", Origin(SERVERS, node.line), 'found a key besides "mcpServers", expected only that')
        for key, node in document.items()
        if key not in {"mcpServers", "$schema"}
    )
    return tuple(servers), (*unreadable, *others)


def _read_server(name: str, node: Node) -> McpServer:
    keys = node.members()
    _refuse_secret_name(name, node)
    named = keys["type"].text() if "type" in keys else ("http" if "url" in keys and "command" not in keys else "stdio")
    transport = _TRANSPORTS.get(named, Transport.UNKNOWN)
    needed = {Transport.STDIO: "command", Transport.UNKNOWN: "type"}.get(transport, "url")
    if needed not in keys:
        raise JsonFault(node.line, f'found no "{needed}", expected one for the type {named}')
    return McpServer(
        name=name,
        origin=Origin(SERVERS, node.line),
        transport=transport,
        transport_name=named,
        command=_value("", keys.get("command")),
        args=_args(keys.get("args")),
        cwd=_value("", keys.get("cwd")),
        url=_value("", keys.get("url")),
        env=_values(keys.get("env")),
        headers=_values(keys.get("headers")),
        timeout_ms=_milliseconds(keys.get("timeout")),
        others={key: other.line for key, other in keys.items() if key not in _KNOWN},
    )


def _value(name: str, node: Node | None) -> Value:
    text = node.text() if node else ""
    return secrets.judge(name, text) or text


def _args(node: Node | None) -> tuple[Value, ...]:
    elements = node.elements() if node else ()
    flags = ["", *(element.text() for element in elements)]
    return tuple(
        _value(flag.lstrip("-") if flag.startswith("-") else "", element)
        for flag, element in zip(flags, elements, strict=False)
    )


def _values(node: Node | None) -> Mapping[str, Value]:
    if node is None:
        return {}
    texts = {name: member.scalar() for name, member in node.members().items()}
    for name in texts:
        _refuse_secret_name(name, node)
    return {name: secrets.judge(name, text) or text for name, text in texts.items()}


def _refuse_secret_name(name: str, node: Node) -> None:
    if secrets.find(name.encode()):
        raise JsonFault(node.line, "found a name that looks like a secret, expected a plain name")


def _milliseconds(node: Node | None) -> int | None:
    if node is None:
        return None
    if isinstance(node.value, int) and not isinstance(node.value, bool) and 0 < node.value < _LONGEST_TIMEOUT:
        return node.value
    raise JsonFault(node.line, 'found no useful "timeout", expected milliseconds as a whole number above 0')


_LONGEST_TIMEOUT = 2**53
