"""Writes an agent's configuration for Codex: AGENTS.md, ``.codex/`` and ``.agents/skills``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, Part, PartKind
from reconciler.convert.codex.memory import Preset, write_memory
from reconciler.convert.codex.rules import write_rules
from reconciler.convert.codex.servers import write_servers
from reconciler.convert.codex.settings import sandbox_of, write_settings
from reconciler.convert.codex.toml_file import CONFIG, Merged, Table, merge
from reconciler.convert.documents import ImportStatus, Origin
from reconciler.model.conversion import Conversion, Item, Outcome

SIZE_LIMIT = 32 * 1024
"""Bytes of memory that Codex loads in all when nothing else is set."""


def write(config: AgentConfig, files: Mapping[str, bytes], *, model: str, front_matter: bool) -> Conversion:
    """Write the configuration in Codex's own files.

    Args:
        config: What the reader found.
        files: The source's files: those that stay as they are, and Codex's own that ours are merged with.
        model: The target's model; empty leaves it to Codex.
        front_matter: Whether a written AGENTS.md says where it comes from.
    """
    sandbox = sandbox_of(config)
    preset = Preset(config.cli, sandbox) if front_matter else None
    memory, items = write_memory(config, files, preset)
    table, setting_items = write_settings(config, model)
    servers, server_items = write_servers(config.servers)
    rules, rule_items = write_rules(config.permissions, sandbox)
    skills, skill_items = _write_skills(config.parts, files)
    table |= {"mcp_servers": servers} if servers else {}
    table |= _memory_limit(memory)
    merged = merge(files.get(CONFIG), table)
    items += [*setting_items, *server_items, *rule_items, *skill_items]
    items += _parts_without_writer(config.parts)
    items += [ledger.dropped(one.name, one.origin, one.reason) for one in config.unreadable]
    imported = {edge.path for one in config.memory for edge in one.imports if edge.status is ImportStatus.INLINED}
    items += [_workspace_item(path, merged) for path in config.workspace if path not in imported]
    written = {path: files[path] for path in config.workspace} | skills | memory | rules
    if merged.data:
        written[CONFIG] = merged.data
    return Conversion(written, tuple(_with_conflict(item, merged) for item in items))


def _write_skills(parts: Iterable[Part], files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Item]]:
    written: dict[str, bytes] = {}
    items = []
    for part in parts:
        if part.kind is not PartKind.SKILL:
            continue
        folder = f"{SKILLS}/{part.name}"
        copies = {folder + path.removeprefix(part.folder): files[path] for path in part.files}
        taken = [path for path, data in copies.items() if files.get(path, data) != data]
        name = f"skill:{part.name}"
        if taken:
            items.append(ledger.dropped(name, part.origin, f"{taken[0]} is there already, with other content"))
        else:
            written |= copies
            items.append(ledger.settled(name, part.origin, folder, _skill_differences(part)))
    return written, items


def _skill_differences(part: Part) -> list[str]:
    missing = [key for key in ("name", "description") if not part.front_matter.get(key)]
    ignored = [key for key in part.front_matter if key not in _SKILL_KEYS]
    differences = [f"Codex passes over a skill without {' and '.join(missing)}"] if missing else []
    if not part.is_strict:
        differences.append("Codex passes over front matter that is no strict YAML: quote the values that hold a colon")
    return differences + ([f"Codex does not act on {', '.join(ignored)}"] if ignored else [])


def _parts_without_writer(parts: Iterable[Part]) -> list[Item]:
    return [
        ledger.dropped(f"{part.kind}:{part.name}", part.origin, "not converted yet")
        for part in parts
        if part.kind is not PartKind.SKILL
    ]


def _memory_limit(memory: Mapping[str, bytes]) -> Table:
    size = sum(len(data) for data in memory.values())
    return {"project_doc_max_bytes": -(-size // SIZE_LIMIT) * SIZE_LIMIT} if size > SIZE_LIMIT else {}


def _workspace_item(path: str, merged: Merged) -> Item:
    replaced = merged.replaced if path == CONFIG else ()
    differences = [f"{key} is now the migration's" for key in replaced]
    return ledger.settled(f"file:{path}", Origin(path), path, differences)


def _with_conflict(item: Item, merged: Merged) -> Item:
    for key in merged.conflicts:
        place = f"{CONFIG}:{key}"
        if key and (item.target == place or item.target.startswith(f"{place}.")):
            reason = f"{CONFIG} already says something else, and that stays"
            return replace(item, outcome=Outcome.DEGRADED, reason=f"{item.reason}; {reason}" if item.reason else reason)
        if not key and item.target.startswith(f"{CONFIG}:"):
            return replace(item, outcome=Outcome.DROPPED, target="", reason=merged.fault)
    return item


SKILLS = ".agents/skills"
_SKILL_KEYS = frozenset({"name", "description", "license", "metadata"})
