"""Reads one MCP server of OpenCode's ``mcp`` table. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.convert import secrets
from reconciler.convert.agent import McpServer, Transport, Value
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node
from reconciler.convert.opencode.references import from_opencode


def read_server(path: str, name: str, node: Node) -> McpServer:
    """Read a server.

    Raises:
        JsonFault: It is none that OpenCode could start.
    """
    keys = node.members()
    if secrets.find(name.encode()):
        raise JsonFault(node.line, "found a name that looks like a secret, expected a plain name")
    if set(keys) == {"enabled"}:
        raise JsonFault(node.line, "it only switches a server of another file on or off")
    kind = keys["type"].text() if "type" in keys else ""
    if kind not in _NEEDED or _NEEDED[kind] not in keys:
        raise JsonFault(node.line, 'found no server, expected "type" local with "command", or remote with "url"')
    words = _words(keys["command"]) if kind == "local" else ()
    return McpServer(
        name=name,
        origin=Origin(path, node.line),
        transport=Transport.STDIO if kind == "local" else Transport.HTTP,
        transport_name="stdio" if kind == "local" else "http",
        command=words[0] if words else "",
        args=words[1:],
        cwd=_value("", keys["cwd"]) if "cwd" in keys else "",
        url=_value("", keys["url"]) if "url" in keys else "",
        env=_values(keys.get("environment")),
        headers=_values(keys.get("headers")),
        timeout_ms=_milliseconds(keys.get("timeout")),
        enabled="enabled" not in keys or keys["enabled"].value is not False,
        others={key: other.line for key, other in keys.items() if key not in _KNOWN},
        lines=_lines(keys),
    )


def _lines(keys: Mapping[str, Node]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key, node in keys.items():
        if key in _TABLES:
            lines |= {f"{_TABLES[key]}.{name}": member.line for name, member in node.members().items()}
        elif key == "command":
            lines |= dict.fromkeys(["command", "args"][: len(node.elements())], node.line)
        elif key in _KNOWN - {"enabled"}:
            lines[key] = node.line
    return lines


def _words(node: Node) -> tuple[Value, ...]:
    texts = [element.text() for element in node.elements()]
    flags = ["", *texts]
    return tuple(
        _judged(flag.lstrip("-") if flag.startswith("-") else "", text)
        for flag, text in zip(flags, texts, strict=False)
    )


def _values(node: Node | None) -> dict[str, Value]:
    members = node.members() if node else {}
    return {name: _judged(name, member.scalar()) for name, member in members.items()}


def _value(name: str, node: Node) -> Value:
    return _judged(name, node.text())


def _judged(name: str, text: str) -> Value:
    return secrets.judge(name, text) or from_opencode(text)


def _milliseconds(node: Node | None) -> int | None:
    if node is None:
        return None
    if isinstance(node.value, int) and not isinstance(node.value, bool) and node.value > 0:
        return node.value
    raise JsonFault(node.line, 'found no useful "timeout", expected milliseconds as a whole number above 0')


_NEEDED = {"local": "command", "remote": "url"}
_TABLES = {"environment": "env", "headers": "headers"}
_KNOWN = frozenset({"type", "command", "environment", "cwd", "url", "headers", "timeout", "enabled"})
