"""Reads OpenCode's configuration files: servers, permissions, models and every other key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import FoundSecret, McpServer, PermissionRule, Role, Secret, Setting, Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node, parse
from reconciler.convert.opencode.models import without_provider
from reconciler.convert.opencode.reader.permissions import Told, lay_over, permissions_of, read_permission
from reconciler.convert.opencode.reader.servers import read_server
from reconciler.convert.opencode.tools import BUILT_IN
from reconciler.convert.secrets import reference_name


@dataclass(frozen=True, slots=True)
class Member:
    """A command or an agent that a configuration file holds: its table, and the file."""

    path: str
    node: Node

    @property
    def origin(self) -> Origin:
        """Give its place."""
        return Origin(self.path, self.node.line)


@dataclass(slots=True)
class Found:
    """What the configuration files say, in the order OpenCode merges them."""

    permissions: list[PermissionRule] = field(default_factory=list)
    servers: dict[str, McpServer] = field(default_factory=dict)
    settings: list[Setting] = field(default_factory=list)
    instructions: list[tuple[str, Origin]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    secrets: list[FoundSecret] = field(default_factory=list)
    commands: dict[str, Member] = field(default_factory=dict)
    agents: dict[str, Member] = field(default_factory=dict)
    told: Told = field(default_factory=Told)


def read_configs(files: Mapping[str, bytes], paths: Iterable[str]) -> Found:
    """Read the files that are there, each whole or not at all, as OpenCode does."""
    found = Found()
    for path in paths:
        if path in files:
            one = Found()
            try:
                _read(one, path, parse(files[path], comments=True).members())
            except JsonFault as fault:
                one = Found(unreadable=[Unreadable(f"file:{path}", Origin(path, fault.line), fault.reason)])
            _add(found, one)
    permissions = permissions_of(found.told, list(found.servers))
    found.permissions = permissions.rules
    found.settings = [*permissions.settings, *found.settings]
    found.unreadable += permissions.unreadable
    return found


def _add(found: Found, one: Found) -> None:
    again = {f"mcp:{name}": server.origin for name, server in found.servers.items() if name in one.servers}
    again |= {f"command:{name}": was.origin for name, was in found.commands.items() if name in one.commands}
    again |= {f"subagent:{name}": was.origin for name, was in found.agents.items() if name in one.agents}
    reason = "a later configuration file says it again and wins"
    found.unreadable += [Unreadable(name, origin, reason) for name, origin in again.items()]
    found.unreadable += [*one.unreadable, *lay_over(found.told, one.told)]
    found.commands |= one.commands
    found.agents |= one.agents
    found.servers |= one.servers
    found.settings += one.settings
    found.instructions += one.instructions
    found.secrets += one.secrets


def _read(found: Found, path: str, keys: Mapping[str, Node]) -> None:
    for key, node in sorted(keys.items(), key=lambda one: one[0] == "default_agent"):
        origin = Origin(path, node.line)
        if key == "permission":
            found.told = read_permission(path, node)
        elif key == "instructions":
            found.instructions += [(one.text(), Origin(path, one.line)) for one in node.elements()]
        elif key in _MODELS:
            found.settings.append(Setting(key, _MODELS[key], origin, without_provider(node.text())))
        elif key == "default_agent" and node.value == "plan":
            found.settings.append(Setting(key, Role.MODE, origin, "plan"))
        elif key == "agent":
            _read_agents(found, path, node)
        elif key == "command":
            found.commands = {name: Member(path, command) for name, command in node.members().items()}
        elif key == "mcp":
            for name, server in node.members().items():
                _read_server(found, path, name, server)
        else:
            found.settings.append(Setting(key, Role.SCHEMA if key == "$schema" else Role.OTHER, origin))


def _read_agents(found: Found, path: str, node: Node) -> None:
    for name, agent in node.members().items():
        if name not in BUILT_IN:
            found.agents[name] = Member(path, agent)
            continue
        variant = agent.members().get("variant") if name == "build" else None
        if variant:
            origin = Origin(path, variant.line)
            found.settings.append(Setting("agent.build.variant", Role.EFFORT, origin, variant.text()))
        if not variant or len(agent.members()) > 1:
            found.settings.append(Setting(f"agent.{name}", Role.OTHER, Origin(path, agent.line)))


def _read_server(found: Found, path: str, name: str, node: Node) -> None:
    try:
        server = read_server(path, name, node)
    except JsonFault as fault:
        found.unreadable.append(Unreadable(f"mcp:{name}", Origin(path, fault.line), fault.reason))
        return
    found.servers[name] = server
    named = [*server.env.items(), *server.headers.items()]
    named += [("SECRET", value) for value in (server.command, server.cwd, server.url, *server.args)]
    for key, value in named:
        if isinstance(value, Secret):
            variable = key if key in server.env else reference_name(name, key)
            found.secrets.append(FoundSecret(server.origin, value.kind, variable))


_MODELS = {"model": Role.MODEL, "small_model": Role.SMALL_MODEL}
