"""Merges our settings into Codex's ``config.toml``: what stands there stays, conflicts are named. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tomlkit

from reconciler.convert.formats.strict_toml import TomlFault, parse
from reconciler.convert.formats.toml_text import dumps
from reconciler.convert.text import without_bom

CONFIG = ".codex/config.toml"

Table = dict[str, Any]
"""A TOML table: text, numbers, truth values, lists and tables."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The file's new bytes.

    Attributes:
        conflicts: The keys where the file already said something else, and that stays; one empty key, and a
            ``fault``, when the file is no TOML.
        replaced: The keys where the file said something else, and ours stands now.
    """

    data: bytes
    conflicts: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    fault: str = ""


def merge(standing: bytes | None, ours: Mapping[str, Any]) -> Merged:
    """Put our keys beside those that stand in the file.

    Args:
        standing: The file as it is; None when there is none.
        ours: Our keys, the sandbox before what belongs to it. A server is one value: two definitions are never mixed.
            ``project_doc_max_bytes`` only grows, and ``model`` is what the migration asks for.

    Raises:
        RuntimeError: What we wrote does not read back as what we meant, which is our mistake.
    """
    try:
        before = parse(standing or b"")
    except TomlFault as fault:
        return Merged(standing or b"", ("",), fault=f"{CONFIG} is no valid TOML: {str(fault)[:200]}")
    text = without_bom(standing or b"").decode()
    wanted, conflicts = _united(before, ours, "")
    if wanted == before:
        return Merged(standing or b"", tuple(conflicts))
    replaced = tuple(key for key in _OURS if key in before and before[key] != wanted[key])
    for write in (_edited, _rewritten) if before or text.strip() else (_new,):
        candidate = write(text, before, wanted)
        if candidate is not None and _reads_as(candidate, wanted):
            return Merged(candidate.encode(), tuple(conflicts), replaced)
    raise RuntimeError(f"{CONFIG}: the written file does not read back as it was meant")


def _united(before: Mapping[str, Any], ours: Mapping[str, Any], prefix: str) -> tuple[Table, list[str]]:
    wanted: Table = dict(before)
    conflicts: list[str] = []
    for key, value in ours.items():
        path = f"{prefix}{key}"
        if _INSTEAD_OF.get(path) in before or (path in _WITH_SANDBOX and not _SANDBOX.isdisjoint(conflicts)):
            conflicts += [path] if before.get(key) != value else []
        elif key not in before:
            wanted[key] = value
        elif path == _LIMIT and isinstance(before[key], int):
            wanted[key] = max(before[key], value)
        elif path in _OURS:
            wanted[key] = value
        elif isinstance(before[key], dict) and isinstance(value, dict) and _is_shared(path):
            wanted[key], inner = _united(before[key], value, f"{path}.")
            conflicts += inner
        elif before[key] != value:
            conflicts.append(path)
    return wanted, conflicts


def _is_shared(path: str) -> bool:
    return path in _SHARED_TABLES or path.startswith(_PROFILES)


def _new(_text: str, _before: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    return dumps(wanted)


def _rewritten(_text: str, _before: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    return tomlkit.dumps(wanted)


def _edited(text: str, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    try:
        document = tomlkit.parse(text)
        _write_into(document, before, wanted)
        return tomlkit.dumps(document)
    except (tomlkit.exceptions.TOMLKitError, TypeError, AttributeError, KeyError, ValueError):
        return None  # tomlkit cannot edit some valid files in place; the fresh file says the same


def _write_into(table: Any, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for key, value in wanted.items():
        if key in before and before[key] == value:
            continue
        if key in before and isinstance(value, dict):
            _write_into(table[key], before[key], value)
        else:
            table[key] = value


def _reads_as(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


_LIMIT = "project_doc_max_bytes"
_OURS = ("model",)
_INSTEAD_OF = {"sandbox_mode": "default_permissions", "default_permissions": "sandbox_mode"}
_SANDBOX = frozenset(_INSTEAD_OF)
_WITH_SANDBOX = frozenset({"approval_policy", "permissions", "sandbox_workspace_write"})
"""What was meant for one sandbox is not put beside another: it may be wider there, or no longer load."""
_SHARED_TABLES = frozenset(
    {"features", "mcp_servers", "permissions", "shell_environment_policy", "shell_environment_policy.set"}
)
_PROFILES = "permissions.reconciler"
