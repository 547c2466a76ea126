"""Keeps the output style in force as a labelled text of the memory, for Gemini CLI has no output styles. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.parts import OutputStyle


def as_memory(style: OutputStyle) -> MemoryDocument:
    """Give a style as a text for the memory; one that is never without its label."""
    name = re.sub(r"[^\w .-]+", "-", style.name)[:_LONGEST_NAME]
    return MemoryDocument(f"memory:{_FOLDER}{name}.md", style.origin, "", MemoryKind.RULE, style.body)


def without_style(document: MemoryDocument) -> tuple[MemoryDocument, OutputStyle | None]:
    r"""Take the style off a text that a conversion has put it behind.

    >>> text = b"Dig.\n\n\n## From .claude/output-styles/terse.md\n\nBe terse.\n"
    >>> memory, style = without_style(MemoryDocument("", Origin("GEMINI.md"), "", MemoryKind.SHARED, text))
    >>> memory.text, style.name, style.body, str(style.origin)
    (b'Dig.\n', 'terse', b'Be terse.\n', 'GEMINI.md:4')
    """
    match = _LABEL.search(document.text)
    if not match:
        return document, None
    line = document.origin.line + document.text.count(b"\n", 0, match.start("label"))
    style = OutputStyle(
        match["name"].decode(), Origin(document.origin.path, line), document.text[match.end() :], is_chosen=True
    )
    return replace(document, text=document.text[: match.start()]), style


_LONGEST_NAME = 100
_FOLDER = ".claude/output-styles/"
_LABEL = re.compile(
    rb"(?:\A|\r\n\r\n|\n\n)(?P<label>## From "
    + re.escape(_FOLDER.encode())
    + rb"(?P<name>[^\n/]{1,400})\.md\r?\n)\r?\n"
)
