"""Says at which moments a run is looked at: the minutes in which the decision can be anything but to wait. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from reconciler.model.observation import Observations, Unknown
from reconciler.model.stage import Side
from reconciler.model.status import Notes, Status
from reconciler.rollout.situation import evidence_since
from reconciler.simulation.scenario import Scenario
from reconciler.simulation.story import Subject
from reconciler.simulation.traffic import MINUTE, Route, Tasks


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the tasks leave behind between two moments.

    Attributes:
        routes: How many routes there were then; with another one it is no longer so.
    """

    begin: datetime
    end: datetime
    routes: int
    observations: Observations


@dataclass(slots=True)
class View:
    """Where a run stands.

    Attributes:
        now: The moment of the newest look.
        end: The moment at which the run is given up.
        routes: Where the traffic went and goes.
        not_before: When a person next looks at an open pull request; None without one.
    """

    subject: Subject
    scenario: Scenario
    tasks: Tasks
    now: datetime
    end: datetime
    status: Status | None = None
    notes: Notes | None = None
    routes: list[Route] = field(default_factory=list)
    not_before: datetime | None = None
    _seen: Recorded | None = None

    @property
    def since(self) -> datetime:
        """From when on evidence counts."""
        return evidence_since(self.status, self.notes) if self.status else self.now

    def recorded(self, until: datetime) -> Recorded:
        """Give what the tasks leave behind from the evidence's beginning to ``until`` at least.

        They are laid out for twice as long as it takes, because the next looks ask for a little more each.
        """
        seen, since = self._seen, self.since
        if seen is None or seen.begin != since or seen.routes != len(self.routes) or seen.end < until:
            end = max(until, min(since + max(_FIRST, 2 * (until - since)), self.end))
            self._seen = seen = Recorded(since, end, len(self.routes), self._observations(since, end))
        return seen

    def _observations(self, begin: datetime, end: datetime) -> Observations:
        return self.tasks.observations(self.routes, begin, end, self.subject.bounds)

    def observed(self, now: datetime) -> Observations:
        """Give what the metric source says at a moment: nothing of a side that has a gap then."""
        recorded = self.recorded(now).observations
        source, target = (self._gap(side, now) for side in (Side.SOURCE, Side.TARGET))
        return Observations(recorded.step, source or recorded.source, target or recorded.target)

    def has_gap(self, now: datetime) -> bool:
        """Say whether the metric source says nothing of a side at a moment."""
        return any(self._gap(side, now) for side in Side)

    def _gap(self, side: Side, now: datetime) -> Unknown | None:
        for gap in self.scenario.gaps:
            begin = self.scenario.begin + gap.during.at
            lasts = gap.during.lasting is None or now <= begin + gap.during.lasting
            if gap.side in {side, None} and begin < now and lasts:
                return Unknown(f"the metric source says nothing of the {side} since {begin:%H:%M}", begin)
        return None


class Looks(Protocol):
    """A way to find the next look."""

    def after(self, view: View) -> datetime:
        """Give the moment of the next look, at most the end of the run."""

    def waited_for(self, view: View) -> str:
        """Name what the stage that is being left waited for last; empty when that is not known."""


class EveryMinute:
    """Looks as a reconciler does: once a minute."""

    def after(self, view: View) -> datetime:
        """Give the next minute."""
        return min(view.now + MINUTE, view.end)

    def waited_for(self, view: View) -> str:  # noqa: ARG002 - nobody asks a slow run
        """Know nothing."""
        return ""


_FIRST = 240 * MINUTE
