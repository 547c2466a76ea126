"""Reads a Claude Code configuration: memory with imports, settings, MCP servers and parts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.convert.agent import AgentConfig, EnvVariable, FoundSecret, McpServer, Secret, Unreadable
from reconciler.convert.claude.layout import SERVERS, SETTINGS, Place, place
from reconciler.convert.claude.memory import read_memory
from reconciler.convert.claude.parts import read_parts
from reconciler.convert.claude.servers import read_servers
from reconciler.convert.claude.settings import SettingsFile, read_settings
from reconciler.convert.secrets import reference_name
from reconciler.model.migration import Cli


def read(files: Mapping[str, bytes]) -> AgentConfig:
    """Read what Claude Code would read of these files; what it could not read is listed as unreadable.

    Args:
        files: The agent's folder, by path; nothing else is ever read.
    """
    memory, bad_memory = read_memory(files)
    parts, bad_parts = read_parts(files)
    sheets = [read_settings(path, files[path]) for path in SETTINGS if path in files]
    servers, bad_servers = read_servers(files[SERVERS]) if SERVERS in files else ((), ())
    disabled = frozenset(name for sheet in sheets for name in sheet.disabled_servers)
    env = _overridden([variable for sheet in sheets for variable in sheet.env])
    taken = {path for part in parts for path in part.files} | {one.origin.path for one in bad_parts}
    return AgentConfig(
        cli=Cli.CLAUDE,
        memory=memory,
        permissions=tuple(rule for sheet in sheets for rule in sheet.permissions),
        servers=tuple(replace(server, enabled=server.name not in disabled) for server in servers),
        env=env,
        settings=tuple(setting for sheet in sheets for setting in sheet.settings),
        parts=(*parts, *(hook for sheet in sheets for hook in sheet.hooks)),
        unreadable=(*bad_memory, *bad_parts, *bad_servers, *_unreadable(sheets)),
        secrets=(*_server_secrets(servers), *_env_secrets(env)),
        workspace=_workspace(files, taken),
    )


def _unreadable(sheets: list[SettingsFile]) -> tuple[Unreadable, ...]:
    return tuple(sheet.unreadable for sheet in sheets if sheet.unreadable)


def _workspace(files: Mapping[str, bytes], taken: set[str]) -> tuple[str, ...]:
    parts = {Place.SKILL, Place.SUBAGENT, Place.COMMAND, Place.OUTPUT_STYLE}
    return tuple(
        path
        for path in sorted(files)
        if (found := place(path)) is Place.WORKSPACE or (found in parts and path not in taken)
    )


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
