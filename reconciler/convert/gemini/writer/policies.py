"""Writes permissions as policy rules, and has Gemini CLI load them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, Permission, PermissionRule, Role, Scope
from reconciler.convert.gemini.layout import IGNORE, POLICIES, USER_POLICIES
from reconciler.convert.gemini.policy.files import dumps, policy_path
from reconciler.convert.gemini.policy.modes import dont_ask
from reconciler.convert.gemini.policy.rules import Table, ignore_line, policy_of
from reconciler.convert.text import newline_of
from reconciler.model.conversion import Item


@dataclass(frozen=True, slots=True)
class Policies:
    """What was written: the files, the keys of the settings that load them, and a line for every permission."""

    files: dict[str, bytes] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)


def write_policies(config: AgentConfig, files: Mapping[str, bytes], more: list[Table]) -> Policies:
    """Write the policy file, and the lines of ``.geminiignore`` that keep denied files out of searches.

    Args:
        config: What the reader found.
        files: The source's files, for the ``.geminiignore`` that stands there.
        more: Policy rules that stand for something else than a permission.
    """
    policies = Policies()
    path = policy_path(files)
    servers = [server.name for server in config.servers]
    tables: list[Table] = []
    for rule in sorted(config.permissions, key=lambda one: _STRENGTH[one.decision]):
        policy = policy_of(rule, servers)
        tables += policy.rules
        policies.items.append(_item(rule, path, policy.difference, policy.why_not))
    mode = config.last(Role.MODE)
    if tables := [*tables, *(dont_ask() if mode and mode.value == "dontAsk" else []), *more]:
        policies.files[path] = dumps(tables)
        # A list here replaces the user's own folder, so that folder is named too.
        policies.settings["policyPaths"] = [USER_POLICIES, *([] if config.scope is Scope.USER else [POLICIES[:-1]])]
    ignored = dict.fromkeys(line for rule in config.permissions if (line := ignore_line(rule)))
    if ignored and config.scope is Scope.PROJECT:
        policies.files[IGNORE] = _with_lines(files.get(IGNORE, b""), list(ignored))
    return policies


def _item(rule: PermissionRule, path: str, difference: str, why_not: str) -> Item:
    name = f"permission:{rule.decision}:{rule.text}"
    if why_not:
        return ledger.dropped(name, rule.origin, why_not)
    return ledger.settled(name, rule.origin, path, [difference] if difference else [])


def _with_lines(standing: bytes, lines: list[str]) -> bytes:
    there = set(standing.decode(errors="replace").splitlines())
    missing = [line.encode() for line in lines if line not in there]
    newline = newline_of(standing)
    gap = newline if standing and not standing.endswith(b"\n") and missing else b""
    return standing + gap + b"".join(line + newline for line in missing)


_STRENGTH = {Permission.DENY: 0, Permission.ASK: 1, Permission.ALLOW: 2}
