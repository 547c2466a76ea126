"""Reads Claude Code's memory: CLAUDE.md files, rules and local notes, each with its imports inlined. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from reconciler.convert.agent import Scope, Unreadable
from reconciler.convert.claude.layout import Place, memory_folder, part_name, place
from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.formats import front_matter
from reconciler.convert.markdown.imports import Imports
from reconciler.convert.text import fault_of_text

_KINDS = {
    Place.MEMORY: MemoryKind.SHARED,
    Place.LOCAL_MEMORY: MemoryKind.PERSONAL,
    Place.RULE: MemoryKind.RULE,
    Place.AGENTS: MemoryKind.STANDING,
}
_SCOPE_KEYS = ("paths", "globs")


def read_memory(files: Mapping[str, bytes], scope: Scope) -> tuple[tuple[MemoryDocument, ...], tuple[Unreadable, ...]]:
    """Read every memory document of the folder, folder by folder, in the order Claude Code loads them.

    Returns:
        The documents, and what is no UTF-8 text.
    """
    paths = [path for path in files if place(path) in _KINDS]
    faults = {path: fault for path in paths if (fault := fault_of_text(files[path]))}
    unreadable = tuple(
        Unreadable(_name(path), Origin(path, line), reason) for path, (line, reason) in sorted(faults.items())
    )
    good = [path for path in paths if path not in faults]
    folders = sorted({_folder(path) for path in good})
    documents = tuple(
        document
        for folder in folders
        for document in _read_folder(folder, [path for path in good if _folder(path) == folder], files, scope)
    )
    return documents, unreadable


def _read_folder(folder: str, paths: list[str], files: Mapping[str, bytes], scope: Scope) -> Iterable[MemoryDocument]:
    standing = posixpath.join(folder, "AGENTS.md")
    has_own = any(place(path) is Place.MEMORY for path in paths)
    imports = Imports(files, standing=[standing] if has_own else [], is_home=scope is Scope.USER)
    documents = [_read_document(path, folder, imports) for path in sorted(paths, key=_order) if path != standing]
    if standing in paths:
        pointed_at = any(edge.path == standing for one in documents for edge in one.imports)
        links = [one.text for one in documents if files[one.origin.path] == files[standing]]
        if links:  # the two names of one text
            yield MemoryDocument(_name(standing), Origin(standing), folder, MemoryKind.STANDING, links[0])
        else:
            yield _standing(standing, folder, files, imports if pointed_at or not has_own else None)
    yield from documents


def _read_document(path: str, folder: str, imports: Imports) -> MemoryDocument:
    expanded = imports.expand(path)
    kind = _KINDS[place(path)]
    if kind is not MemoryKind.RULE:
        return MemoryDocument(_name(path), Origin(path), folder, kind, expanded.text, expanded.imports)
    matter = front_matter.parse(expanded.text)
    return MemoryDocument(
        name=_name(path),
        origin=Origin(path),
        folder=folder,
        kind=kind,
        text=matter.body,
        imports=expanded.imports,
        globs=tuple(glob for key in _SCOPE_KEYS for glob in matter.values(key)),
        lost_keys=tuple(key for key in matter.scalars if key not in _SCOPE_KEYS),
    )


def _standing(path: str, folder: str, files: Mapping[str, bytes], imports: Imports | None) -> MemoryDocument:
    if imports is None:
        return MemoryDocument(_name(path), Origin(path), folder, MemoryKind.STANDING, files[path], loaded=False)
    expanded = imports.expand(path)
    return MemoryDocument(_name(path), Origin(path), folder, MemoryKind.STANDING, expanded.text, expanded.imports)


def _folder(path: str) -> str:
    return "" if place(path) is Place.RULE else memory_folder(path)


def _order(path: str) -> tuple[int, int, str]:
    rank = [Place.AGENTS, Place.MEMORY, Place.RULE, Place.LOCAL_MEMORY].index(place(path))
    return rank, path.count("/"), path


def _name(path: str) -> str:
    return f"rule:{part_name(path)}" if place(path) is Place.RULE else f"memory:{path}"
