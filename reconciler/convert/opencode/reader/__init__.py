"""Reads an OpenCode configuration: memory, opencode.json, commands, agents and skills. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.convert.agent import AgentConfig, Scope, Unreadable
from reconciler.convert.documents import MemoryDocument, Origin
from reconciler.convert.markdown.memory_file import read_memory
from reconciler.convert.opencode.layout import Layout, layout_of
from reconciler.convert.opencode.reader.config import Found, read_configs
from reconciler.convert.opencode.reader.parts import read_parts
from reconciler.convert.opencode.wildcards import finds
from reconciler.model.migration import Cli


def read(files: Mapping[str, bytes], scope: Scope = Scope.PROJECT) -> AgentConfig:
    """Read what OpenCode would read of these files; what has no neutral form is listed as unreadable.

    Args:
        files: The agent's folder, or the user's home, by path; nothing else is ever read.
        scope: Which of the two it is.
    """
    layout = layout_of(scope)
    found = read_configs(files, layout.configs)
    texts, lost = _instructions(found, files, layout)
    memory, bad_memory = _memory(files, layout, texts)
    parts = read_parts(files, layout, found)
    taken = {*layout.configs, *parts.paths, *(document.origin.path for document in memory)}
    taken |= {one.origin.path for one in bad_memory}
    return AgentConfig(
        cli=Cli.OPENCODE,
        scope=scope,
        memory=memory,
        permissions=tuple(found.permissions),
        servers=tuple(found.servers.values()),
        commands=tuple(parts.commands),
        subagents=tuple(parts.subagents),
        skills=tuple(parts.skills.values()),
        settings=tuple(found.settings),
        unreadable=(*bad_memory, *found.unreadable, *lost, *parts.unreadable),
        secrets=tuple(found.secrets),
        workspace=tuple(path for path in sorted(files) if path not in taken),
    )


def _memory(
    files: Mapping[str, bytes], layout: Layout, instructions: list[str]
) -> tuple[tuple[MemoryDocument, ...], tuple[Unreadable, ...]]:
    root = layout.memory.root
    if layout.home:
        main = next((path for path in (root, ".claude/CLAUDE.md") if path in files), "")
        nested: list[str] = []
    else:
        by_folder = _by_folder(files)
        main = by_folder.pop("", "")
        nested = [by_folder[folder] for folder in sorted(by_folder)]
    memory_layout = replace(layout.memory, root=main or root)
    others = [path for path in instructions if path not in {main, *nested}]
    paths = [*([main] if main else []), *others, *nested]
    documents, unreadable = read_memory(files, memory_layout, paths, expands=False)
    return tuple(replace(one, folder="") if one.origin.path in others else one for one in documents), unreadable


def _by_folder(paths: Iterable[str]) -> dict[str, str]:
    """Give the file that OpenCode reads in each folder: it takes the first of three names."""
    found: dict[str, str] = {}
    for path in sorted(paths):
        folder, name = posixpath.split(path)
        if name in _NAMES and not _OTHERS & set(folder.split("/")):
            best = found.get(folder)
            if best is None or _NAMES.index(name) < _NAMES.index(posixpath.basename(best)):
                found[folder] = path
    return found


def _instructions(found: Found, files: Mapping[str, bytes], layout: Layout) -> tuple[list[str], list[Unreadable]]:
    paths: list[str] = []
    lost = []
    for text, origin in found.instructions:
        glob = text.removeprefix("./").removeprefix(layout.home)
        mine = [path for path in sorted(files) if path == glob or ("*" in glob and finds(glob, path))]
        paths += [path for path in mine if path not in paths]
        if not mine:
            lost.append(_lost(text, origin))
    return paths, lost


def _lost(text: str, origin: Origin) -> Unreadable:
    where = "on the network" if text.startswith(("http://", "https://")) else "not among the agent's files"
    return Unreadable(f"setting:instructions:{text}", origin, f"what it names is {where}")


_OTHERS = frozenset({"node_modules", ".claude", ".codex", ".gemini", ".agents", ".opencode"})
_NAMES = ("AGENTS.md", "CLAUDE.md", "CONTEXT.md")
