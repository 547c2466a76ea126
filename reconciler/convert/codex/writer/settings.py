"""Writes model, effort and mode into Codex's ``config.toml``; lists every other setting. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, Role, Setting
from reconciler.convert.codex.layout import CONFIG
from reconciler.convert.codex.writer.effort import EFFORTS
from reconciler.convert.codex.writer.sandbox import OPEN, Sandbox, root_of
from reconciler.convert.formats.toml_merge import Table
from reconciler.model.conversion import Item


def write_settings(config: AgentConfig, model: str, sandbox: Sandbox) -> tuple[Table, list[Item]]:
    """Write what the settings say, in Codex's words.

    Args:
        config: What the reader found.
        model: The target's model; empty leaves it to Codex.
        sandbox: What stands for the mode and the folders.

    Returns:
        The keys of the configuration, and a line for every setting.
    """
    table: Table = {"model": model} if model else {}
    items: list[Item] = []
    for setting in config.settings:
        last = config.last(setting.role)
        if last is not setting and setting.role in _ONE_HOLDS and last is not None:
            items.append(_degraded(setting, CONFIG, f"{last.origin} says it again and wins"))
        elif setting.role is Role.EFFORT and setting.value in EFFORTS:
            effort = EFFORTS[str(setting.value)]
            table["model_reasoning_effort"] = effort
            items.append(_effort(setting, effort))
        else:
            items.append(_line(setting, config, model, sandbox))
    return table, items


def _line(setting: Setting, config: AgentConfig, model: str, sandbox: Sandbox) -> Item:
    match setting.role:
        case Role.MODEL if model:
            return _degraded(setting, f"{CONFIG}:model", f"the target's model is {model}")
        case Role.MODE:
            return _mode(setting, sandbox)
        case Role.SANDBOX:
            return _sandbox(setting, sandbox)
        case Role.DIRECTORIES:
            return _directories(setting, config, sandbox)
        case Role.OUTPUT_STYLE if any(style.is_chosen for style in config.output_styles):
            reason = "its text stands in the developer's instructions"
            return _degraded(setting, f"{CONFIG}:developer_instructions", reason)
        case Role.SERVER_CHOICE:
            reason = "Codex starts every server of a trusted project that is not disabled"
            return _degraded(setting, f"{CONFIG}:mcp_servers", reason)
        case Role.DISABLED_SERVERS:
            return _degraded(setting, f"{CONFIG}:mcp_servers", "each of its servers says so itself: enabled = false")
        case Role.SCHEMA:
            return _degraded(setting, CONFIG, "describes the source's own file")
        case _:
            reason = _REASONS.get(setting.role, "no counterpart in Codex")
            return ledger.dropped(f"setting:{setting.name}", setting.origin, reason)


def _effort(setting: Setting, effort: str) -> Item:
    differences = [] if effort == setting.value else [f"not every model of Codex knows {setting.value}: {effort}"]
    target = f"{CONFIG}:model_reasoning_effort"
    return ledger.settled(f"setting:{setting.name}", setting.origin, target, differences)


def _mode(setting: Setting, sandbox: Sandbox) -> Item:
    mode = str(setting.value)
    wanted = {"plan": "read-only", "bypassPermissions": OPEN}.get(mode, "workspace-write")
    differences = [_MODES[mode]] if mode in _MODES else []
    if sandbox.preset != wanted and mode != "dontAsk":
        differences = [f"a rule needs a {sandbox.preset} sandbox"]
    elif sandbox.closed:
        differences.append("a permission profile says it, which also closes paths")
    return ledger.settled(f"setting:{setting.name}", setting.origin, f"{CONFIG}:{sandbox.key}", differences)


def _sandbox(setting: Setting, sandbox: Sandbox) -> Item:
    target = f"{CONFIG}:{sandbox.key}"
    if setting.value is True and sandbox.preset != OPEN:
        return ledger.kept(f"setting:{setting.name}", setting.origin, target)
    if setting.value is True:
        return ledger.dropped(
            f"setting:{setting.name}", setting.origin, "the mode asks for none, and Codex has one switch"
        )
    return _degraded(setting, target, "Codex runs every command in its sandbox, and asks before it leaves that")


def _directories(setting: Setting, config: AgentConfig, sandbox: Sandbox) -> Item:
    folders = setting.value if isinstance(setting.value, list) else []
    has_profile = bool(sandbox.closed)
    roots = {root_of(str(one), config.scope, has_profile=has_profile) for one in folders}
    if sandbox.roots and roots <= set(sandbox.roots):
        place = "permissions.reconciler.filesystem" if has_profile else "sandbox_workspace_write.writable_roots"
        return _degraded(setting, f"{CONFIG}:{place}", "Codex counts a relative folder from .codex/")
    reason = "Codex reads them without a setting, and asks before it writes there"
    return _degraded(setting, f"{CONFIG}:{sandbox.key}", reason)


def _degraded(setting: Setting, target: str, reason: str) -> Item:
    return ledger.degraded(f"setting:{setting.name}", setting.origin, target, reason)


_ONE_HOLDS = frozenset({Role.MODEL, Role.EFFORT, Role.MODE, Role.SANDBOX, Role.OUTPUT_STYLE, Role.DIRECTORIES})
_MODES = {
    "default": "Codex edits inside the workspace without asking, and asks to leave it",
    "auto": "Codex asks by its own judgement before it leaves the sandbox",
    "dontAsk": "what the sandbox forbids stays forbidden; inside it nothing is asked",
}
_REASONS: Mapping[Role, str] = {
    Role.MODEL: "a model of the source: Codex's own default holds",
    Role.SMALL_MODEL: "Codex has no second model for small tasks",
    Role.EFFORT: "no such effort in Codex: its own default holds",
    Role.THINKING: "Codex's models always think: model_reasoning_effort says how hard",
    Role.NETWORK_DOMAINS: "a command has no network in Codex's sandbox, and asks for it; a permission profile with "
    "network.domains and features.network_proxy would open these hosts",
    Role.OUTPUT_STYLE: "a style of the source itself, whose text is not here",
    Role.RETENTION_DAYS: "Codex keeps its sessions until somebody deletes them",
}
