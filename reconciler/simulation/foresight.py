"""Finds the next minute in which a run can do anything but wait. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from reconciler.health.check import answer
from reconciler.health.measurement import Case, Sides, breaks, over_window
from reconciler.model.observation import SideObservations, Unknown
from reconciler.model.policy import Decide, Then
from reconciler.model.stage import Side, Stage
from reconciler.model.status import Status
from reconciler.model.verdict import Verdict
from reconciler.rollout.no_advance import closed_until
from reconciler.simulation.looks import View
from reconciler.simulation.scan import Scan, scan
from reconciler.simulation.traffic import MINUTE


@dataclass(slots=True)
class Foresight:
    """Leaves out the minutes in which the decision is to wait.

    A minute is looked at when a check fails in it, or a wait that ends in a rollback has lasted too long; and when
    everything is proven, the stage has soaked, the calendar is open and no limit is broken.
    """

    _scan: Scan | None = None
    _obstacle: tuple[datetime, str] | None = None

    def after(self, view: View) -> datetime:
        """Give the moment of the next look, at most the end of the run."""
        status = view.status
        if status is None or status.carried.goal is not None:
            return min(view.now + MINUTE, view.end)
        match status.stage:
            case Stage.PLANNING:
                soaked = self._soaked(view, status)
                return soaked if view.now < soaked else view.end
            case Stage.TESTING:
                return self._testing(view, status)
            case _ if view.subject.policy.decide is Decide.THRESHOLD:
                return min(view.now + MINUTE, view.end)
            case _:
                return self._by_evidence(view, status)

    def waited_for(self, view: View) -> str:
        """Name what the stage that is being left waited for last.

        Returns:
            A check, ``soak``, ``probe`` (the first task of the target), ``noAdvance`` or ``merge``.
        """
        status, scanned = view.status, self._scan
        if status is None:
            return ""
        waits = [(self._soaked(view, status), "soak")]
        if self._obstacle is not None and self._obstacle[0] > view.since:
            waits.append(self._obstacle)
        if status.stage.splits_traffic and scanned is not None and scanned.begin == view.since:
            waits.append(scanned.last_proven(view.now))
        if view.not_before is not None and view.scenario.merged_after:
            waits.append((view.not_before, "merge"))
        return max(waits)[1]

    def _soaked(self, view: View, status: Status) -> datetime:
        return min(view.since + max(view.subject.policy.rule(status.stage).soak, MINUTE), view.end)

    def _testing(self, view: View, status: Status) -> datetime:
        soaked = self._soaked(view, status)
        served = view.tasks.first(Side.TARGET, view.routes, view.since) or view.end
        self._obstacle = served, "probe"
        moment = max(view.now + MINUTE, soaked, served)
        return min(self._open(view, moment), view.end)

    def _open(self, view: View, moment: datetime) -> datetime:
        """Give the first whole minute from a moment on at which stages may be entered."""
        while (until := closed_until(view.subject.policy.no_advance, moment)) is not None and moment < view.end:
            moment += max(1, -((moment - until) // MINUTE)) * MINUTE
            self._obstacle = moment, "noAdvance"
        return moment

    def _by_evidence(self, view: View, status: Status) -> datetime:
        after = view.now
        if self._scan is None or self._scan.begin != view.since:
            self._scan = None
        while after < view.end:
            scanned = self._scanned(view, status, after + MINUTE)
            found = self._first_in(scanned, view, status, after)
            if found is not None:
                return found
            after = scanned.end
        return view.end

    def _scanned(self, view: View, status: Status, until: datetime) -> Scan:
        seen = view.recorded(until)
        if self._scan is None or (self._scan.begin, self._scan.end) != (seen.begin, seen.end):
            self._scan = scan(view.subject.policy, status, seen)
        return self._scan

    def _first_in(self, scanned: Scan, view: View, status: Status, after: datetime) -> datetime | None:
        soaked = self._soaked(view, status)
        opens = max(soaked, view.not_before or soaked)
        may_advance = scanned.all_proven if status.stage.splits_traffic else np.zeros_like(scanned.urgent)
        watches_gaps = view.subject.policy.no_metrics.then is Then.ROLLBACK
        places = np.arange(len(scanned.urgent))
        gaps = np.asarray([view.has_gap(scanned.begin + (int(place) + 1) * MINUTE) for place in places], dtype=bool)
        due = np.where(gaps, watches_gaps, scanned.urgent | may_advance)
        for place in np.flatnonzero(due & (places >= (after - scanned.begin) // MINUTE)):
            moment = scanned.begin + (int(place) + 1) * MINUTE
            if moment > view.end:
                return None
            if scanned.urgent[place] or gaps[place]:
                return moment
            if moment < opens:
                continue
            opens = self._open(view, moment)
            if opens == moment and not self._is_blocked(view, scanned, status, moment):
                return moment
        return None

    def _is_blocked(self, view: View, scanned: Scan, status: Status, moment: datetime) -> bool:
        """Say whether a limit is broken at a moment, or a check that proof is not asked of does not pass."""
        seen = view.recorded(moment).observations
        source, target = seen.source, seen.target
        if isinstance(source, Unknown) or not isinstance(target, SideObservations):
            return True
        policy, since = view.subject.policy, view.since
        whole = Sides.over(source, target, MINUTE, since, moment)
        case = Case(source, target, whole, MINUTE, status.stage, since, moment, status.baseline, policy.min_tasks)
        for check in policy.checks:
            if check.name in scanned.proven:
                recent = over_window(check, case, end=moment)
                blocked = isinstance(recent, Unknown) or breaks(check, recent)
            else:
                blocked = answer(check, case).verdict is not Verdict.PASS
            if blocked:
                self._obstacle = moment + MINUTE, check.name
                return True
        return False
