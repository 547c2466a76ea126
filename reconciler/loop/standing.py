"""Tells where a migration stands and what to do about it, for the person on call."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.adapters.git import Repository
from reconciler.loop.cases import World, snapshot
from reconciler.loop.judging import Planned
from reconciler.loop.plan import Plan
from reconciler.loop.steps import transition_files
from reconciler.model.decision import word
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from reconciler.model.status import Hold, Notes, Status
from reconciler.render.commits import significant


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one migration stands.

    Attributes:
        planned: What the next pass would do.
        way_back: The git line that takes it to 0 %; empty when nothing is routed to the target.
    """

    id: MigrationId
    status: Status | None
    notes: Notes | None
    planned: Planned
    way_back: str

    @property
    def hold(self) -> Hold | None:
        """Our hold."""
        return self.notes.hold if self.notes else None


def standings(repository: Repository, plan: Plan, *, ways_back: bool) -> Iterator[Standing]:
    """Give the standing of every migration in a plan.

    Args:
        repository: Where the history is.
        plan: What the next pass would do.
        ways_back: Whether to look up the git line back to 0 %, which reads history.
    """
    world = World.open(repository, plan.revision)
    for one in plan.migrations:
        if one.stage is None:
            yield Standing(one.id, None, None, one, "")
            continue
        found = snapshot(world.tree, one.id, None)
        way_back = _way_back(world, one.id, one.stage) if ways_back else ""
        yield Standing(one.id, found.status, found.notes, one, way_back)


def standing_json(standing: Standing) -> dict[str, Any]:
    """Give the JSON of ``status``."""
    status, hold = standing.status, standing.hold
    return {
        "id": str(standing.id),
        "stage": status.stage.value if status else None,
        "since": status.since if status else None,
        "attempt": status.attempt if status else None,
        "weights": {"source": status.weights.source, "target": status.weights.target} if status else None,
        "hold": {"kind": hold.kind.value, "reason": hold.reason, "by": hold.by, "at": hold.at} if hold else None,
        "decision": word(standing.planned.decision),
        "reason": standing.planned.decision.reason,
        "score": standing.planned.health.score,
        "measured_share": significant(standing.planned.health.measured_share),
    }


def short_line(standing: Standing, now: datetime) -> str:
    """Give one line: where it stands, since when, what is next."""
    status = standing.status
    if status is None:
        return f"{standing.id}  new  {standing.planned.decision.reason}"
    minutes = int((now - status.since).total_seconds() // 60)
    measured = standing.planned.health.measured_share
    share = f"{status.weights.target} %" + (f", measured {measured * 100:.3g} %" if measured is not None else "")
    return (
        f"{standing.id}  {status.stage} ({share})  since {status.since:%Y-%m-%d %H:%M} ({minutes} min)"
        f"  {word(standing.planned.decision).upper()} {standing.planned.decision.reason}"
    )


def long_lines(standing: Standing, now: datetime) -> Iterator[str]:
    """Give all that the person on call needs, to copy and paste."""
    yield short_line(standing, now)
    for check in standing.planned.health.checks:
        yield f"    {check.name:<9} {check.verdict:<13} {check.reason}"
        if check.evidence is not None and check.trips_at is not None:
            proof = f"; proof {check.proof:.3g} of {check.needed:.3g}" if check.proof and check.needed else ""
            yield f"    {'':<9} {'':<13} evidence {check.evidence:.3g}, rolls back at {check.trips_at:.3g}{proof}"
    if standing.hold is not None:
        yield f"held      by {standing.hold.by} at {standing.hold.at:%Y-%m-%d %H:%M}: {standing.hold.reason}"
        yield f'lift it   reconciler resume {standing.id} --reason "…"'
    if standing.way_back:
        yield f'stop it   reconciler rollback {standing.id} --reason "…"'
        yield f"without   {standing.way_back}"
        environment = standing.id.environment
        yield f"applied   by Argo CD within 3 min; at once: argocd app sync {environment}-agents. Running tasks finish"


def _way_back(world: World, migration: MigrationId, stage: Stage) -> str:
    if not stage.takes_traffic:
        return ""
    trail = world.trails.of(migration, stage)
    if trail.planning is None:
        return ""
    files = " ".join(shlex.quote(path) for path in transition_files(migration))
    return f"git checkout {trail.planning} -- {files} && git commit -m '{migration}: back to 0 %' && git push"
