"""Writes variables for the tools, and where the telemetry goes, into Codex's ``config.toml``. Pure."""

from __future__ import annotations

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, EnvVariable, Scope, Secret, Telemetry
from reconciler.convert.codex.layout import CONFIG
from reconciler.convert.formats.toml_merge import Table
from reconciler.model.conversion import Item


def write_environment(config: AgentConfig) -> tuple[Table, list[Item]]:
    """Write the variables that tools see, and a user's telemetry.

    Returns:
        The keys of the configuration, and a line for every variable and every key of the telemetry.
    """
    table: Table = {}
    items = []
    for variable in config.env:
        items.append(_variable(variable))
        if items[-1].target and not variable.overridden_by:
            table[variable.name] = variable.value
    keys: Table = {"shell_environment_policy": {"set": table}} if table else {}
    if config.telemetry is None:
        return keys, items
    if config.scope is Scope.PROJECT:
        reason = "Codex takes telemetry from a user's file only: convert again with --scope user"
        return keys, items + [ledger.dropped(name, at, reason) for name, at in config.telemetry.origins.items()]
    otel, differences = _otel(config.telemetry)
    items += [ledger.settled(name, at, f"{CONFIG}:otel", differences) for name, at in config.telemetry.origins.items()]
    return keys | {"otel": otel}, items


def _variable(variable: EnvVariable) -> Item:
    name, origin = f"env:{variable.name}", variable.origin
    target = f"{CONFIG}:shell_environment_policy.set.{variable.name}"
    if variable.for_cli:
        return ledger.dropped(name, origin, "sets up the source CLI itself, not the tools it runs")
    if isinstance(variable.value, Secret):
        reason = f"a literal ({variable.value.kind}): set {variable.name} in the agent's environment"
        return ledger.dropped(name, origin, reason)
    if variable.overridden_by:
        return ledger.degraded(name, origin, target, f"{variable.overridden_by} sets it again and wins")
    if "${" in variable.value:
        return ledger.degraded(name, origin, target, "Codex puts no variables into it: tools see it as it is written")
    return ledger.kept(name, origin, target)


def _otel(telemetry: Telemetry) -> tuple[Table, list[str]]:
    exporters = {key: _exporter(telemetry, signal) for key, signal in _SIGNALS.items()}
    differences = ["a setting of Codex"]
    secrets = [name for name, value in telemetry.headers.items() if isinstance(value, Secret)]
    differences += [f"{name} left out: it was a secret" for name in secrets]
    return {"log_user_prompt": telemetry.log_prompts, **exporters}, differences


def _exporter(telemetry: Telemetry, signal: str) -> str | Table:
    if not telemetry.enabled or signal not in telemetry.signals:
        return "none"
    headers = {name: value for name, value in telemetry.headers.items() if isinstance(value, str)}
    if telemetry.protocol == "grpc":
        return {"otlp-grpc": {"endpoint": telemetry.endpoint or "http://localhost:4317", "headers": headers}}
    endpoint = f"{(telemetry.endpoint or 'http://localhost:4318').rstrip('/')}/v1/{signal}"
    protocol = "json" if telemetry.protocol == "http/json" else "binary"
    return {"otlp-http": {"endpoint": endpoint, "protocol": protocol, "headers": headers}}


_SIGNALS = {"exporter": "logs", "metrics_exporter": "metrics", "trace_exporter": "traces"}
