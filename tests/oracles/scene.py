"""Lays converted agents out for the CLIs that judge them, and says which of their marks nobody has seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import Agent, Converted, converted, own_agents, shared_agents
from tests.support.desk import Desk, set_up

OWN = next(agent for agent in own_agents() if agent.name == "oracles")
"""The agent of this folder: one of everything that Claude Code reads, with a mark in every text."""

ALL = (*own_agents(), *shared_agents())
SOME = tuple(
    one
    for one in ALL
    if one.name in {"oracles", "proj", "0bserver07__SutroYaro", "46ki75__elmethis", "vinta__pangu.js"}
)
"""A handful for the CLIs that take their time: the marked ones and a few public ones."""


def those_with(*beginnings: str) -> pytest.MarkDecorator:
    """Run a test with each agent that has a file whose path begins so."""
    agents = [agent for agent in ALL if any(path.startswith(beginnings) for path in agent.files)]
    return pytest.mark.parametrize("agent", agents, ids=lambda agent: agent.name)


def laid_out(agent: Agent, target: Cli, folder: Path) -> tuple[Converted, Desk]:
    """Convert an agent of Claude Code and write the result beside its files."""
    one = converted(agent, target)
    desk = set_up(folder, {**one.source, **one.files})
    return one, desk


def missing_lines(one: Converted, told: Mapping[str, str], text: str) -> list[str]:
    """Give the first line of each document that is not in the text in its order.

    Args:
        one: Whose ledger says which lines have imports in them: these stand in pieces.
        told: The text of each document, by its path.
        text: What the target tells its model.
    """
    names = {re.sub(r"#\d+$", "", item.item).removeprefix("import:") for item in one.items("import")}
    shown = _lines(text)
    missing = []
    for path, said in told.items():
        left = iter(shown)
        lines = [line for line in _lines(said) if not any(f"@{name}" in line for name in names)]
        missing += [f"{path}: {line}" for line in [next((line for line in lines if line not in left), "")] if line]
    return missing


def below(desk: Desk, folder: str) -> Desk:
    """Give the same desk with the CLI started in a folder of the project."""
    return Desk(desk.project / folder, desk.home)


def marks(files: Mapping[str, bytes]) -> dict[str, str]:
    """Give the marks of an agent, each with the file in which it stands."""
    return {mark.decode(): path for path, data in files.items() for mark in re.findall(rb"MARK_\w+", data)}


def unseen(one: Converted, seen: str) -> set[str]:
    """Give the marks that the target did not show."""
    return {mark for mark in marks(one.source) if not re.search(rf"{mark}\b", seen)}


def unexplained(one: Converted, unseen_marks: Iterable[str]) -> set[str]:
    """Give those marks whose file the ledger does not mention as degraded or dropped."""
    lost = {item.source.rpartition(":")[0] for item in one.result.items if item.outcome is not Outcome.KEPT}
    places = marks(one.source)
    return {mark for mark in unseen_marks if places[mark] not in lost}


def document(files: Mapping[str, bytes], path: str) -> dict[str, Any]:
    """Give a JSON file of the agent; empty when it is not there or broken."""
    try:
        found = json.loads(files.get(path, b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def outcomes(one: Converted, name: str) -> set[Outcome]:
    """Give what became of the items of this name, and of its keys."""
    return {item.outcome for item in one.result.items if item.item == name or item.item.startswith(f"{name}:")}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
