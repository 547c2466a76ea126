"""Says a setting, a model or a mode in Claude Code's words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from reconciler.convert.agent import AgentConfig, Role, Scope, Setting

EFFORTS = ("low", "medium", "high", "xhigh", "max")
MODES = ("default", "acceptEdits", "plan", "bypassPermissions", "dontAsk", "auto")


def claude_model(name: object) -> str:
    """Give Claude Code's name of a model; empty when the model is another maker's.

    >>> claude_model("anthropic/claude-sonnet-4-5"), claude_model("gpt-5.5")
    ('claude-sonnet-4-5', '')
    """
    bare = name.removeprefix("anthropic/") if isinstance(name, str) else ""
    return bare if _CLAUDE.fullmatch(bare) else ""


def in_claudes_words(setting: Setting, config: AgentConfig, model: str) -> tuple[str, Any, str]:
    """Say a setting in Claude Code's words; one word that it does not know would make it ignore the whole file.

    Args:
        setting: One setting of ``config``.
        config: What the reader found.
        model: The migration's model; empty when there is none.

    Returns:
        The dotted key, its value, and what is different; without a key, why there is none.
    """
    role, value = setting.role, setting.value
    if role is Role.MODEL:
        return _model(value, model)
    if role is Role.SCHEMA:
        return "$schema", None, "describes the source's own file"
    if role in (Role.SERVER_CHOICE, Role.DISABLED_SERVERS) and config.scope is Scope.USER:
        return "", None, "Claude Code starts every server of a user"
    if role is Role.EFFORT and value == "max":
        return "effortLevel", "xhigh", "Claude Code keeps at most xhigh: set CLAUDE_CODE_EFFORT_LEVEL for more"
    for key, fits in _KEYS.get(role, ()):
        if fits(value):
            return key, value, ""
    return "", None, _REASONS.get(role, "no counterpart in Claude Code: its own default holds")


def _model(value: object, model: str) -> tuple[str, Any, str]:
    own = claude_model(value)
    if model:
        return "model", model, "" if own == model else f"the target's model is {model}"
    return ("model", own, "") if own else ("", None, "Claude Code has no such model: its own default holds")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _are_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_CLAUDE = re.compile(r"(?:claude-[\w.@-]+|opus|sonnet|haiku|fable|opusplan|default|inherit)(?:\[1m\])?")
_KEYS: dict[Role, tuple[tuple[str, Callable[[object], bool]], ...]] = {
    Role.EFFORT: (("effortLevel", EFFORTS.__contains__),),
    Role.MODE: (("permissions.defaultMode", MODES.__contains__),),
    Role.THINKING: (("alwaysThinkingEnabled", _is_truth),),
    Role.SANDBOX: (("sandbox.enabled", _is_truth),),
    Role.NETWORK_DOMAINS: (("sandbox.network.allowedDomains", _are_texts),),
    Role.DIRECTORIES: (("permissions.additionalDirectories", _are_texts),),
    Role.OUTPUT_STYLE: (("outputStyle", _is_text),),
    Role.RETENTION_DAYS: (("cleanupPeriodDays", _are_days),),
    Role.SERVER_CHOICE: (("enabledMcpjsonServers", _are_texts), ("enableAllProjectMcpServers", _is_truth)),
    Role.DISABLED_SERVERS: (("disabledMcpjsonServers", _are_texts),),
}
_REASONS = {
    Role.SMALL_MODEL: "Claude Code chooses its small model itself: set ANTHROPIC_DEFAULT_HAIKU_MODEL",
}
