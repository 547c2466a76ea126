r"""Writes memory as GEMINI.md, so that Gemini CLI takes no word of it for an import. Pure.

Gemini CLI puts a comment in the place of any ``@word`` that names no file, wherever it stands; ``\@word`` it leaves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from reconciler.convert.agent import AgentConfig
from reconciler.convert.documents import MemoryDocument, MemoryKind
from reconciler.convert.gemini.layout import memory_layout
from reconciler.convert.gemini.writer.output_styles import as_memory, style_items
from reconciler.convert.markdown.memory_file import write_memory as write_files
from reconciler.convert.markdown.sections import Preset
from reconciler.convert.parts import OutputStyle
from reconciler.model.conversion import Item, Outcome


def write_memory(
    config: AgentConfig, files: Mapping[str, bytes], *, front_matter: bool
) -> tuple[dict[str, bytes], list[Item]]:
    """Write the memory and the output style in force.

    Returns:
        The files, and a line for each document, each import and each output style.
    """
    layout = memory_layout(config.scope)
    chosen = [style for style in config.output_styles if style.is_chosen]
    documents = tuple(_escaped(one, layout.path(one.folder)) for one in (*config.memory, *map(as_memory, chosen)))
    preset = Preset(config.cli) if front_matter else None
    written, items = write_files(replace(config, memory=documents), files, layout, preset)
    escaped = {one.name: tokens(old.text) for one, old in zip(documents, config.memory, strict=False)}
    items = [_item(item, escaped, _styles(chosen)) for item in items]
    standing = [one.origin.path for one in config.memory if one.kind is MemoryKind.STANDING]
    return {path: files[path] for path in standing if path in files} | written, items + style_items(config)


def tokens(text: bytes) -> list[str]:
    r"""List what Gemini CLI would take for imports, in order.

    >>> tokens(b"ask @ana, not `@bob`\n    @Override")
    ['@ana,', '@Override']
    """
    return [match[0].decode(errors="replace") for match in _outside_code(text)]


def escape(text: bytes) -> bytes:
    r"""Put a backslash before each of them, as Markdown has it.

    >>> print(escape(b"ask @ana").decode())
    ask \@ana
    """
    pieces, position = [], 0
    for match in _outside_code(text):
        pieces += [text[position : match.start()], b"\\"]
        position = match.start()
    return b"".join([*pieces, text[position:]])


def _outside_code(text: bytes) -> list[re.Match[bytes]]:
    code = [match.span() for match in _CODE.finditer(text)]
    return [one for one in _TOKEN.finditer(text) if not any(start <= one.start() < end for start, end in code)]


def _escaped(document: MemoryDocument, path: str) -> MemoryDocument:
    if document.kind is MemoryKind.STANDING and (document.origin.path == path or not document.loaded):
        return document  # Gemini CLI's own file says what it means, and another's stays as it is
    return replace(document, text=escape(document.text))


def _styles(chosen: list[OutputStyle]) -> dict[str, str]:
    return {f"memory:{style.origin.path}": f"output-style:{style.name}" for style in chosen}


def _item(item: Item, escaped: Mapping[str, list[str]], styles: Mapping[str, str]) -> Item:
    if item.item in styles:
        reason = f"Gemini CLI has no output styles: its text stands in {item.target}"
        return replace(item, item=styles[item.item], outcome=Outcome.DEGRADED, reason=reason)
    name = item.item.removeprefix("import:")
    if item.target.endswith(":text") and any(token[1:].startswith(name) for one in escaped.values() for token in one):
        return _degraded(item, f"Gemini CLI takes it for an import: written \\@{name}")
    if item.outcome is not Outcome.DROPPED and (found := escaped.get(item.item)):
        some = ", ".join(dict.fromkeys(found[:3])) + (", …" if len(found) > 3 else "")  # noqa: PLR2004 - a few say enough
        return _degraded(item, f"Gemini CLI would take {some} for imports: a backslash stands before each")
    return item


def _degraded(item: Item, reason: str) -> Item:
    return replace(item, outcome=Outcome.DEGRADED, reason=f"{item.reason}; {reason}" if item.reason else reason)


_TOKEN = re.compile(rb"(?:(?<=[ \t\r\n])|(?<![\s\S]))@[./A-Za-z][^ \t\r\n]*")
_CODE = re.compile(rb"(`+)[\s\S]*?\1")
