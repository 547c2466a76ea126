"""Reads the permissions of all configuration files as the one table that OpenCode merges them to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import Permission, PermissionRule, Plain, Role, Setting, Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node
from reconciler.convert.opencode.defaults import NO_SERVER, left_open
from reconciler.convert.opencode.grammar import split
from reconciler.convert.opencode.permissions import rules_of
from reconciler.convert.opencode.sheet import Entry, entries_of


@dataclass(slots=True)
class Told:
    """What is said about permissions.

    Attributes:
        places: Where it is said, by the entry's key and pattern; by ``""`` the place of the whole table.
    """

    sheet: dict[str, str | dict[str, str]] = field(default_factory=dict)
    places: dict[tuple[str, ...], Origin] = field(default_factory=dict)

    def origin(self, entry: Entry) -> Origin:
        """Give the place of an entry, or of what it was derived from."""
        keys = [(entry.key, entry.pattern), (entry.key, ""), ("*_*", ""), ("*", ""), ()]
        return next(self.places[key] for key in keys if key in self.places)


@dataclass(slots=True)
class Permissions:
    """The same in the neutral form."""

    rules: list[PermissionRule] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def read_permission(path: str, node: Node) -> Told:
    """Read one file's ``permission``.

    Raises:
        JsonFault: It holds something else than decisions.
    """
    told = Told(places={(): Origin(path, node.line)})
    for key, value in (node.members() if isinstance(node.value, Mapping) else {"*": node}).items():
        told.places[key, ""] = Origin(path, value.line)
        if isinstance(value.value, Mapping):
            told.sheet[key] = {pattern: _decision(decision) for pattern, decision in value.value.items()}
            told.places |= {(key, pattern): Origin(path, one.line) for pattern, one in value.value.items()}
        else:
            told.sheet[key] = _decision(value)
    return told


def lay_over(first: Told, second: Told) -> list[Unreadable]:
    """Put what a later file says into what an earlier one said; the lines are for what no longer holds."""
    lost = []
    for key, value in second.sheet.items():
        standing = first.sheet.get(key, {})
        is_merged = isinstance(standing, Mapping) and isinstance(value, Mapping)
        for entry in entries_of({key: standing}):
            if not is_merged or entry.pattern in value:
                reason = f"{second.places[()].path} says it again and wins"
                lost.append(Unreadable(_name(entry), first.origin(entry), reason))
        if isinstance(standing, Mapping) and isinstance(value, Mapping):
            first.sheet[key] = {**standing, **value}
        else:
            first.sheet[key] = value
    first.places |= second.places
    return lost


def permissions_of(told: Told, servers: Collection[str]) -> Permissions:
    """Say it in Claude Code's words; what stays open is said too, because OpenCode allows what others ask for."""
    found = Permissions()
    if not told.places:
        return found
    place = told.places[()]
    rules = rules_of(told.sheet, servers)
    if rules.mode:
        found.settings.append(Setting("permission", Role.MODE, place, rules.mode))
    if rules.directories:
        folders: list[Plain] = [folder for folder, _ in rules.directories]
        first = told.origin(rules.directories[0][1])
        found.settings.append(Setting("permission.external_directory", Role.DIRECTORIES, first, folders))
    for text, entry in rules.rules:
        found.rules.append(PermissionRule(entry.decision, text, told.origin(entry), *split(text)))
    found.unreadable += [Unreadable(_name(entry), told.origin(entry), reason) for entry, reason in rules.lost]
    for text in left_open(told.sheet, servers):
        if text == NO_SERVER:
            reason = "nothing is said about the tools of servers, and OpenCode would allow them: elsewhere they ask"
            found.unreadable.append(Unreadable(f"permission:{Permission.ALLOW}:{text}", place, reason))
        else:
            found.rules.append(PermissionRule(Permission.ALLOW, text, place, *split(text)))
    return found


def _decision(node: Node) -> str:
    if node.text() not in list(Permission):
        raise JsonFault(node.line, "found no decision, expected one of allow, ask and deny")
    return node.text()


def _name(entry: Entry) -> str:
    return f"permission:{entry.decision}:{entry.key}" + (f"({entry.pattern})" if entry.pattern else "")
