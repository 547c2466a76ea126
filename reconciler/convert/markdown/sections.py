"""Puts several memory texts into one file and takes them apart again: origin block and labelled sections. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from reconciler.convert.documents import MemoryDocument, MemoryKind
from reconciler.convert.text import BOM, Lines, newline_of, without_bom
from reconciler.model.migration import Cli


@dataclass(frozen=True, slots=True)
class Preset:
    """What the origin block says: the source CLI, and the sandbox preset, empty when none is set."""

    source: Cli
    sandbox: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A memory file without its origin block.

    Attributes:
        text: Its bytes, with the byte order mark if it has one.
        line: The line of the file on which the text begins.
        is_ours: Whether all of it was written by a conversion and is as it was then.
        is_merged: Whether the block says that a conversion added to a text that stood there.
    """

    text: bytes
    line: int = 1
    is_ours: bool = False
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One of the texts in a file: ``path`` is the file it came from, empty for the text before the first label."""

    path: str
    globs: tuple[str, ...]
    text: bytes
    line: int


def labelled(document: MemoryDocument) -> bytes:
    r"""Give the text of a document under a heading that names its file, and the files it speaks for.

    >>> from reconciler.convert.documents import Origin
    >>> rule = MemoryDocument("rule:ts", Origin("ts.md"), "", MemoryKind.RULE, b"Use types.\n", globs=("*.ts",))
    >>> labelled(rule)
    b'## From .claude/rules/ts.md (only for files that match *.ts)\n\nUse types.\n'
    """
    scope = f" (only for files that match {', '.join(document.globs)})" if document.globs else ""
    newline = newline_of(document.text)
    return f"## From {path_of(document.name)}{scope}".encode() + newline * 2 + without_bom(document.text)


def path_of(name: str) -> str:
    """Give Claude Code's file for a document's ledger name.

    >>> path_of("rule:db:tables"), path_of("memory:CLAUDE.local.md")
    ('.claude/rules/db/tables.md', 'CLAUDE.local.md')
    """
    kind, _, rest = name.partition(":")
    return f".claude/rules/{rest.replace(':', '/')}.md" if kind == "rule" else rest


def join(first: bytes, second: bytes) -> bytes:
    r"""Put one text behind another, so that ``split`` finds both as they were.

    >>> join(b"a\n", b"b")
    b'a\n\n\nb'
    """
    return first + newline_of(first) * 2 + without_bom(second) if first else second


def split(text: bytes) -> tuple[Section, ...]:
    r"""Take a text apart at its labels.

    >>> [(one.path, one.text) for one in split(b"a\n\n\n## From CLAUDE.local.md\n\nb\n")]
    [('', b'a\n'), ('CLAUDE.local.md', b'b\n')]
    """
    labels = list(_LABEL.finditer(text))
    ends = [*(match.start() for match in labels[1:]), len(text)] if labels else []
    lines = Lines(text)
    sections = []
    if not labels or _without_gap(text[: labels[0].start()]):
        head = _without_gap(text[: labels[0].start()]) if labels else text
        sections.append(Section("", (), head, 1))
    for match, end in zip(labels, ends, strict=True):
        inner = text[match.end() : end]
        inner = inner if end == len(text) else _without_gap(inner)
        globs = _split_globs((match[2] or b"").decode(errors="replace"))
        sections.append(Section(match[1].decode(errors="replace"), globs, inner, lines.of(match.start())))
    return tuple(sections)


def without_origin(text: bytes) -> Body:
    """Take the origin block off a memory file, and say whether the rest is as a conversion wrote it."""
    bare = without_bom(text)
    bom = text[: len(text) - len(bare)]
    match = _ORIGIN.match(bare)
    if not match:
        return Body(text)
    body = bom + bare[match.end() :]
    return Body(body, match[0].count(b"\n") + 1, digest(body).encode() in match[0], b" and " in match[0])


def with_origin(body: bytes, preset: Preset, *, merged: bool) -> bytes:
    """Put the origin block before a text."""
    source = f'source = "{preset.source}{" and AGENTS.md" if merged else ""}"'
    lines = ["+++", source, f'digest = "{digest(body)}"']
    lines += [f'sandbox = "{preset.sandbox}"'] if preset.sandbox else []
    newline = newline_of(body)
    block = newline.join(line.encode() for line in [*lines, "+++", ""])
    return (BOM if body.startswith(BOM) else b"") + block + without_bom(body)


def digest(body: bytes) -> str:
    """Give the digest that the origin block holds."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def kind_of(path: str) -> MemoryKind:
    """Say what a labelled section is, by the file it came from."""
    if path.startswith(".claude/rules/"):
        return MemoryKind.RULE
    return MemoryKind.PERSONAL if path.endswith("CLAUDE.local.md") else MemoryKind.SHARED


def name_of(path: str) -> str:
    """Give a document's ledger name; the reverse of ``path_of``."""
    if kind_of(path) is MemoryKind.RULE:
        return f"rule:{path.removeprefix('.claude/rules/').removesuffix('.md').replace('/', ':')}"
    return f"memory:{path}"


def _without_gap(text: bytes) -> bytes:
    for newline in (b"\r\n", b"\n"):
        if text.endswith(newline * 2):
            return text[: -2 * len(newline)]
    return text


def _split_globs(text: str) -> tuple[str, ...]:
    return tuple(part for part in _GLOB_COMMA.split(text) if part)


_ORIGIN = re.compile(
    rb'\+\+\+\r?\nsource = "[^"\n]{0,80}"\r?\ndigest = "sha256:[0-9a-f]{64}"\r?\n(?:sandbox = "[^"\n]{0,40}"\r?\n)?'
    rb"\+\+\+\r?\n"
)
_LABEL = re.compile(
    rb"^## From ((?:[^\s()][^\n()]{0,200}/)?(?:CLAUDE|CLAUDE\.local|AGENTS|GEMINI)\.md"
    rb"|\.claude/rules/[^\n()]{1,200}\.md)"
    rb"(?: \(only for files that match ([^\n]{1,2000})\))?\r?\n\r?\n",
    re.MULTILINE,
)
_GLOB_COMMA = re.compile(r", (?![^{]*\})")
