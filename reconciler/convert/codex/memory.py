"""Writes an agent's memory as AGENTS.md, one a folder, without losing the AGENTS.md that stands there. Pure."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig
from reconciler.convert.documents import Import, ImportStatus, MemoryDocument, MemoryKind
from reconciler.convert.text import BOM, holds, join, newline_of, without_bom
from reconciler.model.conversion import Item


@dataclass(frozen=True, slots=True)
class Preset:
    """What the front matter says: the source CLI and the sandbox preset, empty when none is set."""

    source: str
    sandbox: str = ""


def write_memory(
    config: AgentConfig, files: Mapping[str, bytes], preset: Preset | None
) -> tuple[dict[str, bytes], list[Item]]:
    """Write one AGENTS.md for each folder that has memory.

    Args:
        config: What the reader found.
        files: The source's files, for the AGENTS.md and AGENTS.override.md that stand there already.
        preset: What the front matter says; None writes none.

    Returns:
        The files by path, and a line for each document and each import edge.
    """
    written: dict[str, bytes] = {}
    items: list[Item] = []
    for folder in sorted({document.folder for document in config.memory}):
        documents = [document for document in config.memory if document.folder == folder]
        path = posixpath.join(folder, "AGENTS.md")
        written[path] = _compose(documents, files.get(path, b""), preset)
        override = posixpath.join(folder, "AGENTS.override.md")
        items += [_item(document, path, override if override in files else "") for document in documents]
    return written, items + _import_items(config.memory)


def _compose(documents: list[MemoryDocument], as_it_stands: bytes, preset: Preset | None) -> bytes:
    base = b""
    for document in documents:
        if document.kind is MemoryKind.STANDING:
            base = _base(document)
    body = base
    for part in (_labelled(document) for document in documents if document.kind is not MemoryKind.STANDING):
        body = body if body and holds(body, part) else join(body, part)
    if body == _without_front_matter(as_it_stands):
        return as_it_stands
    return _with_front_matter(body, preset, merged=bool(base)) if preset else body


def _base(standing: MemoryDocument) -> bytes:
    body = _without_front_matter(standing.text)
    match = _FRONT_MATTER.match(without_bom(standing.text))
    is_all_ours = match and _MERGED not in match[0] and _digest(body).encode() in match[0]
    return b"" if is_all_ours and not standing.loaded else body


def _labelled(document: MemoryDocument) -> bytes:
    if document.kind not in (MemoryKind.RULE, MemoryKind.PERSONAL) or not without_bom(document.text).strip():
        return document.text
    scope = f" (only for files that match {', '.join(document.globs)})" if document.globs else ""
    newline = newline_of(document.text)
    return f"## From {document.origin.path}{scope}".encode() + newline * 2 + without_bom(document.text)


def _item(document: MemoryDocument, path: str, override: str) -> Item:
    if override:
        return ledger.dropped(document.name, document.origin, f"Codex reads {override} in the place of {path}")
    differences = []
    if document.globs:
        differences.append("Codex has no rules for some files only: it always sees this text, with the files named")
    if document.lost_keys:
        differences.append(f"front matter left out: {', '.join(document.lost_keys)}")
    return ledger.settled(document.name, document.origin, path, differences)


def _import_items(documents: Iterable[MemoryDocument]) -> list[Item]:
    items: dict[tuple[str, str], Item] = {}
    for document in documents:
        for edge in document.imports:
            item = _import_item(edge, posixpath.join(document.folder, "AGENTS.md"))
            key = (item.item, item.source)
            if key not in items or edge.status is ImportStatus.INLINED:
                items[key] = item
    return list(items.values())


def _import_item(edge: Import, path: str) -> Item:
    name = f"import:{edge.name}"
    match edge.status:
        case ImportStatus.INLINED:
            return ledger.kept(name, edge.origin, path)
        case ImportStatus.NOT_AN_IMPORT:
            return ledger.kept(name, edge.origin, f"{path}:text")
        case ImportStatus.HOME | ImportStatus.ABSOLUTE | ImportStatus.OUTSIDE | ImportStatus.TOO_MANY:
            return ledger.dropped(name, edge.origin, f"{edge.status}: {_IMPORT_REASONS[edge.status]}")
        case (
            ImportStatus.REPEATED
            | ImportStatus.CYCLE
            | ImportStatus.TOO_DEEP
            | ImportStatus.DIRECTORY
            | ImportStatus.MISSING
            | ImportStatus.NOT_TEXT
        ):
            return ledger.degraded(name, edge.origin, path, f"{edge.status}: {_IMPORT_REASONS[edge.status]}")


def _without_front_matter(text: bytes) -> bytes:
    bom = BOM if text.startswith(BOM) else b""
    return bom + _FRONT_MATTER.sub(b"", without_bom(text), count=1)


def _with_front_matter(body: bytes, preset: Preset, *, merged: bool) -> bytes:
    source = f'source = "{preset.source}{" and AGENTS.md" if merged else ""}"'
    lines = ["+++", source, f'digest = "{_digest(body)}"']
    lines += [f'sandbox = "{preset.sandbox}"'] if preset.sandbox else []
    newline = newline_of(body)
    block = newline.join(line.encode() for line in [*lines, "+++", ""])
    return (BOM if body.startswith(BOM) else b"") + block + without_bom(body)


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


_MERGED = b" and AGENTS.md"
_FRONT_MATTER = re.compile(
    rb'\+\+\+\r?\nsource = "[^"\n]{0,80}"\r?\ndigest = "sha256:[0-9a-f]{64}"\r?\n(?:sandbox = "[^"\n]{0,40}"\r?\n)?'
    rb"\+\+\+\r?\n"
)
_IMPORT_REASONS = {
    ImportStatus.HOME: "the file is in somebody's home folder, not in the agent's",
    ImportStatus.ABSOLUTE: "the file is outside the agent's folder",
    ImportStatus.OUTSIDE: "the file is outside the agent's folder",
    ImportStatus.TOO_MANY: "over the limit of 200 imports or 1 MiB",
    ImportStatus.REPEATED: "its text stands in this file once, at the first import",
    ImportStatus.CYCLE: "it imports the text it stands in; only the path stays",
    ImportStatus.TOO_DEEP: "more than 5 imports deep, not loaded by the source either; only the path stays",
    ImportStatus.DIRECTORY: "a folder, not loaded by the source either; stays as text",
    ImportStatus.MISSING: "no such file, not loaded by the source either; stays as text",
    ImportStatus.NOT_TEXT: "no UTF-8 text; stays as text",
}
