"""Checks the hooks: each one mapped with its matcher and duration or listed, and its script there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.layout import kind
from tests.support.convert_checks.score import NOTHING, Score

Handler = tuple[str, str, float | None]
"""Event, the command without its path to the project, milliseconds (None for the CLI's own limit)."""


def mapped_or_listed(converted: Converted) -> Score:
    """The command hooks of the source are those that the target has, and those that the ledger calls dropped."""
    source = [handler for handler, _ in _source(converted)]
    if not source:
        return NOTHING
    there = Counter(_target(converted))
    dropped = sum(1 for item in converted.items("hook") if item.outcome is Outcome.DROPPED)
    wanted = _wanted(converted)
    missing = list((wanted - there).elements())
    faults = [f"{one} is neither there nor dropped" for one in missing[dropped:]]
    # One matcher may take several handlers in a target that has no alternatives in matchers.
    extra = there.keys() - wanted.keys() if not _target_stood(converted) else set()
    faults += [f"{one} is in the target only" for one in extra]
    return Score.of(source, faults)


def present(converted: Converted) -> Score:
    """The command hooks that the target has, of all that stand in the source."""
    source = [handler for handler, _ in _source(converted)]
    there = Counter(_target(converted))
    wanted = _wanted(converted)
    return Score.of(source, [str(one) for one in (wanted - there).elements()])


def scripts(converted: Converted) -> Score:
    """A script that a hook names, and that is in the source, is in the target byte for byte."""
    named = named_scripts(converted)
    return Score.of(named, [path for path in named if converted.files.get(path) != converted.source[path]])


def named_scripts(converted: Converted) -> list[str]:
    """List the agent's files whose paths stand in the commands of its hooks."""
    return sorted({path for _, command in _source(converted) for path in converted.source if path in command})


def no_foreign_event(converted: Converted) -> Score:
    """The target's file of hooks has only events that it knows, and no empty handler."""
    events = _target_events(converted)
    known = set(_EVENTS[converted.target].values())
    faults = [event for event in events if event not in known]
    faults += [event for event, groups in events.items() if not all(_is_whole(group) for group in groups)]
    return Score.of(events, faults) if not _target_stood(converted) else NOTHING


def _wanted(converted: Converted) -> Counter[Handler]:
    events = _EVENTS[converted.target]
    found = (handler for handler, _ in _source(converted))
    return Counter((events.get(event, ""), command, _limit(converted, event, limit)) for event, command, limit in found)


def _limit(converted: Converted, event: str, limit: float | None) -> float | None:
    """Give the milliseconds that the target can keep: Codex lets no hook hold up the end of a session for longer."""
    clamped = converted.target is Cli.CODEX and event == "SessionEnd"
    return min(limit or _SESSION_END, _SESSION_END) if clamped else limit


def _source(converted: Converted) -> Iterator[tuple[Handler, str]]:
    for path, data in converted.source.items():
        if kind(path) != "settings":
            continue
        try:
            events = json.loads(data).get("hooks", {})
        except ValueError:
            continue
        for event, groups in events.items():
            for command, handler in _commands(groups):
                seconds = handler.get("timeout")
                yield (event, _plain(command), seconds and seconds * 1000), command


def _target(converted: Converted) -> Iterator[Handler]:
    unit = 1 if converted.target is Cli.GEMINI else 1000
    for event, groups in _target_events(converted).items():
        for command, handler in _commands(groups):
            yield event, _plain(command), handler.get("timeout") and handler["timeout"] * unit


def _target_events(converted: Converted) -> dict[str, Any]:
    path = {Cli.CODEX: ".codex/hooks.json", Cli.GEMINI: ".gemini/settings.json"}.get(converted.target, "")
    return dict(json.loads(converted.files.get(path, b"{}")).get("hooks", {}))


def _target_stood(converted: Converted) -> bool:
    return any(path in converted.source for path in (".codex/hooks.json", ".gemini/settings.json"))


def _commands(groups: object) -> Iterator[tuple[str, dict[str, Any]]]:
    for group in groups if isinstance(groups, list) else ():
        for handler in group.get("hooks", []) if isinstance(group, dict) else ():
            if handler.get("type") == "command":
                yield handler["command"], handler


def _is_whole(group: dict[str, Any]) -> bool:
    return bool(group.get("hooks")) and all(handler.get("type") for handler in group["hooks"])


def _plain(command: str) -> str:
    """Leave of a command what does not depend on how a CLI names the project's folder."""
    bare = re.sub(r"[\"']", "", command)
    without = re.sub(r"\$\((?:[^()]|\([^()]*\))*\)/?|\$\{?\w*PROJECT_DIR(?::-[^}]*)?\}?/?", "", bare)
    return re.sub(r"\s+", " ", without.replace("./", "")).strip()


_SAME = (
    "PreToolUse PostToolUse PermissionRequest UserPromptSubmit Stop SubagentStart SubagentStop SessionStart SessionEnd"
    " PreCompact PostCompact"
)
_SESSION_END = 3000
_EVENTS: dict[Cli, dict[str, str]] = {
    Cli.CODEX: {event: event for event in _SAME.split()},
    Cli.GEMINI: {
        "PreToolUse": "BeforeTool",
        "PostToolUse": "AfterTool",
        "UserPromptSubmit": "BeforeAgent",
        "Stop": "AfterAgent",
        "SessionStart": "SessionStart",
        "SessionEnd": "SessionEnd",
        "PreCompact": "PreCompress",
        "Notification": "Notification",
    },
    Cli.OPENCODE: {},
}
