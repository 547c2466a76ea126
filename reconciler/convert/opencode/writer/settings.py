"""Writes models, modes and the like, and names what OpenCode has no place for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, EnvVariable, Role, Setting
from reconciler.convert.opencode.models import with_provider
from reconciler.model.conversion import Item


def write_settings(config: AgentConfig, model: str, target: str) -> tuple[dict[str, Any], list[Item]]:
    """Write the settings other than permissions.

    Args:
        config: What the reader found.
        model: The model that the caller asks for; empty leaves it to the source's.
        target: The file that they go to.

    Returns:
        The members of ``opencode.json``, and a line for each setting, variable and hook.
    """
    table: dict[str, Any] = {}
    items: list[Item] = []
    for setting in config.settings:
        if setting.role in {Role.MODE, Role.DIRECTORIES}:
            continue
        winner = config.last(setting.role)
        if winner is not setting and setting.role in _SINGLE and winner:
            place = f"{target}:{_SINGLE[setting.role]}"
            reason = f"{winner.origin} says it again and wins"
            items.append(ledger.degraded(f"setting:{setting.name}", setting.origin, place, reason))
        else:
            items.append(_write(setting, table, model, target))
    if model and "model" not in table:
        table["model"] = with_provider(model) or model
    if (mode := config.last(Role.MODE)) and mode.value == "plan":
        table["default_agent"] = "plan"
        table.setdefault("agent", {})["plan"] = {"permission": {"edit": _PLANS}}
    return table, [*items, *_without_place(config)]


def _write(setting: Setting, table: dict[str, Any], model: str, target: str) -> Item:
    name, origin = f"setting:{setting.name}", setting.origin
    match setting.role:
        case Role.MODEL:
            found = with_provider(str(setting.value))
            if model:
                table["model"] = with_provider(model) or model
                differences = [] if table["model"] == found else [f"{table['model']} was asked for in its place"]
                return ledger.settled(name, origin, f"{target}:model", differences)
            return _model(setting, "model", found, table, target)
        case Role.SMALL_MODEL:
            return _model(setting, "small_model", with_provider(str(setting.value)), table, target)
        case Role.EFFORT:
            table.setdefault("agent", {})["build"] = {"variant": str(setting.value)}
            reason = f"used where the model has a variant {setting.value}"
            return ledger.degraded(name, origin, f"{target}:agent.build.variant", reason)
        case Role.DISABLED_SERVERS:
            return ledger.degraded(name, origin, f"{target}:mcp", "it stands at each server, as enabled: false")
        case Role.SCHEMA:
            return ledger.degraded(name, origin, f"{target}:$schema", "OpenCode has a schema of its own")
        case Role.OUTPUT_STYLE:
            reason = "OpenCode has no styles: the text of one in this folder is among its instructions"
            return ledger.degraded(name, origin, f"{target}:instructions", reason)
        case (
            Role.THINKING
            | Role.SANDBOX
            | Role.NETWORK_DOMAINS
            | Role.RETENTION_DAYS
            | Role.SERVER_CHOICE
            | Role.OTHER
            | Role.MODE
            | Role.DIRECTORIES
        ):
            return ledger.dropped(name, origin, _REASONS.get(setting.role, "OpenCode has no such setting"))


def _model(setting: Setting, key: str, found: str, table: dict[str, Any], target: str) -> Item:
    name = f"setting:{setting.name}"
    if not found:
        reason = f"OpenCode wants provider/model, and {setting.value} is neither: choose the target's model"
        return ledger.dropped(name, setting.origin, reason)
    table[key] = found
    return ledger.kept(name, setting.origin, f"{target}:{key}")


def _without_place(config: AgentConfig) -> Iterable[Item]:
    for variable in config.env:
        yield ledger.dropped(f"env:{variable.name}", variable.origin, _reason(variable))
    for hook in config.hooks:
        reason = f"OpenCode has no hooks but plugins in JavaScript: write one{_PLUGINS.get(hook.event, '')}"
        yield ledger.dropped(hook.name, hook.origin, reason)
    for name, origin in (config.telemetry.origins if config.telemetry else {}).items():
        yield ledger.dropped(name, origin, "OpenCode sends no telemetry of its own")
    yield from (ledger.dropped(one.name, one.origin, one.reason) for one in config.unreadable)


def _reason(variable: EnvVariable) -> str:
    if variable.for_cli:
        return "it sets up the source CLI itself, not the tools that it runs"
    if variable.overridden_by:
        return f"{variable.overridden_by} sets it again and wins"
    return f"OpenCode sets no variables for its tools: set {variable.name} where OpenCode is started"


_SINGLE: Mapping[Role, str] = {
    Role.MODEL: "model",
    Role.SMALL_MODEL: "small_model",
    Role.EFFORT: "agent.build.variant",
    Role.OUTPUT_STYLE: "instructions",
}
_PLANS = {"*": "deny", ".opencode/plans/*.md": "allow"}
_PLUGINS = {"PreToolUse": " with tool.execute.before", "PostToolUse": " with tool.execute.after"}
_REASONS = {
    Role.THINKING: "OpenCode has no switch for thinking: choose a variant of the model",
    Role.SANDBOX: "OpenCode has no sandbox: a command that is allowed reaches everything that the user reaches",
    Role.NETWORK_DOMAINS: "OpenCode has no sandbox: a command that is allowed reaches every host",
    Role.RETENTION_DAYS: "OpenCode keeps its sessions until they are deleted",
    Role.SERVER_CHOICE: "OpenCode starts every server that is not disabled",
}
