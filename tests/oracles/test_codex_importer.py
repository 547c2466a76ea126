"""Codex's own importer is a floor: what it brings over from Claude Code, we bring over too, or say why not."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.oracles.scene import ALL, laid_out, outcomes
from tests.support.codex_server import codex_config, codex_hooks, codex_import, codex_server, codex_skills
from tests.support.convert_checks.agents import Agent, Converted
from tests.support.desk import Desk, set_up

pytestmark = pytest.mark.real

DELIBERATE = {
    r"projects\..*": "the folder of each has another name",
    r"model": "the caller named one",
    r"project_doc_max_bytes": "raised, where Codex would cut the memory off",
    r"shell_environment_policy\.inherit": "Claude Code hands its whole environment to its tools, so may Codex",
    r"sandbox_mode": "where a path is denied, a permission profile says the same and more",
}
"""What the importer writes and we do not, by the key's pattern."""

_ENV = "shell_environment_policy.set."


@pytest.mark.parametrize("agent", ALL, ids=lambda agent: agent.name)
def test_nothing_that_the_importer_brings_over_is_missing(agent: Agent, tmp_path: Path) -> None:
    one, ours = laid_out(agent, Cli.CODEX, tmp_path / "ours")
    theirs = set_up(tmp_path / "theirs", agent.files)
    with codex_server(theirs) as server:
        codex_import(server, theirs)
    config, hooks, skills, roles = _loaded(theirs)
    our_config, our_hooks, our_skills, our_roles = _loaded(ours)
    missing = [key for key, value in config.items() if our_config.get(key) != value and not _is_explained(key, one)]
    assert missing == [], {key: (config[key], our_config.get(key)) for key in missing}
    assert hooks - our_hooks == Counter()
    assert roles - our_roles == set()
    assert {_stem(name) for name in skills} - {_stem(name) for name in our_skills} == set()


def _loaded(desk: Desk) -> tuple[dict[str, Any], Counter[tuple[str, str]], set[str], set[str]]:
    with codex_server(desk) as server:
        config = json.loads(json.dumps(codex_config(server, desk)).replace(str(desk.project), ""))
        hooks = Counter(
            (hook["eventName"], (hook["matcher"] or "").strip("*")) for hook in codex_hooks(server, desk)[0]
        )
        skills = set(codex_skills(server, desk)[0])
    return (
        dict(_leaves(config)),
        hooks,
        skills,
        {path.stem for path in (desk.project / ".codex" / "agents").glob("*.toml")},
    )


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, f"{key}.{name}" if key else name)
    else:
        yield key, value


def _stem(name: str) -> str:
    """Leave of a name what both have: the importer puts its own word for Claude's, even into names."""
    plain = name.lower().removeprefix("source-").removeprefix("command-")
    return re.sub(r"claude(-code)?", "codex", plain)


def _is_explained(key: str, one: Converted) -> bool:
    if key.startswith(_ENV):
        return bool(outcomes(one, f"env:{key.removeprefix(_ENV)}") - {Outcome.KEPT})
    return any(re.fullmatch(pattern, key) for pattern in DELIBERATE)
