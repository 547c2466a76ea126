"""Takes from a subagent what its source does not give it, without opening what the agent itself may not do. Pure."""

from __future__ import annotations

from reconciler.convert.agent import AgentConfig, Permission
from reconciler.convert.opencode.tools import EDITORS, TOOLS, clean, key_of, server_key
from reconciler.convert.parts import Subagent


def denials(subagent: Subagent, config: AgentConfig) -> dict[str, str]:
    """Give the permissions of a subagent.

    A subagent's permissions come behind the agent's in OpenCode and win, so there is nothing here but denials, and
    questions about tools of a server that is denied as a whole.
    """
    found = {"edit": Permission.DENY.value} if subagent.mode == "plan" else {}
    if subagent.tools is None:
        return found
    names = [tool.partition("(")[0] for tool in subagent.tools]
    given = {key_of(name) for name in names}
    found |= {key: Permission.DENY.value for key in TOOLS if key not in given and key != "plan_exit"}
    for server in config.servers:
        mine = [name for name in names if name.startswith("mcp__") and _is_of(name, server.name)]
        if f"mcp__{server.name}" in mine:
            continue
        found[f"{clean(server.name)}_*"] = Permission.DENY.value
        found |= {server_key(name): Permission.ASK.value for name in mine if not _is_denied(name, config)}
    return found


def tools_difference(subagent: Subagent) -> str:
    """Say what the list of tools does not mean as it did."""
    difference = "OpenCode takes tools away instead: those of servers that this agent does not name stay, and ask"
    names = {tool.partition("(")[0] for tool in subagent.tools or ()}
    given = [name for name in EDITORS if name in names]
    more = [name for name in ("Edit", "Write") if name not in names]
    if given and more:
        joined = " and ".join(more)
        return f"{difference}; with {given[0]} it gets {joined} as well, for which OpenCode has one permission"
    return difference


def _is_of(tool: str, server: str) -> bool:
    return tool == f"mcp__{server}" or tool.startswith(f"mcp__{server}__")


def _is_denied(tool: str, config: AgentConfig) -> bool:
    return any(
        rule.decision is Permission.DENY
        and (rule.tool == tool or tool.startswith(f"{rule.tool}__") or "*" in rule.tool)
        for rule in config.permissions
    )
