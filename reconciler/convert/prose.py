"""Lists what texts say of the source CLI and a reader of the target would misread; nothing of it is rewritten. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from reconciler.convert.agent import AgentConfig
from reconciler.convert.documents import ImportStatus
from reconciler.convert.text import Lines
from reconciler.model.conversion import Item, Outcome
from reconciler.model.migration import Cli
from reconciler.model.validation import Finding


def misread(config: AgentConfig, files: Mapping[str, bytes], items: Iterable[Item], target: Cli) -> Iterator[Finding]:
    """Give one line for each text and each thing of the source's that it names, with the lines where it does.

    Args:
        config: What was read.
        files: The agent's folder, for the texts as people wrote them.
        items: What became of the texts: nothing is said of one that is dropped.
        target: The CLI that will read them.
    """
    went = {
        item.source.rpartition(":")[0]
        for item in items
        if item.outcome is not Outcome.DROPPED and item.item.startswith(_TEXTS)
    }
    for path in _texts(config, went):
        text = files[path]
        lines = Lines(text)
        for name, pattern in _WORDS[config.cli]:
            if name in _SHARED and _SHARED[name] >= {config.cli, target}:
                continue
            found = sorted({lines.of(match.start()) for match in pattern.finditer(text)})
            if found:
                what = f"speaks of {name} in {_numbers(found)}: not {target}'s, and the words stay as they are"
                yield Finding(f"{path}:{found[0]}", what)


def _texts(config: AgentConfig, went: set[str]) -> list[str]:
    """Give each text once, with what it imports."""
    edges = (edge for document in config.memory if document.origin.path in went for edge in document.imports)
    return sorted(went | {edge.path for edge in edges if edge.status is ImportStatus.INLINED})


def _numbers(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:_SHOWN])) + (f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else "")
    return f"line {shown}" if len(lines) == 1 else f"lines {shown}"


_SHOWN = 5
_TEXTS = ("memory:", "rule:", "command:", "subagent:", "skill:", "output-style:")
_SHARED = {"AGENTS.md": {Cli.CODEX, Cli.OPENCODE}}
_WORDS: Mapping[Cli, tuple[tuple[str, re.Pattern[bytes]], ...]] = {
    Cli.CLAUDE: (
        ("Claude Code", re.compile(rb"\bClaude Code\b")),
        ("CLAUDE.md", re.compile(rb"(?<![\w@./-])CLAUDE(?:\.local)?\.md")),
        (".claude/", re.compile(rb"(?<![\w~-])\.claude/\w")),
        ("command claude", re.compile(rb"(?<=`)claude (?:-\w|mcp|config|update|\w+ )")),
        ("tool TodoWrite", re.compile(rb"\bTodo(?:Write|Read)\b")),
        ("Task tool", re.compile(rb"\b(?:Task tool|subagent_type)\b")),
        ("tool ExitPlanMode", re.compile(rb"\bExitPlanMode\b")),
    ),
    Cli.CODEX: (
        ("Codex", re.compile(rb"\bCodex\b")),
        ("AGENTS.md", re.compile(rb"(?<![\w@./-])AGENTS(?:\.override)?\.md")),
        (".codex/", re.compile(rb"(?<![\w~-])\.codex/\w")),
        ("command codex", re.compile(rb"(?<=`)codex (?:-\w|exec|mcp|\w+ )")),
        ("tool apply_patch", re.compile(rb"\bapply_patch\b")),
    ),
    Cli.GEMINI: (
        ("Gemini CLI", re.compile(rb"\bGemini CLI\b")),
        ("GEMINI.md", re.compile(rb"(?<![\w@./-])GEMINI\.md")),
        (".gemini/", re.compile(rb"(?<![\w~-])\.gemini/\w")),
        ("command gemini", re.compile(rb"(?<=`)gemini (?:-\w|mcp|\w+ )")),
        ("tool run_shell_command", re.compile(rb"\brun_shell_command\b")),
        ("tool save_memory", re.compile(rb"\bsave_memory\b")),
    ),
    Cli.OPENCODE: (
        ("OpenCode", re.compile(rb"\bOpenCode\b")),
        ("AGENTS.md", re.compile(rb"(?<![\w@./-])AGENTS\.md")),
        (".opencode/", re.compile(rb"(?<![\w~-])\.opencode/\w")),
        ("opencode.json", re.compile(rb"(?<![\w/-])opencode\.jsonc?\b")),
        ("command opencode", re.compile(rb"(?<=`)opencode (?:-\w|run|\w+ )")),
    ),
}
