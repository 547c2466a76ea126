"""Reads Codex's hooks, from ``hooks.json`` or the ``hooks`` table of ``config.toml``. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from reconciler.convert.agent import Role, Scope, Setting
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import Node
from reconciler.convert.hooks import read_hooks as read_same_form
from reconciler.convert.hooks import scripts_of
from reconciler.convert.parts import Hook


def read_hooks(path: str, keys: Mapping[str, Node], there: Collection[str], scope: Scope) -> Iterator[Hook | Setting]:
    """Read each handler of each event; Codex took over Claude Code's form, event names and most tool names.

    Args:
        path: The file's path.
        keys: Its keys, of which ``hooks`` is the table of events, if there is one.
        there: The paths of all files of the folder.
        scope: Whose hooks they are.

    Raises:
        JsonFault: ``hooks`` is no table.
    """
    events = keys.get("hooks", Node(1, {}))
    handlers = {event: groups for event, groups in events.members().items() if event not in _NO_EVENTS}
    for hook in read_same_form(path, {"hooks": replace(events, value=handlers)}, there, scope):
        command = _PROJECT.sub("${CLAUDE_PROJECT_DIR}", hook.command).removeprefix(_EXPORT)
        command = _BRACES.sub("$CLAUDE_PROJECT_DIR", command)
        scripts, missing = scripts_of(command, there, scope)
        matcher = _PATCH.sub("Edit|Write" if _WORDS.fullmatch(hook.matcher) else "(?:Edit|Write)", hook.matcher)
        yield replace(hook, matcher=matcher, command=command, scripts=scripts, missing_scripts=missing)
    for name, node in events.members().items():
        if name in _NO_EVENTS:
            yield Setting(f"hooks.{name}", Role.OTHER, Origin(path, node.line))
    for name, node in keys.items():
        if name != "hooks":
            yield Setting(f"hooks.{name}", Role.OTHER, Origin(path, node.line))


_NO_EVENTS = frozenset({"state", "managed_dir", "windows_managed_dir"})
_PROJECT = re.compile(r"\$\(git rev-parse --show-toplevel(?: 2> ?/dev/null)?(?: \|\| (?:pwd|echo \.))?\)")
_BRACES = re.compile(r"\$\{CLAUDE_PROJECT_DIR\}(?!\w)")
_EXPORT = 'export CLAUDE_PROJECT_DIR="${CLAUDE_PROJECT_DIR}"; '
_PATCH = re.compile(r"\bapply_patch\b")
_WORDS = re.compile(r"[\w|]*")
