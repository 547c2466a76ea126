"""OpenCode judges what we made for it out of Claude Code's agents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.oracles.conftest import Told
from tests.oracles.scene import OWN, SOME, below, document, laid_out, missing_lines, outcomes, unexplained, unseen
from tests.support.agent_clis import opencode_config, opencode_skills, opencode_turn
from tests.support.convert_checks.agents import Agent
from tests.support.model_stub import model_stub

pytestmark = pytest.mark.real

some_agents = pytest.mark.parametrize("agent", SOME, ids=lambda agent: agent.name)


@some_agents
def test_it_loads_the_memory(agent: Agent, tmp_path: Path, told: Told) -> None:
    one, desk = laid_out(agent, Cli.OPENCODE, tmp_path)
    with model_stub() as model:
        opencode_turn(desk, model)
    assert missing_lines(one, told(agent), model.text) == []


@some_agents
def test_it_keeps_every_key_of_its_configuration(agent: Agent, tmp_path: Path) -> None:
    one, desk = laid_out(agent, Cli.OPENCODE, tmp_path)
    config = opencode_config(desk)
    assert document(one.files, "opencode.json").keys() - config.keys() == set()
    named = document(one.source, ".mcp.json").get("mcpServers", {})
    wanted = {name for name in named if outcomes(one, f"mcp:{name}") != {Outcome.DROPPED}}
    assert wanted - config.get("mcp", {}).keys() == set()


def test_every_text_is_seen_or_explained(tmp_path: Path) -> None:
    one, desk = laid_out(OWN, Cli.OPENCODE, tmp_path)
    with model_stub() as model:
        opencode_turn(desk, model)
        opencode_turn(below(desk, "shop/prices"), model)
    lost = unseen(one, "\n".join([model.text, json.dumps(opencode_config(desk)), json.dumps(opencode_skills(desk))]))
    assert unexplained(one, lost) <= {"MARK_UNREAD", "MARK_TEMPLATE"}
    assert lost <= {"MARK_UNREAD", "MARK_TEMPLATE", "MARK_CHATTY", "MARK_TERSE", "MARK_START_HOOK"}


def test_a_command_gets_its_arguments_and_the_output_of_its_commands(tmp_path: Path) -> None:
    one, desk = laid_out(OWN, Cli.OPENCODE, tmp_path)
    with model_stub() as model:
        opencode_turn(desk, model, "A1", "120", command="fix")
        opencode_turn(desk, model, "now", command="stock/count")
    assert "all that was said: A1 120" in model.text
    assert "the price of A1;" in model.text or outcomes(one, "command:fix") - {Outcome.KEPT}
    assert "begin with this state: ?? " in model.text


@pytest.mark.parametrize(
    ("commands", "run"),
    [
        pytest.param(("git status", "touch forbidden", "rm -rf shop"), {"git status"}, id="denied"),
        pytest.param(("git push --force", "touch not-allowed"), set(), id="to-be-asked-for"),
    ],
)
def test_it_runs_what_was_allowed_and_nothing_else(commands: tuple[str, ...], run: set[str], tmp_path: Path) -> None:
    _, desk = laid_out(OWN, Cli.OPENCODE, tmp_path)
    with model_stub(*commands) as model:
        events = opencode_turn(desk, model)
    states = [event["part"]["state"] for event in events if event["type"] == "tool_use"]
    assert {state["input"]["command"] for state in states if state["status"] == "completed"} == run
    assert (desk.project / "shop").is_dir()
    assert not (desk.project / "forbidden").exists()
    assert not (desk.project / "not-allowed").exists()
