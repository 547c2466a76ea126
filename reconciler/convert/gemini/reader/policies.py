"""Reads policy files as permission rules. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import Permission, PermissionRule, Role, Scope, Setting, Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.gemini.layout import IGNORE, POLICIES
from reconciler.convert.gemini.policy.files import MODES, loads
from reconciler.convert.gemini.policy.modes import DONT_ASK, dont_ask
from reconciler.convert.gemini.policy.rules import Table, ignore_line, policy_of
from reconciler.convert.gemini.tools import to_claude
from reconciler.convert.parts import Field
from reconciler.convert.rules import split_rule
from reconciler.convert.text import without_bom


@dataclass(frozen=True, slots=True)
class Policies:
    """What was found; ``denied`` are the tools a subagent must not use, by its name."""

    permissions: list[PermissionRule] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    denied: dict[str, Field] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def read_policies(files: Mapping[str, bytes], scope: Scope, named: Collection[str], servers: list[str]) -> Policies:
    """Read the policy files and ``.geminiignore``.

    Args:
        files: The agent's folder, or the user's home.
        scope: Which of the two it is.
        named: What ``policyPaths`` names: without it Gemini CLI passes over the policies of a project.
        servers: The names of the configured MCP servers.
    """
    found = Policies()
    loaded = {path.removeprefix("./").rstrip("/") for path in named}
    for path in sorted(files):
        if not path.endswith(".toml") or not (path.startswith(POLICIES) or path in loaded):
            continue
        found.paths.append(path)
        if scope is Scope.USER or not loaded.isdisjoint({path, path.rpartition("/")[0]}):
            _read_file(found, path, files[path], servers)
        else:
            reason = "Gemini CLI loads a project's policies only where policyPaths names them: nothing here is in force"
            found.unreadable.append(Unreadable(f"file:{path}", Origin(path), reason))
    if IGNORE in files and scope is Scope.PROJECT:
        found.paths.append(IGNORE)
        _read_ignored(found, files[IGNORE])
    return found


def _read_file(found: Policies, path: str, data: bytes, servers: list[str]) -> None:
    tables, lines, fault = loads(data)
    if fault:
        found.unreadable.append(Unreadable(f"file:{path}", Origin(path), fault))
        return
    groups: dict[str, list[Table]] = {}
    for table in tables:
        groups.setdefault(str(table.get("name", "")), []).append(table)
    ours = set()
    for table, line in zip(tables, lines, strict=False):
        name, origin = str(table.get("name", "")), Origin(path, line)
        if name in ours:
            continue
        if name == DONT_ASK and groups[name] == dont_ask():
            ours.add(name)
            found.settings.append(Setting("mode", Role.MODE, origin, "dontAsk"))
        elif rule := _ours(name, groups[name], origin, servers):
            ours.add(name)
            found.permissions.append(rule)
        else:
            _read_rule(found, table, origin, servers)


def _ours(name: str, group: list[Table], origin: Origin, servers: list[str]) -> PermissionRule | None:
    """Take a rule's name at its word only when the rules of this name are what we would write for it."""
    word, _, text = name.partition(" ")
    if word not in set(Permission):
        return None
    rule = PermissionRule(Permission(word), text, origin, *split_rule(text))
    return rule if list(policy_of(rule, servers).rules) == group else None


def _read_rule(found: Policies, table: Table, origin: Origin, servers: list[str]) -> None:
    decision = _DECISIONS[table["decision"]]
    tools = [str(one) for one in _listed(table["toolName"])]
    if decision is Permission.DENY and "subagent" in table and _CONDITIONS.isdisjoint(table):
        names = ", ".join(filter(None, (to_claude(tool, servers) for tool in tools)))
        found.denied[str(table["subagent"])] = Field(names, origin)
        return
    for text in _texts(table, tools, servers):
        name = f"permission:{decision}:{text}"
        if why_not := _why_not(table, decision) or ("" if text[:1].isalpha() else "no other CLI has this tool"):
            found.unreadable.append(Unreadable(name, origin, why_not))
            continue
        found.permissions.append(PermissionRule(decision, text, origin, *split_rule(text)))
        if decision is not Permission.ALLOW and (times := _times(table)):
            found.unreadable.append(Unreadable(f"{name}:{times}", origin, "no other CLI can say when: it always holds"))


def _texts(table: Table, tools: list[str], servers: list[str]) -> Iterable[str]:
    for tool in tools:
        server = table.get("mcpName")
        if server is not None:
            yield "mcp__*" if server == "*" else f"mcp__{server}" + ("" if tool == "*" else f"__{tool}")
        elif "commandPrefix" in table:
            yield from (f"Bash({prefix}:*)" for prefix in _listed(table["commandPrefix"]))
        else:
            yield to_claude(tool, servers) or f"({tool})"


def _why_not(table: Table, decision: Permission) -> str:
    if "argsPattern" in table or "commandRegex" in table:
        return "a regular expression over the arguments, which no other CLI has: write the rule by hand"
    if "toolAnnotations" in table or "subagent" in table:
        return "holds for some callers or tools only, which no other CLI can say"
    if "commandPrefix" in table and (table["toolName"] != "run_shell_command" or "mcpName" in table):
        return "Gemini CLI takes commandPrefix for run_shell_command only"
    modes = set(table.get("modes", MODES))
    usual = _USUAL_MODES if decision is Permission.ALLOW else _USUAL_MODES[:1]
    if not modes.issuperset(usual) or (decision is Permission.ALLOW and "interactive" in table):
        return f"holds at times only ({_times(table)}), which no other CLI can say: write it by hand to hold always"
    return ""


def _times(table: Table) -> str:
    """Say when a rule holds that does not always hold."""
    modes = [] if MODES.issubset(table.get("modes", MODES)) else [f"modes {', '.join(table['modes'])}"]
    return ", ".join([*modes, *([f"interactive {table['interactive']}".lower()] if "interactive" in table else [])])


def _read_ignored(found: Policies, data: bytes) -> None:
    there = {ignore_line(rule) for rule in found.permissions}
    for number, line in enumerate(without_bom(data).decode(errors="replace").splitlines(), start=1):
        pattern = line.strip()
        if not pattern or pattern.startswith("#") or pattern in there:
            continue
        origin = Origin(IGNORE, number)
        if pattern.startswith("!"):
            reason = "an exception from what is ignored, which a permission cannot say"
            found.unreadable.append(Unreadable(f"permission:deny:Read({pattern})", origin, reason))
        else:
            anchored = f".{pattern}" if pattern.startswith("/") else pattern
            text = f"Read({anchored})"
            found.permissions.append(PermissionRule(Permission.DENY, text, origin, "Read", anchored))


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


_DECISIONS = {"allow": Permission.ALLOW, "ask_user": Permission.ASK, "deny": Permission.DENY}
_USUAL_MODES = ("default", "autoEdit")
"""An allow that holds in these is one: yolo allows all there is, and in plan mode nothing runs anyway."""
_CONDITIONS = frozenset({"mcpName", "argsPattern", "commandPrefix", "commandRegex", "toolAnnotations"})
_CONDITIONS |= {"modes", "interactive"}
