"""Judges and decides at one moment of a run, as a pass does. Pure."""

from __future__ import annotations

from dataclasses import replace

from reconciler.health.judge import judge
from reconciler.model.decision import Decision
from reconciler.model.stage import Stage
from reconciler.model.verdict import Health
from reconciler.rollout.decide import decide
from reconciler.rollout.people import Snapshot, what_people_did
from reconciler.rollout.situation import Situation
from reconciler.simulation.looks import View


def judged(view: View) -> Health:
    """Say how the migration does now; nothing is known of it where nobody measures."""
    status = view.status
    if status is None or status.stage in {Stage.PLANNING, Stage.ROLLED_BACK}:
        return Health()
    return judge(
        view.subject.policy,
        view.observed(view.now),
        stage=status.stage,
        since=view.since,
        now=view.now,
        baseline=status.baseline,
        entered=status.since,
        carried=status.carried,
        sticky=view.subject.migration.traffic.affinity is not None,
    )


def decided(view: View, left: Snapshot | None, found: Snapshot, health: Health) -> Decision:
    """Decide the next step.

    Args:
        view: Where the run stands.
        left: The migration's files as the newest pass left them; None before the first.
        found: The files as they are.
        health: How the migration does.
    """
    subject = view.subject
    situation = Situation(
        migration=replace(subject.migration, stage=found.wanted or Stage.PLANNING),
        status=found.status,
        notes=found.notes,
        act=what_people_did(left, found),
        policy=subject.policy,
        health=health,
        now=view.now,
        prerequisites=subject.prerequisites,
    )
    return decide(situation)
