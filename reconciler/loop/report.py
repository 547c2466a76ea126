"""Says what a pass would do or did, as the JSON of the command line and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.loop.judging import Planned
from reconciler.loop.plan import Plan
from reconciler.loop.reconcile import Outcome
from reconciler.loop.steps import branch_name
from reconciler.model import decision as made
from reconciler.model.decision import word
from reconciler.model.verdict import CheckResult
from reconciler.render.commits import duration_words, significant
from reconciler.rollout.evolve import entered_stage


def plan_json(plan: Plan, outcome: Outcome | None = None) -> dict[str, Any]:
    """Give the JSON of ``plan`` and, with its outcome, of ``reconcile``."""
    return {
        "revision": plan.revision,
        "base": plan.base,
        "at": f"{plan.at:%Y-%m-%dT%H:%M:%SZ}",
        "commits": list(outcome.commits) if outcome else [],
        "migrations": [_migration_json(one, outcome) for one in plan.migrations],
    }


def plan_lines(plan: Plan, outcome: Outcome | None = None) -> Iterator[str]:
    """Give a line for every migration: where it stands, what is decided, why."""
    width = max((len(str(one.id)) for one in plan.migrations), default=0)
    for one in plan.migrations:
        to = entered_stage(one.decision, one.stage)
        stands = str(one.stage or "new")
        arrow = f"{stands} → {to}" if to else stands
        yield f"{one.id!s:<{width}}  {word(one.decision):<8}  {arrow:<24}  {one.decision.reason}"
        for step in one.steps:
            commit = outcome.by_run.get(step.run) if outcome else None
            yield f"{'':<{width}}  {commit[:12] if commit else 'commit'}  {step.message({}).splitlines()[0]}"
            yield from (f"{'':<{width}}    {path}" for path in sorted(step.files))
        if outcome and one.id in outcome.branches:
            yield f"{'':<{width}}  branch  {outcome.branches[one.id]}"
    for step in plan.rerenders:
        yield f"{'':<{width}}  {step.message({}).splitlines()[0]} ({len(step.files)} files)"


def _migration_json(one: Planned, outcome: Outcome | None) -> dict[str, Any]:
    to = entered_stage(one.decision, one.stage)
    steps = sorted(one.steps, key=lambda step: step.entered is None)
    commits = [outcome.by_run[step.run] for step in steps if step.run in outcome.by_run] if outcome else []
    return {
        "id": str(one.id),
        "stage": one.stage.value if one.stage else None,
        "decision": word(one.decision),
        "to": to.value if to else None,
        "reason": one.decision.reason,
        "commit": commits[0] if commits else None,
        "branch": outcome.branches.get(one.id) if outcome else _proposed_branch(one),
        "weights": {"source": one.weights.source, "target": one.weights.target} if one.weights else None,
        "score": one.health.score,
        "checks": [_check_json(check) for check in one.health.checks],
        "files": list(one.files),
    }


def _proposed_branch(one: Planned) -> str | None:
    return branch_name(one.id, one.decision.to) if isinstance(one.decision, made.Propose) else None


def _check_json(check: CheckResult) -> dict[str, Any]:
    return {
        "name": check.name,
        "verdict": check.verdict.value,
        "value": significant(check.value),
        "limit": significant(check.limit),
        "samples": check.samples,
        "window": duration_words(check.window),
        "evidence": check.evidence,
    }
