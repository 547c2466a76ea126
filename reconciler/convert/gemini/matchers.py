"""Translates what a hook is to run for: regular expressions over tools' names, in both directions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconciler.convert.gemini.tools import CLAUDE_TOOLS, GEMINI_TOOLS, to_claude, to_gemini

LONGEST = 1000
"""A longer matcher is not taken apart."""
MOST_REPETITIONS = 4
"""With more of them, an expression may take very long on a tool's name."""


def matcher_to_gemini(matcher: str) -> str | None:
    """Translate Claude Code's matcher; None when it is for none of Gemini CLI's tools, or cannot be told.

    >>> matcher_to_gemini("^(Edit|Write)$"), matcher_to_gemini("mcp__git__.*"), matcher_to_gemini("Notebook.*")
    ('^(replace|write_file)$', '^(mcp_git_.*)$', None)
    """
    if matcher in _ALL:
        return ""
    tools = dict.fromkeys(tool for part in _parts(matcher) for tool in _tools_of(part))
    return f"^({'|'.join(tools)})$" if tools else None


def matcher_to_claude(matcher: str, servers: Iterable[str] = ()) -> str | None:
    """Translate Gemini CLI's matcher; an expression that names no tool is written out as the tools it matches.

    Args:
        matcher: The matcher.
        servers: The names of the configured MCP servers.

    Returns:
        Claude Code's; None when it is for none of Claude Code's tools, or cannot be told.

    >>> matcher_to_claude("^(replace|write_file)$"), matcher_to_claude("^(mcp_git_.*)$"), matcher_to_claude("write_.*")
    ('Edit|Write', 'mcp__git__.*', 'TodoWrite|Write')
    """
    if matcher in _ALL:
        return ""
    found: dict[str, None] = {}
    for part in _parts(matcher):
        if match := _MCP_PATTERN.fullmatch(part):
            found[f"mcp__{to_claude(f'mcp_{match[1]}_x', servers).split('__')[1]}__{match[2]}"] = None
        elif part in CLAUDE_TOOLS or part.startswith("mcp_"):
            found[to_claude(part, servers)] = None
        else:
            found |= dict.fromkeys(claude for gemini, claude in CLAUDE_TOOLS.items() if _searches(part, gemini))
    return "|".join(found) or None


def _parts(matcher: str) -> list[str]:
    """Split at each bar that stands in no group, also within the one group around it all."""
    if len(matcher) > LONGEST:
        return []
    bare = matcher.removeprefix("^").removesuffix("$")
    inner = bare[1:-1] if bare.startswith("(") and bare.endswith(")") else ""
    return [part.strip() for part in _alternatives(inner) or _alternatives(bare) or [bare]]


def _alternatives(pattern: str) -> list[str]:
    depth, start, parts = 0, 0, []
    for position, char in enumerate(pattern):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth < 0:
            return []
        if char == "|" and depth == 0:
            parts.append(pattern[start:position])
            start = position + 1
    return [*parts, pattern[start:]] if pattern and depth == 0 else []


def _tools_of(part: str) -> tuple[str, ...]:
    if part.startswith("mcp__"):
        server, _, tool = part.removeprefix("mcp__").partition("__")
        return (f"mcp_{server}_{tool or '.*'}",) if server not in {"", "*", ".*"} else ("mcp_.*",)
    if part in GEMINI_TOOLS:
        return to_gemini(part)
    return tuple(tool for claude, tools in GEMINI_TOOLS.items() if _searches(part, claude) for tool in tools)


def _searches(pattern: str, name: str) -> bool:
    repetitions = pattern.count("*") + pattern.count("+")
    if repetitions > MOST_REPETITIONS or not _PLAIN.fullmatch(pattern) or _REPEATED_GROUP.search(pattern):
        return False
    try:
        return bool(pattern) and re.search(pattern, name) is not None
    except (re.error, RecursionError):
        return False


_ALL = ("", "*", ".*")
_MCP_PATTERN = re.compile(r"mcp_([A-Za-z0-9_.:-]+?)_(\.\*)")
_PLAIN = re.compile(r"(?:[\w.*+?^$|()\\:!=-]|\[\^?(?:\w(?:-\w)?)*+\])*+")
_REPEATED_GROUP = re.compile(r"\)[*+]")
