"""Writes an agent's configuration for Claude Code: CLAUDE.md, ``.claude/`` and ``.mcp.json``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig
from reconciler.convert.claude.layout import SETTINGS, servers_path
from reconciler.convert.claude.writer.hooks import write_hooks
from reconciler.convert.claude.writer.memory import write_memory
from reconciler.convert.claude.writer.parts import write_parts
from reconciler.convert.claude.writer.servers import write_servers
from reconciler.convert.claude.writer.settings import with_model, write_settings
from reconciler.convert.formats.json_merge import Merged, merge
from reconciler.convert.formats.strict_json import JsonFault, parse
from reconciler.convert.spoke import Wanted, Written
from reconciler.model.conversion import Item, Outcome


def write(config: AgentConfig, files: Mapping[str, bytes], wanted: Wanted) -> Written:
    """Write the configuration in Claude Code's own files.

    Args:
        config: What the reader found.
        files: The source's files: Claude Code's own that ours are merged with, and those that are copied.
        wanted: The target's model.
    """
    memory, items = write_memory(config, files)
    parts, part_items = write_parts(config, files)
    settings, setting_items = write_settings(config, wanted.model)
    hooks, hook_items = write_hooks(config.hooks)
    servers, server_items = write_servers(config)
    items += [*part_items, *setting_items, *hook_items, *server_items]
    items += [ledger.dropped(one.name, one.origin, one.reason) for one in config.unreadable]
    path = servers_path(config.scope)
    merged = {
        SETTINGS: _merge(with_model(files.get(SETTINGS), wanted.model), {**settings, **hooks}, SETTINGS),
        path: _merge(files.get(path), {"mcpServers": servers} if servers else {}, path),
    }
    scripts = {name: files[name] for hook in config.hooks for name in hook.scripts}
    written = scripts | memory | parts | {path: one.data for path, one in merged.items() if one.data}
    return Written(written, [_with_conflict(item, merged) for item in items])


def _merge(standing: bytes | None, ours: Mapping[str, Any], path: str) -> Merged:
    """Merge into strict JSON only: Claude Code passes over a file with comments, and over what we would add to it."""
    try:
        if standing:
            parse(standing)
    except JsonFault as fault:
        return Merged(standing or b"", ("",), f"{path} is no valid JSON, and Claude Code passes over it: {fault}")
    return merge(standing, ours, path)


def _with_conflict(item: Item, merged: Mapping[str, Merged]) -> Item:
    path, _, key = item.target.partition(":")
    for conflict in merged[path].conflicts if path in merged else ():
        if not conflict:
            return replace(item, outcome=Outcome.DROPPED, target="", reason=merged[path].fault)
        if f"{key}.".startswith(f"{conflict}."):
            reason = f"{path} already says something else under {conflict}, and that stays"
            if item.item.startswith(("permission:", "hook:")):
                return replace(item, outcome=Outcome.DROPPED, target="", reason=reason)
            reason = f"{item.reason}; {reason}" if item.reason else reason
            return replace(item, outcome=Outcome.DEGRADED, reason=reason)
    return item
