"""What happens again and again in the story: the loop takes a step, Envoy follows, what arrives is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.demo.passes import line_of, said
from reconciler.demo.repository import REX
from reconciler.demo.result import StageMeasured
from reconciler.demo.share import Answer, chance_explains, share_of
from reconciler.demo.traffic import Traffic
from reconciler.demo.waiting import DemoError, wait_for
from reconciler.demo.workshop import Workshop
from reconciler.loop.reconcile import Outcome
from reconciler.model import decision as made
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage

SESSIONS = 500
"""How many new sessions each stage is measured on, at least."""

MOST_PASSES = 45
"""How many passes, one a second, a step may take."""

_MEASURED_WITHIN = 60.0


class Audience(Protocol):
    """Who watches."""

    def say(self, text: str) -> None:
        """Hear what happens."""

    def see_stage(self, agent: str, stage: Stage, rendered: int, measured: StageMeasured | None) -> None:
        """See a stage begin, and later what was measured in it."""

    def hear_loop(self, agent: str, line: str) -> None:
        """Hear what the loop says about an agent."""


@dataclass(slots=True)
class Scene:
    """The running workshop with its traffic.

    Attributes:
        entered: By migration, the newest commit that entered each stage.
    """

    workshop: Workshop
    traffic: Traffic
    audience: Audience
    entered: dict[tuple[MigrationId, Stage], str] = field(default_factory=dict)
    _failed_before: dict[str, int] = field(default_factory=dict)

    def one_pass(self) -> Outcome:
        """Let the loop do one pass, and wait until Envoy follows what it pushed."""
        outcome = self.workshop.passes.next()
        self.take_in(outcome)
        self.workshop.follower.reach(outcome.at_remote)
        return outcome

    def take_in(self, outcome: Outcome) -> None:
        """Tell the audience what a pass said, and remember which stages it entered.

        Raises:
            DemoError: It took back the agent that is well.
        """
        for one in outcome.plan.migrations:
            self.audience.hear_loop(one.id.name, said(one))
            if one.id == REX and isinstance(one.decision, made.Rollback):
                raise DemoError(f"{REX}: nothing is wrong with it, but the loop says {said(one)}")
            for step in one.steps:
                if step.entered is not None and step.run in outcome.by_run:
                    self.entered[one.id, step.entered] = outcome.by_run[step.run]

    def next_stage(self, migration: MigrationId) -> Stage:
        """Let the loop do passes until it moves a migration one step forward; gives the stage that it entered.

        Raises:
            DemoError: It moves it elsewhere, or not at all.
        """
        last = "nothing"
        for _ in range(MOST_PASSES):
            one = line_of(self.one_pass(), migration)
            if isinstance(one.decision, made.Advance):
                return one.decision.to
            last = f"{one.stage}: {said(one)}"
            if not isinstance(one.decision, made.Wait):
                break
        raise DemoError(f"{migration}: expected a step forward, but the loop says at {last}")

    def measure(self, migration: MigrationId, stage: Stage) -> StageMeasured:
        """Count what begins from now on, under the routes that Envoy follows.

        Where cookies hold sessions, only new sessions go by the weights; in other stages every task does.

        Raises:
            DemoError: The share is not what was rendered, a session changed sides, or a task failed.
        """
        name = migration.name
        rendered = self.workshop.follower.applied.weights[name]
        self.audience.see_stage(name, stage, rendered, None)
        answers = self._answers_from_now(name)
        counted = [answer for answer in answers if answer.first or not stage.splits_traffic]
        measured = StageMeasured(stage, rendered, share_of(counted), len(counted), self._newly_failed(name))
        self.audience.see_stage(name, stage, rendered, measured)
        require_as_pushed(migration, measured)
        if stage.splits_traffic and any(answer.moved for answer in answers):
            raise DemoError(f"{migration}: a session with a cookie changed sides at {stage}")
        return measured

    def _newly_failed(self, name: str) -> int:
        """Say how many tasks failed since this was asked last, but for errors that were switched on."""
        failed, before = sum(answer.failed for answer in self.traffic.answers(name)), self._failed_before.get(name, 0)
        self._failed_before[name] = failed
        return failed - before

    def _answers_from_now(self, name: str) -> Sequence[Answer]:
        began, seen = self.traffic.settled(name), len(self.traffic.answers(name))

        def enough() -> list[Answer]:
            found = [answer for answer in self.traffic.answers(name)[seen:] if answer.began >= began]
            return found if sum(answer.first for answer in found) >= SESSIONS else []

        return wait_for(enough, f"{SESSIONS} sessions of {name} began", within=_MEASURED_WITHIN)


def require_as_pushed(migration: MigrationId, measured: StageMeasured) -> None:
    """Refuse a measurement that is not what the stage says, was pushed and had to arrive.

    Raises:
        DemoError: Another weight was pushed, a task failed, or chance does not explain the share.
    """
    if measured.rendered != measured.stage.target_weight:
        raise DemoError(
            f"{migration}: the pushed commit routes {measured.rendered} % to the target, expected"
            f" {measured.stage.target_weight} % at {measured.stage}"
        )
    if measured.failed:
        raise DemoError(
            f"{migration}: {measured.failed} tasks failed at {measured.stage} or on the way to it, expected none"
        )
    if not chance_explains(measured.measured, measured.rendered, measured.requests):
        raise DemoError(
            f"{migration}: {measured.measured:.1%} of {measured.requests} tasks reached the target at"
            f" {measured.stage}, expected {measured.rendered} %"
        )
