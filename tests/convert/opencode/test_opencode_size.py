"""Whatever its size, OpenCode's configuration is read and written in a time that grows with it and no faster."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.convert import convert
from reconciler.convert.opencode.wildcards import finds, matches
from reconciler.model.migration import Cli

SECONDS = 4
MANY = 1_500


def configuration(**keys: Any) -> dict[str, bytes]:
    return {"opencode.json": json.dumps(keys).encode()}


def decisions(*words: str) -> dict[str, str]:
    return {f"a{number} *": words[number % len(words)] for number in range(MANY)}


@pytest.mark.parametrize("target", [Cli.CLAUDE, Cli.GEMINI])
@pytest.mark.parametrize(
    "files",
    [
        pytest.param(configuration(permission={"bash": decisions("deny", "allow", "ask")}), id="patterns"),
        pytest.param(
            configuration(permission={**decisions("allow", "ask"), "*": "deny"}), id="keys-that-are-overruled"
        ),
        pytest.param(configuration(permission={"*a" * MANY + "b": "deny", "bash": {"*a" * MANY: "ask"}}), id="stars"),
        pytest.param(configuration(agent={"a": {"prompt": "{file:" * 10_000}}), id="open-references"),
        pytest.param(
            configuration(mcp={"a": {"type": "local", "command": ["${A:-" * 10_000, "{env:" * 10_000]}}),
            id="open-variables",
        ),
        pytest.param(configuration(agent={"a": {"permission": decisions("deny", "ask")}}), id="an-agents-keys"),
        pytest.param({f".opencode/command/c{number}.md": b"x\n" for number in range(MANY)}, id="commands"),
    ],
)
def test_nothing_takes_long_to_read(files: Mapping[str, bytes], target: Cli) -> None:
    before = time.process_time()
    convert(files, source=Cli.OPENCODE, target=target)
    assert time.process_time() - before < SECONDS


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({f".claude/commands/c{number}.md": "x\n" for number in range(MANY)}, id="commands"),
        pytest.param(
            {
                ".mcp.json": json.dumps({"mcpServers": {f"s{number}": {"command": "x"} for number in range(400)}}),
                ".claude/settings.json": json.dumps(
                    {"permissions": {"allow": [f"mcp__s{number}__x" for number in range(400)]}}
                ),
            },
            id="rules-for-servers",
        ),
    ],
)
def test_nothing_takes_long_to_write(files: Mapping[str, str]) -> None:
    before = time.process_time()
    convert({path: text.encode() for path, text in files.items()}, source=Cli.CLAUDE, target=Cli.OPENCODE)
    assert time.process_time() - before < SECONDS


def test_many_stars_are_compared_at_once() -> None:
    before = time.process_time()
    assert not matches("*a" * 2_000 + "b", "a" * 20_000)
    assert not finds("**/*a*a*a*a*b/" * 50 + "x", "a" * 200 + "/aaaa" * 50 + "/x")
    assert time.process_time() - before < SECONDS
