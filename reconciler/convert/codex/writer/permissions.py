"""Writes permission rules where Codex has a place for each: rules, profile, servers, switches. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reconciler.convert import ledger
from reconciler.convert.agent import Permission, PermissionRule
from reconciler.convert.codex.layout import CONFIG
from reconciler.convert.codex.writer.paths import READING, WRITING, close
from reconciler.convert.codex.writer.rules import HEAD, RULES, shell_rule
from reconciler.convert.codex.writer.sandbox import PROFILE, Sandbox, is_bare
from reconciler.convert.codex.writer.tools import tool_rule
from reconciler.convert.formats.toml_merge import Table
from reconciler.model.conversion import Item


@dataclass(slots=True)
class Permissions:
    """What the rules become: keys of the configuration, lines of the rules file, and a line of the ledger for each."""

    table: Table = field(default_factory=dict)
    lines: dict[str, None] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)

    @property
    def files(self) -> dict[str, bytes]:
        """The rules file, if any rule goes there."""
        return {RULES: (HEAD + "".join(self.lines)).encode()} if self.lines else {}


def write_permissions(
    rules: tuple[PermissionRule, ...], sandbox: Sandbox, servers: Mapping[str, Table], there: Collection[str]
) -> Permissions:
    """Write every rule: no deny is weaker than it was, and no allow is wider.

    Args:
        rules: The source's rules.
        sandbox: The sandbox that the configuration sets.
        servers: The tables of the MCP servers, to which rules for their tools are added.
        there: The files and folders of the project.
    """
    found = Permissions()
    for rule in sorted(rules, key=lambda rule: _STRENGTH.index(rule.decision)):
        if rule.tool.startswith("mcp"):
            found.items.append(tool_rule(rule, servers))
        elif not rule.tool:
            found.items.append(_dropped(rule, "not a rule: expected Tool or Tool(pattern)"))
        elif rule.decision is Permission.ALLOW:
            found.items.append(_allow(rule, sandbox, found.table))
        elif rule.tool in READING | WRITING:
            found.items.append(_path(rule, sandbox, there))
        else:
            found.items.append(_restrict(rule, sandbox, found))
    return found


def _restrict(rule: PermissionRule, sandbox: Sandbox, found: Permissions) -> Item:
    if rule.tool == "Bash":
        return _shell(rule, sandbox, found)
    if rule.tool in ("WebSearch", "WebFetch"):
        found.table["web_search"] = "disabled"
        return _web(rule)
    if rule.tool in _ABSENT:
        return _dropped(rule, f"Codex has no tool {rule.tool}: nothing to forbid")
    return _dropped(rule, _NO_RULE.get(rule.tool, f"Codex has no rule for a tool {rule.tool}: nothing forbids it"))


def _shell(rule: PermissionRule, sandbox: Sandbox, found: Permissions) -> Item:
    if not is_bare(rule.pattern):
        item, line = shell_rule(rule)
        found.lines |= {line: None} if line else {}
        return item
    if rule.decision is Permission.DENY:
        found.table["features"] = {"shell_tool": False}
        reason = "Codex has no shell then, by which it also reads and searches files"
        return _degraded(rule, f"{CONFIG}:features.shell_tool", reason)
    reason = "Codex cannot ask before every command: the sandbox is read-only, and it asks before it leaves that"
    return _degraded(rule, f"{CONFIG}:{sandbox.key}", reason)


def _path(rule: PermissionRule, sandbox: Sandbox, there: Collection[str]) -> Item:
    closed = close(rule, there)
    if closed.why_not:
        return _dropped(rule, closed.why_not)
    if closed.is_all:
        return _degraded(rule, f"{CONFIG}:{sandbox.key}", closed.difference)
    base, path = next(iter(closed.entries))
    target = ".".join(one for one in (f"{CONFIG}:permissions.{PROFILE}.filesystem", base, path) if one)
    return ledger.settled(_name(rule), rule.origin, target, [closed.difference] if closed.difference else [])


def _web(rule: PermissionRule) -> Item:
    target = f"{CONFIG}:web_search"
    if rule.tool == "WebSearch" and rule.decision is Permission.DENY and rule.pattern is None:
        return ledger.kept(_name(rule), rule.origin, target)
    if rule.tool == "WebSearch":
        return _degraded(rule, target, "Codex cannot ask before it searches: it does not search at all")
    reason = "Codex opens pages by its web search, which is off; commands have no network inside the sandbox"
    return _degraded(rule, target, reason)


def _allow(rule: PermissionRule, sandbox: Sandbox, table: Table) -> Item:
    target = f"{CONFIG}:{sandbox.key}"
    if rule.tool == "Bash" and "features" in table:
        return _dropped(rule, "a stronger rule leaves Codex without a shell")
    if rule.tool == "Bash" or rule.tool in READING | WRITING:
        where = f"inside the {sandbox.preset} sandbox" if sandbox.preset else "as Codex decides by default"
        reason = f"needs no rule: it runs {where}, an allow rule of Codex would leave it"
        return _degraded(rule, target, reason)
    if rule.tool == "WebSearch":
        if table.get("web_search") == "disabled":
            return _dropped(rule, "a stronger rule leaves Codex without web search")
        return _degraded(rule, f"{CONFIG}:web_search", "needs no rule: Codex searches without asking by default")
    if rule.tool == "WebFetch":
        return _dropped(
            rule, "Codex has no tool that fetches: its web search reads pages, a command asks for the network"
        )
    return _dropped(rule, f"Codex has no rule for a tool {rule.tool}: it decides by its own defaults")


def _name(rule: PermissionRule) -> str:
    return f"permission:{rule.decision}:{rule.text}"


def _dropped(rule: PermissionRule, reason: str) -> Item:
    return ledger.dropped(_name(rule), rule.origin, reason)


def _degraded(rule: PermissionRule, target: str, reason: str) -> Item:
    return ledger.degraded(_name(rule), rule.origin, target, reason)


_STRENGTH = (Permission.DENY, Permission.ASK, Permission.ALLOW)
_ABSENT = frozenset(
    {"BashOutput", "ExitPlanMode", "KillBash", "KillShell", "LSP", "Monitor", "SlashCommand", "ToolSearch"}
)
_NO_RULE = {
    "Agent": "Codex has no rule for starting a subagent: nothing forbids it",
    "Task": "Codex has no rule for starting a subagent: nothing forbids it",
    "Skill": "Codex has no rule for skills: delete the folder in .agents/skills of one that nobody is to use",
    "TodoWrite": "Codex keeps its plan by a tool of its own, which changes no file: nothing forbids it",
}
