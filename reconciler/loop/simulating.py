"""Reads what a simulation needs from a commit, and writes what it says as JSON and as lines for people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.adapters.git import Repository
from reconciler.errors import Mistake, ReconcilerError, SpecError
from reconciler.loop.agents import convert_agent, unaccepted_losses
from reconciler.loop.cases import World, environment_in, read_migration
from reconciler.model.migration import MigrationId, PrometheusMetrics
from reconciler.simulation.scenario import Scenario
from reconciler.simulation.story import Story, Subject
from reconciler.simulation.summary import Spread, Summary
from reconciler.spec import layout


@dataclass(frozen=True, slots=True)
class Read:
    """What was read.

    Attributes:
        subject: The migration and its law.
        first: What people have to do before the migration can leave planning; the simulation takes it as done.
    """

    subject: Subject
    first: tuple[str, ...]


def read_subject(repository: Repository, revision: str, migration: MigrationId) -> Read:
    """Read a migration and its law from a commit.

    Raises:
        ReconcilerError: There is no such migration, or its files cannot be used.
    """
    world = World.open(repository, revision)
    if world.tree.oid(layout.environment_path(migration.environment)) is None:
        raise ReconcilerError(f"{migration}: no such migration or environment", hint="see environments/")
    environment = environment_in(world.tree, migration.environment)
    wanted = read_migration(world.tree, migration, environment)
    if wanted is None:
        raise ReconcilerError(f"{migration}: no such migration or environment", hint="see environments/")
    path = layout.policy_path(wanted.policy)
    oid = world.tree.oid(path)
    if oid is None:
        where = layout.migration_path(migration)
        raise SpecError([Mistake(where, 0, f"policy is {wanted.policy}, there is no {path}", "add the policy")])
    bounds = _BOUNDS if isinstance(environment.metrics, PrometheusMetrics) else ()
    subject = Subject(wanted, world.policy(oid, path, environment), bounds=bounds)
    _, conversion = convert_agent(world.tree, wanted)
    losses = unaccepted_losses(wanted, conversion)
    first = [f"before it leaves planning: accept {len(losses)} losses of the conversion"] if losses else []
    first += [f"{other} must be complete before canary" for other in wanted.requires]
    return Read(subject, tuple(first))


def simulation_json(read: Read, scenario: Scenario, stories: list[Story], summary: Summary) -> dict[str, Any]:
    """Give the JSON of ``simulate``."""
    return {
        "id": str(read.subject.migration.id),
        "scenario": scenario.name,
        "seeds": summary.runs,
        "outcomes": [
            {
                "outcome": one.end.value,
                "stage": one.stage.value,
                "check": one.check or None,
                "share": round(one.share, 4),
                "low": round(one.low, 4),
                "high": round(one.high, 4),
            }
            for one in summary.outcomes
        ],
        "duration_hours": _spread(summary.hours) if summary.hours else None,
        "exposure": {"tasks": _spread(summary.tasks), "usd": _spread(summary.usd)},
        "timeline": [
            {
                "at": one.at,
                "stage": one.stage.value if one.stage else None,
                "decision": one.word,
                "to": one.to.value if one.to else None,
                "reason": one.reason,
            }
            for one in stories[0].happenings
        ],
        "stages": [
            {
                "stage": one.stage.value,
                "hours_median": round(one.hours.median, 2),
                "hours_p90": round(one.hours.p90, 2),
                "last_proven": one.last_proven or None,
            }
            for one in summary.stages
        ],
        "risk": summary.risk.value,
        "recommendations": [*read.first, *summary.recommendations],
    }


def simulation_lines(read: Read, scenario: Scenario, stories: list[Story], summary: Summary) -> Iterator[str]:
    """Give what a person wants to know, the important half first."""
    yield f"{read.subject.migration.id}  {scenario.name}: {summary.runs} runs at {scenario.tasks_per_hour:g} tasks/h"
    for one in summary.outcomes:
        by = f" by {one.check}" if one.check else ""
        where = f" at {one.stage}{by}" if one.end.value != one.stage.value else by
        yield f"  {one.share:>6.1%}  ({one.low:.1%} to {one.high:.1%})  {one.end}{where}"
    if summary.hours:
        yield f"duration  {summary.hours.median:.1f} h to complete (9 in 10 within {summary.hours.p90:.1f} h)"
    yield f"exposed   {summary.tasks.median:.0f} tasks, {summary.usd.median:.2f} USD on the target (median)"
    yield f"risk      {summary.risk}"
    for advice in (*read.first, *summary.recommendations):
        yield f"advice    {advice}"
    yield "stages    " + ", ".join(f"{one.stage} {one.hours.median:.1f} h" for one in summary.stages)
    yield "one run:"
    for happening in stories[0].happenings:
        to = f" → {happening.to}" if happening.to else ""
        stands = happening.stage or "new"
        yield f"  {happening.at:%a %H:%M}  {happening.word:<8}  {stands}{to}  {happening.reason}"


def _spread(spread: Spread) -> dict[str, float]:
    return {"median": round(spread.median, 2), "p90": round(spread.p90, 2)}


# Seconds, from one to the hour, each a quarter above the one before: what an agent's runner should report.
_BOUNDS = (*(round(1.25**step, 2) for step in range(36)), 3600.0, math.inf)
