"""Writes model, effort, sandbox and variables into Codex's ``config.toml``; lists every other setting. Pure."""

from __future__ import annotations

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, EnvVariable, Permission, Role, Secret, Setting
from reconciler.convert.codex.toml_file import CONFIG, Table
from reconciler.model.conversion import Item


def sandbox_of(config: AgentConfig) -> str:
    """Give the sandbox preset that stands for the source's mode and its allow rules; empty when it has neither."""
    modes = [setting.value for setting in config.settings if setting.role is Role.MODE]
    if modes and modes[-1] == "plan":
        return "read-only"
    allows = any(rule.decision is Permission.ALLOW for rule in config.permissions)
    return "workspace-write" if modes or allows else ""


def write_settings(config: AgentConfig, model: str) -> tuple[Table, list[Item]]:
    """Write what the settings say, in Codex's words.

    Args:
        config: What the reader found.
        model: The target's model; empty leaves it to Codex.

    Returns:
        The keys of the configuration, and a line for every setting and variable.
    """
    table: Table = {"model": model} if model else {}
    items: list[Item] = []
    last = {setting.role: setting for setting in config.settings}
    for setting in config.settings:
        item, key, value = _write_setting(setting, model)
        items.append(item if setting is last[setting.role] or not key else _outdone(setting, last[setting.role]))
        if key and setting is last[setting.role]:
            table[key] = value
    if sandbox := sandbox_of(config):
        table["sandbox_mode"] = sandbox
    variables, env_items = _write_env(config.env)
    if variables:
        table["shell_environment_policy"] = {"set": variables}
    return table, items + env_items


def _write_setting(setting: Setting, model: str) -> tuple[Item, str, str]:
    name = f"setting:{setting.name}"
    match setting.role:
        case Role.MODEL if model:
            reason = f"the target's model is {model}"
            return ledger.degraded(name, setting.origin, f"{CONFIG}:model", reason), "model", model
        case Role.EFFORT if setting.value in _EFFORTS:
            return _effort(name, setting)
        case Role.MODE:
            return _mode(name, setting)
        case Role.SERVER_CHOICE:
            reason = "Codex starts every server of a trusted project that is not disabled"
            return ledger.degraded(name, setting.origin, f"{CONFIG}:mcp_servers", reason), "", ""
        case Role.DISABLED_SERVERS:
            return ledger.kept(name, setting.origin, f"{CONFIG}:mcp_servers"), "", ""
        case Role.SCHEMA:
            return ledger.degraded(name, setting.origin, CONFIG, "describes the source's own file"), "", ""
        case Role.MODEL | Role.EFFORT:
            return ledger.dropped(name, setting.origin, "no counterpart in Codex: its own default holds"), "", ""
        case Role.OTHER:
            return ledger.dropped(name, setting.origin, "no counterpart in Codex, or not converted yet"), "", ""


def _effort(name: str, setting: Setting) -> tuple[Item, str, str]:
    effort, target = _EFFORTS[setting.value], f"{CONFIG}:model_reasoning_effort"
    differences = [] if effort == setting.value else [f"not every model of Codex knows {setting.value}: {effort}"]
    return ledger.settled(name, setting.origin, target, differences), "model_reasoning_effort", effort


def _mode(name: str, setting: Setting) -> tuple[Item, str, str]:
    preset = "read-only" if setting.value == "plan" else "workspace-write"
    differences = {
        "plan": [],
        "acceptEdits": [],
        "bypassPermissions": ["stays inside the sandbox: only a person opens it"],
    }.get(setting.value, ["Codex edits inside the workspace without asking, and asks to leave it"])
    target = f"{CONFIG}:sandbox_mode"
    return ledger.settled(name, setting.origin, target, differences), "sandbox_mode", preset


def _outdone(setting: Setting, winner: Setting) -> Item:
    reason = f"{winner.origin} says it again and wins"
    return ledger.degraded(f"setting:{setting.name}", setting.origin, CONFIG, reason)


def _write_env(env: tuple[EnvVariable, ...]) -> tuple[Table, list[Item]]:
    table: Table = {}
    items: list[Item] = []
    for variable in env:
        name, origin = f"env:{variable.name}", variable.origin
        target = f"{CONFIG}:shell_environment_policy.set.{variable.name}"
        if _is_setting(variable.name):
            items.append(ledger.dropped(name, origin, "sets up the source CLI itself, not the tools it runs"))
        elif isinstance(variable.value, Secret):
            reason = f"a literal ({variable.value.kind}): set {variable.name} in the agent's environment"
            items.append(ledger.dropped(name, origin, reason))
        elif variable.overridden_by:
            items.append(ledger.degraded(name, origin, target, f"{variable.overridden_by} sets it again and wins"))
        else:
            table[variable.name] = variable.value
            items.append(ledger.kept(name, origin, target))
    return table, items


def _is_setting(name: str) -> bool:
    return name.startswith(("OTEL_", "ANTHROPIC_", "CLAUDE_CODE_")) or name in _CLAUDE_VARIABLES


_EFFORTS = {"low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "xhigh"}
_CLAUDE_VARIABLES = frozenset(
    {
        "BASH_DEFAULT_TIMEOUT_MS",
        "BASH_MAX_TIMEOUT_MS",
        "BASH_MAX_OUTPUT_LENGTH",
        "CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR",
        "CLAUDE_CONFIG_DIR",
        "DISABLE_AUTOUPDATER",
        "DISABLE_BUG_COMMAND",
        "DISABLE_COST_WARNINGS",
        "DISABLE_ERROR_REPORTING",
        "DISABLE_PROMPT_CACHING",
        "DISABLE_TELEMETRY",
        "ENABLE_LSP_TOOL",
        "MAX_MCP_OUTPUT_TOKENS",
        "MAX_THINKING_TOKENS",
        "MCP_TIMEOUT",
        "MCP_TOOL_TIMEOUT",
        "SLASH_COMMAND_TOOL_CHAR_BUDGET",
    }
)
