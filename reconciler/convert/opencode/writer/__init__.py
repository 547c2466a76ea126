"""Writes an agent's configuration for OpenCode: AGENTS.md, opencode.json and the parts as files. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.convert.agent import AgentConfig
from reconciler.convert.formats.json_merge import Merged, merge
from reconciler.convert.markdown.memory_file import write_memory
from reconciler.convert.markdown.sections import Preset
from reconciler.convert.opencode.layout import layout_of
from reconciler.convert.opencode.writer.parts import write_parts
from reconciler.convert.opencode.writer.permissions import write_permissions
from reconciler.convert.opencode.writer.servers import write_servers
from reconciler.convert.opencode.writer.settings import write_settings
from reconciler.convert.opencode.writer.standing import beside
from reconciler.convert.spoke import Wanted, Written
from reconciler.model.conversion import Item, Outcome

SCHEMA = "https://opencode.ai/config.json"


def write(config: AgentConfig, files: Mapping[str, bytes], wanted: Wanted) -> Written:
    """Write the configuration in OpenCode's own files.

    Args:
        config: What the reader found.
        files: The source's files, and OpenCode's own that ours are merged with.
        wanted: What the caller asks for.
    """
    layout = layout_of(config.scope)
    target = layout.config(files)
    memory, items = write_memory(config, files, layout.memory, Preset(config.cli) if wanted.front_matter else None)
    permissions = beside(write_permissions(config, target), files, layout)
    servers, server_items = write_servers(config.servers, target)
    settings, setting_items = write_settings(config, wanted.model, target)
    parts = write_parts(config, files, layout)
    is_empty = not (permissions.items or items or server_items or setting_items or parts.items)
    table: dict[str, Any] = {} if is_empty else dict(settings)
    table |= {"mcp": servers} if servers else {}
    table |= {"instructions": parts.instructions} if parts.instructions else {}
    table |= {"permission": permissions.sheet} if permissions.sheet and not is_empty else {}
    merged = merge(files.get(target), {"$schema": SCHEMA, **table} if table else {}, target)
    written = {**memory, **parts.files, **({target: merged.data} if merged.data else {})}
    items += [*permissions.items, *server_items, *setting_items, *parts.items]
    return Written(written, [_with_conflict(item, target, merged) for item in items])


def _with_conflict(item: Item, target: str, merged: Merged) -> Item:
    if merged.fault and item.target.startswith(f"{target}:"):
        return replace(item, outcome=Outcome.DROPPED, target="", reason=merged.fault)
    for key in merged.conflicts:
        place = f"{target}:{key}"
        if item.target == place or item.target.startswith(f"{place}."):
            reason = f"{target} already says something else for {key}, and that stays"
            return replace(item, outcome=Outcome.DROPPED, target="", reason=reason)
    return item
