"""Where Gemini CLI keeps its files, in a project and in a user's home. Pure."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.convert.agent import Scope
from reconciler.convert.markdown.memory_file import MemoryLayout

SETTINGS = ".gemini/settings.json"
ENV = ".gemini/.env"
IGNORE = ".geminiignore"
COMMANDS = ".gemini/commands/"
AGENTS = ".gemini/agents/"
POLICIES = ".gemini/policies/"
USER_POLICIES = "~/.gemini/policies"
SKILLS = (".gemini/skills/", ".agents/skills/")
"""The folders with skills; of two with one name the later one is read."""


def memory_layout(scope: Scope, name: str = "GEMINI.md") -> MemoryLayout:
    """Say where the memory is: a user's own stands in ``.gemini``."""
    return MemoryLayout(name=name, root=f".gemini/{name}" if scope is Scope.USER else name, title="Gemini CLI")


def is_memory(path: str, names: Collection[str], scope: Scope) -> bool:
    """Whether Gemini CLI takes this file for memory."""
    if scope is Scope.USER:
        return path in {f".gemini/{name}" for name in names}
    return path.rpartition("/")[2] in names and not path.startswith((".gemini/", ".agents/", ".claude/", ".codex/"))
