"""What health says: a verdict for each check, and the picture of the whole migration."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.policy import OnBreach
from reconciler.model.status import Carried


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
        evidence: The e-value against "the target is healthy"; None where the bare limit decides.
        reason: One clause for a person, e.g. "8.1 % > 5 % (33 of 412)".
        proof: The e-value against "the target is at its limit or beyond"; None where the bare limit decides.
        needed: The proof that a PASS takes; None where the bare limit decides.
        trips_at: The evidence that a FAIL takes; None where the bare limit decides.
        breached: Whether the value is outside the limit now: that freezes, it does not roll back.
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
    proof: float | None = None
    needed: float | None = None
    trips_at: float | None = None
    breached: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """All answers for one migration.

    Attributes:
        checks: In the policy's order.
        source_tasks: Tasks of the source since the evidence began.
        target_tasks: Tasks of the target since the evidence began.
        score: 0 to 100, how far the checks are from failing; 0 when one that rolls back failed; None when less than
            half of them could be judged.
        fault: Why the metric source could not be asked at all; None when it answered.
        common_cause: Why both sides are broken, so that going back repairs nothing; empty otherwise.
        invalid: Why the split is not the rendered one, so that the sides cannot be compared; empty otherwise.
        measured_share: The target's part of the tasks, 0 to 1; None when there were none.
        last_task: When the target last ended a task since the evidence began; None when it did not.
        unknown_since: From when on nothing is known of a side; None when both are known.
        carried: What the next stage goes on from.
    """

    checks: tuple[CheckResult, ...] = ()
    source_tasks: int = 0
    target_tasks: int = 0
    score: int | None = None
    fault: str | None = None
    common_cause: str = ""
    invalid: str = ""
    measured_share: float | None = None
    last_task: datetime | None = None
    unknown_since: datetime | None = None
    carried: Carried = field(default_factory=Carried)
