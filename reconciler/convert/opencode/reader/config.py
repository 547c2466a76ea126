"""Reads OpenCode's configuration files: servers, permissions, models and every other key. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import (
    FoundSecret,
    McpServer,
    Permission,
    PermissionRule,
    Plain,
    Role,
    Secret,
    Setting,
    Unreadable,
)
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node, parse
from reconciler.convert.opencode.grammar import split
from reconciler.convert.opencode.models import without_provider
from reconciler.convert.opencode.permissions import Entry, Rules, left_open, rules_of
from reconciler.convert.opencode.reader.servers import read_server
from reconciler.convert.secrets import reference_name


@dataclass(slots=True)
class Found:
    """What the configuration files say, in the order OpenCode merges them.

    Attributes:
        sheet: The permissions of all of them; ``place`` is where the last of them stands.
    """

    permissions: list[PermissionRule] = field(default_factory=list)
    servers: list[McpServer] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    instructions: list[tuple[str, Origin]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    secrets: list[FoundSecret] = field(default_factory=list)
    sheet: dict[str, str | Mapping[str, str]] = field(default_factory=dict)
    place: Origin | None = None


def read_configs(files: Mapping[str, bytes], paths: Iterable[str]) -> Found:
    """Read the files that are there, each whole or not at all, as OpenCode does."""
    found = Found()
    for path in paths:
        if path in files:
            one = Found(sheet=dict(found.sheet), place=found.place)
            try:
                _read(one, path, parse(files[path], comments=True).members())
            except JsonFault as fault:
                one = Found(unreadable=[Unreadable(f"file:{path}", Origin(path, fault.line), fault.reason)])
            _add(found, one)
    if found.place:
        for text in left_open(found.sheet, [server.name for server in found.servers]):
            found.permissions.append(PermissionRule(Permission.ALLOW, text, found.place, *split(text)))
    return found


def _add(found: Found, one: Found) -> None:
    again = {server.name for server in one.servers}
    found.unreadable += [
        Unreadable(f"mcp:{server.name}", server.origin, "a later configuration file has a server of this name")
        for server in found.servers
        if server.name in again
    ]
    found.servers = [server for server in found.servers if server.name not in again] + one.servers
    found.permissions += one.permissions
    found.settings += one.settings
    found.instructions += one.instructions
    found.unreadable += one.unreadable
    found.secrets += one.secrets
    found.sheet.update(one.sheet)
    found.place = one.place or found.place


def _read(found: Found, path: str, keys: Mapping[str, Node]) -> None:
    for name, node in keys.get("mcp", _NOTHING).members().items():
        _read_server(found, path, name, node)
    for key, node in sorted(keys.items(), key=lambda one: one[0] == "default_agent"):
        origin = Origin(path, node.line)
        if key == "permission":
            _read_permission(found, path, node)
        elif key == "instructions":
            found.instructions += [(one.text(), Origin(path, one.line)) for one in node.elements()]
        elif key in _MODELS:
            found.settings.append(Setting(key, _MODELS[key], origin, without_provider(node.text())))
        elif key == "default_agent" and node.value == "plan":
            found.settings.append(Setting(key, Role.MODE, origin, "plan"))
        elif key == "agent":
            found.settings += _agents(path, node)
        elif key != "mcp":
            found.settings.append(Setting(key, Role.SCHEMA if key == "$schema" else Role.OTHER, origin))


def _agents(path: str, node: Node) -> Iterable[Setting]:
    for name, agent in node.members().items():
        variant = agent.members().get("variant") if name == "build" else None
        if variant:
            yield Setting("agent.build.variant", Role.EFFORT, Origin(path, variant.line), variant.text())
        if not variant or len(agent.members()) > 1:
            yield Setting(f"agent.{name}", Role.OTHER, Origin(path, agent.line))


def _read_server(found: Found, path: str, name: str, node: Node) -> None:
    try:
        server = read_server(path, name, node)
    except JsonFault as fault:
        found.unreadable.append(Unreadable(f"mcp:{name}", Origin(path, fault.line), fault.reason))
        return
    found.servers.append(server)
    named = [*server.env.items(), *server.headers.items()]
    named += [("SECRET", value) for value in (server.command, server.cwd, server.url, *server.args)]
    for key, value in named:
        if isinstance(value, Secret):
            variable = key if key in server.env else reference_name(name, key)
            found.secrets.append(FoundSecret(server.origin, value.kind, variable))


def _read_permission(found: Found, path: str, node: Node) -> None:
    members = node.members() if isinstance(node.value, Mapping) else {"*": node}
    sheet: dict[str, str | dict[str, str]] = {}
    for key, value in members.items():
        decisions = value.value if isinstance(value.value, Mapping) else {"": value}
        for decision in decisions.values():
            if decision.text() not in list(Permission):
                raise JsonFault(decision.line, "found no decision, expected one of allow, ask and deny")
        texts = {pattern: decision.text() for pattern, decision in decisions.items()}
        sheet[key] = texts if isinstance(value.value, Mapping) else texts[""]

    def origin(entry: Entry) -> Origin:
        inner = members[entry.key].value
        return Origin(path, inner[entry.pattern].line if isinstance(inner, Mapping) else members[entry.key].line)

    found.sheet.update(sheet)
    found.place = Origin(path, node.line)
    _add_rules(found, rules_of(sheet, [server.name for server in found.servers]), origin, Origin(path, node.line))


def _add_rules(found: Found, rules: Rules, origin: Callable[[Entry], Origin], place: Origin) -> None:
    if rules.mode:
        found.settings.append(Setting("permission", Role.MODE, place, rules.mode))
    if rules.directories:
        folders: list[Plain] = [folder for folder, _ in rules.directories]
        first = origin(rules.directories[0][1])
        found.settings.append(Setting("permission.external_directory", Role.DIRECTORIES, first, folders))
    for text, entry in rules.rules:
        found.permissions.append(PermissionRule(entry.decision, text, origin(entry), *split(text)))
    for entry, reason in rules.lost:
        name = f"permission:{entry.decision}:{entry.key}" + (f"({entry.pattern})" if entry.pattern else "")
        found.unreadable.append(Unreadable(name, origin(entry), reason))


_NOTHING = Node(1, {})
_MODELS = {"model": Role.MODEL, "small_model": Role.SMALL_MODEL}
