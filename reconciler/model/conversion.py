"""What became of an agent's configuration: the files for the target CLI and a line for every item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.validation import Finding


class Outcome(StrEnum):
    """What became of one item of the source configuration."""

    KEPT = "kept"
    DEGRADED = "degraded"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the loss ledger.

    Attributes:
        item: What it is: kind, colon, name; ``mcp:github``, ``permission:deny:Bash(rm:*)``, ``import:docs/style.md``.
        source: Where it stands, ``path:line``.
        outcome: What became of it.
        target: Where it went, ``path`` or ``path:key``; empty when dropped.
        reason: Why it is not kept as it was; empty when kept.
    """

    item: str
    source: str
    outcome: Outcome
    target: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What stops the planning of a migration: where, what was found, what to do."""

    where: str
    found: str
    hint: str


@dataclass(frozen=True, slots=True, order=True)
class Capability:
    """Something that an agent may do or reach.

    Attributes:
        kind: ``server``, ``host``, ``command``, ``permission`` or ``hidden character``.
        what: The server's command, the host, the hook's command, the rule, the character's code point.
        where: Where it is given, ``path:line``.
    """

    kind: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """The converted configuration.

    Attributes:
        files: The target CLI's files by path from the agent's folder.
        items: Every item of the source, exactly once.
        problems: What stops the planning, such as a secret written out in the configuration. Never holds the secret.
        carried: The files of the agent's folder that are no CLI's; they stay as they are.
        increases: What the target CLI may do now and could not do with the files that stood there before.
        misread: What the texts say of the source CLI, and a reader of the target would misread.
    """

    files: Mapping[str, bytes]
    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = field(default=())
    carried: tuple[str, ...] = ()
    increases: tuple[Capability, ...] = ()
    misread: tuple[Finding, ...] = ()
