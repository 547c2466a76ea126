"""What health says: a verdict for each check, and the picture of the whole migration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from reconciler.model.policy import OnBreach


class Verdict(StrEnum):
    """The answer to one check. Only PASS is healthy."""

    PASS = "PASS"  # noqa: S105 - a verdict, no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NO_DATA = "NO_DATA"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's answer and the numbers behind it.

    Attributes:
        indicator: What was measured, as the policy names it.
        value: What was measured on the target side, in the indicator's unit; None when nothing was.
        limit: The limit in the same unit; None when it could not be computed.
        samples: How many tasks of the target the value rests on.
        window: How far back it looked; None is the whole stage.
        evidence: The e-value; None as long as no evidence engine decides.
        reason: One clause for a person, e.g. "8.1 % > 5 % (33 of 412)".
    """

    name: str
    indicator: str
    verdict: Verdict
    on_breach: OnBreach
    value: float | None
    limit: float | None
    samples: int
    window: timedelta | None
    evidence: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Health:
    """All answers for one migration.

    Attributes:
        checks: In the policy's order.
        source_tasks: Tasks of the source since the evidence began.
        target_tasks: Tasks of the target since the evidence began.
        score: 0 to 100, the share of checks that pass; None when less than half of them could be judged.
        fault: Why the metric source could not be asked at all; None when it answered.
    """

    checks: tuple[CheckResult, ...] = ()
    source_tasks: int = 0
    target_tasks: int = 0
    score: int | None = None
    fault: str | None = None
