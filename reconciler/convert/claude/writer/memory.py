"""Writes an agent's memory as CLAUDE.md, CLAUDE.local.md and rules. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, Scope
from reconciler.convert.claude.layout import Place, memory_folder, place
from reconciler.convert.claude.writer.markdown import with_keys
from reconciler.convert.documents import MemoryDocument, MemoryKind
from reconciler.convert.formats import front_matter
from reconciler.convert.markdown.import_items import import_items
from reconciler.convert.markdown.imports import Imports
from reconciler.convert.markdown.scanner import tokens
from reconciler.convert.markdown.sections import labelled, path_of
from reconciler.convert.text import fault_of_text, holds, join, newline_of
from reconciler.model.conversion import Item
from reconciler.model.migration import Cli
from reconciler.quoting import quote


def write_memory(config: AgentConfig, files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Item]]:
    """Write each document where Claude Code keeps its like.

    An AGENTS.md that a person wrote stays the source of its text: the CLAUDE.md beside it imports it.

    Args:
        config: What the reader found.
        files: The source's files, for what stands there already.

    Returns:
        The files by path, and a line for each document and each import edge.
    """
    written: dict[str, bytes] = {}
    items: list[Item] = []
    shared = {one.origin.path for one in config.memory if _stays(one, config.scope)}
    for document in config.memory:
        path = _path(document, config.scope)
        standing = written.get(path, files.get(path, b""))
        is_there = _holds(_as_shown(standing, path, files), document.text)
        if not document.loaded:
            written[document.origin.path] = files[document.origin.path]
            items.append(ledger.kept(document.name, document.origin, document.origin.path))
        elif document.origin.path in shared:
            written |= {document.origin.path: files[document.origin.path], path: standing}
            if _stays(document, config.scope):
                written[path] = standing if is_there else _pointing(standing, path, document)
            differences = _differences(config, document, path, files)
            items.append(_shared_item(document, path if is_there else "", differences))
        else:
            written[path] = standing if is_there and standing else _added(standing, document)
            differences = _differences(config, document, path, files)
            differences += _rule_differences(document, written[path])
            items.append(ledger.settled(document.name, document.origin, path, differences))
    items += import_items(config.memory, lambda folder: _own_path(folder, config.scope))
    return {path: data for path, data in written.items() if data}, items


def _stays(document: MemoryDocument, scope: Scope) -> bool:
    is_agents = posixpath.basename(document.origin.path).startswith("AGENTS")
    return scope is Scope.PROJECT and is_agents and document.kind is MemoryKind.STANDING and document.loaded


def _path(document: MemoryDocument, scope: Scope) -> str:
    """Give the file's path; the name of a section is a person's text and must not lead out of its folder."""
    named = path_of(document.name)
    found = place(named) if posixpath.normpath(named) == named else Place.WORKSPACE
    if found is Place.RULE and document.kind is MemoryKind.RULE:
        return named
    is_beside = memory_folder(named) == document.folder and scope is Scope.PROJECT
    is_claudes = found in (Place.MEMORY, Place.LOCAL_MEMORY) and is_beside
    return named if is_claudes else _own_path(document.folder, scope)


def _own_path(folder: str, scope: Scope) -> str:
    return posixpath.join(".claude" if scope is Scope.USER else folder, "CLAUDE.md")


def _as_shown(standing: bytes, path: str, files: Mapping[str, bytes]) -> bytes:
    """Give a text with its imports, as Claude Code shows it to the model."""
    is_as_it_was = standing == files.get(path, b"") and standing and not fault_of_text(standing)
    return Imports(files).expand(path).text if is_as_it_was else standing


def _holds(text: bytes, part: bytes) -> bool:
    return holds(text, part) or (b"\n" + text).endswith(b"\n" + part)  # blanks before the first word count here


def _pointing(standing: bytes, path: str, document: MemoryDocument) -> bytes:
    if not fault_of_text(standing) and document.origin.path in _imported(standing, path):
        return standing
    name = posixpath.relpath(document.origin.path, posixpath.dirname(path) or ".")
    return join(standing, b"@" + name.encode() + newline_of(standing))


def _added(standing: bytes, document: MemoryDocument) -> bytes:
    if standing:
        return join(standing, document.text if document.kind is MemoryKind.RULE else labelled(document))
    if document.kind is not MemoryKind.RULE:
        return document.text
    globs = "".join(f"\n  - {quote(glob)}" for glob in document.globs)
    return with_keys({"paths": globs} if globs else {}, document.text)


def _shared_item(document: MemoryDocument, also_at: str, differences: list[str]) -> Item:
    place = document.origin.path
    if document.kind is MemoryKind.STANDING:
        return ledger.settled(document.name, document.origin, place, differences)
    if also_at:
        return ledger.settled(document.name, document.origin, also_at, differences)
    reason = f"its text stays in {place}, which CLAUDE.md imports"
    reason += f": Claude Code always sees it, not only for {', '.join(document.globs)}" if document.globs else ""
    return ledger.settled(document.name, document.origin, place, [reason, *differences])


def _differences(config: AgentConfig, document: MemoryDocument, path: str, files: Mapping[str, bytes]) -> list[str]:
    differences = [f"front matter left out: {', '.join(document.lost_keys)}"] if document.lost_keys else []
    if config.cli not in _EXPANDING:
        names = [name for name in _imported(document.text, path) if name in files or name.startswith("~/")]
        differences += [
            f"Claude Code loads {name} where @ names it; {config.cli} showed the name only" for name in names
        ]
    return differences


def _rule_differences(document: MemoryDocument, data: bytes) -> list[str]:
    if document.kind is not MemoryKind.RULE or front_matter.parse(data).values("paths") == document.globs:
        return []
    return [f"the rule that stands there is for {', '.join(front_matter.parse(data).values('paths')) or 'all files'}"]


def _imported(text: bytes, path: str) -> list[str]:
    names = dict.fromkeys(token.name for token in tokens(text))
    folder = posixpath.dirname(path)
    return [name if name.startswith("~/") else posixpath.normpath(posixpath.join(folder, name)) for name in names]


_EXPANDING = frozenset({Cli.CLAUDE, Cli.GEMINI})
