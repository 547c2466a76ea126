"""Writes settings and telemetry in Gemini CLI's words, and lists every one that it has none for. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, Role, Setting, Telemetry
from reconciler.convert.gemini.layout import SETTINGS
from reconciler.model.conversion import Item


def write_settings(config: AgentConfig, model: str) -> tuple[dict[str, Any], list[Item]]:
    """Write what the settings say.

    Args:
        config: What the reader found.
        model: The target's model; empty leaves it to Gemini CLI.

    Returns:
        The keys of ``settings.json``, and a line for every setting but the output style.
    """
    table: dict[str, Any] = {"model": {"name": model}} if model else {}
    items = []
    last = {setting.role: setting for setting in config.settings}
    for setting in config.settings:
        if setting.role is Role.OUTPUT_STYLE:
            continue
        is_last = setting is last[setting.role] or setting.role is Role.OTHER
        key, value, reason = _written(setting, model)
        target = f"{SETTINGS}:{key}"
        if not key:
            items.append(ledger.dropped(f"setting:{setting.name}", setting.origin, reason))
        elif is_last or setting.role in _LISTS:
            items.append(ledger.settled(f"setting:{setting.name}", setting.origin, target, [reason] if reason else []))
            _put(table, key, value)
        else:
            reason = f"{last[setting.role].origin} sets it again"
            items.append(ledger.dropped(f"setting:{setting.name}", setting.origin, reason))
    for name in [server.name for server in config.servers if not server.enabled]:
        _put(table, "mcp.excluded", [name])
    return table, items


def write_telemetry(telemetry: Telemetry | None) -> tuple[dict[str, Any], list[Item]]:
    """Write where telemetry goes; Gemini CLI takes headers from its environment only."""
    if telemetry is None:
        return {}, []
    table: dict[str, Any] = {"enabled": telemetry.enabled, "target": "local", "logPrompts": telemetry.log_prompts}
    if telemetry.endpoint:
        table["otlpEndpoint"] = telemetry.endpoint
    if telemetry.protocol:
        table["otlpProtocol"] = "grpc" if telemetry.protocol == "grpc" else "http"
    items = []
    for name, origin in telemetry.origins.items():
        if "HEADERS" in name:
            reason = "Gemini CLI has no key for it: set OTEL_EXPORTER_OTLP_HEADERS in its environment"
            items.append(ledger.dropped(name, origin, reason))
        else:
            reason = "Gemini CLI sends its own names, gemini_cli.*, and all three signals"
            items.append(ledger.degraded(name, origin, f"{SETTINGS}:telemetry", reason))
    return table, items


def _written(setting: Setting, model: str) -> tuple[str, Any, str]:
    """Give the key, its value and the difference; without a key the reason why there is none."""
    match setting.role:
        case Role.MODEL if model:
            return "model.name", model, f"the target's model is {model}"
        case Role.MODEL:
            return "", None, "a model of the source: name Gemini CLI's with --model"
        case Role.MODE:
            return _MODES.get(str(setting.value), ("", None, f"Gemini CLI has no mode {setting.value}: it asks"))
        case Role.DISABLED_SERVERS:
            return "mcp.excluded", setting.value, ""
        case Role.RETENTION_DAYS if isinstance(setting.value, int) and setting.value > 0:
            return "general.sessionRetention", {"enabled": True, "maxAge": f"{setting.value}d"}, ""
        case _:
            return "", None, _LOST.get(setting.role, "Gemini CLI has no such setting")


def _put(table: dict[str, Any], key: str, value: Any) -> None:
    *tables, last = key.split(".")
    for name in tables:
        table = table.setdefault(name, {})
    if isinstance(value, list) and isinstance(table.get(last), list):
        value = [*table[last], *(one for one in value if one not in table[last])]
    table[last] = value


_MODE = "general.defaultApprovalMode"
_MODES: dict[str, tuple[str, Any, str]] = {
    "default": (_MODE, "default", ""),
    "acceptEdits": (_MODE, "auto_edit", ""),
    "plan": (_MODE, "plan", ""),
    "dontAsk": (_MODE, "default", "no such mode: policies deny commands, edits and the web where no rule allows them"),
    "auto": (_MODE, "default", "Gemini CLI cannot judge by itself: it asks"),
    "bypassPermissions": (_MODE, "default", "Gemini CLI takes it from the command line only (--yolo): it asks"),
}
_LISTS = frozenset({Role.DISABLED_SERVERS})
_LOST = {
    Role.DIRECTORIES: "Gemini CLI does not start where one of them is missing: add those that are there to "
    "context.includeDirectories",
    Role.SMALL_MODEL: "Gemini CLI chooses its small models itself",
    Role.EFFORT: "Gemini CLI sets effort by model only: modelConfigs, thinkingConfig",
    Role.THINKING: "Gemini CLI sets thinking by model only: modelConfigs, thinkingConfig",
    Role.SANDBOX: "Gemini CLI needs Docker, Podman or sandbox-exec for it: set tools.sandbox where one is there",
    Role.NETWORK_DOMAINS: "Gemini CLI's sandbox has the whole network or none: tools.sandboxNetworkAccess",
    Role.SERVER_CHOICE: "Gemini CLI starts every server of a trusted folder that mcp.excluded does not name",
    Role.SCHEMA: "the schema of the source's file",
}
