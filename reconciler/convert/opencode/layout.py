"""Where OpenCode keeps its files, in a project and in a user's home. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reconciler.convert.agent import Scope
from reconciler.convert.markdown.memory_file import MemoryLayout


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one scope.

    Attributes:
        configs: The configuration files in the order OpenCode merges them, a later one over an earlier one.
        folder: The folder of commands, agents and skills.
        home: What stands before a path that the configuration names; empty for one from the project.
    """

    memory: MemoryLayout
    configs: tuple[str, ...]
    folder: str
    home: str = ""

    def config(self, there: Collection[str]) -> str:
        """Give the configuration file to write: of those that are there the one that wins."""
        return next((path for path in reversed(self.configs) if path in there), self.configs[0])

    def parts(self, kind: str, paths: Iterable[str]) -> dict[str, str]:
        """Give the Markdown files of a kind: the path of each by the part's name, folders joined by slashes."""
        found = {}
        for path in sorted(paths):
            for folder in (f"{self.folder}/{kind}/", f"{self.folder}/{kind}s/"):
                if path.startswith(folder) and path.endswith(".md"):
                    found[path.removeprefix(folder).removesuffix(".md")] = path
        return found

    def skill_folders(self, paths: Iterable[str]) -> dict[str, list[str]]:
        """Give the files of each skill, by its folder; of the folders that OpenCode reads the later ones win."""
        roots = (".claude/skills/", ".agents/skills/", f"{self.folder}/skill/", f"{self.folder}/skills/")
        folders: dict[str, list[str]] = {}
        listed = sorted(paths)
        for root in roots:
            mine = [path for path in listed if path.startswith(root)]
            mains = {posixpath.dirname(path) for path in mine if posixpath.basename(path) == "SKILL.md"}
            for path in mine:
                owner = next((one for one in _parents(path) if one in mains), "")
                if owner:
                    folders.setdefault(owner, []).append(path)
        return folders


def layout_of(scope: Scope) -> Layout:
    """Give the layout of a scope."""
    return USER if scope is Scope.USER else PROJECT


def is_file_name(name: str) -> bool:
    """Whether a file of this name, with folders before slashes, stays where it is put.

    >>> is_file_name("db/migrate"), is_file_name("../x"), is_file_name("/x")
    (True, False, False)
    """
    return name.isprintable() and not {"", ".", "..", "~"} & set(re.split(r"[/\\:]", name))


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts) - 1, 0, -1)]


PROJECT = Layout(
    memory=MemoryLayout(name="AGENTS.md", root="AGENTS.md", title="OpenCode"),
    configs=("opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"),
    folder=".opencode",
)
USER = Layout(
    memory=MemoryLayout(name="AGENTS.md", root=".config/opencode/AGENTS.md", title="OpenCode"),
    configs=tuple(f".config/opencode/{name}" for name in ("opencode.json", "opencode.jsonc")),
    folder=".config/opencode",
    home="~/",
)
