"""Works out the sandbox that stands for the source's mode and for the paths that its rules close. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import AgentConfig, Permission, Role, Scope
from reconciler.convert.codex.writer.paths import READING, WRITING, close
from reconciler.convert.formats.toml_merge import Table

PROFILE = "reconciler"
READ_ONLY_PROFILE = "reconciler-read-only"
OPEN = "danger-full-access"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What commands and edits may do without asking.

    Attributes:
        preset: ``read-only``, ``workspace-write`` or ``danger-full-access``; empty leaves it to Codex.
        closed: The access left to a path, ``deny`` or ``read``, by base and path; a profile holds them.
        roots: Folders beside the project that may be written to, as Codex reads them from its configuration.
        never_asks: Whether what the sandbox forbids stays forbidden, instead of asking a person.
    """

    preset: str = ""
    closed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    never_asks: bool = False

    @property
    def key(self) -> str:
        """The key that chooses it."""
        return "default_permissions" if self.closed else "sandbox_mode"

    def table(self) -> Table:
        """Give its keys of the configuration."""
        never: Table = {"approval_policy": "never"} if self.never_asks else {}
        if not self.closed:
            table: Table = {"sandbox_mode": self.preset} if self.preset else {}
            return (
                table
                | ({"sandbox_workspace_write": {"writable_roots": list(self.roots)}} if self.roots else {})
                | never
            )
        base = ":read-only" if self.preset == "read-only" else ":workspace"
        profiles = {PROFILE: {"extends": base, "filesystem": self._filesystem(self.roots)}}
        if base != ":read-only":
            profiles[READ_ONLY_PROFILE] = {"extends": ":read-only", "filesystem": self._filesystem(())}
        return {"default_permissions": PROFILE, "permissions": profiles} | never

    def read_only(self) -> Table:
        """Give the keys by which a subagent may not write, and reads no more than the main one."""
        if not self.closed:
            return {"sandbox_mode": "read-only"}
        return {"default_permissions": PROFILE if self.preset == "read-only" else READ_ONLY_PROFILE}

    def _filesystem(self, roots: tuple[str, ...]) -> Table:
        entries: Table = dict.fromkeys(roots, "write")
        for (base, path), access in self.closed.items():
            if base:
                entries.setdefault(base, {})[path] = access
            else:
                entries[path] = access
        return entries


def sandbox_of(config: AgentConfig, there: Collection[str]) -> Sandbox:
    """Give the sandbox for the source's mode, its folders and its rules; the narrowest of them holds.

    Args:
        config: What the reader found.
        there: The files and folders of the project.
    """
    closed: dict[tuple[str, str], str] = {}
    is_read_only = False
    for rule in config.permissions:
        if rule.decision is Permission.ALLOW:
            continue
        is_read_only |= rule.decision is Permission.ASK and rule.tool == "Bash" and is_bare(rule.pattern)
        if rule.tool in READING | WRITING:
            found = close(rule, there)
            is_read_only |= found.is_all
            closed |= {place: access for place, access in found.entries.items() if closed.get(place) != "deny"}
    mode = _mode(config)
    preset = "read-only" if is_read_only else _preset(config, mode)
    if closed and preset == OPEN:
        preset = "workspace-write"
    roots = _roots(config, has_profile=bool(closed)) if mode == "acceptEdits" and preset == "workspace-write" else ()
    return Sandbox(preset, closed, roots, never_asks=mode in ("dontAsk", "bypassPermissions"))


def is_bare(pattern: str | None) -> bool:
    """Whether a rule speaks of everything its tool does."""
    return pattern is None or pattern.strip() in ("", "*", ":*", "**")


def _mode(config: AgentConfig) -> str:
    setting = config.last(Role.MODE)
    return str(setting.value) if setting else ""


def _preset(config: AgentConfig, mode: str) -> str:
    allows = {rule.tool for rule in config.permissions if rule.decision is Permission.ALLOW}
    if mode == "plan" or (mode == "dontAsk" and not allows & WRITING):
        return "read-only"
    if mode == "bypassPermissions":
        return OPEN
    sandboxed = config.last(Role.SANDBOX)
    return "workspace-write" if mode or allows or (sandboxed and sandboxed.value is True) else ""


def _roots(config: AgentConfig, *, has_profile: bool) -> tuple[str, ...]:
    setting = config.last(Role.DIRECTORIES)
    folders = setting.value if setting and isinstance(setting.value, list) else []
    return tuple(root for one in folders if (root := root_of(str(one), config.scope, has_profile=has_profile)))


def root_of(folder: str, scope: Scope, *, has_profile: bool) -> str:
    """Give a folder as the configuration names it; empty for one that it has no name for.

    >>> root_of("../lib", Scope.PROJECT, has_profile=False)
    '../../lib'
    """
    if folder.startswith(("/", "~/")):
        return folder
    if has_profile or scope is Scope.USER:
        return ""
    return posixpath.join("..", posixpath.normpath(folder))  # it is read from .codex/
