"""Writes memory as GEMINI.md, so that Gemini CLI takes no word of it for an import. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace

from reconciler.convert.agent import AgentConfig
from reconciler.convert.documents import MemoryDocument, MemoryKind
from reconciler.convert.gemini.layout import memory_layout
from reconciler.convert.gemini.output_styles import as_memory
from reconciler.convert.gemini.references import escape, tokens
from reconciler.convert.gemini.writer.output_styles import style_items
from reconciler.convert.markdown.memory_file import write_memory as write_files
from reconciler.convert.markdown.sections import Preset
from reconciler.model.conversion import Item, Outcome


def write_memory(
    config: AgentConfig, files: Mapping[str, bytes], *, front_matter: bool
) -> tuple[dict[str, bytes], list[Item]]:
    """Write the memory and the output style in force.

    Returns:
        The files, and a line for each document, each import and each output style.
    """
    layout = memory_layout(config.scope)
    styles = {as_memory(style): f"output-style:{style.name}" for style in config.output_styles if style.is_chosen}
    documents = tuple(_escaped(one, layout.path(one.folder)) for one in (*config.memory, *styles))
    preset = Preset(config.cli) if front_matter else None
    written, items = write_files(replace(config, memory=documents), files, layout, preset)
    changed = [(new, old) for new, old in zip(documents, config.memory, strict=False) if new.text != old.text]
    escaped = {new.name: tokens(old.text) for new, old in changed}
    words = sorted({token[1:] for found in escaped.values() for token in found})
    named = {(one.name, str(one.origin)): name for one, name in styles.items()}
    items = [_item(item, escaped, words, named.get((item.item, item.source), "")) for item in items]
    standing = [one.origin.path for one in config.memory if one.kind is MemoryKind.STANDING]
    return {path: files[path] for path in standing if path in files} | written, items + style_items(config)


def _escaped(document: MemoryDocument, path: str) -> MemoryDocument:
    if document.kind is MemoryKind.STANDING and (document.origin.path == path or not document.loaded):
        return document  # Gemini CLI's own file says what it means, and another's stays as it is
    return replace(document, text=escape(document.text))


def _item(item: Item, escaped: Mapping[str, list[str]], words: list[str], style: str) -> Item:
    if style:
        reason = f"Gemini CLI has no output styles: its text stands in {item.target}"
        return replace(item, item=style, outcome=Outcome.DEGRADED, reason=reason)
    name = item.item.removeprefix("import:")
    if item.target.endswith(":text") and _begins_one(name, words):
        return _degraded(item, f"Gemini CLI takes it for an import: written \\@{name}")
    if item.outcome is not Outcome.DROPPED and (found := escaped.get(item.item)):
        some = ", ".join(dict.fromkeys(found[:3])) + (", …" if len(found) > 3 else "")  # noqa: PLR2004 - a few say enough
        return _degraded(item, f"a backslash is put before {some}, so that Gemini CLI takes none for an import")
    return item


def _begins_one(name: str, words: list[str]) -> bool:
    place = bisect_left(words, name)
    return place < len(words) and words[place].startswith(name)


def _degraded(item: Item, reason: str) -> Item:
    return replace(item, outcome=Outcome.DEGRADED, reason=f"{item.reason}; {reason}" if item.reason else reason)
