"""Shortens the tests: files by keyword, conversions to Codex, items by name."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.convert import convert, with_carried
from reconciler.model.conversion import Conversion, Item
from reconciler.model.migration import Cli

CONFIG = ".codex/config.toml"


def to_codex(files: Mapping[str, bytes | str], *, model: str = "", front_matter: bool = False) -> Conversion:
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    conversion = convert(data, source=Cli.CLAUDE, target=Cli.CODEX, model=model, front_matter=front_matter)
    return with_carried(conversion, data)


def servers(**tables: Any) -> dict[str, bytes | str]:
    return {".mcp.json": json.dumps({"mcpServers": tables}, indent=1)}


def settings(**keys: Any) -> dict[str, bytes | str]:
    return {".claude/settings.json": json.dumps(keys, indent=1)}


def config_of(conversion: Conversion) -> dict[str, Any]:
    return tomllib.loads(conversion.files.get(CONFIG, b"").decode())


def item(conversion: Conversion, name: str) -> Item:
    found = [one for one in conversion.items if one.item == name]
    assert len(found) == 1, [one.item for one in conversion.items]
    return found[0]


def read_folder(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def shared(*parts: str) -> Path:
    if "RECONCILER_SHARED" not in os.environ:
        pytest.skip("RECONCILER_SHARED does not say where the sample configurations are")
    return Path(os.environ["RECONCILER_SHARED"], *parts)
