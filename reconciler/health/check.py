"""Answers one check. Pure.

Written so that silence and nonsense never pass: PASS needs a finite value on the right side of a finite limit, and
enough tasks on both sides. FAIL needs enough tasks in the window itself.
"""

from __future__ import annotations

import math

from reconciler.health.measurement import Case, Measurement, breaks, holds, over_stage, over_window
from reconciler.health.tally import span
from reconciler.health.words import compared, shortage
from reconciler.model.observation import Unknown
from reconciler.model.policy import Check
from reconciler.model.stage import Stage
from reconciler.model.verdict import CheckResult, Verdict

_MINUTE = 60


def answer(check: Check, case: Case) -> CheckResult:
    """Answer one check; no evidence engine decides here, so ``evidence`` is None."""
    whole, recent = over_stage(check, case), over_window(check, case, end=case.now)
    if isinstance(whole, Unknown):
        return no_data(check, whole.reason)
    if isinstance(recent, Unknown):
        return no_data(check, recent.reason)
    shown = recent if recent.compared else whole
    verdict, reason = _verdict(check, case, shown=shown, recent=recent, whole=whole)
    return CheckResult(
        name=check.name,
        indicator=check.indicator,
        verdict=verdict,
        on_breach=check.on_breach,
        value=shown.value if isinstance(shown.value, float) and math.isfinite(shown.value) else None,
        limit=shown.limit if math.isfinite(shown.limit) else None,
        samples=shown.tasks,
        window=check.window,
        evidence=None,
        reason=reason,
    )


def no_data(check: Check, reason: str) -> CheckResult:
    """Answer a check about which nothing can be known."""
    return CheckResult(
        name=check.name,
        indicator=check.indicator,
        verdict=Verdict.NO_DATA,
        on_breach=check.on_breach,
        value=None,
        limit=None,
        samples=0,
        window=check.window,
        evidence=None,
        reason=reason,
    )


def _verdict(
    check: Check, case: Case, *, shown: Measurement, recent: Measurement, whole: Measurement
) -> tuple[Verdict, str]:
    if isinstance(shown.value, Unknown):
        return Verdict.NO_DATA, shown.value.reason
    if isinstance(shown.relative_to, Unknown):
        return Verdict.NO_DATA, shown.relative_to.reason
    if shown.value is None or shown.relative_to is None:
        return Verdict.INCONCLUSIVE, _shortage(case, whole) or "nothing to compare yet"
    if breaks(check, shown):
        return _breach(check, case, shown=shown, recent=recent, whole=whole)
    if holds(check, shown):
        return _no_breach(check, case, shown=shown, recent=recent, whole=whole)
    return Verdict.NO_DATA, f"{check.indicator} or its limit is no finite number"


def _breach(
    check: Check, case: Case, *, shown: Measurement, recent: Measurement, whole: Measurement
) -> tuple[Verdict, str]:
    said = compared(check, shown)
    if recent.compared < case.min_tasks:
        return Verdict.INCONCLUSIVE, f"{said}; {_shortage(case, whole) or _shortage_in_window(case, recent)}"
    if not _has_lasted(check, case):
        return Verdict.INCONCLUSIVE, f"{said}, not yet for {check.sustained.total_seconds() / _MINUTE:g} min on end"
    return Verdict.FAIL, said


def _no_breach(
    check: Check, case: Case, *, shown: Measurement, recent: Measurement, whole: Measurement
) -> tuple[Verdict, str]:
    said, missing = compared(check, shown), _shortage(case, whole)
    if missing:
        return Verdict.INCONCLUSIVE, f"{said}; {missing}"
    if recent.compared >= case.min_tasks or holds(check, whole):
        return Verdict.PASS, said
    if breaks(check, whole):
        return Verdict.INCONCLUSIVE, f"{said}, but since the evidence began {compared(check, whole)}"
    return Verdict.NO_DATA, f"{said}, but since the evidence began {check.indicator} is not known"


def _has_lasted(check: Check, case: Case) -> bool:
    """Say whether the window was outside its limit at every slice end of the last ``sustained`` time.

    A reading of the environment's own query has no history, so of it nobody can say so.
    """
    if not check.sustained:
        return True
    begin = case.now - check.sustained
    ends = [one.end for one in span(case.target, case.step, begin=case.since, end=case.now)]
    if not ends or ends[0] > begin or check.indicator in case.target.readings:
        return False
    earlier = (over_window(check, case, end=end) for end in ends if end >= begin)
    return all(not isinstance(one, Unknown) and breaks(check, one) for one in earlier)


def _shortage(case: Case, whole: Measurement) -> str:
    if whole.tasks < case.min_tasks:
        return shortage(whole.tasks, case.min_tasks)
    if case.stage is not Stage.COMPLETE and whole.source_tasks < case.min_tasks:
        return shortage(whole.source_tasks, case.min_tasks, whose="source ")
    return ""


def _shortage_in_window(case: Case, recent: Measurement) -> str:
    whose = "" if recent.tasks < case.min_tasks else "source "
    return f"within the window {shortage(recent.compared, case.min_tasks, whose=whose)}"
