"""Reads a Codex configuration: memory, ``config.toml``, rules, hooks, subagents and skills. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from reconciler.convert.agent import (
    AgentConfig,
    EnvVariable,
    FoundSecret,
    McpServer,
    Permission,
    PermissionRule,
    Scope,
    Secret,
    Setting,
    Telemetry,
    Unreadable,
)
from reconciler.convert.codex.layout import CONFIG, HOOKS, MEMORY, memory_files, rule_files, skill_folders
from reconciler.convert.codex.reader.hooks import read_hooks
from reconciler.convert.codex.reader.rules import read_rules
from reconciler.convert.codex.reader.settings import FALLBACKS, read_settings
from reconciler.convert.codex.reader.skills import read_skills
from reconciler.convert.codex.reader.subagents import Named, Preset, read_subagents
from reconciler.convert.codex.reader.switches import OFF, switches_of
from reconciler.convert.documents import MemoryDocument, Origin
from reconciler.convert.formats.strict_json import JsonFault, parse
from reconciler.convert.markdown.memory_file import read_memory
from reconciler.convert.parts import Command, Hook, OutputStyle, Skill, Subagent
from reconciler.convert.secrets import reference_name
from reconciler.model.migration import Cli

Kind = TypeVar("Kind")


def read(files: Mapping[str, bytes], scope: Scope = Scope.PROJECT) -> AgentConfig:
    """Read what Codex would read of these files; what it could not read is listed as unreadable.

    Args:
        files: The agent's folder, or the user's home, by path; nothing else is ever read.
        scope: Which of the two it is.
    """
    atoms = list(_atoms(files, scope))
    settings = _of(Setting, atoms)
    memory, bad_memory = _memory(files, scope, _fallbacks(settings))
    subagents = tuple(read_subagents(files, _of(Named, atoms), _of(Preset, atoms)))
    config = AgentConfig(
        cli=Cli.CODEX,
        scope=scope,
        memory=memory,
        permissions=tuple(sorted(_of(PermissionRule, atoms), key=lambda rule: _STRENGTH.index(rule.decision))),
        servers=_of(McpServer, atoms),
        hooks=_of(Hook, atoms),
        commands=_of(Command, atoms),
        subagents=_of(Subagent, subagents),
        skills=_of(Skill, atoms),
        output_styles=_of(OutputStyle, atoms),
        env=_of(EnvVariable, atoms),
        telemetry=next(iter(_of(Telemetry, atoms)), None),
        settings=settings,
        unreadable=(*bad_memory, *_of(Unreadable, (*atoms, *subagents))),
    )
    return replace(config, secrets=tuple(_secrets(config)), workspace=_workspace(files, config))


def _of(kind: type[Kind], atoms: Iterable[object]) -> tuple[Kind, ...]:
    return tuple(atom for atom in atoms if isinstance(atom, kind))


def _atoms(files: Mapping[str, bytes], scope: Scope) -> Iterator[object]:
    said = list(read_settings(files[CONFIG], scope, files.keys())) if CONFIG in files else []
    switches = switches_of(said)
    for one in (*said, *_hooks_file(files, scope)):
        yield Unreadable(one.name, one.origin, OFF) if isinstance(one, Hook) and switches.hooks else one
    for path in rule_files(files):
        yield from read_rules(path, files[path])
    yield from read_skills(files, switches)


def _hooks_file(files: Mapping[str, bytes], scope: Scope) -> Iterator[object]:
    if HOOKS not in files:
        return
    try:
        yield from read_hooks(HOOKS, parse(files[HOOKS]).members(), files.keys(), scope)
    except JsonFault as fault:
        yield Unreadable(f"file:{HOOKS}", Origin(HOOKS, fault.line), fault.reason)


def _memory(
    files: Mapping[str, bytes], scope: Scope, fallbacks: Iterable[str]
) -> tuple[tuple[MemoryDocument, ...], tuple[Unreadable, ...]]:
    found = memory_files(files.keys(), scope, fallbacks)
    documents, unreadable = read_memory(files, MEMORY[scope], found, expands=False)
    return tuple(
        replace(one, loaded=not found[one.origin.path], folder="" if scope is Scope.USER else one.folder)
        for one in documents
    ), unreadable


def _fallbacks(settings: Iterable[Setting]) -> list[str]:
    named = [one.value for one in settings if one.name == FALLBACKS]
    return [str(name) for names in named if isinstance(names, list) for name in names]


def _secrets(config: AgentConfig) -> Iterator[FoundSecret]:
    for server in config.servers:
        nameless = [("SECRET", value) for value in (server.command, server.cwd, server.url, *server.args)]
        for name, value in (*server.env.items(), *server.headers.items(), *nameless):
            if isinstance(value, Secret):
                variable = name if name in server.env else reference_name(server.name, name)
                yield FoundSecret(server.origin, value.kind, variable)
    for one in config.env:
        if isinstance(one.value, Secret):
            yield FoundSecret(one.origin, one.value.kind, one.name)
    for name, value in config.telemetry.headers.items() if config.telemetry else ():
        if isinstance(value, Secret) and config.telemetry:
            yield FoundSecret(next(iter(config.telemetry.origins.values())), value.kind, reference_name("otel", name))


def _workspace(files: Mapping[str, bytes], config: AgentConfig) -> tuple[str, ...]:
    taken = {CONFIG, HOOKS, *rule_files(files)}
    taken |= {path for paths in skill_folders(files.keys()).values() for path in paths}
    for parts in (config.memory, config.subagents, config.unreadable):
        taken |= {part.origin.path for part in parts}
    return tuple(path for path in sorted(files) if path not in taken)


_STRENGTH = (Permission.DENY, Permission.ASK, Permission.ALLOW)
