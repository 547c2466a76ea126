"""A second opinion on memory texts, by a Markdown library: which tokens import, and what stands in fences."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from mistletoe.block_token import BlockCode, CodeFence, Document, HtmlBlock
from mistletoe.html_renderer import HtmlRenderer
from mistletoe.span_token import HtmlSpan, InlineCode, Link, RawText

SURE_DEPTH = 4
"""Claude Code was seen to load four levels of imports; its documents say five."""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A token in a loaded text: where it stands, how it is written, the file it names (empty when none is there)."""

    path: str
    name: str
    target: str
    depth: int


@cache
def import_names(text: bytes) -> tuple[str, ...]:
    """List the tokens that import, as written, with their backslashes taken off."""
    with HtmlRenderer():  # type: ignore[no-untyped-call] # the library has no types
        names = tuple(_names(Document(text.decode("utf-8-sig", errors="replace"))))
    return tuple(name.replace("\\ ", " ") for name in names)


def edges(files: Mapping[str, bytes], roots: list[str]) -> list[Edge]:
    """List every import edge that can be reached from these files."""
    found: dict[tuple[str, str], Edge] = {}
    visited: set[str] = set()
    queue = [(root, 1) for root in roots]
    for path, depth in queue:
        if path in visited:
            continue
        visited.add(path)
        for name in import_names(files[path]):
            target = resolve(path, name, files)
            found.setdefault((path, name), Edge(path, name, target, depth))
            queue += [(target, depth + 1)] if target else []
    return sorted(found.values())


def resolve(path: str, name: str, files: Mapping[str, bytes]) -> str:
    """Give the path that a token names; empty when it is in no file of the agent."""
    for written in (name, name.partition("#")[0]):
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), written))
        if not name.startswith(("~", "/")) and place in files:
            return place
    return ""


def fences(text: bytes) -> Iterator[bytes]:
    """Give each fenced block, from its opening to its closing line."""
    lines, start, mark = text.splitlines(keepends=True), -1, b""
    for number, line in enumerate(lines):
        match = _FENCE.match(line)
        if match and start < 0 and not (match[1][:1] == b"`" and b"`" in match[2]):
            start, mark = number, match[1]
        elif match and start >= 0 and match[1].startswith(mark) and not match[2].strip():
            yield b"".join(lines[start : number + 1]).rstrip(b"\r\n")
            start = -1


def split_front_matter(text: bytes) -> tuple[dict[str, int], bytes]:
    """Split a text, as leniently as the CLIs do, into the line of each top-level key and its body."""
    match = _FRONT_MATTER.match(text.removeprefix(b"\xef\xbb\xbf"))
    if not match:
        return {}, text
    lines = match[1].decode(errors="replace").splitlines()
    keys = {found[1]: number for number, line in enumerate(lines, 2) if (found := _KEY.match(line))}
    return keys, text.removeprefix(b"\xef\xbb\xbf")[match.end() :]


def _names(token: object) -> list[str]:
    if isinstance(token, CodeFence | BlockCode | InlineCode | HtmlBlock | HtmlSpan | Link):
        return []
    if isinstance(token, RawText):
        words = re.findall(r"(?:^|(?<=\s))@((?:[^\s\\]|\\ )+)", token.content)
        return [word for word in words if re.match(r"~/.|\.{0,2}/[^/]|[A-Za-z0-9._-]", word)]
    children = [*(getattr(token, "children", None) or []), *([token.header] if hasattr(token, "header") else [])]
    return [name for child in children for name in _names(child)]


_FENCE = re.compile(rb"[ \t]*(`{3,}|~{3,})(.*)")
_FRONT_MATTER = re.compile(rb"---[ \t]*\r?\n(.*?)(?<=\n)---[ \t]*(?:\r?\n|$)", re.DOTALL)
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:\s|$)")
