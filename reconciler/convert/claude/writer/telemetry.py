"""Writes the variables by which Claude Code is told where to send its telemetry. Pure."""

from __future__ import annotations

from reconciler.convert import ledger
from reconciler.convert.agent import Telemetry
from reconciler.convert.claude.layout import SETTINGS
from reconciler.convert.claude.variables import ENABLED, ENDPOINT, HEADERS, LOG_PROMPTS, PROTOCOL, SIGNALS
from reconciler.model.conversion import Item


def write_telemetry(telemetry: Telemetry | None) -> tuple[dict[str, str], list[Item]]:
    """Write the variables.

    Returns:
        The variables by name, and a line for each variable or setting that the source says it by.
    """
    if telemetry is None:
        return {}, []
    variables = {ENABLED: "1" if telemetry.enabled else "0"}
    variables |= {name: "otlp" for name, signal in SIGNALS.items() if signal in telemetry.signals}
    literals = {
        name: value for name, value in telemetry.headers.items() if isinstance(value, str) and "${" not in value
    }
    texts = {
        PROTOCOL: telemetry.protocol,
        ENDPOINT: telemetry.endpoint,
        HEADERS: ",".join(f"{name}={value}" for name, value in literals.items()),
        LOG_PROMPTS: "1" if telemetry.log_prompts else "",
    }
    left_out = [name for name in telemetry.headers if name not in literals]
    reason = f"{', '.join(left_out)} left out: set {HEADERS} in the agent's environment"
    items = [
        ledger.settled(name, origin, f"{SETTINGS}:env", [reason] if left_out and "headers" in name.lower() else [])
        for name, origin in telemetry.origins.items()
    ]
    return variables | {name: text for name, text in texts.items() if text}, items
