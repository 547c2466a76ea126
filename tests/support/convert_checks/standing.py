"""Checks that files of the target that stood there before have lost nothing, and that helper files are the same."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.layout import kind
from tests.support.convert_checks.score import Score


def standing_files(converted: Converted) -> Score:
    """Every file of the target that stood there has all its lines still; a table has all its keys and values."""
    standing = standing_paths(converted)
    return Score.of(standing, [path for path in standing if not _is_whole(path, converted)])


def standing_paths(converted: Converted) -> list[str]:
    """List the files of the source that are the target's own."""
    return [path for path in converted.source if re.fullmatch(_OWN[converted.target], path)]


def other_files(converted: Converted) -> Score:
    """Every other file of the agent, hook scripts and imported texts among them, is there byte for byte, or listed."""
    files = [path for path in converted.source if kind(path) == "file" and not re.fullmatch(_ANY, path)]
    listed = {item.source.rpartition(":")[0] for item in converted.result.items if item.outcome is not Outcome.KEPT}
    return Score.of(
        files, [path for path in files if converted.files.get(path) != converted.source[path] and path not in listed]
    )


def _is_whole(path: str, converted: Converted) -> bool:
    before, after = converted.source[path], converted.files.get(path, b"")
    if path.endswith((".toml", ".json", ".jsonc")):
        try:
            return not list(_lost(_table(path, before), _table(path, after), ""))
        except ValueError:
            return before == after
    return not Counter(_lines(before)) - Counter(_lines(after))


def _table(path: str, data: bytes) -> Any:
    if path.endswith(".toml"):
        return tomllib.loads(data.decode())
    return json.loads(re.sub(rb"(?m)^\s*//.*$", b"", data).decode("utf-8-sig"))


def _lost(before: Any, after: Any, key: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name, value in before.items():
            path = f"{key}.{name}".lstrip(".")
            if name not in after:
                yield path
            else:
                yield from _lost(value, after[name], path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from ([key] if any(value not in after for value in before) else [])
    elif before != after and key not in _ASKED_FOR:
        yield key


def _lines(text: bytes) -> list[bytes]:
    return [line.strip() for line in text.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]


_ASKED_FOR = {"model", "model.name", "project_doc_max_bytes"}
"""What a migration changes on purpose: the model it was asked for, and a limit that only grows."""
_MEMORY = r"(?:(?!\.(?:claude|codex|agents|gemini)/)(?:[^/]+/)*)"
_OWN = {
    Cli.CODEX: rf"{_MEMORY}AGENTS(?:\.override)?\.md|\.codex/.+|\.agents/skills/.+",
    Cli.GEMINI: rf"{_MEMORY}GEMINI\.md|\.gemini/.+|\.agents/skills/.+",
    Cli.OPENCODE: rf"{_MEMORY}AGENTS\.md|opencode\.jsonc?|\.opencode/.+|\.agents/skills/.+",
}
_ANY = "|".join(_OWN.values())
