"""Reads hooks in the form that Claude Code and Codex share, and finds the scripts that they run. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from reconciler.convert.agent import Scope
from reconciler.convert.documents import Origin
from reconciler.convert.formats.json_values import members_of, plain
from reconciler.convert.formats.strict_json import Node
from reconciler.convert.parts import Field, Handler, Hook


def read_hooks(path: str, keys: Mapping[str, Node], there: Collection[str], scope: Scope) -> tuple[Hook, ...]:
    """Read each handler of each event; a group that is not built as Claude Code expects is one hook of no known kind.

    Args:
        path: The settings file's path.
        keys: Its keys.
        there: The paths of all files of the folder.
        scope: Whether the folder is a project, or somebody's home.

    Raises:
        JsonFault: ``hooks`` is no object.
    """
    events = keys["hooks"].members().items() if "hooks" in keys else ()
    return tuple(
        hook
        for event, groups in events
        for group in (groups.value if isinstance(groups.value, tuple) else (groups,))
        for hook in _group(path, event, group, there, scope)
    )


def scripts_of(command: str, there: Collection[str], scope: Scope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the files of the agent's folder that a shell command names.

    Returns:
        Those that are there; and those below ``.claude`` or behind ``$CLAUDE_PROJECT_DIR`` that are not.

    >>> scripts_of('"$CLAUDE_PROJECT_DIR"/guard.sh && python3 .claude/gone.py', ["guard.sh"], Scope.PROJECT)
    (('guard.sh',), ('.claude/gone.py',))
    """
    found, missing = [], []
    for word in _words(command, there):
        anchored = _ANCHORS[scope].match(word)
        path = (word[anchored.end() :] if anchored else word).removeprefix("./")
        if path in there:
            found.append(path)
        elif (anchored or path.startswith(".claude/")) and _LOOKS_LIKE_A_FILE.search(path):
            missing.append(path)
    return tuple(dict.fromkeys(found)), tuple(dict.fromkeys(missing))


def _group(path: str, event: str, group: Node, there: Collection[str], scope: Scope) -> Iterable[Hook]:
    keys = members_of(group)
    matcher = plain(keys.get("matcher"))
    matcher = matcher if isinstance(matcher, str) and matcher != "*" else ""
    handlers = keys["hooks"].value if "hooks" in keys else ()
    for handler in handlers if isinstance(handlers, tuple) and handlers else (group,):
        yield _handler(path, event, matcher, handler, there, scope)


def _handler(path: str, event: str, matcher: str, node: Node, there: Collection[str], scope: Scope) -> Hook:
    keys = {} if "hooks" in (members := members_of(node)) else members
    values = {key: plain(member) for key, member in keys.items()}
    taken = {key for key, kind in _TAKEN.items() if key in values and _is(values[key], kind)}
    name = str(values["type"]) if "type" in taken else ""
    command = str(values.get("command", "")) if "command" in taken else ""
    scripts, missing = scripts_of(command, there, scope)
    return Hook(
        event=event,
        matcher=matcher,
        origin=Origin(path, node.line),
        handler={"command": Handler.COMMAND, "prompt": Handler.PROMPT}.get(name, Handler.OTHER),
        handler_name=name,
        command=command,
        timeout_seconds=float(values["timeout"]) if "timeout" in taken else None,
        is_async=values["async"] if "async" in taken else False,
        status_message=values["statusMessage"] if "statusMessage" in taken else "",
        scripts=scripts,
        missing_scripts=missing,
        others={
            key: Field(json.dumps(values[key], ensure_ascii=False), Origin(path, member.line))
            for key, member in keys.items()
            if key not in taken
        },
    )


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) if kind is bool else isinstance(value, kind) and not isinstance(value, bool)


def _words(command: str, there: Collection[str]) -> list[str]:
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = ""
        words = list(lexer)
    except ValueError:  # a quote does not close
        words = re.split(r"[;|&<>()\"']+", command)
    return [part for word in words for part in ([word] if word in there else word.split())]


_TAKEN: Mapping[str, Any] = {"type": str, "command": str, "timeout": int | float, "async": bool, "statusMessage": str}
_ANCHORS = {
    Scope.PROJECT: re.compile(r"(?:\$CLAUDE_PROJECT_DIR|\$\{CLAUDE_PROJECT_DIR(?::-[^}]*)?\})/"),
    Scope.USER: re.compile(r"(?:~|\$HOME|\$\{HOME\})/"),
}
_LOOKS_LIKE_A_FILE = re.compile(r"[^/*$]+$")
