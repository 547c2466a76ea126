"""Tells what holds in OpenCode where no rule does, in the words of Claude Code, which asks by itself. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from reconciler.convert.agent import Permission
from reconciler.convert.opencode.sheet import Entry, Sheet, entries_of
from reconciler.convert.opencode.tools import ASKING, DIRECTORY, SERVER_TOOLS, TOOLS, clean
from reconciler.convert.opencode.wildcards import matches

REDIRECTED = "*>*"
"""Any command whose output goes to a file: OpenCode matches that together with the command."""

NO_SERVER = "mcp__*"
"""Stands for the tools of any server where no server is named."""


@dataclass(slots=True)
class Defaults:
    """What holds by default.

    Attributes:
        mode: Claude Code's word for it; empty when nothing is said.
        rest: The entries that say something else, in their order.
        lost: The entries that decide nothing, and why.
    """

    mode: str = ""
    rest: list[Entry] = field(default_factory=list)
    lost: list[tuple[Entry, str]] = field(default_factory=list)


def take_defaults(entries: list[Entry], servers: Collection[str]) -> Defaults:
    """Take the entries that say what holds by default out of the others.

    A rule for ``*`` also asks for, or denies, what Claude Code does without asking: that becomes rules.
    """
    stars = [entry for entry in entries if entry.key == "*" and entry.is_whole]
    base = _base(entries, stars)
    found = Defaults()
    is_set = bool(stars)
    for number, entry in enumerate(entries):
        if entry.is_whole and entry.key in {"*", SERVER_TOOLS}:
            _overrule(found, entry)
        if entry in stars and entry.decision is base:
            found.rest += _silent(entry, entries[number + 1 :])
        elif entry in stars:
            found.lost.append((entry, "the stricter of two rules for all tools holds by default"))
        elif entry.key == SERVER_TOOLS and entry.is_whole and not stars and entry.decision is base:
            is_set = True
        elif entry.key == SERVER_TOOLS and entry.is_whole and entry.decision is Permission.ALLOW:
            found.rest += [Entry(f"{clean(one)}_*", "", entry.decision) for one in servers]
            found.lost += [] if servers else [(entry, "no server is named here; elsewhere their tools ask")]
        elif _is_base(entry, base, found.rest):
            is_set = True
        else:
            found.rest.append(entry)
    if base is Permission.ASK and is_set:
        found.rest = [one for one in found.rest if one != Entry("bash", REDIRECTED, Permission.ASK)]
    found.mode = _MODES[base] if is_set else ""
    return found


def left_open(sheet: Sheet, servers: Collection[str]) -> tuple[str, ...]:
    """Give the rules for what a sheet says nothing about: OpenCode allows it, and others would ask.

    >>> left_open({"bash": "ask", "edit": {"*": "deny"}, "web*": "ask", "skill": {"a": "deny"}}, ["files"])
    ('Skill', 'mcp__files')
    """
    whole = [entry.key for entry in entries_of(sheet) if entry.is_whole]
    keys = [(key, TOOLS[key]) for key in ASKING] + [(f"{clean(one)}_tool", f"mcp__{one}") for one in servers]
    keys += [] if servers else [("server_tool", NO_SERVER)]
    return tuple(text for key, text in keys if not any(matches(one, key) for one in whole))


def _base(entries: Iterable[Entry], stars: Iterable[Entry]) -> Permission:
    strictest = max(stars, key=lambda one: one.rank, default=None)
    if strictest:
        return strictest.decision
    asks = any(one.tool in ASKING and one.is_whole and one.decision is Permission.ASK for one in entries)
    denies = any(one.key == SERVER_TOOLS and one.is_whole and one.decision is Permission.DENY for one in entries)
    return Permission.DENY if denies and not asks else Permission.ASK


def _overrule(found: Defaults, entry: Entry) -> None:
    """Take out the weaker entries that come before one for all tools."""
    dead = {one for one in found.rest if one.rank < entry.rank and matches(entry.key, one.key)}
    found.lost += [(one, f"the later rule for {entry.key} overrules it") for one in found.rest if one in dead]
    found.rest = [one for one in found.rest if one not in dead]


def _silent(star: Entry, later: Iterable[Entry]) -> list[Entry]:
    if star.decision is Permission.ALLOW:
        return []
    decided = [one.key for one in later if one.is_whole]
    passed = (*ASKING, *(_HARMLESS if star.decision is Permission.ASK else ()))
    keys = [key for key in TOOLS if key not in passed and not any(matches(one, key) for one in decided)]
    return [Entry(key, "", star.decision) for key in keys]


def _is_base(entry: Entry, base: Permission, before: Iterable[Entry]) -> bool:
    if entry.decision is not base or entry.pattern not in {"", "*"}:
        return False
    if entry.key == DIRECTORY:
        return base is Permission.ASK
    return entry.tool in ASKING and base is not Permission.ALLOW and all(one.tool != entry.tool for one in before)


_MODES = {Permission.ALLOW: "bypassPermissions", Permission.ASK: "default", Permission.DENY: "dontAsk"}
_HARMLESS = ("todowrite", "question", "plan_exit")
