"""Reads hooks in Claude Code's words. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from reconciler.convert.agent import Scope, Unreadable
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import Node
from reconciler.convert.gemini.hooks import OF_TOOLS, TO_CLAUDE, command_to_claude
from reconciler.convert.gemini.layout import SETTINGS
from reconciler.convert.gemini.matchers import matcher_to_claude
from reconciler.convert.hooks import scripts_of
from reconciler.convert.parts import Field, Handler, Hook


def read_hooks(
    node: Node | None, there: Collection[str], scope: Scope, servers: list[str]
) -> tuple[tuple[Hook, ...], tuple[Unreadable, ...]]:
    """Read each handler of each event; a group that is not built as expected is one hook of no known kind.

    Returns:
        The hooks, and those whose matcher is for no tool of Claude Code's.

    Raises:
        JsonFault: ``hooks`` is no object.
    """
    hooks: list[Hook] = []
    unreadable: list[Unreadable] = []
    for event, groups in node.members().items() if node else ():
        name = TO_CLAUDE.get(event, event)
        for group in groups.value if isinstance(groups.value, tuple) else (groups,):
            keys = group.value if isinstance(group.value, Mapping) else {}
            written = keys["matcher"].value if "matcher" in keys else ""
            written = written if isinstance(written, str) and written != "*" else ""
            matcher = matcher_to_claude(written, servers) if name in OF_TOOLS else written
            order = {"sequential": keys["sequential"]} if "sequential" in keys else {}
            found = [_hook(name, matcher or "", handler, order, there, scope) for handler in _handlers(group, keys)]
            if matcher is None:
                unreadable += [Unreadable(f"{one.name}:{written}", one.origin, _NO_TOOL) for one in found]
            else:
                hooks += found
    return tuple(hooks), tuple(unreadable)


def _handlers(group: Node, keys: Mapping[str, Node]) -> tuple[Node, ...]:
    handlers = keys["hooks"].value if "hooks" in keys else ()
    return handlers if isinstance(handlers, tuple) and handlers else (group,)


def _hook(
    event: str, matcher: str, node: Node, order: Mapping[str, Node], there: Collection[str], scope: Scope
) -> Hook:
    keys = node.value if isinstance(node.value, Mapping) else {}
    values = {key: member.plain() for key, member in keys.items()}
    kind, command, timeout = (values.get(key) for key in ("type", "command", "timeout"))
    command = command_to_claude(command) if isinstance(command, str) else ""
    seconds = timeout / 1000 if isinstance(timeout, int | float) and not isinstance(timeout, bool) else None
    taken = {"type", "command", "hooks", "matcher", "sequential", *([] if seconds is None else ["timeout"])}
    scripts, missing = scripts_of(command, there, scope)
    return Hook(
        event=event,
        matcher=matcher,
        origin=Origin(SETTINGS, node.line),
        handler=Handler.COMMAND if kind == "command" and command else Handler.OTHER,
        handler_name=kind if isinstance(kind, str) else "",
        command=command,
        timeout_seconds=seconds,
        scripts=scripts,
        missing_scripts=missing,
        others={
            key: Field(json.dumps(member.plain(), ensure_ascii=False), Origin(SETTINGS, member.line))
            for key, member in {**keys, **order}.items()
            if key in order or key not in taken
        },
    )


_NO_TOOL = "its matcher is for no tool that another CLI has, or too involved to tell: name the tools, joined by |"
