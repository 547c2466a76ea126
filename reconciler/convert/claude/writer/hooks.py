"""Writes hooks into Claude Code's settings file. Pure."""

from __future__ import annotations

from typing import Any

from reconciler.convert import ledger
from reconciler.convert.claude.layout import SETTINGS
from reconciler.convert.parts import Handler, Hook
from reconciler.model.conversion import Item


def write_hooks(hooks: tuple[Hook, ...]) -> tuple[dict[str, Any], list[Item]]:
    """Write each hook that Claude Code can run; hooks of one event and matcher stand in one group.

    Returns:
        The key ``hooks`` of the file, none when there are no hooks; and a line for each hook.
    """
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    items = []
    for hook in hooks:
        if why_not := _why_not(hook):
            items.append(ledger.dropped(hook.name, hook.origin, why_not))
            continue
        groups.setdefault((hook.event, hook.matcher), []).append(_handler(hook))
        differences = [f"left out: {', '.join(hook.others)}"] if hook.others else []
        items.append(ledger.settled(hook.name, hook.origin, f"{SETTINGS}:hooks.{hook.event}", differences))
    events: dict[str, Any] = {}
    for (event, matcher), handlers in groups.items():
        group = {"matcher": matcher, "hooks": handlers} if matcher else {"hooks": handlers}
        events.setdefault(event, []).append(group)
    return {"hooks": events} if events else {}, items


def _why_not(hook: Hook) -> str:
    if hook.event not in EVENTS:
        return f"Claude Code has no event {hook.event}"
    if hook.handler is not Handler.COMMAND or not hook.command:
        return f"Claude Code runs shell commands for a hook, not {hook.handler_name or 'what stands here'}"
    return ""


def _handler(hook: Hook) -> dict[str, Any]:
    handler: dict[str, Any] = {"type": "command", "command": hook.command}
    if hook.timeout_seconds is not None and hook.timeout_seconds > 0:
        whole = hook.timeout_seconds.is_integer()
        handler["timeout"] = int(hook.timeout_seconds) if whole else hook.timeout_seconds
    if hook.is_async:
        handler["async"] = True
    if hook.status_message:
        handler["statusMessage"] = hook.status_message
    return handler


EVENTS = frozenset(
    {
        "PreToolUse",
        "PostToolUse",
        "PostToolUseFailure",
        "PostToolBatch",
        "Notification",
        "UserPromptSubmit",
        "UserPromptExpansion",
        "SessionStart",
        "SessionEnd",
        "Stop",
        "StopFailure",
        "SubagentStart",
        "SubagentStop",
        "PreCompact",
        "PostCompact",
        "PermissionRequest",
        "PermissionDenied",
        "Setup",
        "TeammateIdle",
        "TaskCreated",
        "TaskCompleted",
        "Elicitation",
        "ElicitationResult",
        "ConfigChange",
        "WorktreeCreate",
        "WorktreeRemove",
        "InstructionsLoaded",
        "CwdChanged",
        "FileChanged",
        "MessageDisplay",
    }
)
