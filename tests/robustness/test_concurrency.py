"""Eight reconcilers and a person push to one branch at the same time: nothing is lost, nothing happens twice."""

from __future__ import annotations

import subprocess
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from reconciler.model.migration import MigrationId
from reconciler.render.commits import parse_trailers
from tests.robustness.witness import is_ancestor, updates, watch
from tests.support.console import Console, ended, moment
from tests.support.gitops import FORWARD, GitOps, run

RECONCILERS = 8
ROUNDS = 10
EDITS = 4
FIRST = tuple(MigrationId("prod", name) for name in ("ada", "bob", "cleo"))
LATER = {2: MigrationId("prod", "dora"), 4: MigrationId("staging", "emil")}


@dataclass
class Person:
    """Pushes an edit whenever somebody else pushed; who loses a race rebases and pushes again, as people do."""

    world: GitOps
    told: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self, number: int, newcomer: MigrationId | None) -> None:
        if newcomer is not None:
            self.world.add(newcomer)
        for edit in range(EDITS):
            self.world.write(f"docs/note-{edit}.md", f"Round {number}.\n")
            if edit == 2:
                self.world.write("environments/prod/agents/ada/CLAUDE.md", f"# ada\n\nBe careful ({number // 3}).\n")
            self.push(f"people: round {number}, edit {edit}")
            if not self.somebody_pushes():
                return

    def somebody_pushes(self) -> bool:
        """Wait for the branch to move; False when the round is over."""
        while self.world.head() == self.told[-1]:
            if self.stop.wait(0.02):
                return False
        return True

    def push(self, message: str) -> None:
        self.world.git("add", "-A")
        self.world.git("commit", "-q", "-m", message)
        while True:
            self.world.git("fetch", "-q", "origin", "main")
            self.world.git("rebase", "-q", "origin/main")
            here = ["git", "-C", str(self.world.person), "push", "-q", "origin", "main"]
            if subprocess.run(here, capture_output=True, check=False).returncode == 0:
                self.told.append(self.world.git("rev-parse", "HEAD"))
                return


def test_eight_reconcilers_and_a_person_lose_nothing_and_do_nothing_twice(world: GitOps, console: Console) -> None:
    watch(world.remote)
    world.start(*FIRST)
    first = world.head()
    told = [first]
    for number in range(ROUNDS):
        told += one_round(world, console, number)
        world.soak(*FIRST, *(one for begun, one in LATER.items() if begun <= number))
    lost = [commit for commit in told if not is_ancestor(world.remote, commit, "main")]
    assert not lost, f"{len(lost)} of {len(told)} pushed commits are gone"
    assert_every_update_was_a_fast_forward(world, first)
    assert_each_transition_happened_once(world)
    verified = console.run("verify", "--repo", str(world.remote))
    assert verified.code == 0, verified


def one_round(world: GitOps, console: Console, number: int) -> list[str]:
    """Let everybody work at once; gives the commits that somebody was told were pushed."""
    person = Person(world)
    command = ("reconcile", "--repo", str(world.remote), "--at", moment(world.now), "--output", "json")
    with ThreadPoolExecutor(1) as pool:
        typing = pool.submit(person.work, number, LATER.get(number))
        passes = [ended(process) for process in [console.start(*command) for _ in range(RECONCILERS)]]
        person.stop.set()
        typing.result()
    world.pull()
    assert [one.code for one in passes] == [0] * RECONCILERS, [one.stderr for one in passes]
    assert person.told, "the person pushed something too"
    return [*person.told, *(commit for one in passes for commit in one.json["commits"])]


def assert_every_update_was_a_fast_forward(world: GitOps, first: str) -> None:
    seen = updates(world.remote)
    backward = [
        update for update in seen if update.old.strip("0") and not is_ancestor(world.remote, update.old, update.new)
    ]
    assert not backward
    follows = {update.old: update.new for update in seen}
    at, steps = first, 0
    while at in follows:
        at, steps = follows[at], steps + 1
    assert (at, steps) == (world.head(), len(seen) - 1), "the updates are one chain from the first commit to the last"


def assert_each_transition_happened_once(world: GitOps) -> None:
    messages = run("git", "-C", str(world.remote), "log", "--reverse", "--format=%B%x00", "main").split("\0")
    happened = [
        (trailers["Migration"], trailers["Transition"].split(" -> ")[1])
        for trailers in (dict(parse_trailers(message.strip("\n"))) for message in messages)
        if "Transition" in trailers
    ]
    assert max(Counter(happened).values()) == 1, happened
    for migration in (*FIRST, *LATER.values()):
        stages = [stage for name, stage in happened if name == str(migration)]
        assert stages == [stage.value for stage in FORWARD[: len(stages)]]
        assert len(stages) >= 4, f"{migration} went its way: {stages}"
