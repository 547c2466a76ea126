"""Reads OpenCode's permissions as rules of Claude Code's: here the last match wins, there the strictest. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest

from reconciler.convert.agent import Permission
from reconciler.convert.opencode.tools import ASKING, DIRECTORY, PATH_KEYS, SERVER_TOOLS, TOOLS, clean, server_rule
from reconciler.convert.opencode.wildcards import gather, matches, may_meet, spread

Sheet = Mapping[str, str | Mapping[str, str]]
"""OpenCode's ``permission``: for a tool, or a wildcard over tools, one decision or one a pattern."""

REDIRECTED = "*>*"
"""Any command whose output goes to a file: OpenCode matches that together with the command."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision: of the permission ``key`` for what matches the pattern."""

    key: str
    pattern: str
    decision: Permission


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
    entries = [entry for key, value in sheet.items() for entry in _entries(key, value)]
    mode, entries, lost = _mode(entries)
    overruled = _overruled(entries)
    rules: list[tuple[str, Entry]] = []
    directories: list[tuple[str, Entry]] = []
    seen: set[Entry] = set()
    names = tuple(servers)
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
    return Rules(mode, tuple(rules), tuple(directories), tuple(lost))


def left_open(sheet: Sheet, servers: Iterable[str]) -> tuple[str, ...]:
    """Give the rules for what a sheet says nothing about: OpenCode allows it, and others would ask.

    >>> left_open({"bash": "ask", "edit": {"*": "deny"}, "web*": "ask", "skill": {"a": "deny"}}, ["files"])
    ('Skill', 'mcp__files')
    """
    whole = [entry.key for key, value in sheet.items() for entry in _entries(key, value) if entry.pattern in _WHOLE]
    keys = [(key, TOOLS[key]) for key in ASKING] + [(f"{clean(one)}_tool", f"mcp__{one}") for one in servers]
    return tuple(text for key, text in keys if not any(matches(one, key) for one in whole))


def _entries(key: str, value: str | Mapping[str, str]) -> list[Entry]:
    if isinstance(value, str):
        return [Entry(key, "", Permission(value))]
    return [Entry(key, pattern, Permission(decision)) for pattern, decision in value.items()]


def _mode(entries: list[Entry]) -> tuple[str, list[Entry], list[tuple[Entry, str]]]:
    """Take the entries that say what holds by default out of the others."""
    marks = [entry for entry in entries if entry.key in {"*", SERVER_TOOLS} and entry.pattern in _WHOLE]
    base = marks[0].decision if marks else Permission.ASK
    lost, rest = list[tuple[Entry, str]](), list[Entry]()
    is_set = bool(marks)
    for entry in entries:
        if entry in marks:
            if entry is not marks[0]:
                lost.append((entry, f"{marks[0].key} says already what holds by default"))
            dead = [one for one in rest if matches(entry.key, one.key) and _RANK[one.decision] < _RANK[entry.decision]]
            lost += [(one, f"the later rule for {entry.key} overrules it") for one in dead]
            rest = [one for one in rest if one not in dead]
        elif _is_base(entry, base, rest):
            is_set = True
        else:
            rest.append(entry)
    if base is Permission.ASK and is_set:
        rest = [one for one in rest if one != Entry("bash", REDIRECTED, Permission.ASK)]
    return (_MODES[base] if is_set else ""), rest, lost


def _is_base(entry: Entry, base: Permission, before: list[Entry]) -> bool:
    if entry.decision is not base or entry.pattern not in {"", "*"}:
        return False
    if entry.key == DIRECTORY:
        return base is Permission.ASK
    key = tool_key(entry.key)
    return key in ASKING and base is not Permission.ALLOW and all(tool_key(one.key) != key for one in before)


def tool_key(key: str) -> str:
    """Give the permission itself for a key such as ``webfetch*``, which ``webfetch`` with patterns is written as."""
    return key.removesuffix("*") if key.removesuffix("*") in TOOLS else key


def _overruled(entries: list[Entry]) -> set[Entry]:
    if len(entries) > _MOST:
        strict = next((n for n, one in enumerate(entries) if one.decision is not Permission.ALLOW), len(entries))
        return {one for one in entries[strict:] if one.decision is not Permission.DENY}
    weaker = [(number, one) for number, one in enumerate(entries) if one.decision is not Permission.DENY]
    return {
        one
        for number, one in weaker
        if any(_RANK[earlier.decision] > _RANK[one.decision] and _meet(earlier, one) for earlier in entries[:number])
    }


def _is_spaced(entry: Entry, following: Entry) -> bool:
    """Whether the two were written for one rule that ends in a blank and a star."""
    is_command = tool_key(entry.key) == "bash" and not re.search(r"[*?]", following.pattern)
    return is_command and entry == replace(following, pattern=f"{following.pattern} *")


def _meet(first: Entry, second: Entry) -> bool:
    return may_meet(first.key, second.key) and may_meet(first.pattern or "*", second.pattern or "*")


def _texts(entry: Entry, servers: tuple[str, ...]) -> tuple[str, ...]:
    key = tool_key(entry.key)
    if key == DIRECTORY and entry.pattern.endswith("/*") and entry.decision is not Permission.ALLOW:
        folder = f"/{entry.pattern}" if entry.pattern.startswith("/") else entry.pattern
        return (f"Read({folder}*)", f"Edit({folder}*)")
    if key not in TOOLS:
        return (server_rule(key, servers),) if "_" in key and key not in _OTHERS and entry.pattern in _WHOLE else ()
    if entry.pattern in _WHOLE:
        return (TOOLS[key],)
    text = _pattern(key, entry)
    return (f"{TOOLS[key]}({text})",) if text else ()


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
    key = tool_key(entry.key)
    patterns: tuple[str, ...] = ()
    if key in PATH_KEYS:
        patterns = spread(gather(entry.pattern or "*"), everywhere=entry.decision is not Permission.ALLOW)
    elif key == "webfetch":
        host = entry.pattern.partition("://")[2].partition("/")[0].removesuffix("*")
        patterns = (f"https://{host}", f"https://{host}/*") if entry.decision is Permission.ALLOW else (f"*@{host}*",)
    return {replace(entry, pattern=pattern) for pattern in patterns} - {entry}


_WHOLE = frozenset({"", "*", "**"})
_RANK = {Permission.ALLOW: 0, Permission.ASK: 1, Permission.DENY: 2}
_MODES = {Permission.ALLOW: "bypassPermissions", Permission.ASK: "default", Permission.DENY: "dontAsk"}
_OTHERS = frozenset({DIRECTORY, "doom_loop", "plan_enter"})
_MOST = 1000
