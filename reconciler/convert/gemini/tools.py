"""Says which tool of Gemini CLI stands for which of Claude Code's, and back. Pure."""

from __future__ import annotations

import re
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
    return _TO_GEMINI.get(name, ())


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
    return _TO_CLAUDE.get(name, "")


def matcher_to_gemini(matcher: str) -> str | None:
    """Translate what a hook is to run for; None when Gemini CLI has none of these tools.

    >>> matcher_to_gemini("Edit|Write"), matcher_to_gemini("mcp__git__.*"), matcher_to_gemini("Notebook.*")
    ('^(replace|write_file)$', '^(mcp_git_.*)$', None)
    """
    if not matcher or matcher in {"*", ".*"}:
        return ""
    tools = dict.fromkeys(tool for part in matcher.split("|") for tool in _tools_of(part.strip()))
    return f"^({'|'.join(tools)})$" if tools else None


def matcher_to_claude(matcher: str, servers: Iterable[str] = ()) -> str:
    """Translate a hook's matcher back; a regular expression that names no tool is expanded to the tools it matches.

    >>> matcher_to_claude("^(replace|write_file)$"), matcher_to_claude("^(mcp_git_.*)$"), matcher_to_claude("write_.*")
    ('Edit|Write', 'mcp__git__.*', 'TodoWrite|Write')
    """
    if matcher in {"", "*", ".*"}:
        return ""
    bare = matcher.removeprefix("^").removesuffix("$").removeprefix("(").removesuffix(")")
    found: dict[str, None] = {}
    for part in bare.split("|"):
        if match := _MCP_PATTERN.fullmatch(part):
            found[f"mcp__{to_claude(f'mcp_{match[1]}_x', servers).split('__')[1]}__{match[2]}"] = None
        elif part in _TO_CLAUDE or part.startswith("mcp_"):
            found[to_claude(part, servers)] = None
        else:
            found |= dict.fromkeys(claude for gemini, claude in _TO_CLAUDE.items() if _searches(part, gemini))
    return "|".join(found) or matcher


def _tools_of(part: str) -> tuple[str, ...]:
    if part.startswith("mcp__"):
        server, _, tool = part.removeprefix("mcp__").partition("__")
        return (f"mcp_{server}_{tool or '.*'}",) if server not in {"", "*", ".*"} else ("mcp_.*",)
    if part in _TO_GEMINI:
        return _TO_GEMINI[part]
    return tuple(tool for claude, tools in _TO_GEMINI.items() if _searches(part, claude) for tool in tools)


def _searches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


_TO_GEMINI = {
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
_TO_CLAUDE = {tool: claude for claude, tools in reversed(_TO_GEMINI.items()) for tool in tools} | {
    "search_file_content": "Grep",
    "read_many_files": "Read",
}
_MCP_PATTERN = re.compile(r"mcp_([A-Za-z0-9_.:-]+?)_(\.\*)")
