"""Reads one Claude Code settings file: permissions, variables, hooks and every other key. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.convert import secrets
from reconciler.convert.agent import EnvVariable, Permission, PermissionRule, Role, Scope, Setting, Unreadable
from reconciler.convert.claude.reader.telemetry import is_for_cli
from reconciler.convert.documents import Origin
from reconciler.convert.formats.json_values import plain
from reconciler.convert.formats.strict_json import JsonFault, Node, parse
from reconciler.convert.hooks import read_hooks
from reconciler.convert.parts import Hook
from reconciler.convert.rules import split_rule


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What one settings file says; all but ``unreadable`` is empty when Claude Code would ignore the whole file."""

    permissions: tuple[PermissionRule, ...] = ()
    env: tuple[EnvVariable, ...] = ()
    hooks: tuple[Hook, ...] = ()
    settings: tuple[Setting, ...] = ()
    are_hooks_off: bool = False
    unreadable: tuple[Unreadable, ...] = ()


def read_settings(path: str, data: bytes, there: Collection[str], scope: Scope) -> SettingsFile:
    """Read a settings file as Claude Code does: most wrong types make it ignore the file, some only themselves.

    Args:
        path: The file's path.
        data: Its bytes.
        there: The paths of all files of the folder, for the scripts that hooks run.
        scope: Whether the folder is a project or somebody's home.
    """
    try:
        keys = parse(data).members()
        faults: list[Unreadable] = []
        return SettingsFile(
            permissions=tuple(_permissions(path, keys, faults)),
            env=tuple(_env(path, keys, faults)),
            hooks=_hooks(path, keys, there, scope, faults),
            settings=tuple(_settings(path, keys)),
            are_hooks_off="disableAllHooks" in keys and keys["disableAllHooks"].value is True,
            unreadable=tuple(faults),
        )
    except JsonFault as fault:
        return SettingsFile(unreadable=(Unreadable(f"file:{path}", Origin(path, fault.line), fault.reason),))


def _permissions(path: str, keys: Mapping[str, Node], faults: list[Unreadable]) -> Iterable[PermissionRule]:
    permissions = keys["permissions"].members() if "permissions" in keys else {}
    for decision in Permission:
        for node in permissions[decision].elements() if decision in permissions else ():
            try:
                yield PermissionRule(decision, node.text(), Origin(path, node.line), *split_rule(node.text()))
            except JsonFault as fault:
                faults.append(Unreadable(f"permission:{decision}", Origin(path, node.line), fault.reason))


def _env(path: str, keys: Mapping[str, Node], faults: list[Unreadable]) -> Iterable[EnvVariable]:
    for name, node in keys["env"].members().items() if "env" in keys else ():
        try:
            text = node.scalar()
        except JsonFault as fault:
            faults.append(Unreadable(f"env:{name}", Origin(path, node.line), fault.reason))
            continue
        value = secrets.judge(name, text) or text
        yield EnvVariable(name, value, Origin(path, node.line), for_cli=is_for_cli(name))


def _hooks(
    path: str, keys: Mapping[str, Node], there: Collection[str], scope: Scope, faults: list[Unreadable]
) -> tuple[Hook, ...]:
    try:
        return read_hooks(path, keys, there, scope)
    except JsonFault as fault:
        faults.append(Unreadable("setting:hooks", Origin(path, fault.line), fault.reason))
        return ()


def _settings(path: str, keys: Mapping[str, Node]) -> Iterable[Setting]:
    for name, node in _flat("", keys):
        role = _ROLES.get(name, Role.OTHER)
        if role is Role.EFFORT and node.value not in _EFFORTS:
            role = Role.OTHER  # Claude Code ignores a word it does not know, here and nowhere else
        _check(role, node)
        yield Setting(name, role, Origin(path, node.line), None if role is Role.OTHER else plain(node))


def _check(role: Role, node: Node) -> None:
    if role in _LISTS:
        for element in node.elements():
            element.text()
    elif role in _TEXTS:
        text = node.text()
        if role is Role.MODE and text not in _MODES:
            raise JsonFault(node.line, f"found an unknown mode, expected one of {', '.join(_MODES)}")
    elif role in (Role.SANDBOX, Role.THINKING) and not isinstance(node.value, bool):
        raise JsonFault(node.line, "found something else, expected true or false")
    elif role is Role.RETENTION_DAYS and not (type(node.value) is int and node.value > 0):
        raise JsonFault(node.line, "found something else, expected a whole number above 0")


def _flat(prefix: str, keys: Mapping[str, Node]) -> Iterable[tuple[str, Node]]:
    for key, node in keys.items():
        name = f"{prefix}{key}"
        if name in _ELSEWHERE:
            continue
        if name in _TABLES and (node.members() or name == "permissions"):
            yield from _flat(f"{name}.", node.members())
        else:
            yield name, node


_ROLES = {
    "model": Role.MODEL,
    "effortLevel": Role.EFFORT,
    "alwaysThinkingEnabled": Role.THINKING,
    "permissions.defaultMode": Role.MODE,
    "permissions.additionalDirectories": Role.DIRECTORIES,
    "sandbox.enabled": Role.SANDBOX,
    "sandbox.network.allowedDomains": Role.NETWORK_DOMAINS,
    "outputStyle": Role.OUTPUT_STYLE,
    "cleanupPeriodDays": Role.RETENTION_DAYS,
    "enabledMcpjsonServers": Role.SERVER_CHOICE,
    "disabledMcpjsonServers": Role.DISABLED_SERVERS,
    "enableAllProjectMcpServers": Role.SERVER_CHOICE,
    "$schema": Role.SCHEMA,
}
_TEXTS = frozenset({Role.MODEL, Role.MODE, Role.OUTPUT_STYLE})
_LISTS = frozenset({Role.DIRECTORIES, Role.NETWORK_DOMAINS, Role.DISABLED_SERVERS})
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_MODES = ("default", "acceptEdits", "plan", "bypassPermissions", "dontAsk", "auto")
_TABLES = frozenset({"permissions", "sandbox", "sandbox.network", "sandbox.filesystem"})
_ELSEWHERE = frozenset({"env", "hooks", *(f"permissions.{decision}" for decision in Permission)})
