"""Where Codex keeps its files, in a project and in a user's home, and what each file is. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping

from reconciler.convert.agent import Scope
from reconciler.convert.markdown.memory_file import MemoryLayout

CONFIG = ".codex/config.toml"
HOOKS = ".codex/hooks.json"
HOOK_SWITCHES = ("hooks", "codex_hooks")
"""The keys of ``features`` that switch hooks off; the second one is the older name."""
SKILLS = ".agents/skills"
AGENTS = ".codex/agents"
_NESTED = "Codex loads it at its start, when that is in this folder or below, and not when a file here is read"
MEMORY = {
    Scope.PROJECT: MemoryLayout("AGENTS.md", "AGENTS.md", "Codex", override="AGENTS.override.md", nested=_NESTED),
    Scope.USER: MemoryLayout("AGENTS.md", ".codex/AGENTS.md", "Codex", override="AGENTS.override.md"),
}


def file_name(name: str) -> str:
    """Give the name of a file or folder for a part; Codex takes 64 characters.

    >>> file_name("db:migrate"), file_name("../x")
    ('db-migrate', 'x')
    """
    return re.sub(r"[^\w.-]+", "-", name).strip(".-")[:_LONGEST].rstrip(".-") or "unnamed"


def taken(made: Mapping[str, bytes], *there: Mapping[str, bytes]) -> str:
    """Give the first path of ours where other bytes stand already; empty when there is none."""
    return next((path for path, data in made.items() for one in there if path in one and one[path] != data), "")


def rule_files(paths: Iterable[str]) -> list[str]:
    """Give the rules files, in the order Codex reads them."""
    return sorted(path for path in paths if posixpath.dirname(path) == ".codex/rules" and path.endswith(".rules"))


def agent_files(paths: Iterable[str]) -> list[str]:
    """Give the files that Codex takes for subagents by their place alone."""
    return sorted(path for path in paths if path.startswith(".codex/agents/") and path.endswith(".toml"))


def skill_folders(paths: Collection[str]) -> dict[str, list[str]]:
    """Give the files of each skill by its folder; a skill inside a skill is one of its files."""
    folders: dict[str, list[str]] = {}
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        folder, name = posixpath.split(path)
        is_skill = name == "SKILL.md" and folder.startswith(_SKILLS) and not folder.startswith(_BUILT_IN)
        if is_skill and not any(f"{folder}/".startswith(f"{known}/") for known in folders):
            folders[folder] = []
    for path in sorted(paths) if folders else ():
        parts = path.split("/")
        for end in range(3, len(parts)):
            if (folder := "/".join(parts[:end])) in folders:
                folders[folder].append(path)
    return folders


def memory_files(paths: Collection[str], scope: Scope, fallbacks: Iterable[str]) -> Mapping[str, str]:
    """Give each memory file, and the file of its folder that Codex reads in its place; empty for one that it reads.

    Args:
        paths: The paths of all files.
        scope: A user has one memory, a project one in every folder.
        fallbacks: Names that Codex looks for in a folder without an AGENTS.md.
    """
    layout = MEMORY[scope]
    names = (layout.override, layout.name, *fallbacks)
    if scope is Scope.USER:
        folders = {".codex"}
    else:
        folders = {posixpath.dirname(path) for path in paths if posixpath.basename(path) in names}
    found: dict[str, str] = {}
    for folder in sorted(folder for folder in folders if scope is Scope.USER or folder.split("/")[0] not in _OTHERS):
        there = [path for name in names if (path := posixpath.join(folder, name)) in paths]
        found |= {path: "" if path == there[0] else there[0] for path in there if path == there[0] or _own(path)}
    return found


def _own(path: str) -> bool:
    return posixpath.basename(path) == "AGENTS.md"


_SKILLS = (".agents/skills/", ".codex/skills/")
_BUILT_IN = ".codex/skills/.system/"
_OTHERS = frozenset({".codex", ".agents", ".claude", ".gemini", ".opencode"})
_LONGEST = 64
