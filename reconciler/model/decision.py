"""What the next pass does with one migration. Nothing here acts; the loop does what a decision says."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.stage import Stage
from reconciler.model.status import HoldKind


@dataclass(frozen=True, slots=True)
class Begin:
    """A new migration enters planning."""

    reason: str


@dataclass(frozen=True, slots=True)
class Advance:
    """One step forward.

    Attributes:
        skipped: What a person's raise replaced, e.g. ``("soak", "proof(errors)")``; empty for an automatic step.
        by_person: Whether a person asked for it.
    """

    to: Stage
    reason: str
    skipped: tuple[str, ...] = ()
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class Propose:
    """One step forward is due, and a person enters this stage by merging a pull request."""

    to: Stage
    reason: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """Back to less traffic.

    Attributes:
        checks: The names of the failed ones; empty when a wait lasted too long.
        to: The stage that is entered now: no traffic at once, or one stage back on the way there.
    """

    reason: str
    checks: tuple[str, ...]
    to: Stage = Stage.ROLLED_BACK


@dataclass(frozen=True, slots=True)
class Lower:
    """A person asked for a lower stage: route it at once, then hold."""

    to: Stage
    reason: str


@dataclass(frozen=True, slots=True)
class Rearm:
    """A person starts anew: ``to`` is entered with the next attempt, and nothing seen before counts.

    Attributes:
        hold: Whether the migration is held all the same (our rollback was reverted).
    """

    to: Stage
    reason: str
    hold: HoldKind | None = None


@dataclass(frozen=True, slots=True)
class PutOnHold:
    """What a person did stands; nothing moves until a person lifts the hold that we write."""

    kind: HoldKind
    reason: str


@dataclass(frozen=True, slots=True)
class Resume:
    """A person lifted the hold (or merged our proposal): evidence counts from now on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retire:
    """The migration file is gone and may be: its outputs go too."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing moves for now, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """A check that freezes failed: the migration stays where it is until it passes."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rest:
    """There is nothing to do here: complete, rolled back, or retired."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """What a person asked for cannot be done; the migration holds and the pass ends degraded."""

    reason: str
    hint: str = ""


Decision = (
    Begin | Advance | Propose | Rollback | Lower | Rearm | PutOnHold | Resume | Retire | Wait | Freeze | Rest | Refuse
)


def word(decision: Decision) -> str:
    """Give a decision's word in JSON and text."""
    match decision:
        case Begin() | Advance():
            return "advance"
        case Propose():
            return "propose"
        case Rollback() | Lower():
            return "rollback"
        case Rearm(hold=None):
            return "advance"
        case Rearm() | PutOnHold() | Resume() | Wait():
            return "hold"
        case Freeze():
            return "freeze"
        case Rest() | Retire():
            return "none"
        case Refuse():
            return "error"
