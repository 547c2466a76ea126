"""Answers one check by the evidence: FAIL takes evidence and the check's own limit, PASS takes proof. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reconciler.health.beyond import beyond
from reconciler.health.check import answer, no_data
from reconciler.health.evidence import Evidence, Reference, reckon
from reconciler.health.history import Booleans, History
from reconciler.health.measurement import Case, Measurement, breaks, holds, over_stage, over_window
from reconciler.health.split import Split
from reconciler.health.words import compared, tasks_needed
from reconciler.model.observation import Unknown
from reconciler.model.policy import (
    Absolute,
    Check,
    HealthPolicy,
    Limit,
    OnBreach,
    SourcePlus,
    TimesExpected,
    TimesSource,
)
from reconciler.model.stage import Stage
from reconciler.model.status import Carried, Wealth
from reconciler.model.verdict import CheckResult, Verdict

WRONG_ADVANCE = 0.05
"""The chance to leave a stage wrongly, where the policy does not say."""


@dataclass(frozen=True, slots=True)
class Record:
    """All that the evidence about one migration rests on.

    Attributes:
        history: Both sides in numbers.
        split: The share in force.
        reference: What stands in for the source after complete.
        carried: What the stages before have left.
    """

    history: History
    split: Split
    reference: Reference
    carried: Carried


def trips_at(policy: HealthPolicy) -> float:
    """Give the evidence that rolls back: the wrong-rollback chance, split over the checks that may, upside down."""
    return sum(check.on_breach is OnBreach.ROLLBACK for check in policy.checks) / policy.wrong_rollback


def proof_needed(policy: HealthPolicy, stage: Stage) -> float:
    """Give the proof that it takes to leave a stage."""
    return 1 / (policy.rule(stage).wrong_advance or WRONG_ADVANCE)


def limit_text(check: Check) -> str:
    """Name what evidence is about, so that evidence about another limit is not taken for it.

    >>> from reconciler.model.policy import Bound
    >>> from datetime import timedelta
    >>> limit_text(Check("e", "error_rate", Bound.MAX, Absolute(0.05), None, timedelta(0), OnBreach.ROLLBACK))
    'error_rate max 0.05'
    """
    return f"{check.indicator} {check.bound} {_limit_text(check.limit)}"


def _limit_text(limit: Limit) -> str:
    match limit:
        case Absolute(value):
            return f"{value:g}"
        case TimesSource(factor):
            return f"{factor:g}x source"
        case TimesExpected(factor):
            return f"{factor:g}x expected"
        case SourcePlus(margin):
            return f"source {margin:+g}"


def evidence_of(check: Check, record: Record) -> Evidence | None:
    """Reckon the evidence about a check, going on from the stages before where it was about the same limit."""
    carried = record.carried.wealth.get(check.name)
    same = carried is not None and carried.limit == limit_text(check)
    return reckon(
        check,
        record.history,
        record.split,
        reference=record.reference,
        carried=carried if same else None,
        seconds=record.carried.seconds if same else 0,
    )


def tripped(check: Check, record: Record, evidence: Evidence, policy: HealthPolicy) -> Booleans:
    """Say from which slice on the check has failed: a trip latches, so that a pass that comes late sees it too."""
    over = beyond(check, record.history, reference=record.reference, min_tasks=policy.min_tasks)
    failed: Booleans = np.logical_or.accumulate((evidence.fail >= math.log(trips_at(policy))) & over, axis=1)
    return failed


def answer_by_evidence(
    check: Check, case: Case, record: Record, policy: HealthPolicy
) -> tuple[CheckResult, Wealth | None]:
    """Answer one check, and say what the next stage goes on from."""
    literal = answer(check, case)
    whole, recent = over_stage(check, case), over_window(check, case, end=case.now)
    if check.on_breach is not OnBreach.ROLLBACK or isinstance(recent, Unknown):
        return literal, None
    if record.history.shape[1] == 0:
        return no_data(check, "nothing has been observed since the evidence began"), None
    if (nonsense := _unknown(whole, case)) is not None:
        return no_data(check, nonsense.reason), None
    is_breached = breaks(check, recent)
    # What a query of the environment answers has no tasks behind it that could be counted.
    evidence = None if check.indicator in case.target.readings else evidence_of(check, record)
    if evidence is None:
        return _without_test(check, literal, breached=is_breached), None
    failed = tripped(check, record, evidence, policy)[0]
    # A failure is told with the evidence of the moment at which it was found.
    fail, proof = float(evidence.fail[0, failed.argmax() if failed[-1] else -1]), float(evidence.proof[0, -1])
    splits = case.stage.splits_traffic
    result = replace(
        literal,
        evidence=_rounded(fail),
        proof=_rounded(proof) if splits else None,
        trips_at=trips_at(policy),
        needed=proof_needed(policy, case.stage) if splits else None,
        breached=is_breached,
    )
    verdict, reason = _verdict(check, recent, whole, result, has_failed=bool(failed[-1]), proof=proof)
    return replace(result, verdict=verdict, reason=reason), _wealth(check, evidence)


def _unknown(whole: Measurement | Unknown, case: Case) -> Unknown | None:
    """Say why the numbers since the evidence began cannot be trusted: then nothing may be reckoned on them."""
    if isinstance(whole, Unknown):
        return whole
    if isinstance(whole.value, Unknown):
        return whole.value
    of_source = whole.relative_to
    return of_source if isinstance(of_source, Unknown) and case.stage is not Stage.COMPLETE else None


def _without_test(check: Check, literal: CheckResult, *, breached: bool) -> CheckResult:
    """Let a check that no test of evidence exists for freeze, never roll back."""
    if literal.verdict is not Verdict.FAIL:
        return replace(literal, breached=breached)
    reason = f"{literal.reason}; no evidence can be reckoned for {check.indicator}, so it freezes"
    return replace(literal, verdict=Verdict.INCONCLUSIVE, breached=True, reason=reason)


def _verdict(
    check: Check,
    recent: Measurement,
    whole: Measurement | Unknown,
    result: CheckResult,
    *,
    has_failed: bool,
    proof: float,
) -> tuple[Verdict, str]:
    shown = _shown(recent, whole)
    said = compared(check, shown) if shown is not None else ""
    stands = f"evidence e={result.evidence:.3g}, rolls back at {result.trips_at:.3g}"
    if has_failed:
        broken = next((one for one in (recent, whole) if not isinstance(one, Unknown) and breaks(check, one)), None)
        beyond_it = compared(check, broken) if broken else f"{check.name} was beyond its limit; by now {said}"
        return Verdict.FAIL, f"{beyond_it}, {stands}"
    if result.breached:
        return Verdict.INCONCLUSIVE, f"{said}; {stands}"
    if shown is None or result.verdict is Verdict.NO_DATA:
        return result.verdict if result.verdict is not Verdict.PASS else Verdict.NO_DATA, result.reason
    if result.needed is None:
        return Verdict.PASS if holds(check, shown) else result.verdict, said
    if proof >= math.log(result.needed) and holds(check, shown):
        return Verdict.PASS, said
    return Verdict.INCONCLUSIVE, f"{said}; {tasks_needed(proof, math.log(result.needed), whole)}"


def _shown(recent: Measurement | Unknown, whole: Measurement | Unknown) -> Measurement | None:
    for one in (recent, whole):
        if not isinstance(one, Unknown) and one.compared and isinstance(one.value, float) and math.isfinite(one.limit):
            return one
    return None


def _wealth(check: Check, evidence: Evidence) -> Wealth:
    fail, proof = float(evidence.staked[0, -1]), float(evidence.proof[0, -1])
    return Wealth(limit_text(check), round(fail, _DIGITS), round(proof, _DIGITS))


def _rounded(logarithm: float) -> float:
    """Give the e-value itself, within what a JSON number holds."""
    return float(f"{math.exp(min(logarithm, _LARGEST)):.6g}")


def score(answers: Sequence[CheckResult]) -> int | None:
    """Give the mean distance from failing, 0 to 100: ``1 - ln(evidence) / ln(evidence that fails)``.

    Returns:
        0 when a check that rolls back failed; None when half of the checks or more have no data.
    """
    if any(one.verdict is Verdict.FAIL and one.on_breach is OnBreach.ROLLBACK for one in answers):
        return 0
    known = [one for one in answers if one.evidence is not None or one.verdict in (Verdict.PASS, Verdict.FAIL)]
    if len(known) * 2 <= len(answers):
        return None
    return round(100 * sum(_health(one) for one in known) / len(known))


def _health(one: CheckResult) -> float:
    if one.evidence is None or one.trips_at is None:
        return float(one.verdict is Verdict.PASS)
    spent = math.log(max(one.evidence, 1.0)) / math.log(one.trips_at)
    return 1 - min(max(spent, 0.0), 1.0)


_DIGITS = 6
_LARGEST = 600.0
