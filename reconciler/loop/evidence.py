"""Recomputes the verdicts in a commit message from the numbers beside them and the law that it names."""

from __future__ import annotations

import json
import re
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.health.verdicts import proof_needed, trips_at
from reconciler.loop.cases import World, wanted_in
from reconciler.model.migration import MigrationId
from reconciler.model.policy import Absolute, Bound, Check, Decide, HealthPolicy
from reconciler.model.stage import Stage
from reconciler.model.verdict import Verdict
from reconciler.spec import layout
from reconciler.spec.policy import parse_policy


def wrong_evidence(world: World, migration: MigrationId, trailers: dict[str, str]) -> str:
    """Say what is wrong with the evidence in a message, which anybody may have written; empty when nothing is."""
    if "Evidence" not in trailers:
        return ""
    try:
        evidence = json.loads(trailers["Evidence"])
    except (json.JSONDecodeError, RecursionError):
        return "its evidence is not JSON"
    if not (isinstance(evidence, dict) and all(map(_is_well_formed, evidence.values()))):
        return "its evidence is no list of checks with their numbers"
    if not _COMMIT.fullmatch(trailers.get("Law", "")):
        return "its law is no commit"
    try:
        return _evidence(world, migration, trailers, evidence)
    except ReconcilerError as error:
        return f"its evidence cannot be recomputed: {error.message}"


def _is_well_formed(said: object) -> bool:
    if not isinstance(said, dict):
        return False
    numbers = [said.get(key) for key in ("n", "value", "limit", "e", "proof")]
    return all(number is None or type(number) in (int, float) for number in numbers) and said.get("n") is not None


def _evidence(
    world: World, migration: MigrationId, trailers: dict[str, str], evidence: dict[str, dict[str, Any]]
) -> str:
    """Recompute the verdicts in a commit from its numbers and the law that it names."""
    law = world.at(trailers["Law"])
    wanted = wanted_in(law, migration)
    if wanted is None:
        return "its law does not know the migration"
    policy_path = layout.policy_path(wanted.policy)
    policy = parse_policy(law.read(policy_path) or b"", policy_path)
    wrong = [
        check.name
        for check in policy.checks
        if not _consistent(check, evidence.get(check.name), policy, _left(trailers))
    ]
    failed = trailers.get("Trigger", "").removeprefix("check:")
    if "check:" in trailers.get("Trigger", "") and evidence.get(failed, {}).get("verdict") != "FAIL":
        wrong.append(failed)
    if trailers.get("Trigger") == "automatic" and _goes_forward(trailers):
        wrong += [check.name for check in policy.checks if evidence.get(check.name, {}).get("verdict") != "PASS"]
    return f"evidence does not give the verdict of {', '.join(wrong)}" if wrong else ""


def _goes_forward(trailers: dict[str, str]) -> bool:
    """Say whether a transition takes more traffic out of a stage in which both sides had some."""
    left, entered = (_stage(name) for name in (trailers.get("Transition", "") + " -> ").split(" -> ")[:2])
    return left is not None and entered is left.next and left.splits_traffic


def _left(trailers: dict[str, str]) -> Stage | None:
    """Say which stage a transition leaves; None when the message names none."""
    return _stage(trailers.get("Transition", "").partition(" -> ")[0])


def _stage(name: str) -> Stage | None:
    return Stage(name) if name in set(Stage) else None


def _consistent(check: Check, said: dict[str, Any] | None, policy: HealthPolicy, left: Stage | None) -> bool:
    """Recompute one verdict."""
    if said is None:
        return False
    if policy.decide is Decide.EVIDENCE and isinstance(said.get("e"), int | float):
        return _proven(said, policy, left)
    return _literal(check, said, policy.min_tasks)


def _proven(said: dict[str, Any], policy: HealthPolicy, left: Stage | None) -> bool:
    """Recompute a verdict by the evidence: what stands in the message must be enough for it."""
    proof = said.get("proof")
    match said.get("verdict"):
        case Verdict.FAIL:
            return bool(said["e"] >= trips_at(policy) * (1 - _ROUNDING))
        case Verdict.PASS if proof is not None and left is not None:
            return bool(proof >= proof_needed(policy, left) * (1 - _ROUNDING))
        case _:
            return True


def _literal(check: Check, said: dict[str, Any], min_tasks: int) -> bool:
    """Recompute a verdict by the limit; a pass may rest on more tasks than its window holds, a failure may not."""
    verdict, value, limit = said.get("verdict"), said.get("value"), said.get("limit")
    if verdict == Verdict.FAIL and said.get("n", 0) < min_tasks:
        return False
    if verdict not in (Verdict.PASS, Verdict.FAIL) or (verdict == Verdict.FAIL and value is None):
        return True
    if value is None or limit is None:
        return False
    if isinstance(check.limit, Absolute) and abs(check.limit.value - limit) > _ROUNDING * max(1.0, abs(limit)):
        return False
    inside = value <= limit if check.bound is Bound.MAX else value >= limit
    return bool(inside is (verdict == Verdict.PASS))


_ROUNDING = 1e-5
_COMMIT = re.compile(r"[0-9a-f]{40}")
