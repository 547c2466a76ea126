"""Writes permission rules so that OpenCode, where the last match wins, decides as the strictest rule does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, Permission, PermissionRule, Role, Setting
from reconciler.convert.documents import Origin
from reconciler.convert.opencode.defaults import REDIRECTED
from reconciler.convert.opencode.grammar import Placed, place
from reconciler.convert.opencode.permissions import rules_of
from reconciler.convert.opencode.sheet import Entry, Sheet
from reconciler.convert.opencode.tools import ASKING, DIRECTORY, PLAIN_KEYS, SERVER_TOOLS, TOOLS
from reconciler.model.conversion import Item


@dataclass(frozen=True, slots=True)
class _Placement:
    """A rule, what is decided in its place, and where."""

    rule: PermissionRule
    decision: Permission
    placed: Placed


@dataclass(frozen=True, slots=True)
class Permissions:
    """The ``permission`` table in the order that OpenCode reads it, and a line for each rule and for the mode."""

    sheet: Sheet
    items: list[Item]


def write_permissions(config: AgentConfig, target: str) -> Permissions:
    """Write the rules, and what holds where none does.

    Args:
        config: What the reader found.
        target: The file that they go to.
    """
    mode = config.last(Role.MODE)
    word = str(mode.value) if mode else "default"
    servers = [server.name for server in config.servers]
    placements = [_place(rule, servers, word) for rule in config.permissions]
    folders, folder_items = _directories(config, target)
    base = _base(word)
    sheet = _sheet([*placements, *folders], base)
    returned = {(entry.decision, text) for text, entry in rules_of(sheet, servers).rules}
    items = [_item(one, target, sheet, _spelling(one, base, servers, returned)) for one in placements]
    return Permissions(sheet, [*items, *folder_items, *_mode_items(config, mode, target)])


def _place(rule: PermissionRule, servers: list[str], mode: str) -> _Placement:
    if rule.decision is Permission.ASK and mode == "dontAsk":
        placed = place(replace(rule, decision=Permission.DENY), servers)
        reason = placed.difference or "in the mode dontAsk what asks is denied"
        return _Placement(rule, Permission.DENY, replace(placed, difference=reason))
    return _Placement(rule, rule.decision, place(rule, servers))


def _base(mode: str) -> dict[str, Permission]:
    if mode == "bypassPermissions":
        return {"*": Permission.ALLOW}
    decision = Permission.DENY if mode == "dontAsk" else Permission.ASK
    base = dict.fromkeys((SERVER_TOOLS, *ASKING), decision)
    return base | {"edit": Permission.ALLOW} if mode == "acceptEdits" else base


def _sheet(placements: list[_Placement], base: Mapping[str, Permission]) -> dict[str, str | dict[str, str]]:
    entries: dict[str, list[Entry]] = {key: [] for key in base}
    for decision in Permission:
        for key, patterns in ((one.placed.key, one.placed.patterns) for one in placements if one.decision is decision):
            found = [Entry(key, pattern, decision) for pattern in patterns or ("",)]
            entries.setdefault(key, []).extend(found)
    sheet: dict[str, str | dict[str, str]] = {}
    for key in sorted(entries.keys() - {""}, key=lambda key: (*_order(key, entries[key]), list(entries).index(key))):
        decisions = _decisions(entries[key], base.get(key))
        whole = decisions["*"] if list(decisions) == ["*"] else ""
        sheet[f"{key}*" if key in PLAIN_KEYS and not whole else key] = whole or decisions
    return sheet


def _order(key: str, entries: list[Entry]) -> tuple[int, int]:
    """Put what holds by default first, then OpenCode's own tools, then those of servers, the stricter last."""
    if key in _FIRST:
        return 0, _FIRST.index(key)
    strictest = max((list(Permission).index(entry.decision) for entry in entries), default=0)
    return (1, 0) if key in TOOLS or key == DIRECTORY else (2, strictest)


def _decisions(entries: list[Entry], base: Permission | None) -> dict[str, str]:
    """Give one tool's decisions by pattern, those that win last."""
    if base is not Permission.DENY and Entry(entries[0].key if entries else "", "", Permission.DENY) in entries:
        return {"*": Permission.DENY.value}
    decisions = {"*": base.value} if base else {}
    for entry in _guarded(entries, base):
        if not entry.pattern and entry.decision is Permission.ALLOW and base in _OPENED:
            decisions["*"] = entry.decision.value
            continue
        pattern = entry.pattern or ("**" if base else "*")
        decisions.pop(pattern, None)
        decisions[pattern] = entry.decision.value
    return decisions


def _guarded(entries: list[Entry], base: Permission | None) -> Iterator[Entry]:
    """Ask for a redirected command: OpenCode takes ``git log > file`` for one of ``git log *``."""
    allowed = [entry for entry in entries if entry.decision is Permission.ALLOW]
    yield from allowed
    is_open = not all(entry.pattern for entry in allowed)
    if base and not is_open and any(entry.key == "bash" and "*" in entry.pattern for entry in allowed):
        yield Entry("bash", REDIRECTED, base if base is Permission.DENY else Permission.ASK)
    yield from (entry for entry in entries if entry.decision is not Permission.ALLOW)


def _spelling(
    one: _Placement, base: Mapping[str, Permission], servers: list[str], returned: set[tuple[Permission, str]]
) -> str:
    """Say how a rule is read back when it is not by its own text."""
    if not one.placed.key or (one.decision, one.rule.text) in returned:
        return ""
    without = {text for text, _ in rules_of(_sheet([], base), servers).rules}
    alone = [text for text, _ in rules_of(_sheet([one], base), servers).rules]
    texts = [text for text in alone if text not in without | {one.rule.text}]
    return f"it is spelt {', '.join(texts)} when it is read back" if texts else "another rule has the last word on it"


def _item(one: _Placement, target: str, sheet: Sheet, spelling: str) -> Item:
    name, placed = f"permission:{one.rule.decision}:{one.rule.text}", one.placed
    if not placed.key:
        return ledger.dropped(name, one.rule.origin, placed.difference)
    differences = [difference for difference in (placed.difference or spelling,) if difference]
    key = placed.key if placed.key in sheet else f"{placed.key}*"
    return ledger.settled(name, one.rule.origin, f"{target}:permission.{key}", differences)


def _directories(config: AgentConfig, target: str) -> tuple[list[_Placement], list[Item]]:
    placements: list[_Placement] = []
    items = []
    for setting in (one for one in config.settings if one.role is Role.DIRECTORIES):
        folders = [str(one) for one in setting.value] if isinstance(setting.value, list) else []
        good = [folder for folder in folders if folder.startswith(("/", "~/")) and not set(folder) & set("*?{$\\")]
        rule = PermissionRule(Permission.ALLOW, "", setting.origin, "", None)
        placed = [Placed(DIRECTORY, (f"{folder.rstrip('/')}/*",)) for folder in good]
        placements += [_Placement(rule, Permission.ALLOW, one) for one in placed]
        bad = ", ".join(folder for folder in folders if folder not in good)
        reason = f"OpenCode opens a folder by its whole path only: it asks for {bad}"
        place = f"{target}:permission.{DIRECTORY}"
        item = ledger.settled(f"setting:{setting.name}", setting.origin, place, [reason] if bad else [])
        items.append(item if good else ledger.dropped(item.item, setting.origin, reason))
    return placements, items


def _mode_items(config: AgentConfig, mode: Setting | None, target: str) -> Iterable[Item]:
    place = f"{target}:permission"
    if mode is None:
        origin = next((rule.origin for rule in config.permissions), None) or _anywhere(config)
        if origin:
            reason = "nothing is said: OpenCode would allow what other CLIs ask for, so it is told to ask"
            yield ledger.degraded("setting:permissions.defaultMode", origin, place, reason)
        return
    for setting in config.settings:
        if setting.role is Role.MODE and setting is not mode:
            reason = f"{mode.origin} says it again and wins"
            yield ledger.degraded(f"setting:{setting.name}", setting.origin, place, reason)
    differences = [_MODES[str(mode.value)]] if str(mode.value) in _MODES else []
    yield ledger.settled(f"setting:{mode.name}", mode.origin, place, differences)


def _anywhere(config: AgentConfig) -> Origin | None:
    parts = (config.settings, config.memory, config.servers, config.skills, config.commands, config.subagents)
    return next((part.origin for group in parts for part in group), None)


_OPENED = frozenset({Permission.ASK, Permission.ALLOW})
_FIRST = ("*", SERVER_TOOLS, *ASKING)
_MODES = {
    "acceptEdits": "OpenCode edits without asking, and asks for every command that no rule allows",
    "plan": "the agent plan is the one that starts; a person can switch to one that asks before it edits",
    "auto": "OpenCode has no classifier that decides in a person's place: it asks",
}
