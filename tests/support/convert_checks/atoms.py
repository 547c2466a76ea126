"""Counts what a Claude Code agent is made of, by JSON and paths alone, without the converter's readers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.support.convert_checks.layout import kind, part_name
from tests.support.convert_checks.markdown import split_front_matter

Atom = tuple[str, str]
"""A name as in the ledger, without its number, and the file it stands in."""


def atoms(files: Mapping[str, bytes]) -> Counter[Atom]:
    """Count the atoms of an agent; imports and secrets are counted elsewhere, other files by their paths."""
    return Counter((name, path) for path in files for name in _names(path, files))


def part_names(files: Mapping[str, bytes], kind_of_part: str) -> dict[str, str]:
    """Give the name in the ledger of every part of a kind that Claude Code loads, by the path of its main file."""
    names = {path: list(_names(path, files)) for path in files if kind(path) == kind_of_part}
    loaded = {path: found for path, found in names.items() if len(found) > 1 or kind_of_part != "subagent"}
    return {path: found[0] for path, found in loaded.items() if found and not found[0].startswith("file:")}


def without_number(name: str) -> str:
    """Take off the number by which the ledger tells equal names on one line apart."""
    return re.sub(r"#\d+$", "", name)


def _names(path: str, files: Mapping[str, bytes]) -> Iterable[str]:
    data = files[path]
    match kind(path):
        case "settings":
            return _read(path, data, _settings)
        case "mcp":
            return _read(path, data, _servers)
        case "rule":
            return [f"rule:{part_name(path)}"]
        case "memory":
            return [f"memory:{path}"]
        case "skill":
            return _skill(path, files)
        case "command" | "subagent" | "output-style":
            return _part(path, data)
        case _:
            return [f"file:{path}"]


def _read(path: str, data: bytes, names: Any) -> Iterable[str]:
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except ValueError:
        return [f"file:{path}"]
    return list(names(document)) if isinstance(document, dict) else [f"file:{path}"]


def _settings(document: dict[str, Any]) -> Iterator[str]:
    for key, value in document.items():
        if key == "env":
            yield from (f"env:{name}" for name in value)
        elif key == "hooks":
            yield from _hooks(value)
        elif key == "permissions":
            yield from _permissions(value)
        elif key == "sandbox" and isinstance(value, dict):
            yield from _leaves("setting:sandbox", value)
        else:
            yield f"setting:{key}"


def _permissions(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if key in {"allow", "ask", "deny"}:
            yield from (f"permission:{key}:{rule}" for rule in value)
        else:
            yield f"setting:permissions.{key}"


def _hooks(events: dict[str, Any]) -> Iterator[str]:
    for event, groups in events.items():
        for group in groups if isinstance(groups, list) else [groups]:
            keys = group if isinstance(group, dict) else {}
            matcher = keys.get("matcher")
            name = f"hook:{event}:{matcher}" if matcher and matcher != "*" else f"hook:{event}"
            yield from (name for _ in keys.get("hooks") or [group])


def _leaves(prefix: str, table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(f"{prefix}.{key}", value)
        else:
            yield f"{prefix}.{key}"


def _servers(document: dict[str, Any]) -> Iterator[str]:
    for key, value in document.items():
        if key != "mcpServers":
            yield f"setting:{key}"
            continue
        for name, server in value.items():
            yield f"mcp:{name}"
            for inner, setting in server.items():
                if inner in {"env", "headers"} and isinstance(setting, dict):
                    yield from (f"mcp:{name}:{inner}.{variable}" for variable in setting)
                else:
                    yield f"mcp:{name}:{inner}"


def _part(path: str, data: bytes) -> list[str]:
    keys, _ = split_front_matter(data)
    if kind(path) == "subagent" and not keys:
        return [f"file:{path}"]
    if kind(path) == "subagent" and not {"name", "description"} <= keys.keys():
        return [f"subagent:{part_name(path)}"]  # Claude Code passes over it
    own = kind(path) != "command" and "name" in keys
    name = f"{kind(path)}:{_declared_name(data) if own else part_name(path)}"
    return [name, *(f"{name}:{key}" for key in keys)]


def _skill(path: str, files: Mapping[str, bytes]) -> list[str]:
    folder = "/".join(path.split("/")[:3])
    if f"{folder}/SKILL.md" not in files:
        return [f"file:{path}"]
    if path != f"{folder}/SKILL.md":
        return []
    name = f"skill:{folder.rpartition('/')[2]}"
    return [name, *(f"{name}:{key}" for key in split_front_matter(files[path])[0])]


def _declared_name(data: bytes) -> str:
    match = re.search(rb"(?m)^name[ \t]*:[ \t]*(.*?)[ \t]*\r?$", data)
    return match[1].decode().strip("\"'") if match else ""
