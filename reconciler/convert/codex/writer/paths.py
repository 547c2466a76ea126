"""Translates path patterns of permission rules into what a permission profile of Codex closes. Pure."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.convert.agent import Permission, PermissionRule

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


def close(rule: PermissionRule) -> Closed:
    """Say what to close for a rule that denies a path, or asks for it.

    >>> from reconciler.convert.documents import Origin
    >>> close(PermissionRule(Permission.DENY, "Read(./.env)", Origin("s"), "Read", "./.env")).entries
    {(':workspace_roots', '.env'): 'deny'}
    """
    pattern = rule.pattern if rule.pattern is not None else ("**/*.ipynb" if "Notebook" in rule.tool else "**")
    base, path = _place(pattern)
    if not base and not path:
        return Closed(why_not=_NO_PLACE)
    is_all = base == ROOTS and path in ("**", "**/*", ".", "**/**")
    if rule.tool in WRITING:
        return Closed(is_all=True, difference=_ALL) if is_all else _close_writing(rule, base, path)
    if is_all or (base == ROOTS and _covers_memory(path)):
        return Closed(why_not="Codex does not start where it may not read its own AGENTS.md")
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


def _close_writing(rule: PermissionRule, base: str, path: str) -> Closed:
    asks = _ASKED_TO_WRITE if rule.decision is Permission.ASK else _CLOSED_TO_WRITING
    glob = _GLOB.search(path.removesuffix("/**"))
    if glob is None:
        return Closed({(base, path): "read"}, difference=asks)
    prefix = path[: glob.start()].rpartition("/")[0]
    if prefix in ("", "~"):
        return Closed(_denied(base, path), why_not=_PATTERN)
    return Closed({(base, prefix): "read"}, difference=f"{asks}; not to a pattern but to all of {prefix}/")


def _denied(base: str, path: str) -> dict[tuple[str, str], str]:
    below = {(base, f"{path}/**"): "deny"} if _GLOB.search(path) and not path.endswith("**") else {}
    return {(base, path): "deny"} | below


def _renamed(rule: PermissionRule, base: str, path: str) -> str:
    written = f"./{path}" if base else f"/{path}" if path.startswith("/") else path
    return "" if (rule.tool, rule.pattern) == ("Read", written) else f"closed to every tool, as Read({written})"


def _covers_memory(path: str) -> bool:
    return fnmatch.fnmatchcase("AGENTS.md", path.removeprefix("**/"))


_GLOB = re.compile(r"[*?\[{]")
_NO_PLACE = "Codex closes paths below the project, below ~/ and absolute ones, without .. and without !"
_ALL = "the whole sandbox is read-only: a shell command cannot write either, until a person allows it"
_ASKED = "Codex cannot ask before it reads: it may not read it at all"
_ASKED_TO_WRITE = "closed to writing in the sandbox: Codex asks before it leaves that"
_CLOSED_TO_WRITING = "closed to writing in the sandbox; outside it Codex asks, and where nobody answers it stays closed"
_PATTERN = (
    "Codex forbids writing to a file or folder, not to a pattern: files that match now are closed to reading and "
    "writing, new ones are not"
)
