"""Writes an agent's configuration for Gemini CLI: GEMINI.md, ``.gemini/`` and ``.agents/skills``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig
from reconciler.convert.formats.json_merge import Merged, merge
from reconciler.convert.gemini.layout import POLICIES, SETTINGS
from reconciler.convert.gemini.writer.commands import write_commands
from reconciler.convert.gemini.writer.env import write_env
from reconciler.convert.gemini.writer.hooks import write_hooks
from reconciler.convert.gemini.writer.memory import write_memory
from reconciler.convert.gemini.writer.policies import write_policies
from reconciler.convert.gemini.writer.servers import write_servers
from reconciler.convert.gemini.writer.settings import write_settings, write_telemetry
from reconciler.convert.gemini.writer.subagents import write_subagents
from reconciler.convert.skills import write_skills
from reconciler.convert.spoke import Wanted, Written
from reconciler.model.conversion import Item, Outcome


def write(config: AgentConfig, files: Mapping[str, bytes], wanted: Wanted) -> Written:
    """Write the configuration in Gemini CLI's own files.

    Args:
        config: What the reader found.
        files: The source's files: those that are copied, and Gemini CLI's own that ours are merged with.
        wanted: What the caller asks for.
    """
    memory, memory_items = write_memory(config, files, front_matter=wanted.front_matter)
    table, setting_items = write_settings(config, wanted.model)
    telemetry, telemetry_items = write_telemetry(config.telemetry)
    servers, server_items = write_servers(config.servers)
    names = [server.name for server in config.servers]
    hooks, scripts, hook_items = write_hooks(config.hooks, files, names)
    commands, command_items = write_commands(config.commands, files)
    subagents, denied, subagent_items = write_subagents(config.subagents, files, names)
    policies = write_policies(config, files, denied)
    skills, skill_items = write_skills(config.skills, files, title="Gemini CLI", acted_on=_SKILL_KEYS)
    env, env_items = write_env(config.env, files)
    table |= {"telemetry": telemetry} if telemetry else {}
    table |= {"mcpServers": servers} if servers else {}
    table |= {"hooks": hooks} if hooks else {}
    merged = merge(files.get(SETTINGS), table | policies.settings, SETTINGS)
    items = [*memory_items, *setting_items, *telemetry_items, *server_items, *hook_items, *command_items]
    items += [*subagent_items, *policies.items, *skill_items, *env_items]
    items += [ledger.dropped(one.name, one.origin, one.reason) for one in config.unreadable]
    written = {**scripts, **skills, **commands, **subagents, **policies.files, **env, **memory}
    written |= {SETTINGS: merged.data} if merged.data else {}
    return Written(written, [_with_conflict(item, merged) for item in items])


def _with_conflict(item: Item, merged: Merged) -> Item:
    path, _, key = item.target.partition(":")
    if (merged.fault and path == SETTINGS) or (path.startswith(POLICIES) and {"", "policyPaths"} & {*merged.conflicts}):
        reason = merged.fault or f"{SETTINGS} says something else in policyPaths, so that Gemini CLI passes over {path}"
        return replace(item, outcome=Outcome.DROPPED, target="", reason=reason)
    for conflict in merged.conflicts:
        if path == SETTINGS and (key == conflict or key.startswith(f"{conflict}.") or conflict.startswith(f"{key}.")):
            reason = f"{SETTINGS} already says something else in {conflict}, and that stays"
            return replace(item, outcome=Outcome.DEGRADED, reason=f"{item.reason}; {reason}" if item.reason else reason)
    return item


_SKILL_KEYS = frozenset({"name", "description", "license", "metadata", "compatibility"})
