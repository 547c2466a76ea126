"""Reads OpenCode's permissions as rules of Claude Code's: here the last match wins, there the strictest. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest

from reconciler.convert.agent import Permission
from reconciler.convert.opencode.defaults import take_defaults
from reconciler.convert.opencode.sheet import Entry, Sheet, entries_of
from reconciler.convert.opencode.tools import DIRECTORY, PATH_KEYS, SERVER_TOOLS, TOOLS, server_rule
from reconciler.convert.opencode.wildcards import gather, matches, may_meet, spread


@dataclass(frozen=True, slots=True)
class Rules:
    """What a sheet says.

    Attributes:
        mode: Claude Code's word for what holds where no rule does; empty when nothing is said.
        rules: Each rule's text, with the entry it comes from.
        directories: The folders outside the project that are open.
        lost: The entries that have no place in Claude Code's order of strength or its grammar, and why.
    """

    mode: str = ""
    rules: tuple[tuple[str, Entry], ...] = ()
    directories: tuple[tuple[str, Entry], ...] = ()
    lost: tuple[tuple[Entry, str], ...] = ()


def rules_of(sheet: Sheet, servers: Iterable[str]) -> Rules:
    """Say what a sheet means in Claude Code's words, stricter where it has none for it.

    >>> rules_of({"bash": {"*": "ask", "git *": "allow"}}, []).rules[0][0], rules_of({"edit": "deny"}, []).rules[0][0]
    ('Bash(git:*)', 'Edit')
    """
    names = tuple(servers)
    defaults = take_defaults(entries_of(sheet), names)
    entries, lost = defaults.rest, defaults.lost
    overruled = _overruled(entries)
    rules: list[tuple[str, Entry]] = []
    directories: list[tuple[str, Entry]] = []
    seen: set[Entry] = set()
    for entry, following in zip_longest(entries, entries[1:]):
        if entry in seen:
            continue
        if entry in overruled:
            lost.append((entry, "it reopens what an earlier rule closes; elsewhere the stricter rule wins"))
        elif entry.key == DIRECTORY and entry.decision is Permission.ALLOW and entry.pattern.endswith("/*"):
            directories.append((entry.pattern.removesuffix("/*"), entry))
        elif following and following not in overruled and _is_spaced(entry, following):
            rules.append((f"Bash({entry.pattern})", entry))
            seen.add(following)
        elif texts := _texts(entry, names):
            rules += [(text, entry) for text in texts]
            seen |= _twins(entry)
        else:
            lost.append((entry, "no counterpart for this permission"))
    return Rules(defaults.mode, tuple(rules), tuple(directories), tuple(lost))


def _overruled(entries: list[Entry]) -> set[Entry]:
    if len(entries) > _MOST:
        strict = next((n for n, one in enumerate(entries) if one.decision is not Permission.ALLOW), len(entries))
        return {one for one in entries[strict:] if one.decision is not Permission.DENY}
    weaker = [(number, one) for number, one in enumerate(entries) if one.decision is not Permission.DENY]
    return {
        one
        for number, one in weaker
        if any(earlier.rank > one.rank and _meet(earlier, one) for earlier in entries[:number])
    }


def _is_spaced(entry: Entry, following: Entry) -> bool:
    """Whether the two were written for one rule that ends in a blank and a star."""
    is_command = entry.tool == "bash" and not re.search(r"[*?]", following.pattern)
    return is_command and entry == replace(following, pattern=f"{following.pattern} *")


def _meet(first: Entry, second: Entry) -> bool:
    return may_meet(first.key, second.key) and may_meet(first.pattern or "*", second.pattern or "*")


def _texts(entry: Entry, servers: tuple[str, ...]) -> tuple[str, ...]:
    key = entry.tool
    if key == DIRECTORY and entry.pattern.endswith("/*") and entry.decision is not Permission.ALLOW:
        folder = f"/{entry.pattern}" if entry.pattern.startswith("/") else entry.pattern
        return (f"Read({folder}*)", f"Edit({folder}*)")
    if key not in TOOLS:
        return _wildcard(entry, servers) if entry.is_whole and key not in _OTHERS else ()
    if entry.is_whole:
        return (TOOLS[key],)
    text = _pattern(key, entry)
    return (f"{TOOLS[key]}({text})",) if text else ()


def _wildcard(entry: Entry, servers: tuple[str, ...]) -> tuple[str, ...]:
    if entry.key != SERVER_TOOLS and entry.decision is not Permission.ALLOW:
        tools = tuple(TOOLS[key] for key in TOOLS if matches(entry.key, key))
        if tools:
            return tools
    return (server_rule(entry.key, servers),) if "_" in entry.key else ()


def _pattern(key: str, entry: Entry) -> str:
    pattern, is_open = entry.pattern, entry.decision is Permission.ALLOW
    if key == "bash":
        many = pattern.endswith(" ?*")
        bare = f"{pattern[:-2]}*" if many else pattern
        if "?" in bare:
            return "" if is_open else bare.replace("?", "*")
        return f"{bare[:-2]}:*" if bare.endswith(" *") and "*" not in bare[:-1] and not many else bare
    if key in PATH_KEYS:
        return "" if is_open and "?" in pattern else gather(pattern)
    if key == "webfetch":
        host = pattern.partition("://")[2].partition("/")[0]
        bare = host.removesuffix("*") if not is_open else host
        is_whole = not is_open or pattern.partition("://")[2].partition("/")[2] in {"", "*"}
        return f"domain:{bare}" if is_whole and re.fullmatch(r"[^*?]+", bare) else ""
    return "" if is_open and "?" in pattern else pattern


def _twins(entry: Entry) -> set[Entry]:
    """Give the entries that were written for the same rule as this one, so that it is read once."""
    key = entry.tool
    patterns: tuple[str, ...] = ()
    if key in PATH_KEYS:
        patterns = spread(gather(entry.pattern or "*"), everywhere=entry.decision is not Permission.ALLOW)
    elif key == "webfetch":
        host = entry.pattern.partition("://")[2].partition("/")[0].removesuffix("*")
        patterns = (f"https://{host}", f"https://{host}/*") if entry.decision is Permission.ALLOW else (f"*@{host}*",)
    return {replace(entry, pattern=pattern) for pattern in patterns} - {entry}


_OTHERS = frozenset({DIRECTORY, "doom_loop", "plan_enter"})
_MOST = 1000
