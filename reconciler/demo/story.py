"""The story in three acts: one agent moves, another comes back by itself, and a person has the last word."""

from __future__ import annotations

import time
from pathlib import Path

from reconciler.demo.passes import line_of, said
from reconciler.demo.repository import KIT, REX, host
from reconciler.demo.result import LogLine, PersonActed, Result, Reverted, StageMeasured
from reconciler.demo.scene import MOST_PASSES, Audience, Scene
from reconciler.demo.traffic import Traffic
from reconciler.demo.waiting import DemoError
from reconciler.demo.workshop import Workshop, open_workshop
from reconciler.loop.judging import Planned
from reconciler.model import decision as made
from reconciler.model.stage import Side, Stage

_ERROR_RATE = 0.3


def tell(folder: Path, audience: Audience) -> Result:
    """Tell the whole story on real parts; call it in the main thread.

    Args:
        folder: An empty folder for everything that is written.
        audience: Who watches.

    Raises:
        ReconcilerError: A part did not start or did not do what it must; the message says which and where to look.
    """
    began = time.monotonic()
    audience.say("a bare repository, two agents with two sides each, an Envoy that follows main")
    with open_workshop(folder) as workshop:
        first = workshop.passes.next()
        workshop.follower.reach(first.at_remote)
        with Traffic(workshop.envoy.port, {one.name: host(one) for one in (REX, KIT)}) as traffic:
            scene = Scene(workshop, traffic, audience)
            stages = act_one(scene)
            revert = act_two(scene)
            person = act_three(scene)
        return Result(stages, revert, person, workshop.metrics, time.monotonic() - began, _log(workshop))


def act_one(scene: Scene) -> tuple[StageMeasured, ...]:
    """Lead rex from planning to complete, by the loop alone; gives what arrived in each stage."""
    scene.audience.say("act 1: rex goes from Claude Code to Codex, step by step")
    stage = Stage.PLANNING
    stages = [scene.measure(REX, stage)]
    while stage is not Stage.COMPLETE:
        stage = scene.next_stage(REX)
        if stage is Stage.TESTING:
            _probe(scene)
        stages.append(scene.measure(REX, stage))
    return tuple(stages)


def act_two(scene: Scene) -> Reverted:
    """Lead kit to 25 %, let its target fail, and wait for the loop to take it back."""
    scene.audience.say("act 2: kit follows, and at 25 % its target begins to fail")
    stage = Stage.TESTING
    while stage is not Stage.ROLLOUT_25:
        stage = scene.next_stage(KIT)
        scene.measure(KIT, stage)
    scene.workshop.fleet.switch(KIT, Side.TARGET, {"error_rate": _ERROR_RATE})
    scene.audience.say(f"kit's target fails {_ERROR_RATE:.0%} of its tasks from now on")
    seconds = _until_rolled_back(scene)
    commit = scene.entered[KIT, Stage.ROLLED_BACK]
    scene.audience.say(f"kit is back {seconds:.1f} s after the breach was seen")
    after = scene.measure(KIT, Stage.ROLLED_BACK)
    return Reverted(commit, _reverts(scene.workshop, commit), seconds, after.measured)


def act_three(scene: Scene) -> PersonActed:
    """Let a person take rex one step back with the loop stopped, then let the loop see it."""
    scene.audience.say("act 3: at night, with the loop stopped, a person takes rex one step back")
    reverted, night = scene.entered[REX, Stage.COMPLETE], scene.workshop.night
    night.clone_from(scene.workshop.remote)
    line = night.line_back(reverted)
    scene.audience.say(f"$ {line} && git push")
    night.types(line)
    scene.workshop.follower.reach(night.push())
    scene.measure(REX, Stage.ROLLOUT_50)
    scene.audience.say("the loop runs again")
    held = isinstance(line_of(scene.one_pass(), REX).decision, made.PutOnHold)
    after = scene.one_pass()
    stands = line_of(after, REX)
    night.git("pull", "--quiet", "--ff-only", "origin", "main")
    if not held or after.commits:
        raise DemoError(f"{REX}: a person's revert must stand, but the loop says {said(stands)}")
    return PersonActed(reverted, held, stands.stage is not Stage.ROLLOUT_50)


def _probe(scene: Scene) -> None:
    """Ask both targets for a task each, as their teams would before any traffic reaches them."""
    for migration in (REX, KIT):
        answer = scene.traffic.probe(migration.name)
        if answer.side is not Side.TARGET or answer.failed:
            raise DemoError(f"{migration}: a probe with the forced header was not served by the target")


def _until_rolled_back(scene: Scene) -> float:
    """Let the loop do passes until kit is back; gives the seconds since the first pass that saw the breach began."""
    seen: float | None = None
    last = "nothing"
    for _ in range(MOST_PASSES):
        scene.workshop.passes.come_due()
        began = time.monotonic()
        outcome = scene.workshop.passes.next()
        pushed = time.monotonic()
        scene.take_in(outcome)
        one = line_of(outcome, KIT)
        seen = began if seen is None and _sees_breach(one) else seen
        last = said(one)
        if isinstance(one.decision, made.Rollback) and seen is not None:
            scene.workshop.follower.reach(outcome.at_remote)
            return pushed - seen
    raise DemoError(f"{KIT}: its target fails, but the loop says {last}")


def _sees_breach(one: Planned) -> bool:
    return any(
        check.name == "errors" and check.value is not None and check.limit is not None and check.value > check.limit
        for check in one.health.checks
    )


def _reverts(workshop: Workshop, commit: str) -> tuple[str, ...]:
    workshop.author.git("fetch", "--quiet", "origin", "main")
    message = workshop.author.git("show", "--no-patch", "--format=%B", commit)
    words = "This reverts commit "
    return tuple(line.removeprefix(words).rstrip(".") for line in message.splitlines() if line.startswith(words))


def _log(workshop: Workshop) -> tuple[LogLine, ...]:
    trigger = "%(trailers:key=Trigger,valueonly,separator=%x2C)"
    lines = workshop.night.git("log", f"--format=%h%x09%s%x09%an%x09{trigger}").splitlines()
    cells = (line.split("\t") for line in lines)
    return tuple(
        LogLine(oid, subject, f"{name}, {why}" if why else f"{name}, by hand") for oid, subject, name, why in cells
    )
