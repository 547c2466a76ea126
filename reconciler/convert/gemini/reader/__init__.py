"""Reads a Gemini CLI configuration: GEMINI.md, ``.gemini/`` and skills. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.convert import secrets
from reconciler.convert.agent import AgentConfig, EnvVariable, FoundSecret, Role, Scope, Secret, Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node, parse
from reconciler.convert.gemini.dotenv import parse as parse_env
from reconciler.convert.gemini.layout import ENV, SETTINGS
from reconciler.convert.gemini.reader.hooks import read_hooks
from reconciler.convert.gemini.reader.memory import read_memory
from reconciler.convert.gemini.reader.parts import read_parts
from reconciler.convert.gemini.reader.policies import read_policies
from reconciler.convert.gemini.reader.servers import found_secrets, read_servers
from reconciler.convert.gemini.reader.settings import read_settings, read_telemetry, read_tool_lists
from reconciler.model.migration import Cli


def read(files: Mapping[str, bytes], scope: Scope = Scope.PROJECT) -> AgentConfig:
    """Read what Gemini CLI would read of these files; what it could not read is listed as unreadable.

    Args:
        files: The agent's folder, or the user's home, by path; nothing else is ever read.
        scope: Which of the two it is.
    """
    try:
        keys = parse(files[SETTINGS], comments=True).members() if SETTINGS in files else {}
        found = _of_settings(keys, files, scope)
    except JsonFault as fault:
        keys = {}
        unreadable = Unreadable(f"file:{SETTINGS}", Origin(SETTINGS, fault.line), fault.reason)
        found = AgentConfig(cli=Cli.GEMINI, scope=scope, unreadable=(unreadable,))
    memory = read_memory(files, scope, _texts(keys, "context", "fileName") or ["GEMINI.md"])
    names = [server.name for server in found.servers]
    policies = read_policies(files, scope, _texts(keys, "policyPaths"), names)
    parts = read_parts(files, policies.denied, names)
    env = _env(files)
    mine = {SETTINGS, ENV, *memory.paths, *policies.paths, *parts.paths}
    return replace(
        found,
        memory=tuple(memory.documents),
        output_styles=tuple(memory.styles),
        permissions=(*found.permissions, *policies.permissions),
        commands=tuple(parts.commands),
        subagents=tuple(parts.subagents),
        skills=tuple(parts.skills),
        env=env,
        settings=(*found.settings, *policies.settings),
        unreadable=(*found.unreadable, *memory.unreadable, *policies.unreadable, *parts.unreadable),
        secrets=(
            *(one for server in found.servers for one in found_secrets(server)),
            *(FoundSecret(one.origin, one.value.kind, one.name) for one in env if isinstance(one.value, Secret)),
        ),
        workspace=tuple(path for path in sorted(files) if path not in mine),
    )


def _of_settings(keys: Mapping[str, Node], files: Mapping[str, bytes], scope: Scope) -> AgentConfig:
    servers, rules, unreadable = read_servers(keys.get("mcpServers"))
    settings = tuple(read_settings(keys))
    off = {str(name) for one in settings if one.role is Role.DISABLED_SERVERS for name in _list(one.value)}
    hooks, bad_hooks = read_hooks(keys.get("hooks"), files.keys(), scope, [server.name for server in servers])
    return AgentConfig(
        cli=Cli.GEMINI,
        scope=scope,
        permissions=(*rules, *read_tool_lists(keys.get("tools"))),
        servers=tuple(replace(server, enabled=server.name not in off) for server in servers),
        hooks=hooks,
        telemetry=read_telemetry(keys.get("telemetry")),
        settings=settings,
        unreadable=(*unreadable, *bad_hooks),
    )


def _env(files: Mapping[str, bytes]) -> tuple[EnvVariable, ...]:
    return tuple(
        EnvVariable(
            name,
            secrets.judge(name, value) or value,
            Origin(ENV, line),
            for_cli=name.startswith(("GEMINI_", "GOOGLE_", "OTEL_")),
        )
        for name, value, line in parse_env(files.get(ENV, b""))
    )


def _texts(keys: Mapping[str, Node], *path: str) -> list[str]:
    value: object = {key: node.plain() for key, node in keys.items()}
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return [value] if isinstance(value, str) else [str(one) for one in _list(value)]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
