"""Says what people did to a migration since the reconciler last wrote it, by content and never by wording. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.stage import Stage
from reconciler.model.status import HoldKind, Notes, Status


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One migration's files in one commit.

    Attributes:
        wanted: The stage in the migration file; None without the file.
        status: What its status file says; None without the file.
        notes: What its notes file says; None without the file.
        rendered: Blob id of every file in its rendered folder, by file name.
    """

    wanted: Stage | None = None
    status: Status | None = None
    notes: Notes | None = None
    rendered: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Everything stands as we left it."""


@dataclass(frozen=True, slots=True)
class Added:
    """A migration file without a status: a new migration, or one whose planning has not begun."""

    wanted: Stage


@dataclass(frozen=True, slots=True)
class Deleted:
    """The migration file is gone; its outputs may still be there."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A person's `stage:` is one step up: an approval."""

    to: Stage


@dataclass(frozen=True, slots=True)
class RaisedTooFar:
    """A person's `stage:` (or all three files together) jumped over a stage."""

    to: Stage


@dataclass(frozen=True, slots=True)
class Lowered:
    """A person's `stage:` is lower, the rest is as we left it."""

    to: Stage


@dataclass(frozen=True, slots=True)
class Rearmed:
    """A person leads a rolled-back migration back to planning or testing."""

    to: Stage


@dataclass(frozen=True, slots=True)
class WentBack:
    """Stage and status went back together: a revert, in whatever form it came."""

    kind: HoldKind
    reason: str


@dataclass(frozen=True, slots=True)
class RollbackReverted:
    """Our own rollback, or a step of it, was reverted: the stage that it left stands again."""

    to: Stage


@dataclass(frozen=True, slots=True)
class WentUp:
    """Stage and status went one step up together: a merged proposal, or the revert of a revert."""

    to: Stage


@dataclass(frozen=True, slots=True)
class HoldLifted:
    """Our hold is gone from the notes: a person reverted our hold commit."""


@dataclass(frozen=True, slots=True)
class RerenderReverted:
    """The inputs in our notes went back: a person reverted a re-render of ours."""


PersonsAct = (
    Nothing
    | Added
    | Deleted
    | Raised
    | RaisedTooFar
    | Lowered
    | Rearmed
    | WentBack
    | RollbackReverted
    | WentUp
    | HoldLifted
    | RerenderReverted
)


def what_people_did(before: Snapshot | None, now: Snapshot) -> PersonsAct:
    """Compare what we left with what is there.

    Args:
        before: The migration in our newest commit that judged it; None when there is none, and then only the
            files of today are compared with each other.
        now: The migration in the commit that is judged.

    Returns:
        One act, the one that matters most: what happened to the status comes before the stage, the stage before
        the notes. Whether the rendered files are what they should be is asked elsewhere.
    """
    left = before or Snapshot()
    if now.wanted is None:
        return Deleted() if now.status or now.rendered else Nothing()
    if now.status is None:
        return _without_status(left, now.wanted, now.notes)
    if left.status is not None and left.status != now.status:
        return _moved_status(left.status, now.status, now.wanted)
    if now.wanted is not now.status.stage:
        return _moved_stage(now.status.stage, now.wanted)
    return _moved_notes(left.notes, now.notes)


def _without_status(left: Snapshot, wanted: Stage, notes: Notes | None) -> PersonsAct:
    if left.status is not None:
        return WentBack(HoldKind.REVERTED, "a person reverted the commit that entered planning")
    return Nothing() if notes is not None and notes.hold is not None else Added(wanted)


def _moved_status(left: Status, now: Status, wanted: Stage) -> PersonsAct:
    if wanted is not now.stage:
        found = f"the status says {now.stage}, the migration file says {wanted}"
        return WentBack(HoldKind.DRIFT, f"a revert in part: {found}")
    on_the_way_back = left.stage is Stage.ROLLED_BACK or left.carried.goal is not None
    if now.stage.rank > left.stage.rank:
        if on_the_way_back:
            return RollbackReverted(now.stage)
        return WentUp(now.stage) if now.stage is left.stage.next else RaisedTooFar(now.stage)
    if now.stage is left.stage and (now.weights, now.baseline, now.carried) != (
        left.weights,
        left.baseline,
        left.carried,
    ):
        return WentBack(HoldKind.DRIFT, f"the status of {now.stage} says other things than we wrote")
    return WentBack(HoldKind.REVERTED, f"a person reverted {left.stage} to {now.stage}")


def _moved_stage(stage: Stage, wanted: Stage) -> PersonsAct:
    if stage is Stage.ROLLED_BACK:
        return Rearmed(wanted) if wanted in (Stage.PLANNING, Stage.TESTING) else RaisedTooFar(wanted)
    if wanted.rank < stage.rank:
        return Lowered(wanted)
    return Raised(wanted) if wanted is stage.next else RaisedTooFar(wanted)


def _moved_notes(left: Notes | None, now: Notes | None) -> PersonsAct:
    if left is not None and now is None:
        return WentBack(HoldKind.DRIFT, "its notes are gone, and with them what was held and what was rendered")
    if left is None or now is None or left.run == now.run:
        return Nothing()
    if left.hold is not None and now.hold is None:
        return HoldLifted()
    return RerenderReverted() if left.inputs != now.inputs else Nothing()
