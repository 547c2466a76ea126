"""Inlines the ``@imports`` of memory texts and says of each import edge what became of it. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reconciler.convert.documents import Import, ImportStatus, Origin
from reconciler.convert.markdown.scanner import Token, tokens
from reconciler.convert.text import Edit, fault_of_text, newline_of, splice, without_bom

MAX_DEPTH = 5
MAX_IMPORTS = 200
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with its imports inlined, and what became of each of them, nested ones included."""

    text: bytes
    imports: tuple[Import, ...]


class Imports:
    """Inlines the imports of texts that are loaded together: each imported file stands in them once.

    Args:
        files: All there is, by path; nothing else is ever read.
        standing: Files whose text stands in the output anyway; an import of one is done by naming it.
        is_home: Whether ``files`` are those of a home folder, so that ``~/`` leads to them.
    """

    def __init__(self, files: Mapping[str, bytes], standing: Collection[str] = (), *, is_home: bool = False) -> None:
        self._files = files
        self._folders = {folder for path in files for folder in _ancestors(path)}
        self._standing = frozenset(standing)
        self._is_home = is_home
        self._seen: set[str] = set()
        self._size = 0

    def expand(self, path: str) -> Expanded:
        """Inline what this file imports.

        A token that is alone on its line gives way to the file's text. In a sentence the path stays, without ``@``,
        and the text follows behind the paragraph. What is no import, or is not there, stays as it is written.
        """
        found: list[Import] = []
        return Expanded(self._expand(path, (path,), found), tuple(found))

    def _expand(self, path: str, stack: tuple[str, ...], found: list[Import]) -> bytes:
        text, edits = self._files[path], []
        for token in tokens(text):
            target, status = self._resolve(token.name, stack)
            found.append(Import(token.name, Origin(path, token.line), status, target))
            if status in _STAY_AS_TEXT:
                continue
            if status is not ImportStatus.INLINED:
                edits.append(Edit(token.start, token.start + 1, b""))
            elif target in self._standing:
                edits.append(Edit(token.start, token.end if token.alone else token.start + 1, b""))
            else:
                self._seen.add(target)
                self._size += len(self._files[target])
                body = without_bom(self._expand(target, (*stack, target), found))
                edits += _inlined(text, token, body.removesuffix(b"\n").removesuffix(b"\r"))
        return splice(text, edits)

    def _resolve(self, name: str, stack: tuple[str, ...]) -> tuple[str, ImportStatus]:
        folder = posixpath.dirname(stack[-1])
        if name.startswith("~/") and self._is_home:
            folder, name = "", name.removeprefix("~/")
        if name.startswith(("~", "/")):
            return "", ImportStatus.HOME if name.startswith("~") else ImportStatus.ABSOLUTE
        target = posixpath.normpath(posixpath.join(folder, name))
        if target == ".." or target.startswith("../"):
            return "", ImportStatus.OUTSIDE
        without_fragment = posixpath.normpath(posixpath.join(folder, name.partition("#")[0] or name))
        target = target if target in self._files else without_fragment
        if target not in self._files:
            if target in self._folders or target == ".":
                return target, ImportStatus.DIRECTORY
            return target, ImportStatus.MISSING if _LOOKS_LIKE_A_FILE.search(name) else ImportStatus.NOT_AN_IMPORT
        return target, self._status(target, stack)

    def _status(self, target: str, stack: tuple[str, ...]) -> ImportStatus:
        if target in stack:
            return ImportStatus.CYCLE
        if target in self._standing:
            return ImportStatus.INLINED
        if target in self._seen:
            return ImportStatus.REPEATED
        if fault_of_text(self._files[target]):
            return ImportStatus.NOT_TEXT
        if len(stack) > MAX_DEPTH:
            return ImportStatus.TOO_DEEP
        if len(self._seen) >= MAX_IMPORTS or self._size + len(self._files[target]) > MAX_BYTES:
            return ImportStatus.TOO_MANY
        return ImportStatus.INLINED


def _inlined(text: bytes, token: Token, body: bytes) -> list[Edit]:
    if token.alone:
        return [Edit(token.start, token.end, body)]
    newline = newline_of(text)
    before, behind = text[: token.block_end], text[token.block_end :]
    lead = newline if before.endswith(b"\n") else newline * 2
    label = b"Contents of " + token.name.encode() + b":"
    tail = newline if not behind or behind.lstrip(b" \t\r").startswith(b"\n") else newline * 2
    block = lead + label + newline * 2 + body + tail
    return [Edit(token.start, token.start + 1, b""), Edit(token.block_end, token.block_end, block)]


def _ancestors(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


_STAY_AS_TEXT = frozenset(
    {ImportStatus.MISSING, ImportStatus.DIRECTORY, ImportStatus.NOT_AN_IMPORT, ImportStatus.NOT_TEXT}
)
_LOOKS_LIKE_A_FILE = re.compile(r"^\.{1,2}/|\.[A-Za-z0-9]{1,8}[.,;:!?]*$")
