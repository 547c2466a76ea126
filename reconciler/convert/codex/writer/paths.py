"""Translates path patterns of permission rules into what a permission profile of Codex closes. Pure."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import AgentConfig, Permission, PermissionRule, Scope
from reconciler.convert.codex.globs import GLOB, as_glob, out_of_glob
from reconciler.convert.codex.layout import CONFIG, MEMORY, SKILLS

READING = frozenset({"Read", "NotebookRead", "Glob", "Grep", "LS"})
WRITING = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
ROOTS = ":workspace_roots"
"""Stands for the project's folder in a profile."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What a profile closes for one rule.

    Attributes:
        entries: The access that is left, ``deny`` (none) or ``read``, by base (``:workspace_roots`` or empty) and path.
        is_all: Whether the rule is about writing anywhere: the whole sandbox is read-only then.
        difference: How this is another rule than the source's; empty when it is the same.
        why_not: Why the rule does not hold in Codex, whatever ``entries`` close; empty when it does.
    """

    entries: Mapping[tuple[str, str], str] = field(default_factory=dict)
    is_all: bool = False
    difference: str = ""
    why_not: str = ""


def places(config: AgentConfig, paths: Iterable[str]) -> Collection[str]:
    """Give every file and folder of the project that is there, or will be when the configuration is written.

    Args:
        config: A user's holds for every project, of which nothing is known.
        paths: The paths of the source's files.
    """
    if config.scope is Scope.USER:
        return frozenset()
    found = {*paths, CONFIG, *([MEMORY[config.scope].root] if config.memory else [])}
    found |= {SKILLS} if config.skills or config.commands else set()
    for path in tuple(found):
        while (path := posixpath.dirname(path)) and path not in found:
            found.add(path)
    return found


def close(rule: PermissionRule, there: Collection[str]) -> Closed:
    """Say what to close for a rule that denies a path, or asks for it.

    Args:
        rule: The rule.
        there: The files and folders of the project: only what is there can be closed to writing alone.

    >>> from reconciler.convert.documents import Origin
    >>> close(PermissionRule(Permission.DENY, "Read(./a/**)", Origin("s"), "Read", "./a/**"), ()).entries
    {(':workspace_roots', '[a]/**'): 'deny'}
    """
    pattern = rule.pattern if rule.pattern is not None else ("**/*.ipynb" if "Notebook" in rule.tool else "**")
    base, path = _place(pattern)
    if not base and not path:
        return Closed(why_not=_NO_PLACE)
    is_all = base == ROOTS and path in ("**", "**/*", ".", "**/**")
    if rule.tool in WRITING:
        return Closed(is_all=True, difference=_ALL) if is_all else _close_writing(rule, base, path, there)
    if is_all or _covers_memory(base, path):
        return Closed(why_not=_MEMORY)
    difference = _ASKED if rule.decision is Permission.ASK else _renamed(rule, base, path)
    return Closed(_denied(base, path), difference=difference)


def _place(pattern: str) -> tuple[str, str]:
    if pattern.startswith("!"):
        return "", ""
    if pattern.startswith(("//", "~/")):
        base, rest = "", pattern[1:] if pattern.startswith("//") else pattern
        root, rest = rest.split("/", 1)
    else:
        base, root, rest = ROOTS, "", pattern
        if "/" not in pattern.rstrip("/"):
            rest = f"**/{pattern}"  # a bare name speaks for every folder, as in a .gitignore
    segments = [segment for segment in rest.split("/") if segment not in ("", ".")]
    if ".." in segments:
        return "", ""
    path = "/".join(segments)
    return (base, path or ".") if base else ("", f"{root}/{path}".rstrip("/"))


def _close_writing(rule: PermissionRule, base: str, path: str, there: Collection[str]) -> Closed:
    glob = GLOB.search(path.removesuffix("/**"))
    closed = path[: glob.start()].rpartition("/")[0] if glob else path
    if glob and closed in ("", "~"):
        why_not = _PATTERN
    elif base and closed.removesuffix("/**") not in there:
        why_not = _NOT_YET
    else:
        asks = _ASKED_TO_WRITE if rule.decision is Permission.ASK else _CLOSED_TO_WRITING
        all_of = f"; not to a pattern but to all of {closed}/" if glob else ""
        return Closed({(base, closed): "read"}, difference=f"{asks}{all_of}")
    if _covers_memory(base, path):
        return Closed(why_not=f"{why_not}: not closed at all, {_MEMORY}")
    return Closed(_denied(base, path), why_not=f"{why_not}: {_BOTH}")


def _denied(base: str, path: str) -> dict[tuple[str, str], str]:
    path = as_glob(path) if base else path  # outside the project nothing can be made, and a pattern searches all of ~/
    below = {(base, f"{path}/**"): "deny"} if GLOB.search(path) and not path.endswith("**") else {}
    return {(base, path): "deny"} | below


def _renamed(rule: PermissionRule, base: str, path: str) -> str:
    written = f"./{out_of_glob(path)}" if base else f"/{path}" if path.startswith("/") else path
    return "" if (rule.tool, rule.pattern) == ("Read", written) else f"closed to every tool, as Read({written})"


def _covers_memory(base: str, path: str) -> bool:
    return base == ROOTS and fnmatch.fnmatchcase("AGENTS.md", path.removeprefix("**/"))


_NO_PLACE = "Codex closes paths below the project, below ~/ and absolute ones, without .. and without !"
_ALL = "the whole sandbox is read-only: a shell command cannot write either, until a person allows it"
_ASKED = "Codex cannot ask before it reads: it may not read it at all"
_ASKED_TO_WRITE = "closed to writing in the sandbox: Codex asks before it leaves that"
_CLOSED_TO_WRITING = "closed to writing in the sandbox; outside it Codex asks, and where nobody answers it stays closed"
_MEMORY = "Codex does not start where it may not read its own AGENTS.md"
_PATTERN = "Codex forbids writing to a file or folder, not to a pattern"
_NOT_YET = "no such file or folder yet, and Codex forbids writing to one that is there"
_BOTH = "files that match when a command starts are closed to reading and writing, but new ones can be made"
