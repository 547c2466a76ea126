"""The checks that need no real CLI, as a table: what each is called, what it asks of whom, and its goal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reconciler.model.migration import Cli
from tests.support.convert_checks import (
    accounting,
    hooks,
    memory,
    mutation,
    parts,
    permissions,
    round_trip,
    secrecy,
    servers,
    standing,
)
from tests.support.convert_checks.agents import TARGETS, Converted
from tests.support.convert_checks.score import Score


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the scoreboard.

    Attributes:
        number: The acceptance check it belongs to, from 1 to 10.
        name: What is counted.
        goal: The share of items that must hold, from 0 to 1; None reports without a goal.
    """

    number: int
    name: str
    score: Callable[[Converted], Score]
    goal: float | None = 1.0
    targets: tuple[Cli, ...] = TARGETS


_WITH_HOOKS = (Cli.CODEX, Cli.GEMINI)
CHECKS = (
    Check(1, "whole instruction set, by the documented rules", memory.loaded),
    Check(1, "nested memory in its folder", memory.nested_memory),
    Check(2, "standing files of the target", standing.standing_files),
    Check(2, "other files of the agent", standing.other_files),
    Check(3, "fenced blocks verbatim", memory.fenced_blocks),
    Check(3, "memory bytes outside imports", memory.bytes_outside_imports),
    Check(4, "import edges on the ledger", memory.import_ledger),
    Check(5, "MCP servers written", lambda one: servers.all_seen(one, servers.written(one)), targets=(Cli.CODEX,)),
    Check(
        5, "MCP variables named", lambda one: servers.variables_named(one, servers.written(one)), targets=(Cli.CODEX,)
    ),
    Check(6, "permission rules on the ledger", partial(accounting.every_kind_once, kind_of_item="permission")),
    Check(6, "permission rules in the target", permissions.in_target, goal=None),
    Check(6, "deny rules in the target", permissions.deny_enforced, goal=None),
    Check(7, "hooks mapped or listed", hooks.mapped_or_listed, targets=_WITH_HOOKS),
    Check(7, "hooks present", hooks.present, goal=None, targets=_WITH_HOOKS),
    Check(7, "hook scripts present", hooks.scripts),
    Check(7, "hook events the target knows", hooks.no_foreign_event, targets=_WITH_HOOKS),
    Check(8, "command bodies", partial(parts.bodies, kind_of_part="command")),
    Check(8, "subagent bodies", partial(parts.bodies, kind_of_part="subagent")),
    Check(8, "skill bodies", partial(parts.bodies, kind_of_part="skill")),
    Check(8, "skill helper files", parts.helpers),
    Check(8, "strict front matter and TOML", parts.strict),
    Check(9, "every atom exactly once", accounting.every_atom_once),
    Check(9, "items kept without a difference", accounting.kept, goal=None),
    Check(9, "every file named", accounting.every_file_named),
    Check(9, "places in the source", accounting.places),
    Check(9, "reasons and targets", accounting.reasons),
    Check(9, "deleted lines noticed by reading back", mutation.noticed, goal=0.95),
    Check(9, "files recomputed to the byte", round_trip.deterministic),
    Check(10, "kept atoms read in the target", round_trip.read_back),
    Check(10, "kept atoms come home", round_trip.comes_home),
    Check(10, "lines of the memory come home", round_trip.memory_comes_home),
    Check(10, "files unchanged by a second run", round_trip.idempotent),
    Check(10, "planted secrets told to nobody", secrecy.no_secret_told),
)
