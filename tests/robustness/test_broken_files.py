"""A mistake in any file that people write stops no rollback by hand, and nothing goes forward on its own after it."""

from __future__ import annotations

import pytest

from reconciler.model.stage import Stage
from tests.support.console import Console, Ended, moment
from tests.support.gitops import REX, GitOps, run

MIGRATION = "environments/prod/migrations/rex.yaml"
ENVIRONMENT = "environments/prod/environment.yaml"
AGENT = "environments/prod/agents/rex/CLAUDE.md"
ROUTING = "environments/prod/rendered/rex/virtualservice.yaml"

MISTAKES = [
    pytest.param(MIGRATION, "stage: canarry\n", id="migration"),
    pytest.param(MIGRATION, "\t- not: [yaml", id="migration-no-yaml"),
    pytest.param(ENVIRONMENT, "apiVersion: reconciler/v1\nkind: Environment\nname: oops\n", id="environment"),
    pytest.param("policies/default.yaml", "apiVersion: reconciler/v1\nkind: HealthPolicy\n", id="policy"),
    pytest.param("templates/virtualservice.yaml.j2", "{{ nobody.knows }}\n", id="template"),
    pytest.param("templates/virtualservice.yaml.j2", "{% if %}\n", id="template-syntax"),
    pytest.param(AGENT, "@/etc/passwd \x00\n", id="agent"),
]


@pytest.fixture
def canary(world: GitOps) -> GitOps:
    world.start(REX)
    world.bring_to(REX, Stage.CANARY)
    world.soak(REX)
    world.pull()
    return world


def at_now(world: GitOps, console: Console, command: str, *more: str) -> Ended:
    return console.run(command, *more, "--repo", str(world.remote), "--at", moment(world.now))


@pytest.mark.parametrize(("path", "text"), MISTAKES)
def test_a_rollback_passes_any_mistake_and_nothing_advances_after_it(
    canary: GitOps, console: Console, path: str, text: str
) -> None:
    at_planning = run("git", "-C", str(canary.remote), "log", "--format=%H", "--grep=enter planning", "main")
    good = canary.git("rev-parse", "HEAD")
    canary.write(path, text)
    bad = canary.push("people: a mistake")
    assert at_now(canary, console, "reconcile").code in (0, 12)
    done = at_now(canary, console, "rollback", "prod/rex", "--reason", "on call", "--by", "ann")
    assert done.code == 0, done
    assert canary.show(ROUTING) == canary.show(ROUTING, at_planning)
    mend(canary, path, good, bad)
    for _ in range(3):
        canary.soak(REX)
        assert at_now(canary, console, "reconcile").code == 0
        assert canary.show(ROUTING) == canary.show(ROUTING, at_planning)


def mend(world: GitOps, path: str, good: str, bad: str) -> None:
    """Take the mistake back; a rollback that restored the file has done so already."""
    world.pull()
    if world.git("rev-parse", f"HEAD:{path}") != world.git("rev-parse", f"{bad}:{path}"):
        return
    if world.git("ls-tree", good, "--", path):
        world.git("checkout", "-q", good, "--", path)
    else:
        world.git("rm", "-q", path)
    world.push("people: mended")


@pytest.mark.parametrize("path", [MIGRATION, ENVIRONMENT])
def test_status_says_where_a_broken_migration_stands_and_the_way_back(
    canary: GitOps, console: Console, path: str
) -> None:
    canary.write(path, "oops\n")
    canary.push("people: a mistake")
    done = at_now(canary, console, "status", "prod/rex")
    assert done.code == 0
    assert done.stdout.startswith("prod/rex  canary (10 %)")
    assert path in done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("without"))
    canary.pull()
    canary.git("branch", "-q", "--set-upstream-to=origin/main")
    canary.shell(line.removeprefix("without"))
    assert "weight: 100" in canary.show(ROUTING)
    assert canary.stage(REX) is Stage.PLANNING
