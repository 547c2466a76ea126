"""Which of OpenCode's permissions stands for which of Claude Code's tools. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

TOOLS = {
    "bash": "Bash",
    "edit": "Edit",
    "read": "Read",
    "glob": "Glob",
    "grep": "Grep",
    "webfetch": "WebFetch",
    "websearch": "WebSearch",
    "skill": "Skill",
    "task": "Agent",
    "todowrite": "TodoWrite",
    "question": "AskUserQuestion",
    "lsp": "LSP",
    "plan_exit": "ExitPlanMode",
}
"""OpenCode's permission to Claude Code's tool; ``edit`` and ``task`` stand for more than one."""

ASKING = ("edit", "bash", "webfetch", "websearch", "skill")
"""What Claude Code asks for by itself where OpenCode allows; the same holds for the tools of MCP servers."""

SERVER_TOOLS = "*_*"
"""Matches the id of every MCP server's tool, ``server_tool``; of OpenCode's own only ones that ask anyway."""

DIRECTORY = "external_directory"
PATH_KEYS = frozenset({"read", "edit"})
BUILT_IN = frozenset({"build", "plan", "general", "explore", "title", "summary", "compaction"})
"""The agents that OpenCode has itself."""

PLAIN_KEYS = frozenset({"webfetch", "websearch", "todowrite", "question", "plan_exit"})
"""OpenCode refuses its whole configuration when one of these has patterns; ``webfetch*``, a wildcard, may."""


def key_of(tool: str) -> str:
    """Give OpenCode's permission for one of Claude Code's tools; empty when it has no such tool.

    >>> key_of("MultiEdit"), key_of("Task"), key_of("Monitor")
    ('edit', 'task', '')
    """
    return _KEYS.get(tool, "")


def server_key(text: str) -> str:
    """Give OpenCode's id for ``mcp__server__tool`` or, with a wildcard, for all tools of ``mcp__server``.

    >>> server_key("mcp__git hub__get"), server_key("mcp__files"), server_key("mcp__files__*")
    ('git_hub_get', 'files_*', 'files_**')
    """
    server, _, tool = text.removeprefix("mcp__").partition("__")
    return f"{clean(server)}_{_ALL.get(tool) or clean(tool)}"


def server_rule(key: str, servers: Iterable[str]) -> str:
    """Give Claude Code's text for a tool's id; without a server to go by the first underscore parts the two.

    >>> server_rule("my_db_query", ["my_db"]), server_rule("files_*", [])
    ('mcp__my_db__query', 'mcp__files')
    """
    known = sorted((one for one in servers if key.startswith(f"{clean(one)}_")), key=lambda one: len(clean(one)))
    server = known[-1] if known else key.partition("_")[0]
    tool = key[len(clean(server)) + 1 :]
    return f"mcp__{server}" if tool in {"", "*"} else f"mcp__{server}__{_ONE.get(tool, tool)}"


@lru_cache(maxsize=4096)
def clean(name: str) -> str:
    """Write a server's or a tool's name as OpenCode does in the id; a wildcard stays one."""
    return re.sub(r"[^A-Za-z0-9_*-]", "_", name)


EDITORS = ("Edit", "Write", "MultiEdit", "NotebookEdit")
_ALL = {"": "*", "*": "**"}
_ONE = {"**": "*"}
_KEYS = {tool: key for key, tool in TOOLS.items()} | dict.fromkeys(EDITORS, "edit") | {"Task": "task"}
