"""Reads the MCP servers of Codex's ``config.toml``, and what their tools may do as permission rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.convert import secrets
from reconciler.convert.agent import (
    McpServer,
    Permission,
    PermissionRule,
    Role,
    Setting,
    Transport,
    Unreadable,
    Value,
)
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node

Found = McpServer | PermissionRule | Setting | Unreadable


def read_servers(path: str, node: Node) -> Iterator[Found]:
    """Read each server; one that cannot be read does not take the others with it.

    Raises:
        JsonFault: ``mcp_servers`` is no table.
    """
    for name, table in node.members().items():
        try:
            yield from [_server(path, name, table), *_tool_rules(path, name, table.members())]
        except JsonFault as fault:
            yield Unreadable(f"mcp:{name}", Origin(path, fault.line), fault.reason)


def _server(path: str, name: str, node: Node) -> McpServer:
    keys = node.members()
    _refuse_secret_name(name, node)
    if ("command" in keys) == ("url" in keys):
        raise JsonFault(node.line, 'found both or none of "command" and "url", expected one of them')
    is_stdio = "command" in keys
    env, headers = _env(keys), _headers(keys)
    return McpServer(
        name=name,
        origin=Origin(path, node.line),
        transport=Transport.STDIO if is_stdio else Transport.HTTP,
        transport_name="stdio" if is_stdio else "http",
        command=_value("", keys.get("command")),
        args=_args(keys.get("args")),
        cwd=_value("", keys.get("cwd")),
        url=_value("", keys.get("url")),
        env={key: value for key, (value, _) in env.items()},
        headers={key: value for key, (value, _) in headers.items()},
        timeout_ms=_milliseconds(keys.get("tool_timeout_sec")),
        enabled=_truth(keys["enabled"]) if "enabled" in keys else True,
        others={key: other.line for key, other in keys.items() if key not in _KNOWN},
        lines={_KNOWN[key]: other.line for key, other in keys.items() if _KNOWN.get(key)}
        | {f"env.{key}": line for key, (_, line) in env.items()}
        | {f"headers.{key}": line for key, (_, line) in headers.items()},
    )


def _tool_rules(path: str, server: str, keys: Mapping[str, Node]) -> Iterator[PermissionRule | Setting]:
    name = "mcp__" + re.sub(r"[^\w-]", "_", server)
    for node in keys["disabled_tools"].elements() if "disabled_tools" in keys else ():
        yield _rule(Permission.DENY, f"{name}__{node.text()}", Origin(path, node.line))
    default = "default_tools_approval_mode"
    modes = {name: (default, keys[default])} if default in keys else {}
    for tool, table in keys["tools"].members().items() if "tools" in keys else ():
        for key, node in table.members().items():
            modes[f"{name}__{tool}"] = (f"tools.{tool}.{key}", node)
    for text, (key, mode) in modes.items():
        if decision := _APPROVALS.get(mode.text()):
            yield _rule(decision, text, Origin(path, mode.line))
        else:
            yield Setting(f"mcp_servers.{server}.{key}", Role.OTHER, Origin(path, mode.line))


def _rule(decision: Permission, text: str, origin: Origin) -> PermissionRule:
    return PermissionRule(decision, text, origin, text, None)


def _env(keys: Mapping[str, Node]) -> dict[str, tuple[Value, int]]:
    found = _values(keys.get("env"))
    for node in keys["env_vars"].elements() if "env_vars" in keys else ():
        name = (
            node.members()["name"].text() if isinstance(node.value, Mapping) and "name" in node.value else node.text()
        )
        _refuse_secret_name(name, node)
        found[name] = (f"${{{name}}}", node.line)
    return found


def _headers(keys: Mapping[str, Node]) -> dict[str, tuple[Value, int]]:
    found = _values(keys.get("http_headers"))
    for name, node in keys["env_http_headers"].members().items() if "env_http_headers" in keys else ():
        found[name] = (f"${{{node.text()}}}", node.line)
    if token := keys.get("bearer_token_env_var"):
        found["Authorization"] = (f"Bearer ${{{token.text()}}}", token.line)
    return found


def _values(node: Node | None) -> dict[str, tuple[Value, int]]:
    found: dict[str, tuple[Value, int]] = {}
    for name, member in node.members().items() if node else ():
        _refuse_secret_name(name, member)
        found[name] = (_value(name, member), member.line)
    return found


def _value(name: str, node: Node | None) -> Value:
    text = node.text() if node else ""
    return secrets.judge(name, text) or text


def _args(node: Node | None) -> tuple[Value, ...]:
    texts = [element.text() for element in node.elements()] if node else []
    flags = ["", *texts]
    return tuple(
        secrets.judge(flag.lstrip("-") if flag.startswith("-") else "", text) or text
        for flag, text in zip(flags, texts, strict=False)
    )


def _milliseconds(node: Node | None) -> int | None:
    if node is None:
        return None
    seconds = node.value
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < _LONGEST_TIMEOUT:
        return round(seconds * 1000)
    raise JsonFault(node.line, 'found no useful "tool_timeout_sec", expected seconds above 0')


def _truth(node: Node) -> bool:
    if isinstance(node.value, bool):
        return node.value
    raise JsonFault(node.line, 'found no useful "enabled", expected true or false')


def _refuse_secret_name(name: str, node: Node) -> None:
    if secrets.find(name.encode()):
        raise JsonFault(node.line, "found a name that looks like a secret, expected a plain name")


_LONGEST_TIMEOUT = 2**40
_KNOWN = {
    "command": "command",
    "args": "args",
    "cwd": "cwd",
    "url": "url",
    "tool_timeout_sec": "timeout",
    "enabled": "enabled",
    "env": "",
    "env_vars": "",
    "http_headers": "",
    "env_http_headers": "",
    "bearer_token_env_var": "",
    "disabled_tools": "",
    "default_tools_approval_mode": "",
    "tools": "",
}
_APPROVALS = {"approve": Permission.ALLOW, "prompt": Permission.ASK, "writes": Permission.ASK}
