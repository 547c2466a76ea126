"""Reads what Codex's agent may do without asking: sandbox, approvals and permission profile. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from reconciler.convert.agent import PermissionRule, Role, Scope, Setting
from reconciler.convert.codex.reader.profile import PRESETS, profile_of, read_profile
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import JsonFault, Node

KEYS = frozenset({"sandbox_mode", "approval_policy", "default_permissions", "permissions", "sandbox_workspace_write"})


def read_sandbox(path: str, keys: Mapping[str, Node], scope: Scope) -> Iterator[PermissionRule | Setting]:
    """Read the mode, whether there is a sandbox, and the profile's rules.

    A profile holds only where no ``sandbox_mode`` stands; what does not hold is a setting like any other.

    Args:
        path: The configuration's path.
        keys: Its keys.
        scope: Whose it is.

    Raises:
        JsonFault: A key has not the type or the value that Codex expects.
    """
    others = {key: node for key, node in keys.items() if key in {"default_permissions", "approval_policy"}}
    profile, preset, selectors = None, "", []
    if "sandbox_mode" in keys:
        preset, selectors = _sandbox_mode(keys["sandbox_mode"]), [("sandbox_mode", keys["sandbox_mode"].line)]
    elif "default_permissions" in keys:
        profile = profile_of(others.pop("default_permissions"), keys)
        preset, selectors = profile.preset, list(profile.selectors)
        yield from read_profile(path, profile)
    approval = keys["approval_policy"].value if "approval_policy" in keys else None
    if isinstance(approval, str) and approval in _APPROVALS:
        selectors.insert(0, ("approval_policy", others.pop("approval_policy").line))
    yield from _mode(path, selectors, preset, approval)
    tables = profile.tables if profile else {}
    for name, node in keys["permissions"].members().items() if "permissions" in keys else ():
        if name not in tables:
            others[f"permissions.{name}"] = node
    yield from (Setting(name, Role.OTHER, Origin(path, node.line)) for name, node in others.items())
    if "sandbox_workspace_write" in keys:
        yield from _workspace_write(path, keys["sandbox_workspace_write"], scope)


def _sandbox_mode(node: Node) -> str:
    if node.text() in PRESETS.values():
        return node.text()
    raise JsonFault(node.line, f"found no useful sandbox_mode, expected one of {', '.join(PRESETS.values())}")


def _mode(path: str, selectors: list[tuple[str, int]], preset: str, approval: object) -> Iterator[Setting]:
    """Give the mode to the first key that says something of it, and the sandbox to the others.

    Of a read-only sandbox only the mode is said: the sandboxes of others let a command write in the project.
    """
    if not selectors:
        return
    mode = _MODES.get((preset, approval)) or _MODES[preset, None]
    (name, line), *rest = selectors
    yield Setting(name, Role.MODE, Origin(path, line), mode)
    if preset == "read-only":
        yield from (Setting(name, Role.MODE, Origin(path, line), mode) for name, line in rest)
    elif preset:
        is_on = preset != "danger-full-access"
        yield from (Setting(name, Role.SANDBOX, Origin(path, line), is_on) for name, line in rest or selectors)


def _workspace_write(path: str, node: Node, scope: Scope) -> Iterator[Setting]:
    for key, member in node.members().items():
        name, origin = f"sandbox_workspace_write.{key}", Origin(path, member.line)
        if key == "writable_roots":
            roots = [_folder(one.text(), scope) for one in member.elements()]
            yield Setting(name, Role.DIRECTORIES, origin, list(roots))
        else:
            yield Setting(name, Role.OTHER, origin)


def _folder(root: str, scope: Scope) -> str:
    """Give a folder as seen from the agent's; Codex counts a relative one from the folder of its configuration."""
    if root.startswith(("/", "~")):
        return root
    folder = posixpath.normpath(posixpath.join(".codex", root))
    return f"~/{folder}" if scope is Scope.USER else folder


_APPROVALS = frozenset({"untrusted", "on-failure", "on-request", "never"})
_MODES: Mapping[tuple[str, object], str] = {
    ("", None): "default",
    ("", "never"): "dontAsk",
    ("read-only", None): "plan",
    ("workspace-write", None): "acceptEdits",
    ("workspace-write", "untrusted"): "default",
    ("workspace-write", "never"): "dontAsk",
    # The next narrower mode: Codex lets the model decide when to ask, Claude Code asks before a command.
    ("danger-full-access", None): "acceptEdits",
    ("danger-full-access", "untrusted"): "default",
    ("danger-full-access", "never"): "bypassPermissions",
}
