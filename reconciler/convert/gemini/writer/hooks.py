"""Writes hooks as members of ``hooks``: commands only, timeouts in milliseconds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.gemini.hooks import OF_TOOLS, TO_GEMINI, TRIGGERS, command_to_gemini
from reconciler.convert.gemini.layout import SETTINGS
from reconciler.convert.gemini.matchers import matcher_to_claude, matcher_to_gemini
from reconciler.convert.parts import Handler, Hook
from reconciler.model.conversion import Item


def write_hooks(
    hooks: Iterable[Hook], files: Mapping[str, bytes], servers: list[str]
) -> tuple[dict[str, Any], dict[str, bytes], list[Item]]:
    """Write each hook whose event and handler Gemini CLI has.

    Returns:
        The groups by event, the scripts that the hooks run, and a line for each hook.
    """
    events: dict[str, list[dict[str, Any]]] = {}
    scripts: dict[str, bytes] = {}
    items: list[Item] = []
    for hook in hooks:
        event = TO_GEMINI.get(hook.event, "")
        matchers = _matchers(hook)
        if why_not := _why_not(hook, event, matchers):
            items.append(ledger.dropped(hook.name, hook.origin, why_not))
            continue
        for matcher in matchers:
            group = {"matcher": matcher} if matcher else {}
            events.setdefault(event, []).append(group | {"hooks": [_handler(hook)]})
        scripts |= {path: files[path] for path in hook.scripts}
        items.append(ledger.settled(hook.name, hook.origin, f"{SETTINGS}:hooks.{event}", _differences(hook, servers)))
    return events, scripts, items


def _matchers(hook: Hook) -> list[str]:
    if hook.event in OF_TOOLS:
        matcher = matcher_to_gemini(hook.matcher)
        return [] if matcher is None else [matcher]
    known = TRIGGERS.get(hook.event)
    if known is None or hook.matcher in {"", "*", ".*"}:
        return [""]
    return [word for word in hook.matcher.split("|") if word in known]


def _why_not(hook: Hook, event: str, matchers: list[str]) -> str:
    if hook.handler is not Handler.COMMAND or not hook.command:
        return f"Gemini CLI runs commands only, not a handler of the type {hook.handler_name or 'none'}"
    if not event:
        return f"Gemini CLI has no event {hook.event}"
    if not matchers:
        return f"Gemini CLI has no tool for the matcher {hook.matcher}, or it is too involved to tell"
    if hook.missing_scripts and hook.event in _OF_TURNS:
        # Measured: a failing AfterAgent hook sends the turn round until Gemini CLI runs out of stack.
        return f"{', '.join(hook.missing_scripts)} is not there, and Gemini CLI would take its failing for a block"
    return ""


def _handler(hook: Hook) -> dict[str, Any]:
    handler: dict[str, Any] = {"type": "command", "command": command_to_gemini(hook.command)}
    if hook.timeout_seconds is not None:
        handler["timeout"] = round(hook.timeout_seconds * 1000)
    return handler


def _differences(hook: Hook, servers: list[str]) -> list[str]:
    found = []
    if hook.event in OF_TOOLS:
        found.append(
            "the script reads Gemini CLI's tool names on stdin, and to block it answers exit code 2 or "
            '{"decision": "deny"}; permissionDecision is not understood'
        )
        if matcher_to_claude(_matchers(hook)[0], servers) != hook.matcher:
            found.append(f"the matcher {hook.matcher} is written out as tool names")
    elif hook.matcher and "|".join(_matchers(hook)) != hook.matcher:
        found.append(f"Gemini CLI does not know all of {hook.matcher} here")
    if hook.event in _OF_TURNS:
        found.append("Gemini CLI takes each exit code from 2 on for a block")
    if hook.is_async:
        found.append("Gemini CLI waits for it: it has no async")
    if hook.status_message:
        found.append("Gemini CLI has no statusMessage")
    if hook.others:
        found.append(f"left out: {', '.join(hook.others)}")
    if _DEFAULT.search(hook.command):
        found.append("Gemini CLI fills in ${…:-…} itself, before the shell runs")
    if hook.missing_scripts:
        blocks = ": Gemini CLI blocks each such tool" if hook.event == "PreToolUse" else ""
        found.append(f"runs {', '.join(hook.missing_scripts)}, which is not there{blocks}")
    return found


_OF_TURNS = frozenset({"UserPromptSubmit", "Stop"})
_DEFAULT = re.compile(r"\$\{[^}]+:-")
