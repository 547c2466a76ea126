"""What a CLI brings to the hub: the files it is known by, a reader, a writer, and what its user has to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

from reconciler.convert.agent import AgentConfig, Scope
from reconciler.model.conversion import Item
from reconciler.model.migration import Cli


class Reader(Protocol):
    """Reads the files of one CLI; what it cannot read it lists as unreadable, it never raises for them."""

    def __call__(self, files: Mapping[str, bytes], scope: Scope) -> AgentConfig:
        """Read ``files`` (path from the agent's folder, or from the user's home, to bytes); nothing else is read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asks a writer for.

    Attributes:
        model: The target's model; empty leaves it to the target.
        front_matter: Whether a written AGENTS.md says in a ``+++`` block where it comes from.
    """

    model: str = ""
    front_matter: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer gives back: the target's files that differ from the source's or are needed, and the ledger."""

    files: Mapping[str, bytes]
    items: list[Item] = field(default_factory=list)


Writer = Callable[[AgentConfig, Mapping[str, bytes], Wanted], Written]
"""Writes a configuration beside ``files``, the source's, with which it merges what stands there already."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """One CLI; its reader and its writer are imported when they are asked for, because most runs need two of eight.

    Attributes:
        package: Holds ``reader.read`` and ``writer.write``.
        marks: Files, and folders with a final slash, that only this CLI reads: the first spoke that has one is
            taken for the source.
        trust: Lines that tell the user how to make the CLI load what was written.
    """

    cli: Cli
    package: str
    marks: tuple[str, ...]
    trust: tuple[str, ...] = ()

    @property
    def read(self) -> Reader:
        """The reader."""
        return cast("Reader", import_module(f"{self.package}.reader").read)

    @property
    def write(self) -> Writer:
        """The writer."""
        return cast("Writer", import_module(f"{self.package}.writer").write)
