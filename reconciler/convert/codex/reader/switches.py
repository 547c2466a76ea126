"""Finds what the configuration switches off: all hooks, or single skills. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.convert.agent import Role, Scope, Setting, Unreadable
from reconciler.convert.codex.layout import CONFIG, HOOK_SWITCHES
from reconciler.convert.documents import Origin
from reconciler.convert.formats.json_values import plain
from reconciler.convert.formats.strict_json import Node

OFF = f"switched off in {CONFIG}: left out, and not active in the target either"


@dataclass(frozen=True, slots=True)
class Switches:
    """What is off.

    Attributes:
        hooks: Whether no hook runs.
        skills: What is said of skills, in order: the key, ``name`` or ``path``, its value, and whether they are on.
    """

    hooks: bool = False
    skills: tuple[tuple[str, str, bool], ...] = ()

    def has_off(self, name: str, path: str) -> bool:
        """Whether a skill is off; Codex asks the last line about its name, or about the place of its SKILL.md."""
        said = [is_on for key, value, is_on in self.skills if _is_about(key, value, name, path)]
        return bool(said) and not said[-1]


def read_skill_switches(node: Node, scope: Scope) -> Iterator[Setting | Unreadable]:
    """Read the ``skills`` table; Codex passes over its ``config`` in a project.

    Raises:
        JsonFault: It is no table.
    """
    for key, member in node.members().items():
        name, origin = f"skills.{key}", Origin(CONFIG, member.line)
        if key == "config" and scope is Scope.PROJECT:
            yield Unreadable(f"setting:{name}", origin, "Codex takes it from the user's file only")
        else:
            yield Setting(name, Role.OTHER, origin, plain(member))


def switches_of(atoms: Iterable[object]) -> Switches:
    """Find the switches among what the configuration says."""
    said = {one.name: one.value for one in atoms if isinstance(one, Setting)}
    rules = said.get("skills.config")
    return Switches(
        hooks=any(said.get(f"features.{name}") is False for name in HOOK_SWITCHES),
        skills=tuple(rule for one in rules for rule in _rules(one)) if isinstance(rules, list) else (),
    )


def _rules(one: object) -> Iterator[tuple[str, str, bool]]:
    keys = one if isinstance(one, Mapping) else {}
    for key in ("name", "path"):
        if isinstance(keys.get(key), str):
            yield key, keys[key], keys.get("enabled") is not False


def _is_about(key: str, value: str, name: str, path: str) -> bool:
    return value == name if key == "name" else f"/{value}".endswith(f"/{path}")
