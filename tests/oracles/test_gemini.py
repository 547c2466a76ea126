"""Gemini CLI judges what we made for it out of Claude Code's agents."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.oracles.conftest import Told
from tests.oracles.scene import OWN, SOME, below, document, laid_out, missing_lines, outcomes, unexplained, unseen
from tests.support.agent_clis import gemini_complaints, gemini_servers, gemini_skills, gemini_turn
from tests.support.convert_checks.agents import Agent
from tests.support.model_stub import model_stub

pytestmark = pytest.mark.real

some_agents = pytest.mark.parametrize("agent", SOME, ids=lambda agent: agent.name)


@some_agents
def test_it_loads_the_memory_without_a_complaint(agent: Agent, tmp_path: Path, told: Told) -> None:
    one, desk = laid_out(agent, Cli.GEMINI, tmp_path)
    with model_stub() as model:
        ended = gemini_turn(desk, model, hooks=False)  # the scripts of a public agent are not at hand
    assert ended.code == 0, ended.stderr
    assert gemini_complaints(ended) == []
    assert missing_lines(one, told(agent), model.text) == []


@some_agents
def test_it_has_every_server_that_the_ledger_does_not_drop(agent: Agent, tmp_path: Path) -> None:
    one, desk = laid_out(agent, Cli.GEMINI, tmp_path)
    named = document(one.source, ".mcp.json").get("mcpServers", {})
    wanted = {name for name in named if outcomes(one, f"mcp:{name}") != {Outcome.DROPPED}}
    assert wanted - gemini_servers(desk).keys() == set()


def test_every_text_is_seen_or_explained(tmp_path: Path) -> None:
    one, desk = laid_out(OWN, Cli.GEMINI, tmp_path)
    with model_stub() as model:
        for prompt in ("hello", "/summary", "/fix A1 120", "/stock:count"):
            gemini_turn(desk, model, prompt)
        gemini_turn(below(desk, "shop/prices"), model)
    files = [*gemini_skills(desk).values(), *(desk.project / ".gemini" / "agents").glob("*.md")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    lost = unseen(one, "\n".join([model.text, *texts]))
    assert unexplained(one, lost) <= {"MARK_UNREAD", "MARK_TEMPLATE"}
    # A style that is not in force is left out, and no person is there to let /stock:count run its command.
    assert lost == {"MARK_UNREAD", "MARK_TEMPLATE", "MARK_CHATTY", "MARK_START_HOOK", "MARK_COUNT"}


def test_it_offers_its_model_the_subagents(tmp_path: Path) -> None:
    _, desk = laid_out(OWN, Cli.GEMINI, tmp_path)
    with model_stub() as model:
        gemini_turn(desk, model)
    assert "MARK_REVIEWER_OFFER" in model.text
    assert "packer" in model.text


def test_it_runs_the_hooks_without_a_complaint(tmp_path: Path) -> None:
    _, desk = laid_out(OWN, Cli.GEMINI, tmp_path)
    with model_stub() as model:
        ended = gemini_turn(desk, model)
    assert "MARK_START_HOOK" in ended.stderr
    assert gemini_complaints(ended) == []


def test_it_runs_what_was_allowed_and_nothing_that_was_denied_or_to_be_asked_for(tmp_path: Path) -> None:
    _, desk = laid_out(OWN, Cli.GEMINI, tmp_path)
    with model_stub("git status", "touch forbidden", "rm -rf shop", "git push --force", "touch not-allowed") as model:
        gemini_turn(desk, model)
    assert "No commits yet" in model.text, "what is allowed runs"
    assert (desk.project / "shop").is_dir()
    assert not (desk.project / "forbidden").exists()
    assert not (desk.project / "not-allowed").exists()
