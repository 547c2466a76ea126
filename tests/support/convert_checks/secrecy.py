"""Checks that no literal of a server's environment or headers is repeated in what is told to people."""

from __future__ import annotations

import json
from collections.abc import Iterator

from reconciler.convert import convert
from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import MODEL, Converted
from tests.support.convert_checks.score import Score

CANARIES = {
    "env": {"SERVICE_TOKEN": "gh" + "p_" + "4kQz8LmV2xRt" * 3, "SIGNING_SECRET": "v9-Kd82_hQw0Lx71mZp"},
    "headers": {"Authorization": "Bearer " + "sk-" + "proj-9fJ2kLq8" * 4, "X-Api-Key": "b7Rk2-xW93_qLm40Tz"},
}
"""Made up for this check; they open nothing."""


def no_secret_told(converted: Converted) -> Score:
    """Secrets planted in the agent's servers are in no file, no line of the ledger and no problem."""
    servers = {
        "canary-local": {
            "command": "canary",
            "env": CANARIES["env"],
            "args": [f"--token={CANARIES['env']['SERVICE_TOKEN']}"],
        },
        "canary-remote": {"type": "http", "url": "https://canary.test/mcp", "headers": CANARIES["headers"]},
    }
    files = {**converted.source, ".mcp.json": json.dumps({"mcpServers": servers}, indent=2).encode()}
    result = convert(files, source=Cli.CLAUDE, target=converted.target, model=MODEL[converted.target])
    told = [*map(repr, result.items), *map(repr, result.problems)]
    told += [data.decode(errors="replace") for data in result.files.values()]
    literals = list(_literals())
    return Score.of(
        literals, [f"secret number {n}" for n, one in enumerate(literals) if any(one in text for text in told)]
    )


def _literals() -> Iterator[str]:
    for table in CANARIES.values():
        yield from (value.removeprefix("Bearer ") for value in table.values())
