from collections.abc import Callable

import pytest

from tests.support.agent_clis import claude_memory
from tests.support.convert_checks.agents import Agent
from tests.support.desk import set_up
from tests.support.model_stub import model_stub

Told = Callable[[Agent], dict[str, str]]


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Say what Claude Code tells its model of an agent's memory: the text of each file, by its path."""
    known: dict[str, dict[str, str]] = {}

    def tell(agent: Agent) -> dict[str, str]:
        if agent.name not in known:
            desk = set_up(tmp_path_factory.mktemp("told"), agent.files)
            with model_stub() as model:
                known[agent.name] = claude_memory(desk, model)
        return known[agent.name]

    return tell
