"""Reads Codex's subagents: TOML files, and the names that ``config.toml`` gives to some of them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import join, normpath

from reconciler.convert.agent import Role, Setting, Unreadable
from reconciler.convert.codex.layout import agent_files
from reconciler.convert.codex.reader.profile import PRESETS
from reconciler.convert.codex.reader.toml_nodes import parse
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node
from reconciler.convert.parts import Field, Subagent


@dataclass(frozen=True, slots=True)
class Named:
    """A subagent that ``config.toml`` names, whose instructions stand in ``file``."""

    name: str
    file: str
    description: str


@dataclass(frozen=True, slots=True)
class Preset:
    """The sandbox preset that a permission profile of ``config.toml`` comes down to."""

    profile: str
    preset: str


def read_names(path: str, node: Node) -> Iterator[Named | Setting]:
    """Read the ``agents`` table: subagents with a file of their own, and settings for all of them.

    Raises:
        JsonFault: It is no table.
    """
    for name, member in node.members().items():
        keys = member.value if isinstance(member.value, Mapping) else {}
        if "config_file" in keys:
            file = normpath(join(".codex", keys["config_file"].text()))
            yield Named(name, file, keys["description"].text() if "description" in keys else "")
        else:
            yield Setting(f"agents.{name}", Role.OTHER, Origin(path, member.line))


def read_subagents(
    files: Mapping[str, bytes], named: Iterable[Named], presets: Iterable[Preset]
) -> Iterator[Subagent | Unreadable]:
    """Read every subagent; one that Codex passes over is unreadable."""
    names = {one.file: one for one in named}
    sandboxes = PRESETS | {one.profile: one.preset for one in presets}
    for path in sorted({*agent_files(files), *(path for path in names if path in files)}):
        stem = path.rpartition("/")[2].removesuffix(".toml")
        try:
            yield _read(path, parse(files[path]), names.get(path, Named("", path, "")), sandboxes)
        except JsonFault as fault:
            name = names[path].name if path in names else stem
            yield Unreadable(f"subagent:{name}", Origin(path, fault.line), fault.reason)


def _read(path: str, node: Node, named: Named, sandboxes: Mapping[str, str]) -> Subagent:
    keys = node.members()
    texts = {key: keys[key].text() for key in _PLACES if key in keys}
    name, description = texts.get("name") or named.name, texts.get("description") or named.description
    for key, text in (("name", name), ("description", description), ("developer_instructions", None)):
        if not text and key not in keys:
            raise JsonFault(1, f'found no "{key}", without which Codex passes over a subagent')
    preset = texts.get("sandbox_mode") or sandboxes.get(texts.get("default_permissions", ""), "")
    return Subagent(
        name=name,
        origin=Origin(path),
        body=texts["developer_instructions"].encode(),
        description=description,
        model=texts.get("model", ""),
        effort=texts.get("model_reasoning_effort", ""),
        mode=_MODES.get(preset, ""),
        others={
            key: Field(json.dumps(_plain(member), ensure_ascii=False), Origin(path, member.line))
            for key, member in keys.items()
            if key not in _PLACES
        },
        lines={key: member.line for key, member in keys.items() if key in _PLACES},
    )


def _plain(node: Node) -> object:
    if isinstance(node.value, Mapping):
        return {key: _plain(member) for key, member in node.value.items()}
    return [_plain(one) for one in node.value] if isinstance(node.value, tuple) else node.value


_PLACES = (
    *("name", "description", "developer_instructions", "model", "model_reasoning_effort", "sandbox_mode"),
    "default_permissions",
)
_MODES = {"read-only": "plan", "workspace-write": "acceptEdits"}
