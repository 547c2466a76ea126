"""The acceptance checks that need no real CLI, on the project's own agents, and on the public ones where they are."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from reconciler.model.conversion import Item
from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import TARGETS, Agent, Converted, converted, own_agents, shared_agents
from tests.support.convert_checks.atoms import atoms
from tests.support.convert_checks.table import CHECKS, Check

ROUND_TRIP = 10
AGENTS = (*own_agents(), *shared_agents())


def cases() -> Iterator[object]:
    for check in CHECKS:
        if check.number != ROUND_TRIP and check.goal is not None:
            yield from (pytest.param(check, target, id=f"{check.name}-{target}") for target in check.targets)


@pytest.mark.parametrize(("check", "target"), list(cases()))
def test_a_check_holds_for_every_agent(check: Check, target: Cli) -> None:
    scores = {agent.name: check.score(one(agent.name, target)) for agent in AGENTS}
    held, total = sum(score.held for score in scores.values()), sum(score.total for score in scores.values())
    faults = [f"{name}: {fault}" for name, score in scores.items() for fault in score.faults]
    assert held >= (check.goal or 0) * total, "\n".join(faults)


@pytest.mark.parametrize("target", TARGETS)
def test_one_bad_part_does_not_take_the_others_with_it(target: Cli) -> None:
    good = {f".claude/agents/{name}.md": PART.format(name=name).encode() for name in ("ada", "bob", "cyd")}
    bad = {".claude/agents/dan.md": b"---\nname: dan\ndescription: \xff\xfe\n---\nDig.\n", ".mcp.json": b"{ not json"}
    found = converted(Agent("bad", AGENTS[0].folder, {"CLAUDE.md": b"Dig.\n", **good, **bad}), target)
    listed = {item.item: item for item in found.result.items}
    assert {f"subagent:{name}" for name in ("ada", "bob", "cyd")} <= {
        name for name, item in listed.items() if item.target
    }
    assert all(listed[name].reason for name in ("subagent:dan", "file:.mcp.json"))


def test_the_atoms_of_an_agent_are_counted_without_the_converter() -> None:
    files = {
        "CLAUDE.md": b"# Shop\n",
        ".claude/settings.json": b'{"model": "opus", "permissions": {"deny": ["Read(a)", "Read(b)"]}, "hooks": {}}',
        ".mcp.json": b'{"mcpServers": {"db": {"command": "db", "env": {"HOST": "x"}}}}',
        ".claude/agents/ada.md": PART.format(name="ada").encode(),
    }
    assert {name for name, _ in atoms(files)} == {
        *("memory:CLAUDE.md", "setting:model", "permission:deny:Read(a)", "permission:deny:Read(b)"),
        *("mcp:db", "mcp:db:command", "mcp:db:env.HOST"),
        *("subagent:ada", "subagent:ada:name", "subagent:ada:description"),
    }


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param("every atom exactly once", lambda items, _: items.pop(), id="a-line-less"),
        pytest.param("every atom exactly once", lambda items, _: items.append(items[-1]), id="a-line-twice"),
        pytest.param("reasons and targets", lambda _, files: files.pop("AGENTS.md"), id="a-file-less"),
        pytest.param("memory bytes outside imports", lambda _, files: blank(files, b"Dig "), id="a-word-less"),
        pytest.param("fenced blocks verbatim", lambda _, files: blank(files, b"dig -v"), id="a-fence-changed"),
        pytest.param(
            "import edges on the ledger",
            lambda items, _: items.remove(named(items, "import:how.md")),
            id="an-import-less",
        ),
    ],
)
def test_a_check_notices_damage(name: str, damage: Callable[[list[Item], dict[str, bytes]], object]) -> None:
    found = converted(Agent("dig", AGENTS[0].folder, DIG), Cli.CODEX)
    check = next(one for one in CHECKS if one.name == name)
    assert check.score(found).faults == ()
    items, files = sorted(found.result.items, key=lambda one: one.item), dict(found.files)
    damage(items, files)
    damaged = replace(found, result=replace(found.result, items=tuple(items), files=files))
    assert check.score(damaged).faults


def named(items: list[Item], name: str) -> Item:
    return next(item for item in items if item.item == name)


def blank(files: dict[str, bytes], word: bytes) -> None:
    assert word in files["AGENTS.md"]
    files["AGENTS.md"] = files["AGENTS.md"].replace(word, b"")


@cache
def one(name: str, target: Cli) -> Converted:
    return converted(next(agent for agent in AGENTS if agent.name == name), target)


DIG = {"CLAUDE.md": b"# Dig\n\n@how.md\n\nDig here.\n\n```sh\ndig -v\n```\n", "how.md": b"Slowly.\n"}
PART = "---\nname: {name}\ndescription: Digs.\n---\nDig for {name}.\n"
