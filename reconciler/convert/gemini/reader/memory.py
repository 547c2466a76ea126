"""Reads GEMINI.md files, and takes back what a conversion has put into them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.convert.agent import Scope, Unreadable
from reconciler.convert.documents import MemoryDocument, MemoryKind
from reconciler.convert.gemini.layout import is_memory, memory_layout
from reconciler.convert.gemini.output_styles import without_style
from reconciler.convert.gemini.references import unescape
from reconciler.convert.markdown import memory_file
from reconciler.convert.markdown.sections import without_origin
from reconciler.convert.parts import OutputStyle


@dataclass(frozen=True, slots=True)
class Memory:
    """What was found; ``paths`` are the files it was found in."""

    documents: list[MemoryDocument] = field(default_factory=list)
    styles: list[OutputStyle] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def read_memory(files: Mapping[str, bytes], scope: Scope, names: Iterable[str]) -> Memory:
    """Read the memory files.

    Args:
        files: The agent's folder, or the user's home.
        scope: Which of the two it is.
        names: What the files are called; Gemini CLI reads all of one name before those of the next.
    """
    memory = Memory()
    for name in dict.fromkeys(names):
        layout = memory_layout(scope, name)
        paths = sorted((path for path in files if is_memory(path, [name], scope)), key=_depth)
        found, unreadable = memory_file.read_memory(files, layout, paths, expands=True)
        converted = {path for path in paths if without_origin(files[path]).line > 1}
        for document in found:
            _add(memory, document, is_converted=document.origin.path in converted)
        memory.unreadable.extend(unreadable)
        memory.paths.extend(paths)
    return memory


def _add(memory: Memory, document: MemoryDocument, *, is_converted: bool) -> None:
    document, style = without_style(document)
    if is_converted and document.kind is not MemoryKind.STANDING:
        document = replace(document, text=unescape(document.text))
    if style:
        memory.styles.append(replace(style, body=unescape(style.body)) if is_converted else style)
    if document.text or not style:
        memory.documents.append(document)


def _depth(path: str) -> tuple[int, str]:
    return path.count("/"), path
