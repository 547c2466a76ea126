"""Checks the MCP servers as Codex sees them: each one there or listed, and every variable where Codex reads it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from reconciler.model.conversion import Outcome
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.atoms import without_number
from tests.support.convert_checks.score import NOTHING, Score

Seen = Mapping[str, Mapping[str, Any]]
"""Servers by name: ``command``, ``args``, ``url``, ``cwd`` and Codex's keys for variables and headers."""


def written(converted: Converted) -> Seen:
    """Give the servers of the configuration that was written."""
    text = converted.files.get(".codex/config.toml", b"").decode()
    return dict(tomllib.loads(text).get("mcp_servers", {}))


def all_seen(converted: Converted, seen: Seen) -> Score:
    """Each server is seen with its command, arguments, folder and address, or the ledger says why not."""
    servers = _source(converted)
    faults = []
    for name, server in servers.items():
        if _outcome(converted, f"mcp:{name}") is Outcome.DROPPED:
            continue
        faults += [
            f"mcp:{name}:{key}"
            for key in ("command", "args", "url", "cwd")
            if server.get(key) and _outcome(converted, f"mcp:{name}:{key}") is Outcome.KEPT
            if seen.get(name, {}).get(key) != server[key]
        ]
        faults += [] if name in seen else [f"mcp:{name}: not seen"]
    return Score.of(servers, faults)


def variables_named(converted: Converted, seen: Seen) -> Score:
    """Each variable of an environment or a header is named where Codex looks for variables, none is left as text."""
    wanted = [
        (name, variable)
        for name, server in _source(converted).items()
        if name in seen
        for key in ("env", "headers")
        for inner, value in (server.get(key) or {}).items()
        if _outcome(converted, f"mcp:{name}:{key}.{inner}") is Outcome.KEPT
        for variable in re.findall(r"\$\{(\w+)", str(value))
    ]
    faults = [f"mcp:{name}: {variable}" for name, variable in wanted if variable not in _named(seen[name])]
    return Score.of(wanted, faults) if wanted else NOTHING


def _named(server: Mapping[str, Any]) -> set[str]:
    if any("${" in str(value) for key in ("env", "http_headers") for value in (server.get(key) or {}).values()):
        return set()
    listed = {one if isinstance(one, str) else one.get("name", "") for one in server.get("env_vars") or []}
    return listed | set((server.get("env_http_headers") or {}).values()) | {server.get("bearer_token_env_var") or ""}


def _outcome(converted: Converted, name: str) -> Outcome | None:
    return next((item.outcome for item in converted.result.items if without_number(item.item) == name), None)


def _source(converted: Converted) -> dict[str, Any]:
    try:
        return dict(json.loads(converted.source.get(".mcp.json", b"{}")).get("mcpServers", {}))
    except ValueError:
        return {}
