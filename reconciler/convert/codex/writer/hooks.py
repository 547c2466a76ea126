"""Writes hooks as Codex's ``hooks.json``; lists those that Codex would never run. Pure."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig
from reconciler.convert.codex.layout import CONFIG, HOOK_SWITCHES, HOOKS
from reconciler.convert.formats import json_merge, strict_toml
from reconciler.convert.parts import Handler, Hook
from reconciler.model.conversion import Item, Outcome

PROJECT = "$(git rev-parse --show-toplevel 2>/dev/null || pwd)"
"""The project's folder, in a shell that Codex starts anywhere below it."""


def write_hooks(config: AgentConfig, files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Item]]:
    """Write each hook that runs a command at an event that Codex has too.

    Args:
        config: What the reader found.
        files: The source's files: the ``hooks.json`` that ours is merged with, and the scripts, which stay in place.

    Returns:
        The file and the scripts, and a line for every handler.
    """
    is_off = any(setting.name == "disableAllHooks" and setting.value is not False for setting in config.settings)
    groups: dict[str, list[dict[str, Any]]] = {}
    items: list[Item] = []
    written: dict[str, bytes] = {}
    for hook in config.hooks:
        if why_not := "the source has switched its hooks off" if is_off else _why_not(hook):
            items.append(ledger.dropped(hook.name, hook.origin, why_not))
            continue
        handler, differences = _handler(hook, files)
        _add(groups.setdefault(hook.event, []), hook.matcher, handler)
        items.append(ledger.settled(hook.name, hook.origin, f"{HOOKS}:hooks.{hook.event}", differences))
        written |= {path: files[path] for path in hook.scripts if path in files}
    if _is_off_there(files.get(CONFIG, b"")):
        items = [_never_run(item) if item.target else item for item in items]
    merged = json_merge.merge(files.get(HOOKS), {"hooks": groups} if groups else {}, HOOKS)
    if merged.conflicts:
        reason = merged.fault or f"{HOOKS} has something else in its place, and that stays"
        items = [_lost(item, reason) if _is_hit(item, merged.conflicts) else item for item in items]
    return (written | {HOOKS: merged.data} if groups else {}), items


def _is_off_there(standing: bytes) -> bool:
    try:
        features = strict_toml.parse(standing).get("features")
    except strict_toml.TomlFault:
        return False
    return isinstance(features, dict) and any(features.get(name) is False for name in HOOK_SWITCHES)


def _why_not(hook: Hook) -> str:
    if hook.event not in _EVENTS:
        return f"Codex has no event {hook.event}"
    if hook.handler is not Handler.COMMAND:
        return f"Codex does not run {hook.handler_name or 'unknown'} hooks, only commands"
    if not hook.command.strip():
        return "found no command, without which Codex passes over a hook"
    if not _is_rust_pattern(hook.matcher):
        return "Codex cannot read this regular expression: it has no look-around and no back references"
    if hook.event in _TOOL_EVENTS and hook.matcher and not _fires(hook.matcher):
        return "Codex has no such tool, the hook would never run: it reads, searches and fetches by its shell, Bash"
    return ""


def _handler(hook: Hook, files: Mapping[str, bytes]) -> tuple[dict[str, Any], list[str]]:
    differences = _event_differences(hook)
    handler: dict[str, Any] = {"type": "command", "command": _NAME.sub(PROJECT, hook.command)}
    if any(b"CLAUDE_PROJECT_DIR" in files.get(path, b"") for path in hook.scripts):
        handler["command"] = f'export CLAUDE_PROJECT_DIR="{PROJECT}"; {hook.command}'
        differences.append("Codex sets no CLAUDE_PROJECT_DIR: the command does")
    if _is_clamped(hook):
        handler["timeout"] = _SESSION_END_SECONDS
    elif hook.timeout_seconds is not None:
        handler["timeout"] = max(1, math.ceil(hook.timeout_seconds))
        if handler["timeout"] != hook.timeout_seconds:
            differences.append(f"Codex counts whole seconds: {handler['timeout']}")
    handler |= {"async": True} if hook.is_async else {}
    handler |= {"statusMessage": hook.status_message} if hook.status_message else {}
    differences += [f"there is no file {path}: the command fails" for path in hook.missing_scripts]
    if hook.others:
        differences.append(f"Codex does not know {', '.join(hook.others)}: it runs without")
    return handler, differences


def _is_clamped(hook: Hook) -> bool:
    asked = math.inf if hook.timeout_seconds is None else hook.timeout_seconds
    return hook.event == "SessionEnd" and asked > _SESSION_END_SECONDS


def _event_differences(hook: Hook) -> list[str]:
    differences = []
    if _is_clamped(hook):
        differences.append(f"Codex gives a hook of this event {_SESSION_END_SECONDS} seconds at most")
    if hook.event not in _TOOL_EVENTS or not hook.matcher:
        return differences
    if _fires(hook.matcher) & {"Edit", "Write"}:
        differences.append("Codex edits by a patch, which stands in tool_input.command: there is no file_path")
    if _ONLY_NAMES.fullmatch(hook.matcher):
        silent = [name for name in hook.matcher.split("|") if name and name not in _FOLDED and not _fires(name)]
        differences += [f"Codex has no tool {', '.join(silent)}"] if silent else []
    return differences


def _fires(matcher: str) -> set[str]:
    """Give the names in it that Codex calls a tool by; one of another form is taken for such a name."""
    names = set(_NAMES.findall(matcher))
    if _ONLY_NAMES.fullmatch(matcher):
        return {name for name in names if name in _TOOLS or name.startswith("mcp__")}
    return {name for name in names if name not in _ABSENT} or (set() if names else {"any"})


def _is_rust_pattern(matcher: str) -> bool:
    if len(matcher) > _LONGEST:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(matcher)
        except (re.error, RecursionError, OverflowError):
            return False
    return not _NOT_IN_RUST.search(matcher)


def _add(groups: list[dict[str, Any]], matcher: str, handler: dict[str, Any]) -> None:
    head = {"matcher": matcher} if matcher else {}
    if groups and {key: value for key, value in groups[-1].items() if key != "hooks"} == head:
        groups[-1]["hooks"].append(handler)
    else:
        groups.append({**head, "hooks": [handler]})


def _is_hit(item: Item, conflicts: Iterable[str]) -> bool:
    key = item.target.removeprefix(f"{HOOKS}:")
    return bool(item.target) and any(not one or key == one or key.startswith(f"{one}.") for one in conflicts)


def _never_run(item: Item) -> Item:
    reason = f"{CONFIG} switches hooks off, and that stays: Codex does not run it"
    return replace(item, outcome=Outcome.DEGRADED, reason=f"{item.reason}; {reason}" if item.reason else reason)


def _lost(item: Item, reason: str) -> Item:
    return replace(item, outcome=Outcome.DROPPED, target="", reason=reason)


_TOOL_EVENTS = frozenset({"PreToolUse", "PostToolUse", "PermissionRequest"})
_EVENTS = _TOOL_EVENTS | {
    "UserPromptSubmit",
    "Stop",
    "SubagentStart",
    "SubagentStop",
    "SessionStart",
    "SessionEnd",
    "PreCompact",
    "PostCompact",
}
_TOOLS = frozenset({"Bash", "Edit", "Write", "apply_patch"})
_FOLDED = frozenset({"MultiEdit", "NotebookEdit"})
_ABSENT = _FOLDED | {"Agent", "Glob", "Grep", "LS", "NotebookRead", "Read", "Skill", "Task", "TodoWrite"}
_ABSENT |= {"WebFetch", "WebSearch"}
_LONGEST = 1000
_NAMES = re.compile(r"[A-Za-z]\w*")
_ONLY_NAMES = re.compile(r"[\w|]+")
_NOT_IN_RUST = re.compile(r"\(\?(?:[=!>(]|<[=!]|P=)|\\[1-9]")
_NAME = re.compile(r"\$(?:CLAUDE_PROJECT_DIR\b|\{CLAUDE_PROJECT_DIR(?::-[^}]*)?\})")
_SESSION_END_SECONDS = 3
