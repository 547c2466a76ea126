"""Reads the variables by which Claude Code is told where to send its telemetry. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.convert.agent import EnvVariable, Secret, Telemetry, Value
from reconciler.convert.claude.variables import ENABLED, ENDPOINT, HEADERS, LOG_PROMPTS, PROTOCOL, SIGNALS


def is_for_cli(name: str) -> bool:
    """Whether a variable sets up Claude Code itself, and means nothing to the tools that it runs.

    >>> is_for_cli("ANTHROPIC_BASE_URL"), is_for_cli("DATABASE_URL")
    (True, False)
    """
    return name.startswith(_PREFIXES) or name in _VARIABLES


def read_telemetry(env: Iterable[EnvVariable]) -> tuple[Telemetry | None, tuple[EnvVariable, ...]]:
    """Take what speaks of telemetry out of the variables.

    Args:
        env: Every variable; of those that are set twice only the one in force is taken.

    Returns:
        The telemetry, None when no variable speaks of it; and the other variables.
    """
    env = tuple(env)
    taken = {one.name: one for one in env if not one.overridden_by and _is_taken(one)}
    rest = tuple(one for one in env if taken.get(one.name) is not one)
    if not taken:
        return None, rest
    texts = {name: one.value for name, one in taken.items() if isinstance(one.value, str)}
    telemetry = Telemetry(
        enabled=_is_true(texts.get(ENABLED, "")),
        endpoint=texts.get(ENDPOINT, ""),
        protocol=texts.get(PROTOCOL, ""),
        signals=frozenset(signal for name, signal in SIGNALS.items() if "otlp" in texts.get(name, "")),
        log_prompts=_is_true(texts.get(LOG_PROMPTS, "")),
        headers=_headers(texts.get(HEADERS, "")),
        origins={f"env:{name}": one.origin for name, one in taken.items()},
    )
    return telemetry, rest


def _is_taken(variable: EnvVariable) -> bool:
    if isinstance(variable.value, Secret):
        return False
    if variable.name == PROTOCOL:
        return variable.value in _PROTOCOLS
    if variable.name in SIGNALS:
        return variable.value in ("otlp", "none")
    return variable.name in (ENABLED, LOG_PROMPTS, HEADERS, ENDPOINT)


def _is_true(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on"}


def _headers(text: str) -> dict[str, Value]:
    pairs = (pair.partition("=") for pair in text.split(",") if "=" in pair)
    return {name.strip(): value.strip() for name, _, value in pairs}


_PROTOCOLS = ("grpc", "http/json", "http/protobuf")
_PREFIXES = ("OTEL_", "ANTHROPIC_", "CLAUDE_CODE_", "CLAUDE_CONFIG_", "CLAUDE_BASH_", "BETA_TRACING_", "VERTEX_REGION_")
_VARIABLES = frozenset(
    {
        "BASH_DEFAULT_TIMEOUT_MS",
        "BASH_MAX_TIMEOUT_MS",
        "BASH_MAX_OUTPUT_LENGTH",
        "DISABLE_AUTOUPDATER",
        "DISABLE_AUTO_COMPACT",
        "DISABLE_BUG_COMMAND",
        "DISABLE_COST_WARNINGS",
        "DISABLE_ERROR_REPORTING",
        "DISABLE_NON_ESSENTIAL_MODEL_CALLS",
        "DISABLE_PROMPT_CACHING",
        "DISABLE_TELEMETRY",
        "ENABLE_LSP_TOOL",
        "ENABLE_TOOL_SEARCH",
        "MAX_MCP_OUTPUT_TOKENS",
        "MAX_THINKING_TOKENS",
        "MCP_TIMEOUT",
        "MCP_TOOL_TIMEOUT",
        "SLASH_COMMAND_TOOL_CHAR_BUDGET",
        "USE_BUILTIN_RIPGREP",
    }
)
