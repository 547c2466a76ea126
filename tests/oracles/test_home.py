"""A person's own configuration goes to the person's home of the other CLI, and counts in every project there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.convert import Scope, convert
from reconciler.model.migration import Cli
from tests.support.agent_clis import (
    codex_memory,
    codex_servers,
    gemini_servers,
    gemini_turn,
    opencode_config,
    opencode_turn,
)
from tests.support.desk import Desk, set_up
from tests.support.model_stub import model_stub

pytestmark = pytest.mark.real

HOME = {
    ".claude/CLAUDE.md": b"MARK_HOME: always weigh twice.\n",
    ".claude/settings.json": json.dumps(
        {
            "env": {
                "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
                "OTEL_LOGS_EXPORTER": "otlp",
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
            },
            "permissions": {"deny": ["Bash(rm -rf:*)"]},
        }
    ).encode(),
    ".claude.json": b'{"mcpServers": {"stock": {"command": "node", "args": ["stock.js"]}}}',
    # What the person has there already stays.
    ".codex/config.toml": b'model_verbosity = "low"\n',
    ".gemini/settings.json": b'{"security": {"auth": {"selectedType": "gemini-api-key"}}}',
}


def desk_of_a_person(target: Cli, folder: Path) -> Desk:
    home = convert(HOME, source=Cli.CLAUDE, target=target, scope=Scope.USER).files
    return set_up(folder, {"README.md": b"Nothing.\n"}, {**HOME, **home})


def test_codex_knows_it(tmp_path: Path) -> None:
    desk = desk_of_a_person(Cli.CODEX, tmp_path)
    assert "MARK_HOME" in codex_memory(desk)
    assert codex_servers(desk)["stock"]["transport"]["args"] == ["stock.js"]
    ended = desk.run("codex", "app-server", "--print-startup-config", "--strict-config")
    assert ended.code == 0, ended.stdout
    config = (desk.home / ".codex" / "config.toml").read_text(encoding="utf-8")
    assert "[otel" in config
    assert 'model_verbosity = "low"' in config


def test_gemini_knows_it(tmp_path: Path) -> None:
    desk = desk_of_a_person(Cli.GEMINI, tmp_path)
    with model_stub() as model:
        assert gemini_turn(desk, model).code == 0
    assert "MARK_HOME" in model.text
    assert gemini_servers(desk) == {"stock": "node stock.js (stdio)"}


def test_opencode_knows_it_once(tmp_path: Path) -> None:
    desk = desk_of_a_person(Cli.OPENCODE, tmp_path)
    with model_stub() as model:
        opencode_turn(desk, model)
    assert max(asked.text.count("MARK_HOME") for asked in model.asked) == 1
    assert opencode_config(desk)["mcp"]["stock"]["command"] == ["node", "stock.js"]
