"""Says which part of a Claude Code configuration each file of the folder is. Pure."""

from __future__ import annotations

import posixpath
import re
from enum import StrEnum

from reconciler.convert.agent import Scope


class Place(StrEnum):
    """What a file is to Claude Code."""

    MEMORY = "memory"
    LOCAL_MEMORY = "local memory"
    AGENTS = "shared memory"
    RULE = "rule"
    SETTINGS = "settings"
    SERVERS = "servers"
    STATE = "state"
    COMMAND = "command"
    SUBAGENT = "subagent"
    SKILL = "skill"
    OUTPUT_STYLE = "output style"
    WORKSPACE = "workspace"


SETTINGS = ".claude/settings.json"
NO_TOOLS = "none"
"""What the tools of a subagent say when it has none: an empty list means all of them."""
LOCAL_SETTINGS = ".claude/settings.local.json"
STATE = ".claude.json"


def servers_path(scope: Scope) -> str:
    """Give the path of the file that names the MCP servers."""
    return STATE if scope is Scope.USER else ".mcp.json"


def place(path: str) -> Place:
    """Say what the file at this path is.

    >>> place("docs/CLAUDE.md"), place(".claude/hooks/guard.sh")
    (<Place.MEMORY: 'memory'>, <Place.WORKSPACE: 'workspace'>)
    """
    for pattern, found in _PLACES:
        if pattern.fullmatch(path):
            return found
    return Place.WORKSPACE


def memory_folder(path: str) -> str:
    """Give the folder a memory file speaks for; empty for the agent's own.

    >>> memory_folder("web/.claude/CLAUDE.md")
    'web'
    """
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if posixpath.basename(folder) == ".claude" else folder


def part_name(path: str) -> str:
    """Give the name of a command, subagent, rule or style: its path below the kind's folder, colons between.

    >>> part_name(".claude/commands/db/migrate.md")
    'db:migrate'
    """
    return posixpath.splitext(path)[0].split("/", 2)[2].replace("/", ":")


def skill_folder(path: str) -> str:
    """Give the folder of the skill that a file belongs to."""
    return "/".join(path.split("/")[:3])


_PLACES = (
    (re.compile(r"\.claude/settings(?:\.local)?\.json"), Place.SETTINGS),
    (re.compile(r"\.mcp\.json"), Place.SERVERS),
    (re.compile(r"\.claude\.json"), Place.STATE),
    (re.compile(r"\.claude/skills/[^/]+/.+"), Place.SKILL),
    (re.compile(r"\.claude/rules/.+\.md"), Place.RULE),
    (re.compile(r"\.claude/commands/.+\.md"), Place.COMMAND),
    (re.compile(r"\.claude/agents/.+\.md"), Place.SUBAGENT),
    (re.compile(r"\.claude/output-styles/[^/]+\.md"), Place.OUTPUT_STYLE),
    (re.compile(r"(?:(?!\.claude/)(?:[^/]+/)*(?:\.claude/)?|\.claude/)CLAUDE\.md"), Place.MEMORY),
    (re.compile(r"(?:(?!\.claude/)(?:[^/]+/)*)CLAUDE\.local\.md"), Place.LOCAL_MEMORY),
    (re.compile(r"(?:(?!\.(?:claude|codex|agents|gemini)/)(?:[^/]+/)*)AGENTS\.md"), Place.AGENTS),
)
