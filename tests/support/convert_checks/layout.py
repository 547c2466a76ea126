"""Where the parts of a Claude Code agent stand, told from their paths alone."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

from tests.support.convert_checks.markdown import SURE_DEPTH, edges, split_front_matter


def kind(path: str) -> str:
    """Say what the file at this path is: the first word of its line in the ledger."""
    return next((name for name, pattern in _KINDS if re.fullmatch(pattern, path)), "file")


def part_name(path: str) -> str:
    """Give a command's, subagent's, rule's or style's name: folders and file joined by colons."""
    return posixpath.splitext(path)[0].split("/", 2)[2].replace("/", ":")


def memory_files(files: Iterable[str]) -> list[str]:
    """List what Claude Code reads as memory, at the root, below it or as a rule."""
    return [path for path in files if kind(path) in {"memory", "rule"}]


def root_documents(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give the texts that Claude Code loads at its start.

    Returns:
        Bytes by path: the root's memory, rules for all files without their front matter, and what they import.
    """
    own = [path for path in _ROOT if path in files] or [path for path in ("AGENTS.md",) if path in files]
    loaded = [*own, *(path for path in files if kind(path) == "rule" and not _is_scoped(files[path]))]
    imported = {edge.target for edge in edges(files, loaded) if edge.target and edge.depth <= SURE_DEPTH}
    rules = {path: split_front_matter(files[path])[1] for path in loaded if kind(path) == "rule"}
    return {path: files[path] for path in [*own, *sorted(imported)]} | rules


def _is_scoped(text: bytes) -> bool:
    return bool({"paths", "globs"} & split_front_matter(text)[0].keys())


_ROOT = ("CLAUDE.md", ".claude/CLAUDE.md")
_KINDS = (
    ("settings", r"\.claude/settings(?:\.local)?\.json"),
    ("mcp", r"\.mcp\.json"),
    ("skill", r"\.claude/skills/[^/]+/.+"),
    ("rule", r"\.claude/rules/.+\.md"),
    ("command", r"\.claude/commands/.+\.md"),
    ("subagent", r"\.claude/agents/.+\.md"),
    ("output-style", r"\.claude/output-styles/[^/]+\.md"),
    ("memory", r"(?:\.claude/|(?!\.claude/)(?:[^/]+/)*(?:\.claude/)?)CLAUDE\.md"),
    ("memory", r"(?!\.claude/)(?:[^/]+/)*CLAUDE\.local\.md"),
    ("memory", r"(?!\.(?:claude|codex|agents|gemini)/)(?:[^/]+/)*AGENTS\.md"),
)
