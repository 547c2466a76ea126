"""Reads Codex's ``config.toml``, key by key: one that cannot be read does not take the others with it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress

from reconciler.convert import secrets
from reconciler.convert.agent import (
    EnvVariable,
    McpServer,
    Permission,
    PermissionRule,
    Role,
    Scope,
    Setting,
    Telemetry,
    Unreadable,
)
from reconciler.convert.codex.layout import CONFIG, HOOK_SWITCHES
from reconciler.convert.codex.reader import sandbox
from reconciler.convert.codex.reader.hooks import read_hooks
from reconciler.convert.codex.reader.profile import closed_by, profile_of
from reconciler.convert.codex.reader.servers import read_servers
from reconciler.convert.codex.reader.subagents import Named, Preset, read_names
from reconciler.convert.codex.reader.switches import read_skill_switches
from reconciler.convert.codex.reader.telemetry import read_telemetry
from reconciler.convert.codex.reader.toml_nodes import parse
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node
from reconciler.convert.parts import Hook, OutputStyle

Atom = EnvVariable | Hook | McpServer | Named | OutputStyle | PermissionRule | Preset | Setting | Telemetry | Unreadable
STYLE = "developer_instructions"
FALLBACKS = "project_doc_fallback_filenames"


def read_settings(data: bytes, scope: Scope, there: Collection[str]) -> Iterator[Atom]:
    """Read the configuration.

    Args:
        data: Its bytes.
        scope: Whose it is; Codex passes over some keys of a project.
        there: The paths of all files of the folder.

    Yields:
        Everything that it says, in the order of its keys.
    """
    try:
        keys = parse(data).members()
    except JsonFault as fault:
        yield Unreadable(f"file:{CONFIG}", Origin(CONFIG, fault.line), fault.reason)
        return
    yield from _presets(keys)
    yield from _safely("sandbox_mode", sandbox.read_sandbox(CONFIG, keys, scope))
    for name, node in keys.items():
        if scope is Scope.PROJECT and name in _NOT_IN_PROJECT:
            yield Unreadable(f"setting:{name}", Origin(CONFIG, node.line), "Codex takes it from the user's file only")
        elif name not in sandbox.KEYS:
            yield from _safely(name, _read(name, node, there, scope))


def _presets(keys: Mapping[str, Node]) -> Iterator[Preset]:
    """Give each profile's preset; one that leaves open what the profile in force closes stands for none."""
    named = keys["permissions"].value if "permissions" in keys else {}
    in_force: frozenset[tuple[str, str]] = frozenset()
    with suppress(JsonFault):
        in_force = (
            closed_by(profile_of(keys["default_permissions"], keys)) if "default_permissions" in keys else in_force
        )
    for name in named if isinstance(named, Mapping) else ():
        with suppress(JsonFault):  # said where the profile is chosen
            profile = profile_of(Node(1, name), keys)
            yield Preset(name, profile.preset if in_force <= closed_by(profile) else "")


def _safely(name: str, atoms: Iterator[Atom]) -> Iterator[Atom]:
    try:
        yield from atoms
    except JsonFault as fault:
        yield Unreadable(f"setting:{name}", Origin(CONFIG, fault.line), fault.reason)


def _read(name: str, node: Node, there: Collection[str], scope: Scope) -> Iterator[Atom]:
    origin = Origin(CONFIG, node.line)
    match name:
        case "hooks":
            yield from read_hooks(CONFIG, {"hooks": node}, there, scope)
        case "model":
            yield Setting(name, Role.MODEL, origin, node.text())
        case "model_reasoning_effort" if node.text() in _EFFORTS:
            yield Setting(name, Role.EFFORT, origin, node.text())
        case "web_search" if node.value == "disabled":
            yield PermissionRule(Permission.DENY, "WebSearch", origin, "WebSearch", None)
        case "project_doc_fallback_filenames":
            yield Setting(name, Role.OTHER, origin, [one.text() for one in node.elements()])
        case "developer_instructions":
            yield OutputStyle(STYLE, origin, node.text().encode(), is_chosen=True)
        case "skills":
            yield from read_skill_switches(node, scope)
        case _:
            yield from _TABLES.get(name, _others)(name, node)


def _environment(_name: str, node: Node) -> Iterator[Atom]:
    keys = dict(node.members())
    for name, member in keys.pop("set").members().items() if "set" in keys else ():
        text = member.scalar()
        yield EnvVariable(name, secrets.judge(name, text) or text, Origin(CONFIG, member.line))
    for name, member in keys.items():
        yield Setting(f"shell_environment_policy.{name}", Role.OTHER, Origin(CONFIG, member.line))


def _features(_name: str, table: Node) -> Iterator[Atom]:
    for name, node in table.members().items():
        if name == "shell_tool" and node.value is False:
            yield PermissionRule(Permission.DENY, "Bash", Origin(CONFIG, node.line), "Bash", None)
        else:
            value = node.value if name in HOOK_SWITCHES and isinstance(node.value, bool) else None
            yield Setting(f"features.{name}", Role.OTHER, Origin(CONFIG, node.line), value)


def _others(name: str, node: Node) -> Iterator[Setting]:
    if isinstance(node.value, Mapping) and node.value:
        for key, member in node.value.items():
            yield Setting(f"{name}.{key}", Role.OTHER, Origin(CONFIG, member.line))
    else:
        yield Setting(name, Role.OTHER, Origin(CONFIG, node.line))


_NOT_IN_PROJECT = frozenset(
    {
        "openai_base_url",
        "chatgpt_base_url",
        "model_provider",
        "model_providers",
        "notify",
        "profile",
        "profiles",
        "otel",
    }
)
_TABLES: Mapping[str, Callable[[str, Node], Iterator[Atom]]] = {
    "mcp_servers": lambda _name, node: read_servers(CONFIG, node),
    "features": _features,
    "agents": lambda _name, node: read_names(CONFIG, node),
    "otel": lambda _name, node: read_telemetry(CONFIG, node),
    "shell_environment_policy": _environment,
}
_EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})
