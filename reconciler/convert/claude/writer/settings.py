"""Writes permissions, settings, variables and telemetry into Claude Code's settings file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, EnvVariable, Permission, Role, Scope, Secret
from reconciler.convert.claude.layout import SETTINGS
from reconciler.convert.claude.writer.telemetry import write_telemetry
from reconciler.convert.claude.writer.words import in_claudes_words
from reconciler.convert.formats.strict_json import JsonFault, parse
from reconciler.convert.text import BOM, Edit, splice, without_bom
from reconciler.model.conversion import Item
from reconciler.quoting import quote

Table = dict[str, Any]
"""A JSON object."""


def write_settings(config: AgentConfig, model: str) -> tuple[Table, list[Item]]:
    """Write what the settings say, in Claude Code's words.

    Args:
        config: What the reader found.
        model: The target's model; empty leaves it to the source's when Claude Code has it, and to Claude Code.

    Returns:
        The keys of the file, and a line for every permission, setting and variable.
    """
    flat: Table = {"model": model} if model else {}
    items: list[Item] = []
    for setting in config.settings:
        key, value, difference = in_claudes_words(setting, config, model)
        winner = config.last(setting.role)
        if not key:
            items.append(ledger.dropped(f"setting:{setting.name}", setting.origin, difference))
            continue
        if winner is not None and winner is not setting and setting.role is not Role.DISABLED_SERVERS:
            difference = f"{winner.origin} says it again and wins"
        elif key != "$schema":
            flat[key] = [*flat.get(key, []), *value] if setting.role is Role.DISABLED_SERVERS else value
        differences = [difference] if difference else []
        items.append(ledger.settled(f"setting:{setting.name}", setting.origin, f"{SETTINGS}:{key}", differences))
    flat |= _more(config, flat)
    rules, rule_items = _write_permissions(config)
    variables, env_items = _write_env(config.env)
    telemetry, telemetry_items = write_telemetry(config.telemetry)
    flat |= {f"env.{name}": value for name, value in {**variables, **telemetry}.items()}
    return _nested({**flat, **rules}), [*rule_items, *items, *env_items, *telemetry_items]


def with_model(standing: bytes | None, model: str) -> bytes | None:
    """Put the migration's model in the place of the one that stands in a settings file."""
    if not standing or not model:
        return standing
    try:
        node = parse(standing).members().get("model")
    except JsonFault:
        return standing
    if node is None or node.value == model:
        return standing
    text = without_bom(standing).decode()
    start, end = (len(text[:offset].encode()) for offset in (node.start, node.end))
    edited = splice(text.encode(), [Edit(start, end, quote(model).encode())])
    return BOM + edited if standing.startswith(BOM) else edited


def _more(config: AgentConfig, flat: Mapping[str, Any]) -> Table:
    """Give what no setting says: the servers that are switched off, and the style that is chosen."""
    more: Table = {}
    off = [server.name for server in config.servers if not server.enabled] if config.scope is Scope.PROJECT else []
    if off:
        more["disabledMcpjsonServers"] = list(dict.fromkeys([*flat.get("disabledMcpjsonServers", []), *off]))
    for style in config.output_styles:
        if style.is_chosen and "outputStyle" not in flat:
            more["outputStyle"] = style.name
    return more


def _write_permissions(config: AgentConfig) -> tuple[Table, list[Item]]:
    rules: dict[str, list[str]] = {}
    items = []
    for rule in config.permissions:
        name, key = f"permission:{rule.decision}:{rule.text}", f"permissions.{rule.decision}"
        if not rule.tool:
            items.append(ledger.dropped(name, rule.origin, "not a rule that Claude Code reads: expected Tool(pattern)"))
            continue
        rules.setdefault(key, []).append(rule.text)
        items.append(ledger.kept(name, rule.origin, f"{SETTINGS}:{key}"))
    order = [f"permissions.{decision}" for decision in Permission]
    return {key: list(dict.fromkeys(rules[key])) for key in order if key in rules}, items


def _write_env(env: tuple[EnvVariable, ...]) -> tuple[dict[str, str], list[Item]]:
    table: dict[str, str] = {}
    items = []
    for variable in env:
        name, origin, target = f"env:{variable.name}", variable.origin, f"{SETTINGS}:env.{variable.name}"
        if variable.for_cli:
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


def _nested(flat: Mapping[str, Any]) -> Table:
    table: Table = {}
    for dotted, value in flat.items():
        *path, key = dotted.split(".") if not dotted.startswith("env.") else ("env", dotted.removeprefix("env."))
        inner = table
        for name in path:
            inner = inner.setdefault(name, {})
        inner[key] = value
    return table
