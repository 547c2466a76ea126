"""Puts permission rules beside those that stand in OpenCode's configuration without weakening either. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.convert import ledger
from reconciler.convert.agent import Permission
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node, parse
from reconciler.convert.opencode.layout import Layout
from reconciler.convert.opencode.sheet import Sheet
from reconciler.convert.opencode.tools import TOOLS
from reconciler.convert.opencode.writer.permissions import Permissions
from reconciler.model.conversion import Item, Outcome


def beside(ours: Permissions, files: Mapping[str, bytes], layout: Layout) -> Permissions:
    """Leave out of our rules what would weaken the ones that stand.

    The last match wins in OpenCode, so nothing but a denial may come behind somebody else's rules; one goes to a key
    of its own, ``bash*``, because ``bash`` keeps its place before other rules.
    """
    standing = {path: sheet for path in layout.configs if path in files and (sheet := _sheet(files[path])) is not None}
    target = layout.config(files)
    if not standing or (list(standing) == [target] and _holds(standing[target], ours.sheet)):
        return ours
    denials = {
        f"{key}*" if key in TOOLS else key: denied
        for key, value in ours.sheet.items()
        if (denied := _denials(value)) and f"{key}*" not in ours.sheet
    }
    return Permissions(denials, [_item(item, ", ".join(standing)) for item in ours.items])


def names_in(kind: str, files: Mapping[str, bytes], layout: Layout) -> dict[str, str]:
    """Give the names in a table of the configuration, such as ``command``, and the file of each."""
    found: dict[str, str] = {}
    for path in layout.configs:
        table = _members(files[path]).get(kind) if path in files else None
        if table and isinstance(table.value, Mapping):
            found |= dict.fromkeys(table.value, path)
    return found


def _members(data: bytes) -> Mapping[str, Node]:
    try:
        return parse(data, comments=True).members()
    except JsonFault:
        return {}


def _sheet(data: bytes) -> Sheet | None:
    members = _members(data)
    value = members["permission"].plain() if "permission" in members else None
    return {"*": value} if isinstance(value, str) else value if isinstance(value, Mapping) else None


def _holds(standing: Sheet, ours: Sheet) -> bool:
    found = iter(_flat(standing))
    return all(entry in found for entry in _flat(ours))


def _flat(sheet: Sheet) -> list[tuple[str, str, str]]:
    return [
        (key, pattern, str(decision))
        for key, value in sheet.items()
        for pattern, decision in (value.items() if isinstance(value, Mapping) else [("*", value)])
    ]


def _denials(value: str | Mapping[str, str]) -> str | dict[str, str]:
    if isinstance(value, str):
        return value if value == Permission.DENY else ""
    return {pattern: decision for pattern, decision in value.items() if decision == Permission.DENY}


def _item(item: Item, where: str) -> Item:
    if item.outcome is Outcome.DROPPED:
        return item
    if item.item.startswith(f"permission:{Permission.DENY}:"):
        path, _, key = item.target.partition(":permission.")
        return replace(item, target=f"{path}:permission.{key}*") if key in TOOLS else item
    reason = f"{where} has permission rules of its own: they stay, and nothing weaker is put behind them"
    path, _, line = item.source.rpartition(":")
    return ledger.dropped(item.item, Origin(path, int(line)), reason)
