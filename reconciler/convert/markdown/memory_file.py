"""Writes an agent's memory as one file a folder without losing what stands there, and reads such files. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, Unreadable
from reconciler.convert.documents import Import, MemoryDocument, MemoryKind, Origin
from reconciler.convert.markdown.import_items import import_items
from reconciler.convert.markdown.imports import Imports
from reconciler.convert.markdown.sections import (
    Preset,
    join,
    kind_of,
    labelled,
    name_of,
    split,
    with_origin,
    without_origin,
)
from reconciler.convert.text import fault_of_text, holds, without_bom
from reconciler.model.conversion import Item


@dataclass(frozen=True, slots=True)
class MemoryLayout:
    """Where a CLI keeps its memory.

    Attributes:
        name: The file's name in every folder.
        root: The path of the agent's own file.
        title: The CLI's name, for people.
        override: The file that the CLI reads in the place of ``name``; empty when it has none.
        nested: Why a folder's own file is loaded at other times than by the source; empty when it is not.
    """

    name: str
    root: str
    title: str
    override: str = ""
    nested: str = ""

    def path(self, folder: str) -> str:
        """Give the path of the file that speaks for a folder; the empty folder is the agent's own."""
        return posixpath.join(folder, self.name) if folder else self.root


def write_memory(
    config: AgentConfig, files: Mapping[str, bytes], layout: MemoryLayout, preset: Preset | None
) -> tuple[dict[str, bytes], list[Item]]:
    """Write one memory file for each folder that has memory.

    Args:
        config: What the reader found.
        files: The source's files, for the memory files that stand there already.
        layout: Where the target keeps its memory.
        preset: What the origin block says; None writes none.

    Returns:
        The files by path, and a line for each document and each import edge.
    """
    written: dict[str, bytes] = {}
    items: list[Item] = []
    for folder in sorted({document.folder for document in config.memory}):
        documents = [document for document in config.memory if document.folder == folder]
        path = layout.path(folder)
        others = [document for document in documents if _is_anothers(document, path)]
        written |= {document.origin.path: document.text for document in others}
        if len(others) == len(documents):
            items += [ledger.kept(one.name, one.origin, one.origin.path) for one in documents]
            continue
        written[path] = _compose(documents, path, files.get(path, b""), preset)
        override = posixpath.join(posixpath.dirname(path), layout.override) if layout.override else ""
        hidden_by = override if override in files else ""
        items += [_item(document, path, layout, written[path], hidden_by) for document in documents]
    return written, items + import_items(config.memory, layout.path)


def read_memory(
    files: Mapping[str, bytes], layout: MemoryLayout, paths: Iterable[str], *, expands: bool
) -> tuple[tuple[MemoryDocument, ...], tuple[Unreadable, ...]]:
    """Read memory files; a section that a conversion has labelled is a document of its own again.

    Args:
        files: The agent's folder.
        layout: Where the source keeps its memory.
        paths: The memory files, in the order the source loads them.
        expands: Whether the source inlines ``@imports``.

    Returns:
        The documents, and what is no UTF-8 text.
    """
    documents: list[MemoryDocument] = []
    unreadable: list[Unreadable] = []
    for path in paths:
        if fault := fault_of_text(files[path]):
            unreadable.append(Unreadable(f"memory:{path}", Origin(path, fault[0]), fault[1]))
            continue
        folder = "" if path == layout.root else posixpath.dirname(path)
        expanded = Imports(files).expand(path) if expands else None
        documents += _documents(path, folder, expanded.text if expanded else files[path])
        if expanded and expanded.imports:
            documents[-1] = _with_imports(documents[-1], expanded.imports)
    return tuple(documents), tuple(unreadable)


def _compose(documents: list[MemoryDocument], path: str, as_it_stands: bytes, preset: Preset | None) -> bytes:
    own = next((one for one in documents if one.kind is MemoryKind.STANDING and one.origin.path == path), None)
    base = _base(own.text if own else as_it_stands, is_source=own is not None and own.loaded)
    body = base
    for document in documents:
        if document is own or _is_anothers(document, path):
            continue
        if not body and document.kind in _HEADS:
            body = document.text
        elif without_bom(document.text).strip() and not holds(body, document.text):
            body = join(body, labelled(document))
    if body == without_origin(as_it_stands).text:
        return as_it_stands
    return with_origin(body, preset, merged=bool(base)) if preset else body


def _is_anothers(document: MemoryDocument, path: str) -> bool:
    """Say whether neither source nor target loads it: it stands there for some other CLI."""
    return document.kind is MemoryKind.STANDING and not document.loaded and document.origin.path != path


def _base(text: bytes, *, is_source: bool) -> bytes:
    body = without_origin(text)
    return b"" if body.is_ours and not body.is_merged and not is_source else body.text


def _documents(path: str, folder: str, text: bytes) -> list[MemoryDocument]:
    body = without_origin(text)
    documents = []
    for section in split(body.text):
        origin = Origin(path, section.line + body.line - 1)
        if section.path:
            name, kind = name_of(section.path), kind_of(section.path)
        else:
            converted = body.line > 1 and not body.is_merged
            name = f"memory:{path}"
            kind = MemoryKind.SHARED if converted else MemoryKind.STANDING
        documents.append(MemoryDocument(name, origin, folder, kind, section.text, globs=section.globs))
    return documents


def _with_imports(document: MemoryDocument, imports: tuple[Import, ...]) -> MemoryDocument:
    return MemoryDocument(
        document.name, document.origin, document.folder, document.kind, document.text, imports, document.globs
    )


def _item(document: MemoryDocument, path: str, layout: MemoryLayout, text: bytes, override: str) -> Item:
    if _is_anothers(document, path):
        return ledger.kept(document.name, document.origin, document.origin.path)
    if override:
        return ledger.dropped(document.name, document.origin, f"{layout.title} reads {override} in the place of {path}")
    differences = []
    if document.globs:
        differences.append(
            f"{layout.title} has no rules for some files only: it always sees this text, with the files named"
        )
    if document.kind not in _HEADS and without_bom(document.text).strip() and not holds(text, labelled(document)):
        differences.append(f"its text stands in {path} already, and there it is not told apart")
    if document.kind is MemoryKind.PERSONAL:
        differences.append(f"personal notes stand in {path} now, which is shared")
    if document.lost_keys:
        differences.append(f"front matter left out: {', '.join(document.lost_keys)}")
    if document.folder and layout.nested:
        differences.append(layout.nested)
    return ledger.settled(document.name, document.origin, path, differences)


_HEADS = frozenset({MemoryKind.SHARED, MemoryKind.STANDING})
