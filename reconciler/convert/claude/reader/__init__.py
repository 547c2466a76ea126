"""Reads a Claude Code configuration: memory with imports, settings, MCP servers and parts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.convert.agent import AgentConfig, EnvVariable, FoundSecret, McpServer, Role, Scope, Secret, Unreadable
from reconciler.convert.claude.layout import LOCAL_SETTINGS, SETTINGS, Place, place, servers_path
from reconciler.convert.claude.reader.memory import read_memory
from reconciler.convert.claude.reader.parts import Parts, read_parts
from reconciler.convert.claude.reader.servers import read_servers
from reconciler.convert.claude.reader.settings import SettingsFile, read_settings
from reconciler.convert.claude.reader.telemetry import read_telemetry
from reconciler.convert.parts import Hook
from reconciler.convert.secrets import reference_name
from reconciler.model.migration import Cli


def read(files: Mapping[str, bytes], scope: Scope = Scope.PROJECT) -> AgentConfig:
    """Read what Claude Code would read of these files; what it could not read is listed as unreadable.

    Args:
        files: The agent's folder, or the user's home, by path; nothing else is ever read.
        scope: Which of the two it is.
    """
    sheets = [
        read_settings(path, files[path], files.keys(), scope) for path in (SETTINGS, LOCAL_SETTINGS) if path in files
    ]
    settings = tuple(setting for sheet in sheets for setting in sheet.settings)
    found = AgentConfig(cli=Cli.CLAUDE, settings=settings)
    memory, bad_memory = read_memory(files, scope)
    parts = read_parts(files, _text(found, Role.OUTPUT_STYLE))
    path = servers_path(scope)
    servers, bad_servers = read_servers(path, files[path]) if path in files else ((), ())
    all_env = _overridden([variable for sheet in sheets for variable in sheet.env])
    telemetry, env = read_telemetry(all_env)
    hooks, idle_hooks = _hooks(sheets)
    return replace(
        found,
        scope=scope,
        memory=memory,
        permissions=tuple(rule for sheet in sheets for rule in sheet.permissions),
        servers=tuple(replace(server, enabled=server.name not in _disabled(found)) for server in servers),
        hooks=hooks,
        commands=tuple(parts.commands),
        subagents=tuple(parts.subagents),
        skills=tuple(parts.skills),
        output_styles=tuple(parts.output_styles),
        env=env,
        telemetry=telemetry,
        unreadable=(
            *bad_memory,
            *parts.unreadable,
            *bad_servers,
            *(one for sheet in sheets for one in sheet.unreadable),
            *idle_hooks,
        ),
        secrets=(*_server_secrets(servers), *_env_secrets(all_env)),
        workspace=_workspace(files, parts, path),
    )


def _text(config: AgentConfig, role: Role) -> str:
    setting = config.last(role)
    return str(setting.value or "") if setting else ""


def _disabled(config: AgentConfig) -> frozenset[str]:
    chosen = [one.value for one in config.settings if one.role is Role.DISABLED_SERVERS]
    return frozenset(str(name) for names in chosen if isinstance(names, list) for name in names)


def _hooks(sheets: list[SettingsFile]) -> tuple[tuple[Hook, ...], tuple[Unreadable, ...]]:
    hooks = tuple(hook for sheet in sheets for hook in sheet.hooks)
    if not any(sheet.are_hooks_off for sheet in sheets):
        return hooks, ()
    return (), tuple(Unreadable(hook.name, hook.origin, "switched off by disableAllHooks") for hook in hooks)


def _workspace(files: Mapping[str, bytes], parts: Parts, servers: str) -> tuple[str, ...]:
    mine = {Place.MEMORY, Place.LOCAL_MEMORY, Place.AGENTS, Place.RULE, Place.SETTINGS}
    taken = parts.paths | {servers}
    return tuple(path for path in sorted(files) if path not in taken and place(path) not in mine)


def _overridden(env: list[EnvVariable]) -> tuple[EnvVariable, ...]:
    last = {variable.name: variable.origin.path for variable in env}
    return tuple(
        replace(variable, overridden_by="" if last[variable.name] == variable.origin.path else last[variable.name])
        for variable in env
    )


def _env_secrets(env: tuple[EnvVariable, ...]) -> list[FoundSecret]:
    return [FoundSecret(one.origin, one.value.kind, one.name) for one in env if isinstance(one.value, Secret)]


def _server_secrets(servers: tuple[McpServer, ...]) -> list[FoundSecret]:
    named = [
        (server, name, value)
        for server in servers
        for name, value in (*server.env.items(), *server.headers.items(), *_nameless(server))
    ]
    return [
        FoundSecret(server.origin, value.kind, name if name in server.env else reference_name(server.name, name))
        for server, name, value in named
        if isinstance(value, Secret)
    ]


def _nameless(server: McpServer) -> list[tuple[str, str | Secret]]:
    values = (server.command, server.cwd, server.url, *server.args)
    return [("SECRET", value) for value in values]
