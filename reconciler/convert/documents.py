"""The texts that a model sees, where they stand, and what became of their imports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where something stands, written as ``path:line``.

    >>> str(Origin(".mcp.json", 3))
    '.mcp.json:3'
    """

    path: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class ImportStatus(StrEnum):
    """What became of one import edge; each edge has exactly one."""

    INLINED = "inlined"
    REPEATED = "repeated"
    CYCLE = "cycle"
    TOO_DEEP = "too deep"
    TOO_MANY = "too many"
    HOME = "home"
    ABSOLUTE = "absolute"
    OUTSIDE = "outside"
    DIRECTORY = "directory"
    MISSING = "missing"
    NOT_TEXT = "not text"
    NOT_AN_IMPORT = "not an import"


@dataclass(frozen=True, slots=True)
class Import:
    """One import edge: ``name`` as it is written, ``path`` as it was resolved (empty when it leaves the folder)."""

    name: str
    origin: Origin
    status: ImportStatus
    path: str = ""


class MemoryKind(StrEnum):
    """What a memory document is for.

    ``STANDING`` is an AGENTS.md that is there already: the file that several CLIs share.
    """

    SHARED = "shared"
    PERSONAL = "personal"
    RULE = "rule"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class MemoryDocument:
    """One text that the model sees.

    Attributes:
        name: Its name in the ledger, e.g. ``memory:CLAUDE.md``.
        folder: The folder it speaks for, empty for the agent's own.
        text: Its bytes, with its imports inlined.
        globs: The files it speaks for; empty means all of them.
        loaded: Whether the source CLI shows it to the model.
        lost_keys: Front matter keys that say more than the text and the globs carry over.
    """

    name: str
    origin: Origin
    folder: str
    kind: MemoryKind
    text: bytes
    imports: tuple[Import, ...] = ()
    globs: tuple[str, ...] = ()
    loaded: bool = True
    lost_keys: tuple[str, ...] = ()
