"""Reads ``settings.json``: settings, telemetry, and the old lists of tools. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.convert.agent import Permission, PermissionRule, Role, Setting, Telemetry
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import Node
from reconciler.convert.gemini.layout import SETTINGS
from reconciler.convert.gemini.tools import to_claude
from reconciler.convert.rules import split_rule


def read_settings(keys: Mapping[str, Node]) -> Iterable[Setting]:
    """Read every key that has no place of its own."""
    for name, node in _flat("", keys):
        role = _ROLES.get(name, Role.OTHER)
        value = _value(role, node.plain())
        yield Setting(name, Role.OTHER if value is None else role, Origin(SETTINGS, node.line), value)


def read_telemetry(node: Node | None) -> Telemetry | None:
    """Read where telemetry goes; Gemini CLI sends all signals, and prompts unless it is told not to."""
    if node is None:
        return None
    values = {key: one.plain() for key, one in node.members().items()}
    protocol = values.get("otlpProtocol")
    return Telemetry(
        enabled=values.get("enabled") is True,
        endpoint=str(values.get("otlpEndpoint", "")),
        protocol={"grpc": "grpc", "http": "http/protobuf"}.get(str(protocol), ""),
        signals=frozenset({"metrics", "logs", "traces"}),
        log_prompts=values.get("logPrompts") is not False,
        origins={f"setting:telemetry.{key}": Origin(SETTINGS, one.line) for key, one in node.members().items()},
    )


def read_tool_lists(tools: Node | None) -> Iterable[PermissionRule]:
    """Read ``tools.exclude``, ``tools.confirmationRequired`` and ``tools.allowed`` as permissions.

    Raises:
        JsonFault: One of them is no list of texts.
    """
    keys = tools.members() if tools else {}
    for key, decision in _TOOL_LISTS.items():
        for node in keys[key].elements() if key in keys else ():
            match = _TOOL.fullmatch(node.text())
            tool = to_claude(_OLD_NAMES.get(match[1], match[1])) if match else ""
            text = f"{tool}({match[2]}:*)" if match and match[2] and tool == "Bash" else tool or node.text()
            yield PermissionRule(decision, text, Origin(SETTINGS, node.line), *split_rule(text))


def _flat(prefix: str, keys: Mapping[str, Node]) -> Iterable[tuple[str, Node]]:
    for key, node in keys.items():
        name = f"{prefix}{key}"
        if name in _ELSEWHERE:
            continue
        if isinstance(node.value, Mapping) and node.value:
            yield from _flat(f"{name}.", node.value)
        else:
            yield name, node


def _value(role: Role, value: Any) -> Any:
    """Give the value in the shape its role has; None when it has not."""
    match role:
        case Role.MODE:
            return _MODES.get(str(value))
        case Role.RETENTION_DAYS:
            match = re.fullmatch(r"(\d+)([dw])", str(value))
            return int(match[1]) * {"d": 1, "w": 7}[match[2]] if match else None
        case Role.DIRECTORIES | Role.DISABLED_SERVERS:
            return value if isinstance(value, list) and all(isinstance(one, str) for one in value) else None
        case Role.MODEL:
            return value if isinstance(value, str) else None
        case Role.SANDBOX:
            return value if isinstance(value, bool) else bool(value)
        case _:
            return None


_ROLES = {
    "model.name": Role.MODEL,
    "general.defaultApprovalMode": Role.MODE,
    "context.includeDirectories": Role.DIRECTORIES,
    "general.sessionRetention.maxAge": Role.RETENTION_DAYS,
    "mcp.excluded": Role.DISABLED_SERVERS,
    "tools.sandbox": Role.SANDBOX,
}
_MODES = {"default": "default", "auto_edit": "acceptEdits", "plan": "plan", "yolo": "bypassPermissions"}
_TOOL_LISTS = {
    "exclude": Permission.DENY,
    "confirmationRequired": Permission.ASK,
    "allowed": Permission.ALLOW,
}
_ELSEWHERE = frozenset({"mcpServers", "hooks", "telemetry", *(f"tools.{key}" for key in _TOOL_LISTS)})
_TOOL = re.compile(r"([\w.:*-]+)(?:\((.*)\))?", re.DOTALL)
_OLD_NAMES = {"ShellTool": "run_shell_command"}
