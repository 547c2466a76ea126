"""The agents that the checks run on: the project's own examples, and the public ones when they are there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reconciler.convert import convert, with_carried
from reconciler.model.conversion import Conversion, Item
from reconciler.model.migration import Cli

MODEL = {Cli.CODEX: "gpt-5.5", Cli.GEMINI: "gemini-2.5-pro", Cli.OPENCODE: "anthropic/claude-sonnet-4-5"}
TARGETS = tuple(MODEL)


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent's folder: its name, its place on disk and its files by path."""

    name: str
    folder: Path
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Converted:
    """An agent and what became of it for one target."""

    agent: Agent
    target: Cli
    result: Conversion

    @property
    def source(self) -> Mapping[str, bytes]:
        """The agent's own files."""
        return self.agent.files

    @property
    def files(self) -> Mapping[str, bytes]:
        """The target's files."""
        return self.result.files

    def items(self, kind: str) -> list[Item]:
        """Give the lines of the ledger whose names start with this word."""
        return [item for item in self.result.items if item.item.startswith(f"{kind}:")]


def converted(agent: Agent, target: Cli) -> Converted:
    """Convert an agent of Claude Code into a folder of its own."""
    result = convert(agent.files, source=Cli.CLAUDE, target=target, model=MODEL[target])
    return Converted(agent, target, with_carried(result, agent.files))


@cache
def own_agents() -> tuple[Agent, ...]:
    """Give the examples that belong to the project."""
    tests = Path(__file__).parents[2]
    folders = [*sorted((tests / "convert" / "cases").glob("*/input")), tests / "oracles" / "agent"]
    agents = [_agent(folder, folder.parent.name) for folder in folders if folder.is_dir()]
    return tuple(agent for agent in agents if any(_is_claude(path) for path in agent.files))


@cache
def shared_agents() -> tuple[Agent, ...]:
    """Give the public agents and samples; none when ``RECONCILER_SHARED`` does not say where they are."""
    if not os.environ.get("RECONCILER_SHARED"):
        return ()
    root = Path(os.environ["RECONCILER_SHARED"])
    folders = [*(root / "corpus").glob("*/"), *(root / "samples" / "synthetic").glob("*/")]
    folders = [folder for folder in sorted(folders) if folder.is_dir()]
    return tuple(_agent(folder, folder.name) for folder in [*folders, root / "samples" / "claude-full" / "proj"])


def _agent(folder: Path, name: str) -> Agent:
    root = folder.resolve()
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.resolve().is_relative_to(root)]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return Agent(name, folder, {path: data for path, data in files.items() if path != _NOTE})


def _is_claude(path: str) -> bool:
    return path in {"CLAUDE.md", ".mcp.json"} or path.startswith(".claude/")


_NOTE = "ORIGIN.txt"  # says where a public agent comes from; no part of it
