"""Writes an agent's configuration for Codex: AGENTS.md, ``.codex/`` and ``.agents/skills``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig
from reconciler.convert.codex.layout import CONFIG, MEMORY
from reconciler.convert.codex.placeholders import MANUAL, MANUAL_FILE, MANUAL_TEXT
from reconciler.convert.codex.writer.commands import write_commands
from reconciler.convert.codex.writer.environment import write_environment
from reconciler.convert.codex.writer.hooks import write_hooks
from reconciler.convert.codex.writer.paths import places
from reconciler.convert.codex.writer.permissions import write_permissions
from reconciler.convert.codex.writer.sandbox import sandbox_of
from reconciler.convert.codex.writer.servers import write_servers
from reconciler.convert.codex.writer.settings import write_settings
from reconciler.convert.codex.writer.subagents import write_subagents
from reconciler.convert.documents import Origin
from reconciler.convert.formats.toml_merge import Merged, Table, merge
from reconciler.convert.markdown.memory_file import write_memory
from reconciler.convert.markdown.sections import Preset
from reconciler.convert.parts import OutputStyle, Skill
from reconciler.convert.skills import Extra, write_skills
from reconciler.convert.spoke import Wanted, Written
from reconciler.convert.text import without_bom
from reconciler.model.conversion import Item, Outcome

SIZE_LIMIT = 32 * 1024
"""Bytes of memory that Codex loads in all when nothing else is set."""


def write(config: AgentConfig, files: Mapping[str, bytes], wanted: Wanted) -> Written:
    """Write the configuration in Codex's own files.

    Args:
        config: What the reader found.
        files: The source's files: scripts and skills, and Codex's own files that ours are merged with.
        wanted: What the caller asks for.
    """
    there = places(config, files)
    sandbox = sandbox_of(config, there)
    preset = Preset(config.cli, sandbox.preset) if wanted.front_matter else None
    memory, items = write_memory(config, files, MEMORY[config.scope], preset)
    settings, setting_items = write_settings(config, wanted.model, sandbox)
    environment, environment_items = write_environment(config)
    servers, server_items = write_servers(config.servers)
    permissions = write_permissions(config.permissions, sandbox, servers, there)
    style, style_items = _write_styles(config.output_styles)
    table: Table = {**settings, **sandbox.table(), **permissions.table, **style, **environment, **_limit(memory)}
    table |= {"mcp_servers": servers} if servers else {}
    merged = merge(files.get(CONFIG), table)
    hooks, hook_items = write_hooks(config, files)
    extras = _manual(config.skills)
    skills, skill_items = write_skills(config.skills, files, title="Codex", acted_on=_SKILL_KEYS, extras=extras)
    commands, command_items = write_commands(config.commands, files, skills)
    subagents, subagent_items = write_subagents(config.subagents, files, sandbox)
    off = {
        f"mcp:{one.name}"
        for one in config.servers
        if one.enabled and not servers.get(one.name, {}).get("enabled", True)
    }
    server_items = [_switched_off(item) if item.item in off else item for item in server_items]
    items += [*setting_items, *environment_items, *server_items, *permissions.items, *style_items]
    items += [*hook_items, *skill_items, *command_items, *subagent_items]
    items += [ledger.dropped(one.name, one.origin, one.reason) for one in config.unreadable]
    items += [
        ledger.degraded(f"file:{CONFIG}", Origin(CONFIG), CONFIG, f"{key} is now the migration's")
        for key in merged.replaced
    ]
    written = {**memory, **permissions.files, **hooks, **skills, **commands, **subagents}
    if merged.data:
        written[CONFIG] = merged.data
    return Written(written, [_with_conflict(item, merged) for item in items])


def _manual(skills: tuple[Skill, ...]) -> dict[str, Extra]:
    """Say in Codex's own way which skills only a person calls."""
    named = [skill.name for skill in skills if skill.keys.get(MANUAL, "").lower() == "true"]
    return {name: Extra(MANUAL_FILE, MANUAL_TEXT, _MANUAL_REASON) for name in named}


def _write_styles(styles: tuple[OutputStyle, ...]) -> tuple[Table, list[Item]]:
    table: Table = {}
    items = []
    for style in styles:
        name, key = f"output-style:{style.name}", "developer_instructions"
        text = without_bom(style.body).decode()
        if style.is_chosen and text.strip() and key not in table:
            table[key] = text
            reason = "Codex adds it to its own instructions"
            items.append(ledger.degraded(name, style.origin, f"{CONFIG}:{key}", reason))
        else:
            items.append(
                ledger.dropped(name, style.origin, "Codex has no styles to choose from, and this is not chosen")
            )
        lost = dict.fromkeys(style.lines, "Codex has no names for what it adds to its instructions")
        items += ledger.keyed(name, style.lines, style.origin, "", {}, lost)
        others = style.others.items()
        items += [ledger.dropped(f"{name}:{each}", field.origin, "no counterpart in Codex") for each, field in others]
    return table, items


def _limit(memory: Mapping[str, bytes]) -> Table:
    size = sum(len(data) for data in memory.values())
    return {"project_doc_max_bytes": -(-size // SIZE_LIMIT) * SIZE_LIMIT} if size > SIZE_LIMIT else {}


def _switched_off(item: Item) -> Item:
    reason = "switched off: a rule denies its tools"
    return replace(item, outcome=Outcome.DEGRADED, reason=f"{item.reason}; {reason}" if item.reason else reason)


def _with_conflict(item: Item, merged: Merged) -> Item:
    for key in merged.conflicts:
        place = f"{CONFIG}:{key}"
        if not key and item.target.startswith(f"{CONFIG}:"):
            return replace(item, outcome=Outcome.DROPPED, target="", reason=merged.fault)
        if key and (item.target == place or item.target.startswith(f"{place}.")):
            reason = f"{CONFIG} already says something else, and that stays"
            if item.item.startswith(("permission:deny:", "permission:ask:")):
                return replace(item, outcome=Outcome.DROPPED, target="", reason=f"{reason}: write the rule there")
            return replace(item, outcome=Outcome.DEGRADED, reason=f"{item.reason}; {reason}" if item.reason else reason)
    return item


_SKILL_KEYS = frozenset({"name", "description", "license", "metadata", "compatibility", MANUAL})
_MANUAL_REASON = f"{MANUAL_FILE} is new: it keeps Codex from calling the skill by itself"
