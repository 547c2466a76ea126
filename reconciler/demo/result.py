"""What the demo measured, and its JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from reconciler.model.stage import Stage


@dataclass(frozen=True, slots=True)
class StageMeasured:
    """One stage of one agent, as it arrived.

    Attributes:
        rendered: The target's percent in the pushed commit.
        measured: The target's part of the requests that began under that commit, 0 to 1.
        requests: How many that was: new sessions only where cookies hold the others, every task elsewhere.
        failed: Tasks of the agent that failed since the stage before was measured, the change of weights included.
    """

    stage: Stage
    rendered: int
    measured: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True)
class Reverted:
    """What became of the agent that got worse.

    Attributes:
        commit: The revert.
        reverts: The commits that it names, the newest first.
        breach_to_push_seconds: From the begin of the first pass that saw the breach until the push was back.
        target_share_after: The target's part of all tasks once Envoy followed the revert.
    """

    commit: str
    reverts: tuple[str, ...]
    breach_to_push_seconds: float
    target_share_after: float


@dataclass(frozen=True, slots=True)
class PersonActed:
    """What became of a person's revert.

    Attributes:
        reverted: The commit that the person reverted.
        held: Whether the loop wrote a hold.
        advanced_after: Whether the loop raised the stage again.
    """

    reverted: str
    held: bool
    advanced_after: bool


@dataclass(frozen=True, slots=True)
class LogLine:
    """One commit of the main branch: its short id, its first line, and who or what made it."""

    commit: str
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class Result:
    """The whole story in numbers; ``log`` is the main branch, the newest commit first."""

    stages: tuple[StageMeasured, ...]
    revert: Reverted
    person: PersonActed
    metrics: str
    seconds: float
    log: tuple[LogLine, ...]


def result_json(result: Result) -> dict[str, Any]:
    """Give the JSON of ``demo``."""
    return {
        "stages": [
            {**asdict(one), "stage": one.stage.value, "measured": round(one.measured, 4)} for one in result.stages
        ],
        "revert": {
            **asdict(result.revert),
            "reverts": list(result.revert.reverts),
            "breach_to_push_seconds": round(result.revert.breach_to_push_seconds, 3),
        },
        "person": asdict(result.person),
        "metrics": result.metrics,
        "seconds": round(result.seconds, 1),
    }
