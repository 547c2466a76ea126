"""Reads one Claude Code settings file: permissions, variables, hooks and every other key. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.convert import secrets
from reconciler.convert.agent import EnvVariable, Part, PartKind, Permission, PermissionRule, Role, Setting, Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.strict_json import JsonFault, Node, parse

_ROLES = {
    "model": Role.MODEL,
    "effortLevel": Role.EFFORT,
    "permissions.defaultMode": Role.MODE,
    "enabledMcpjsonServers": Role.SERVER_CHOICE,
    "disabledMcpjsonServers": Role.DISABLED_SERVERS,
    "enableAllProjectMcpServers": Role.SERVER_CHOICE,
    "$schema": Role.SCHEMA,
}
_LISTS = ("allow", "ask", "deny")
_RULE = re.compile(r"([A-Za-z][\w*-]*)(?:\((.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What one settings file says; ``unreadable`` is set, and the rest empty, when Claude Code would ignore it."""

    permissions: tuple[PermissionRule, ...] = ()
    env: tuple[EnvVariable, ...] = ()
    hooks: tuple[Part, ...] = ()
    settings: tuple[Setting, ...] = ()
    disabled_servers: tuple[str, ...] = ()
    unreadable: Unreadable | None = None


def read_settings(path: str, data: bytes) -> SettingsFile:
    """Read a settings file whole or not at all, as Claude Code does: one wrong type makes it ignore the file."""
    try:
        keys = parse(data).members()
        return SettingsFile(
            permissions=tuple(_permissions(path, keys)),
            env=tuple(_env(path, keys)),
            hooks=tuple(_hooks(path, keys)),
            settings=tuple(_settings(path, keys)),
            disabled_servers=_texts(keys.get("disabledMcpjsonServers")),
        )
    except JsonFault as fault:
        return SettingsFile(unreadable=Unreadable(f"file:{path}", Origin(path, fault.line), fault.reason))


def _permissions(path: str, keys: Mapping[str, Node]) -> Iterable[PermissionRule]:
    permissions = keys["permissions"].members() if "permissions" in keys else {}
    for decision in Permission:
        for node in permissions[decision].elements() if decision in permissions else ():
            text = node.text()
            match = _RULE.fullmatch(text)
            tool, pattern = (match[1], match[2]) if match else ("", None)
            yield PermissionRule(decision, text, Origin(path, node.line), tool, pattern)


def _env(path: str, keys: Mapping[str, Node]) -> Iterable[EnvVariable]:
    for name, node in keys["env"].members().items() if "env" in keys else ():
        text = node.scalar()
        yield EnvVariable(name, secrets.judge(name, text) or text, Origin(path, node.line))


def _hooks(path: str, keys: Mapping[str, Node]) -> Iterable[Part]:
    for event, groups in keys["hooks"].members().items() if "hooks" in keys else ():
        for group in groups.value if isinstance(groups.value, tuple) else (groups,):
            yield from _hook_group(path, event, group)


def _hook_group(path: str, event: str, group: Node) -> Iterable[Part]:
    keys = group.value if isinstance(group.value, Mapping) else {}
    matcher = keys.get("matcher")
    name = f"{event}:{matcher.value}" if matcher and isinstance(matcher.value, str) and matcher.value else event
    handlers = keys["hooks"].value if "hooks" in keys else ()
    for handler in handlers if isinstance(handlers, tuple) and handlers else (group,):
        yield Part(PartKind.HOOK, name, Origin(path, handler.line))


def _settings(path: str, keys: Mapping[str, Node]) -> Iterable[Setting]:
    flat = {key: node for key, node in keys.items() if key not in {"permissions", "env", "hooks"}}
    if "permissions" in keys:
        inner = keys["permissions"].members().items()
        flat |= {f"permissions.{key}": node for key, node in inner if key not in _LISTS}
    for name, node in flat.items():
        role = _ROLES.get(name, Role.OTHER)
        if role in (Role.MODEL, Role.EFFORT, Role.MODE):
            node.text()
        value = node.value if isinstance(node.value, str) and role is not Role.OTHER else ""
        yield Setting(name, role, Origin(path, node.line), value)


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(element.text() for element in node.elements()) if node else ()
