"""Gives the value of every atom of a configuration that was read, to compare two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.convert.agent import AgentConfig, McpServer, Role
from reconciler.convert.documents import MemoryDocument, MemoryKind
from reconciler.convert.parts import Command, Field, Hook, OutputStyle, Skill, Subagent

Values = dict[str, tuple[Any, ...]]
"""The values of each atom by its name in the ledger; several when atoms of one name differ."""


def values(config: AgentConfig, files: Mapping[str, bytes]) -> Values:
    """Give what a configuration says, without the places where it says so.

    Args:
        config: What a reader made of ``files``.
        files: The same files, for what a configuration only points at: the helpers of skills, and scripts.
    """
    found: Values = {}
    for name, value in (*_memory(config), *_rules(config), *_servers(config), *_parts(config, files), *_rest(config)):
        several = {repr(one): one for one in (*found.get(name, ()), value)}
        found[name] = tuple(several[key] for key in sorted(several))
    return found


def _memory(config: AgentConfig) -> Iterator[tuple[str, Any]]:
    for document in config.memory:
        if document.text.strip() and (document.loaded or document.kind is not MemoryKind.STANDING):
            yield document.name, (_lines(document), document.globs)


def _lines(document: MemoryDocument) -> tuple[bytes, ...]:
    return tuple(line.rstrip() for line in document.text.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip())


def _rules(config: AgentConfig) -> Iterator[tuple[str, Any]]:
    for rule in config.permissions:
        yield f"permission:{rule.decision}:{rule.text}", True


def _servers(config: AgentConfig) -> Iterator[tuple[str, Any]]:
    for server in config.servers:
        yield f"mcp:{server.name}", server.enabled
        yield from ((f"mcp:{server.name}:{key}", value) for key, value in _keys(server) if value not in ("", (), None))


def _keys(server: McpServer) -> Iterator[tuple[str, Any]]:
    yield "type", server.transport
    yield from (("command", server.command), ("args", server.args), ("cwd", server.cwd), ("url", server.url))
    yield "timeout", server.timeout_ms
    yield from ((f"env.{name}", value) for name, value in server.env.items())
    yield from ((f"headers.{name}", value) for name, value in server.headers.items())


def _parts(config: AgentConfig, files: Mapping[str, bytes]) -> Iterator[tuple[str, Any]]:
    for hook in config.hooks:
        yield hook.name, _hook(hook, files)
    for command in config.commands:
        yield from _command(command)
    for agent in config.subagents:
        yield from _subagent(agent)
    for skill in config.skills:
        yield from _skill(skill, files)
    for style in config.output_styles:
        yield from _style(style)


def _hook(hook: Hook, files: Mapping[str, bytes]) -> tuple[Any, ...]:
    scripts = tuple((path, files.get(path)) for path in hook.scripts)
    return hook.handler, hook.command, hook.timeout_seconds, hook.is_async, hook.status_message, scripts


def _command(command: Command) -> Iterator[tuple[str, Any]]:
    name = f"command:{command.name}"
    yield name, command.body.strip()
    keys = {
        "description": command.description,
        "argument-hint": command.argument_hint,
        "model": command.model,
        "allowed-tools": command.allowed_tools,
    }
    yield from _said(name, keys, command.others)


def _subagent(agent: Subagent) -> Iterator[tuple[str, Any]]:
    name = f"subagent:{agent.name}"
    yield name, agent.body.strip()
    keys = {
        "name": agent.name,
        "description": agent.description,
        "tools": agent.tools,
        "model": agent.model.removeprefix("inherit"),
        "effort": agent.effort,
        "permissionMode": agent.mode,
    }
    yield from _said(name, keys, agent.others)


def _skill(skill: Skill, files: Mapping[str, bytes]) -> Iterator[tuple[str, Any]]:
    name = f"skill:{skill.name}"
    helpers = {path.removeprefix(skill.folder): files.get(path) for path in skill.files}
    yield name, (skill.body.strip(), tuple(sorted((k, v) for k, v in helpers.items() if k != "/SKILL.md")))
    yield from ((f"{name}:{key}", value) for key, value in skill.keys.items())


def _style(style: OutputStyle) -> Iterator[tuple[str, Any]]:
    name = f"output-style:{style.name}"
    yield name, (style.body.strip(), style.is_chosen)
    yield from _said(name, {"description": style.description}, style.others)


def _said(name: str, keys: Mapping[str, Any], others: Mapping[str, Field]) -> Iterator[tuple[str, Any]]:
    yield from ((f"{name}:{key}", value) for key, value in keys.items() if value)
    yield from ((f"{name}:{key}", value.text) for key, value in others.items())


def _rest(config: AgentConfig) -> Iterator[tuple[str, Any]]:
    for variable in config.env:
        if not variable.overridden_by:
            yield f"env:{variable.name}", variable.value
    for setting in config.settings:
        if setting.role is Role.OTHER:
            yield f"setting:{setting.name}", repr(setting.value)
    for role in Role:
        if role is not Role.OTHER and (last := config.last(role)):
            yield f"role:{role}", repr(last.value)
    if config.telemetry:
        said = config.telemetry
        signals = tuple(sorted(said.signals))
        yield "telemetry", (said.enabled, said.endpoint, said.protocol, signals, said.log_prompts, dict(said.headers))
    for fault in config.unreadable:
        yield fault.name, "unreadable"
