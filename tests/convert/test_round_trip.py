"""What was kept comes home, a second run changes nothing, and no secret is told: for every agent and every target."""

import pytest

from tests.support.convert_checks.agents import TARGETS, Converted, converted, own_agents, shared_agents
from tests.support.convert_checks.table import CHECKS, Check

ROUND_TRIP = 10
AGENTS = {agent.name: agent for agent in (*own_agents(), *shared_agents())}


@pytest.fixture(params=[(name, target) for name in AGENTS for target in TARGETS], ids="-".join)
def conversion(request: pytest.FixtureRequest) -> Converted:
    name, target = request.param
    return converted(AGENTS[name], target)


@pytest.mark.parametrize("check", [pytest.param(one, id=one.name) for one in CHECKS if one.number == ROUND_TRIP])
def test_a_law_of_the_way_back_holds(conversion: Converted, check: Check) -> None:
    score = check.score(conversion)
    assert score.faults == ()
