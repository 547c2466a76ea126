"""Says which tool of Gemini CLI stands for which of Claude Code's, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable

ALL_MCP = "mcp__*"


def to_gemini(name: str) -> tuple[str, ...]:
    """Give Gemini CLI's tools for one of Claude Code's; none when it has no such tool.

    >>> to_gemini("Bash"), to_gemini("mcp__files__read"), to_gemini("mcp__files"), to_gemini("NotebookEdit")
    (('run_shell_command',), ('mcp_files_read',), ('mcp_files_*',), ())
    """
    if name.startswith("mcp__"):
        server, _, tool = name.removeprefix("mcp__").partition("__")
        return ("mcp_*",) if server in {"", "*"} else (f"mcp_{server}_{tool or '*'}",)
    return GEMINI_TOOLS.get(name, ())


def to_claude(name: str, servers: Iterable[str] = ()) -> str:
    """Give Claude Code's tool for one of Gemini CLI's; empty when there is none.

    Args:
        name: A tool, or ``mcp_server_*``.
        servers: The names of the configured servers; without them a server's name ends at its first underscore.

    >>> to_claude("grep_search"), to_claude("mcp_my_files_read", ["my_files"]), to_claude("update_topic")
    ('Grep', 'mcp__my_files__read', '')
    """
    if name.startswith("mcp_"):
        rest = name.removeprefix("mcp_")
        known = [one for one in servers if rest.startswith(f"{one}_")]
        server = max(known, key=len) if known else rest.partition("_")[0]
        tool = rest[len(server) + 1 :]
        if server == "*":
            return ALL_MCP
        return f"mcp__{server}" if tool in {"", "*"} else f"mcp__{server}__{tool}"
    return CLAUDE_TOOLS.get(name, "")


GEMINI_TOOLS = {
    "Bash": ("run_shell_command",),
    "Read": ("read_file",),
    "Edit": ("replace",),
    "Write": ("write_file",),
    "MultiEdit": ("replace",),
    "Glob": ("glob",),
    "Grep": ("grep_search",),
    "LS": ("list_directory",),
    "WebFetch": ("web_fetch",),
    "WebSearch": ("google_web_search",),
    "TodoWrite": ("write_todos",),
    "Agent": ("invoke_agent",),
    "Task": ("invoke_agent",),
    "Skill": ("activate_skill",),
    "AskUserQuestion": ("ask_user",),
    "EnterPlanMode": ("enter_plan_mode",),
    "ExitPlanMode": ("exit_plan_mode",),
}
CLAUDE_TOOLS = {tool: claude for claude, tools in reversed(GEMINI_TOOLS.items()) for tool in tools} | {
    "search_file_content": "Grep",
    "read_many_files": "Read",
}
