"""Reads OpenCode's agents: what takes tools away from one becomes the list of those that it keeps. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.convert.agent import Permission, Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.formats.front_matter import FrontMatter
from reconciler.convert.opencode.models import without_provider
from reconciler.convert.opencode.tools import ASKING, TOOLS, clean, server_rule
from reconciler.convert.parts import Field, Subagent


def read_subagent(name: str, origin: Origin, matter: FrontMatter, servers: tuple[str, ...]) -> Subagent | Unreadable:
    """Read one agent.

    Args:
        name: What it is called unless it says so itself.
        origin: Where it stands.
        matter: Its keys and its instructions.
        servers: The names of the MCP servers.
    """
    name = matter.scalars.get("name") or name
    if matter.scalars.get("mode") == "primary":
        reason = "a person switches to this agent in OpenCode; elsewhere an agent has no second main one"
        return Unreadable(f"subagent:{name}", origin, reason)
    if matter.scalars.get("disable") == "true":
        return Unreadable(f"subagent:{name}", origin, "it is switched off, with disable")
    found = _decisions(matter.raw.get("permission", ""), matter.raw.get("tools", ""))
    denied = {key: decision for key, decision in found.whole.items() if decision == Permission.DENY}
    decisions = found.whole if denied else {}
    known = {"name", "description", "model", "variant"} | (set() if found.says_more else {"permission", "tools"})
    known |= {"mode"} if matter.scalars.get("mode") == "subagent" else set()
    return Subagent(
        name=name,
        origin=origin,
        body=matter.body,
        description=matter.scalars.get("description", ""),
        tools=_tools(decisions, servers),
        model=without_provider(matter.scalars.get("model", "")),
        effort=matter.scalars.get("variant", ""),
        mode="plan" if decisions.keys() == {"edit"} else "",
        others={
            key: Field(text, Origin(origin.path, matter.lines[key]))
            for key, text in matter.raw.items()
            if key not in known
        },
        lines={_NAMES.get(key, key): line for key, line in matter.lines.items() if key in known and key != "mode"},
    )


@dataclass(slots=True)
class _Decisions:
    """The decisions for whole tools, and whether something is said that the list of tools does not carry over."""

    whole: dict[str, str]
    says_more: bool = False


def _decisions(permission: str, tools: str) -> _Decisions:
    """Read what an agent says of its tools; of patterns only those for all that a tool does count, if they deny."""
    found = _Decisions({})
    key = ""
    bare = permission.strip()
    lines = [f'  "*": {bare}'] if bare in list(Permission) else permission.splitlines()
    for line in (line for line in lines if line.strip()):
        match = _DECISION.fullmatch(line)
        is_pattern = len(line.expandtabs(2)) - len(line.lstrip().expandtabs(2)) > _INDENT
        if not is_pattern:
            key = match[1] if match else ""
        if match and match[2] and not is_pattern:
            found.whole[key] = match[2]
        elif match and key and is_pattern and match[1] in {"*", "**"} and match[2] == Permission.DENY:
            found.whole[key] = match[2]
            found.says_more = True
        else:
            found.says_more |= is_pattern or not match
    for switch in _SWITCH.finditer(tools):
        is_off = switch[2] == "false"
        found.says_more |= not is_off
        for one in _SWITCHES.get(switch[1], (switch[1],)) if is_off else ():
            found.whole[one] = Permission.DENY
    closed = tuple(one for one, decision in found.whole.items() if decision == Permission.DENY and one.endswith("*"))
    found.says_more |= any(_is_more(one, decision, closed) for one, decision in found.whole.items())
    return found


def _is_more(key: str, decision: str, closed: tuple[str, ...]) -> bool:
    """Whether other CLIs, where the agent's own rules decide, take no notice of a decision."""
    if decision == Permission.ASK:
        return key in TOOLS or not key.startswith(tuple(one.removesuffix("*") for one in closed))
    return decision == Permission.ALLOW and (key in ASKING or key not in TOOLS or not closed)


def _tools(decisions: Mapping[str, str], servers: tuple[str, ...]) -> tuple[str, ...] | None:
    if not decisions or decisions.keys() == {"edit"}:
        return None
    closed = {key for key, decision in decisions.items() if decision == Permission.DENY}
    single = [server_rule(key, servers) for key in decisions if key not in TOOLS and key not in closed and "_" in key]
    if "*" in closed:
        return (*(TOOLS[key] for key in TOOLS if decisions.get(key, Permission.DENY) != Permission.DENY), *single)
    open_servers = [f"mcp__{one}" for one in servers if f"{clean(one)}_*" not in closed]
    return (*(TOOLS[key] for key in TOOLS if key not in closed and key != "plan_exit"), *open_servers, *single)


_INDENT = 2
_NAMES = {"permission": "tools", "variant": "effort"}
_SWITCHES = {"write": ("edit",), "patch": ("edit",)}
_DECISION = re.compile(r"""[ \t]+["']?([\w*?-]+)["']?[ \t]*:[ \t]*["']?(allow|ask|deny|)["']?[ \t]*""")
_SWITCH = re.compile(r"""^[ \t]+["']?([\w*?-]+)["']?[ \t]*:[ \t]*(true|false)[ \t]*$""", re.MULTILINE)
