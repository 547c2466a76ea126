"""OpenCode's table of permissions as a list of entries, in the order in which the last match wins. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.convert.agent import Permission
from reconciler.convert.opencode.tools import TOOLS

Sheet = Mapping[str, str | Mapping[str, str]]
"""OpenCode's ``permission``: for a tool, or a wildcard over tools, one decision or one a pattern."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision: of the permission ``key`` for what matches the pattern; an empty one stands for everything."""

    key: str
    pattern: str
    decision: Permission

    @property
    def is_whole(self) -> bool:
        """Whether it decides whatever the tool is used for."""
        return self.pattern in _WHOLE

    @property
    def rank(self) -> int:
        """How strict it is, from 0."""
        return _RANK[self.decision]

    @property
    def tool(self) -> str:
        """The permission itself for a key such as ``webfetch*``, which ``webfetch`` with patterns is written as."""
        bare = self.key.removesuffix("*")
        return bare if bare in TOOLS else self.key


def entries_of(sheet: Sheet) -> list[Entry]:
    """Give the entries of a sheet.

    >>> [entry.pattern for entry in entries_of({"bash": {"git *": "ask", "rm *": "deny"}, "edit": "ask"})]
    ['git *', 'rm *', '']
    """
    return [
        Entry(key, pattern, Permission(decision))
        for key, value in sheet.items()
        for pattern, decision in (value.items() if isinstance(value, Mapping) else [("", value)])
    ]


_WHOLE = frozenset({"", "*", "**"})
_RANK = {Permission.ALLOW: 0, Permission.ASK: 1, Permission.DENY: 2}
