"""``reconciler validate`` tells all mistakes at once, each with its file and line and none that is not true."""

from __future__ import annotations

import pytest

from tests.support.console import Console
from tests.support.gitops import KIT, REX, GitOps

MIGRATIONS = "environments/prod/migrations"
BIGGEST = 1024 * 1024


def errors(world: GitOps, console: Console) -> list[str]:
    world.push("people: mistakes")
    ended = console.run("validate", "--repo", str(world.remote))
    assert ended.code == 1, ended
    return [line.removeprefix("error: ") for line in ended.stdout.splitlines() if line.startswith("error: ")]


@pytest.fixture
def begun(world: GitOps) -> GitOps:
    world.start(REX, KIT)
    return world


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("policy: default", "policy: strict", "8: policy is strict, and there is no", id="policy"),
        pytest.param("host: rex.", "host: kit.", "9: traffic.host kit.prod.svc.cluster.local in", id="host"),
        pytest.param("policy: ", "requires: [prod/kit, prod/x]\npolicy: ", "8: requires names prod/x", id="requires"),
        pytest.param("config: agents/rex", "config: agents/x", "5: source.config is environments", id="agent"),
    ],
)
def test_what_a_file_gets_wrong_beside_others_has_a_line_too(
    begun: GitOps, console: Console, old: str, new: str, expected: str
) -> None:
    begun.edit(f"{MIGRATIONS}/rex.yaml", old, new)

    found = errors(begun, console)

    assert any(line.startswith(f"{MIGRATIONS}/rex.yaml:{expected}") for line in found), found


def test_an_indicator_that_nothing_measures_is_named_by_line(begun: GitOps, console: Console) -> None:
    begun.edit("policies/default.yaml", "indicator: error_rate", "indicator: tool_calls")

    assert errors(begun, console) == [
        "policies/default.yaml:7: check errors asks for tool_calls, which environment prod does not measure"
    ]


def test_a_policy_with_a_mistake_is_not_said_to_be_missing(begun: GitOps, console: Console) -> None:
    begun.edit("policies/default.yaml", "minTasks: 20", "minTasks: 0")

    assert errors(begun, console) == [
        "policies/default.yaml:5: minTasks is 0, must be a whole number from 1 to 1000000"
    ]


def test_a_file_that_is_too_large_is_named_and_hides_no_other_mistake(begun: GitOps, console: Console) -> None:
    begun.write(f"{MIGRATIONS}/kit.yaml", "#" * (BIGGEST + 1))
    begun.write("environments/prod/agents/rex/large.txt", "x" * (BIGGEST + 2))
    begun.edit("policies/default.yaml", "minTasks: 20", "minTasks: 0")

    found = errors(begun, console)

    assert f"{MIGRATIONS}/kit.yaml: the file has {BIGGEST + 1} bytes, must have at most {BIGGEST}" in found
    large = "environments/prod/agents/rex/large.txt"
    assert f"{large}: the file has {BIGGEST + 2} bytes, must have at most {BIGGEST}" in found
    assert any(line.startswith("policies/default.yaml:5: minTasks is 0") for line in found)
