"""Reads Claude Code's MCP servers. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.convert import secrets
from reconciler.convert.agent import McpServer, Transport, Unreadable, Value
from reconciler.convert.claude.layout import STATE
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node, parse


def read_servers(path: str, data: bytes) -> tuple[tuple[McpServer, ...], tuple[Unreadable, ...]]:
    """Read the servers; one that cannot be read does not take the others with it.

    Args:
        path: ``.mcp.json``, or the file in the user's home in which Claude Code keeps its own state too.
        data: Its bytes.

    Returns:
        The servers in the file's order, and what could not be read.
    """
    try:
        document = parse(data).members()
        nodes = document["mcpServers"].members() if "mcpServers" in document else {}
    except JsonFault as fault:
        return (), (Unreadable(f"file:{path}", Origin(path, fault.line), fault.reason),)
    servers, unreadable = [], []
    for name, node in nodes.items():
        try:
            servers.append(_read_server(path, name, node))
        except JsonFault as fault:
            unreadable.append(Unreadable(f"mcp:{name}", Origin(path, fault.line), fault.reason))
    return tuple(servers), (*unreadable, *_others(path, document))


def _others(path: str, document: Mapping[str, Node]) -> list[Unreadable]:
    others = {key: node for key, node in document.items() if key not in {"mcpServers", "$schema"}}
    if path == STATE:
        reason = "what Claude Code remembers of itself and of each project (trust, local servers, login) stays there"
        return [Unreadable(f"file:{path}", Origin(path), reason)] if others else []
    reason = 'found a key besides "mcpServers", expected only that'
    return [Unreadable(f"setting:{key}", Origin(path, node.line), reason) for key, node in others.items()]


def _read_server(path: str, name: str, node: Node) -> McpServer:
    keys = node.members()
    _refuse_secret_name(name, node)
    named = keys["type"].text() if "type" in keys else ("http" if "url" in keys and "command" not in keys else "stdio")
    transport = _TRANSPORTS.get(named, Transport.UNKNOWN)
    needed = {Transport.STDIO: "command", Transport.UNKNOWN: "type"}.get(transport, "url")
    if needed not in keys:
        raise JsonFault(node.line, f'found no "{needed}", expected one for the type {named}')
    return McpServer(
        name=name,
        origin=Origin(path, node.line),
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
        lines=_lines(keys),
    )


def _lines(keys: Mapping[str, Node]) -> dict[str, int]:
    lines = {key: node.line for key, node in keys.items() if key in _KNOWN - _TABLES}
    for table in sorted(_TABLES & keys.keys()):
        lines |= {f"{table}.{name}": member.line for name, member in keys[table].members().items()}
    return lines


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


_KNOWN = frozenset({"type", "command", "args", "env", "cwd", "url", "headers", "timeout"})
_TABLES = frozenset({"env", "headers"})
_TRANSPORTS = {
    "stdio": Transport.STDIO,
    "http": Transport.HTTP,
    "streamable-http": Transport.HTTP,
    "sse": Transport.SSE,
}
_LONGEST_TIMEOUT = 2**53
