"""A pass has one moment, and acts only where it was told to; what people did is seen all the same."""

from __future__ import annotations

import pytest

from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from tests.support.console import Console, Ended, moment
from tests.support.gitops import KIT, MINUTE, REX, GitOps

BOTH = MigrationId("staging", "rex")


def reconcile(world: GitOps, console: Console, *more: str) -> Ended:
    arguments = ("--repo", str(world.remote), "--at", moment(world.now), "--output", "json")
    return console.run("reconcile", *arguments, *more)


@pytest.mark.parametrize("command", ["reconcile", "plan"])
def test_a_moment_before_a_stage_began_is_refused(world: GitOps, console: Console, command: str) -> None:
    world.bring_to(REX, Stage.TESTING)
    before = world.head()
    since = world.status(REX)["since"].strip('"')
    world.now -= 10 * MINUTE
    done = console.run(command, "--repo", str(world.remote), "--at", moment(world.now))
    assert (done.code, done.stdout) == (1, "")
    assert f"error: --at is {moment(world.now)}, but prod/rex entered testing at {since}" in done.stderr
    assert "hint: " in done.stderr
    assert world.head() == before


def test_a_commit_carries_the_moment_of_its_pass(world: GitOps, console: Console) -> None:
    assert reconcile(world, console).code == 0
    world.pull()
    dates = world.git("log", "-1", "--format=%aI %cI").split()
    assert [date.replace("+00:00", "Z") for date in dates] == [moment(world.now)] * 2


@pytest.fixture
def three(world: GitOps) -> GitOps:
    """Give two migrations in prod and one in staging, all at canary and ready to go on."""
    for one in (KIT, BOTH):
        world.add(one)
    world.push("people: more")
    while world.stage(REX) is not Stage.CANARY:
        world.reconcile()
        world.soak(REX, KIT, BOTH)
    return world


def stages(world: GitOps) -> list[Stage | None]:
    return [world.stage(one) for one in (REX, KIT, BOTH)]


@pytest.mark.parametrize(
    ("scope", "moved"),
    [
        pytest.param(("--migration", "kit"), [KIT], id="name"),
        pytest.param(("--migration", "prod/rex"), [REX], id="environment-and-name"),
        pytest.param(("--migration", "rex"), [REX, BOTH], id="name-in-two-environments"),
        pytest.param(("--environment", "staging"), [BOTH], id="environment"),
        pytest.param(("--environment", "prod", "--migration", "rex"), [REX], id="both"),
    ],
)
def test_a_filtered_pass_acts_on_its_own_only(
    three: GitOps, console: Console, scope: tuple[str, ...], moved: list[MigrationId]
) -> None:
    done = reconcile(three, console, *scope)
    assert done.code == 0, done
    assert {one["id"] for one in done.json["migrations"]} == {str(one) for one in moved}
    expected = [Stage.ROLLOUT_25 if one in moved else Stage.CANARY for one in (REX, KIT, BOTH)]
    assert stages(three) == expected


def test_filtered_passes_do_not_hide_a_persons_revert(three: GitOps, console: Console) -> None:
    three.pull()
    entered_canary = three.git("log", "-1", "--format=%H", "--grep=prod/rex: advance testing → canary")
    three.git("revert", "--no-edit", entered_canary)
    three.git("push", "-q", "origin", "main")
    three.soak(REX, KIT, BOTH)
    for scope in (("--environment", "staging"), ("--migration", "kit")):
        assert reconcile(three, console, *scope).code == 0
        three.soak(REX, KIT, BOTH)
    for _ in range(2):
        assert reconcile(three, console).code == 0
        assert three.stage(REX) is Stage.TESTING
        three.soak(REX, KIT, BOTH)
    found = reconcile(three, console).migration("prod/rex")
    assert (found["stage"], found["decision"]) == ("testing", "hold")
    assert "revert" in found["reason"]
    assert three.stage(KIT) not in (Stage.CANARY, Stage.TESTING), "the others went on"


def test_a_held_migration_is_a_hold_with_the_persons_reason(world: GitOps, console: Console) -> None:
    world.bring_to(REX, Stage.TESTING)
    world.soak(REX)
    order = ("hold", "prod/rex", "--reason", "freeze week", "--by", "ann", "--at", moment(world.now))
    assert console.run(*order, "--repo", str(world.remote)).code == 0
    done = reconcile(world, console)
    assert done.code == 0
    found = done.migration("prod/rex")
    assert (found["decision"], found["to"]) == ("hold", None)
    assert "held by ann: freeze week" in found["reason"]
    assert world.stage(REX) is Stage.TESTING
