"""Leads one run from planning to its end, by the functions that a pass calls. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.health.judge import baseline
from reconciler.model import decision as made
from reconciler.model.decision import Decision, word
from reconciler.model.stage import Side, Stage
from reconciler.model.status import Status
from reconciler.model.verdict import Health, Verdict
from reconciler.rollout.evolve import Moment, Person, entered_stage, next_notes, next_status
from reconciler.rollout.people import Snapshot
from reconciler.simulation.foresight import Foresight
from reconciler.simulation.looks import Looks, View
from reconciler.simulation.one_pass import decided, judged
from reconciler.simulation.scenario import Scenario
from reconciler.simulation.story import End, Happening, Stay, Story, Subject
from reconciler.simulation.traffic import MINUTE, Route, Tasks


def simulate(subject: Subject, scenario: Scenario, tasks: Tasks, *, looks: Looks | None = None) -> Story:
    """Lead a migration from planning to complete, rolled back or held, or until the horizon.

    Args:
        subject: The migration and its law; the stage that its file says does not matter.
        scenario: What is assumed, beside the tasks.
        tasks: The tasks of one seed.
        looks: At which moments to look; None leaves out those at which nothing can happen.
    """
    subject = replace(subject, migration=replace(subject.migration, stage=Stage.PLANNING))
    view = View(subject, scenario, tasks, scenario.begin, scenario.begin + scenario.horizon)
    walk = _Walk(view, looks or Foresight())
    while not walk.is_over:
        walk.step()
    return walk.story()


@dataclass(slots=True)
class _Walk:
    """One run under way.

    Attributes:
        left: The migration's files as the newest pass left them.
        found: The files as they are; a person may have changed them.
        ways_back: The statuses that reverts would bring back, the newest last.
        proposal: The status on the branch of an open pull request.
    """

    view: View
    looks: Looks
    left: Snapshot | None = None
    found: Snapshot = field(default_factory=lambda: Snapshot(wanted=Stage.PLANNING))
    ways_back: list[Status] = field(default_factory=list)
    proposal: Status | None = None
    reverted: int = 0
    happenings: list[Happening] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    end: End | None = None
    check: str = ""
    stage: Stage = Stage.PLANNING
    ended: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.end is not None

    def step(self) -> None:
        """Look once, act, and go on to the next look."""
        view = self.view
        self._let_people_revert()
        view.status, view.notes = self.found.status, self.found.notes
        health = judged(view)
        decision = decided(view, self.left, self.found, health)
        self._act(decision, health)
        if self.end is None and view.now >= view.end:
            self._give_up(decision, health)
        if self.end is None:
            view.now = self._next()

    def story(self) -> Story:
        view, ended = self.view, self.ended or self.view.now
        events = [one for one in view.tasks.events(view.routes, view.scenario.begin, ended) if one.side is Side.TARGET]
        return Story(
            end=self.end or End.WAITING,
            stage=self.stage,
            check=self.check,
            ended=ended,
            happenings=tuple(self.happenings),
            stays=tuple(self.stays),
            routes=tuple(view.routes),
            exposed=len(events),
            usd=sum(one.cost_usd for one in events),
        )

    def _act(self, decision: Decision, health: Health) -> None:
        match decision:
            case made.Begin() | made.Advance() | made.Rollback():
                self._tell(decision)
                self._write(decision, health)
            case made.Propose(to):
                self._propose(decision, health, to)
            case made.PutOnHold():
                self._tell(decision)
                self._finish(End.HELD)
            case made.Resume():
                self._tell(decision)
                self._write(decision, health)
            case (
                made.Wait() | made.Freeze() | made.Rest() | made.Refuse() | made.Lower() | made.Rearm() | made.Retire()
            ):
                self.left = self.found

    def _write(self, decision: Decision, health: Health) -> None:
        before = self.found.status
        status = self._status(decision, health) or before
        moment = Moment(self.view.now, _RUN)
        notes = next_notes(self.view.subject.migration.id, self.found.notes, decision, moment, person=_NOBODY)
        wanted = status.stage if status else self.found.wanted
        self.found = self.left = Snapshot(wanted, status, notes or self.found.notes)
        if status is not before and status is not None:
            self._enter(before, status, decision)

    def _status(self, decision: Decision, health: Health) -> Status | None:
        view, before = self.view, self.found.status
        is_testing = before is not None and before.stage is Stage.TESTING
        return next_status(
            view.subject.migration.id,
            before,
            decision,
            Moment(view.now, f"{_RUN}{len(self.happenings)}"),
            baseline=baseline(view.observed(view.now), begin=view.since, end=view.now) if is_testing else None,
            carried=health.carried,
        )

    def _enter(self, before: Status | None, status: Status, decision: Decision | None) -> None:
        view = self.view
        if before is not None:
            self.ways_back.append(before)
            # A proposal's status is older than its merge, so the stage before says when this one began.
            begin = self.stays[-1].end if self.stays else view.scenario.begin
            self.stays.append(Stay(before.stage, begin, view.now, self.looks.waited_for(view)))
        self.proposal, view.not_before = None, None
        applied = view.now + view.scenario.applied_after if before else view.now
        view.routes.append(Route(applied, status.stage))
        if status.stage is Stage.COMPLETE:
            self.ended = view.now
            view.end = min(view.end, view.now + view.scenario.watch)
        elif isinstance(decision, made.Rollback):
            self.check = ", ".join(decision.checks) or self.check
            if status.stage is Stage.ROLLED_BACK:
                # A rollback in steps is told from where it began.
                self.stage = next((one.stage for one in self.happenings if one.word == "rollback"), None) or self.stage
                self._finish(End.ROLLED_BACK, at=applied)

    def _propose(self, decision: Decision, health: Health, to: Stage) -> None:
        """Open a pull request; a person merges it when they look at it and it is still open."""
        view = self.view
        if self.proposal is None:
            self._tell(decision)
            self.proposal = self._status(decision, health)
            view.not_before = view.now + view.scenario.merged_after
        self.left = self.found
        if self.proposal is not None and view.not_before is not None and view.now >= view.not_before:
            before, merged = self.found.status, self.proposal
            self.found = replace(self.found, wanted=to, status=merged)
            self._enter(before, merged, None)

    def _let_people_revert(self) -> None:
        view, reverts = self.view, self.view.scenario.reverts
        due = self.reverted < len(reverts) and view.now >= view.scenario.begin + sorted(reverts)[self.reverted]
        self.reverted += due
        if not due or not self.ways_back:
            return
        earlier = self.ways_back[-1]
        self.stage = self.found.status.stage if self.found.status else earlier.stage
        self.found = replace(self.found, wanted=earlier.stage, status=earlier)
        view.routes.append(Route(view.now + view.scenario.applied_after, earlier.stage))

    def _next(self) -> datetime:
        view = self.view
        view.status, view.notes = self.found.status, self.found.notes
        if self.left != self.found:
            return view.now + MINUTE  # the next pass finds what a person did
        reverts = (view.scenario.begin + one for one in view.scenario.reverts)
        return min([self.looks.after(view), *(one for one in reverts if one > view.now)])

    def _tell(self, decision: Decision) -> None:
        stands = self.found.status.stage if self.found.status else None
        self.stage = stands or self.stage
        to = entered_stage(decision, stands)
        self.happenings.append(Happening(self.view.now, stands, word(decision), to, decision.reason))

    def _give_up(self, decision: Decision, health: Health) -> None:
        self._tell(decision)
        if self.stage is Stage.COMPLETE:
            self._finish(End.COMPLETE, at=self.ended)
            return
        self.check = next((one.name for one in health.checks if one.verdict is not Verdict.PASS), "")
        self._finish(End.WAITING)

    def _finish(self, end: End, *, at: datetime | None = None) -> None:
        self.end, self.ended = end, at or self.view.now


_RUN = "simulated"
_NOBODY = Person("nobody", "")
