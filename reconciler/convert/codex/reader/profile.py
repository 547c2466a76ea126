"""Reads the permission profile that is in force: paths and domains as rules, what else it says as settings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.convert.agent import Permission, PermissionRule, Role, Setting
from reconciler.convert.codex.globs import out_of_glob
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node

PRESETS = {":read-only": "read-only", ":workspace": "workspace-write", ":danger-full-access": "danger-full-access"}


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile in force.

    Attributes:
        preset: The sandbox preset it comes down to.
        selectors: The keys that say so, with the line of each.
        tables: Its own table and those it extends, by name.
    """

    preset: str
    selectors: tuple[tuple[str, int], ...]
    tables: Mapping[str, Mapping[str, Node]]


def profile_of(node: Node, keys: Mapping[str, Node]) -> Profile:
    """Follow the profile that is named to the preset it extends in the end.

    Args:
        node: The value of ``default_permissions``.
        keys: The configuration, in which the profiles stand.

    Raises:
        JsonFault: A key has not the type that Codex expects, or a profile is not there.
    """
    selectors = [("default_permissions", node.line)]
    profiles = keys["permissions"].members() if "permissions" in keys else {}
    tables: dict[str, Mapping[str, Node]] = {}
    while (name := node.text()) not in PRESETS:
        if name not in profiles or name in tables:
            raise JsonFault(node.line, f'found the profile "{name}", expected one that is there and not its own base')
        tables[name] = profiles[name].members()
        if "extends" not in tables[name]:
            return Profile(_preset_of(tables), tuple(selectors), tables)
        node = tables[name]["extends"]
        selectors.append((f"permissions.{name}.extends", node.line))
    return Profile(PRESETS[name], tuple(selectors), tables)


def closed_by(profile: Profile) -> frozenset[tuple[str, str]]:
    """Give what a profile closes: each place with the access that is left to it.

    Raises:
        JsonFault: A key has not the type that Codex expects.
    """
    filesystems = [table["filesystem"] for table in profile.tables.values() if "filesystem" in table]
    entries = [entry for filesystem in filesystems for entry in _entries(filesystem)]
    return frozenset((name, str(access.value)) for _, name, access in entries if str(access.value) in _DENIED)


def read_profile(path: str, profile: Profile) -> Iterator[PermissionRule | Setting]:
    """Give a profile's paths and domains as rules; an entry that a nearer profile says again is left to that one.

    Raises:
        JsonFault: A key has not the type that Codex expects.
    """
    seen: dict[str, str] = {}
    for name, table in profile.tables.items():
        for key, node in table.items():
            place = f"permissions.{name}.{key}"
            if key == "filesystem":
                yield from _filesystem(path, place, node, seen)
            elif key == "network":
                yield from _network(path, place, node, seen)
            elif key != "extends":
                yield Setting(place, Role.OTHER, Origin(path, node.line))


def _filesystem(path: str, place: str, node: Node, seen: dict[str, str]) -> Iterator[PermissionRule | Setting]:
    writable: dict[str, int] = {}
    for target, name, access in _entries(node):
        origin = Origin(path, access.line)
        said = access.value if isinstance(access.value, str) else ""
        if name.endswith("/**") and seen.get(name.removesuffix("/**")) == said:
            continue  # Codex wants a folder's files named besides the folder
        if not target or name in seen or said not in _DENIED:
            if target and said == "write" and not target.startswith("./"):
                writable[target.removeprefix("/") if target.startswith("//") else target] = access.line
            else:
                yield Setting(f"{place}.{name}", Role.OTHER, origin)
        else:
            for tool in _DENIED[said]:
                yield PermissionRule(Permission.DENY, f"{tool}({target})", origin, tool, target)
        seen[name] = said
    if writable:
        yield Setting(place, Role.DIRECTORIES, Origin(path, min(writable.values())), list(writable))


def _entries(node: Node) -> Iterator[tuple[str, str, Node]]:
    for base, member in node.members().items():
        inner = member.value if isinstance(member.value, Mapping) else {"": member}
        for glob, access in inner.items():
            is_whole = glob.endswith("/**") or f"{glob}/**" in inner
            path = _path(base, out_of_glob(glob) if is_whole else glob)  # without what is below, it stays a pattern
            yield path, f"{base}.{glob}" if glob else base, access


def _path(base: str, glob: str) -> str:
    """Give a path in Claude Code's grammar; empty for a place that it has no word for."""
    if base in _ROOTS:
        return f"./{'**' if glob in ('', '.') else glob.removeprefix('./')}"
    if base.startswith(("/", "~/")) or base == "~":
        whole = base if glob in ("", ".") else f"{base.rstrip('/')}/{glob}"
        return f"/{whole}" if whole.startswith("/") else whole
    return ""


def _network(path: str, place: str, node: Node, seen: dict[str, str]) -> Iterator[PermissionRule | Setting]:
    for key, member in node.members().items():
        if key != "domains":
            yield Setting(f"{place}.{key}", Role.OTHER, Origin(path, member.line))
            continue
        fresh = {name: one for name, one in member.members().items() if f"domain:{name}" not in seen}
        seen |= {f"domain:{name}": "" for name in fresh}
        for name, decision in fresh.items():
            if decision.text() == "deny":
                pattern, origin = f"domain:{name}", Origin(path, decision.line)
                yield PermissionRule(Permission.DENY, f"WebFetch({pattern})", origin, "WebFetch", pattern)
        allowed = [name for name, decision in fresh.items() if decision.text() == "allow"]
        if allowed:
            yield Setting(f"{place}.domains", Role.NETWORK_DOMAINS, Origin(path, member.line), list(allowed))


def _preset_of(tables: Mapping[str, Mapping[str, Node]]) -> str:
    filesystems = [table["filesystem"] for table in tables.values() if "filesystem" in table]
    entries = [entry for filesystem in filesystems for entry in _entries(filesystem)]
    can_write = any(target == "./**" and access.value == "write" for target, _, access in entries)
    return "workspace-write" if can_write else "read-only"


_ROOTS = frozenset({":workspace_roots", ":project_roots", ":cwd"})
_DENIED = {"deny": ("Read", "Edit"), "none": ("Read", "Edit"), "read": ("Edit",)}
