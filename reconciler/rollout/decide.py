"""Decides the next small step of one migration: what people did, then health, then the gates. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.migration import Entry, Migration
from reconciler.model.policy import HealthPolicy, OnBreach
from reconciler.model.stage import Stage
from reconciler.model.status import Hold, HoldKind, Notes, Status
from reconciler.model.verdict import CheckResult, Health, Verdict
from reconciler.rollout import people
from reconciler.rollout.gates import Gate, Prerequisites, closed_gates
from reconciler.rollout.people import PersonsAct


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision rests on; every arrow that leads to ``decide`` ends here.

    Attributes:
        migration: What people want; None when the file is gone.
        status: Where it stands; None before planning.
        notes: Our hold and the start of evidence.
        act: What people did since we last wrote.
        policy: The law of this decision.
        health: What was seen; empty before testing.
        prerequisites: Losses and required migrations.
        drift: Why the rendered files must not be touched although they are not what they should be; empty without.
        now: The pass's moment.
    """

    migration: Migration | None
    status: Status | None
    notes: Notes | None
    act: PersonsAct
    policy: HealthPolicy
    health: Health
    now: datetime
    prerequisites: Prerequisites = field(default_factory=Prerequisites)
    drift: str = ""

    @property
    def hold(self) -> Hold | None:
        """Our hold that still stands."""
        return self.notes.hold if self.notes else None


def evidence_since(status: Status, notes: Notes | None) -> datetime:
    """Say from when on evidence counts: the stage's beginning, or later when a person armed it anew."""
    begins = notes.evidence_from if notes else None
    return max(status.since, begins) if begins else status.since


def decide(situation: Situation) -> Decision:
    """Decide the next step.

    Returns:
        One decision. Unknown health never moves traffic; a person's act comes before everything but a rollback that
        people have not ruled out; a rollback passes every gate and every hold.
    """
    match situation.act:
        case people.Nothing():
            return _undisturbed(situation)
        case people.Added(Stage.PLANNING):
            return made.Begin("a new migration")
        case people.Added(wanted):
            return made.Refuse(
                f"a new migration says {wanted}, it must begin at planning", "set stage: planning; the rest follows"
            )
        case people.Deleted():
            return _deleted(situation)
        case people.Raised(to):
            return _failed(situation) or _approved(situation, to)
        case people.RaisedTooFar(to):
            return _failed(situation) or _too_far(situation, to)
        case people.Lowered(to):
            return made.Lower(to, f"a person asked for {to}")
        case people.Rearmed(to):
            return made.Rearm(to, f"a person leads it back to {to}")
        case people.WentBack(kind, reason):
            return made.PutOnHold(kind, reason)
        case people.RollbackReverted(to):
            return made.Rearm(to, f"a person reverted our rollback: {to} stands", hold=HoldKind.REVERTED)
        case people.WentUp(to):
            return made.Resume(f"a person entered {to}; evidence counts from now")
        case people.HoldLifted():
            return made.Resume("a person reverted our hold")
        case people.RerenderReverted():
            return made.PutOnHold(HoldKind.RERENDER_REVERTED, "a person reverted our re-render; its bytes stay")


def _undisturbed(situation: Situation) -> Decision:
    migration, status = situation.migration, situation.status
    if migration is None or status is None:
        return made.Rest("held" if situation.hold else "nothing here")
    if situation.drift and situation.hold is None:
        return made.PutOnHold(HoldKind.DRIFT, situation.drift)
    if failed := _failed(situation):
        return failed
    if situation.hold is not None:
        return made.Wait(f"held: {situation.hold.reason}")
    if migration.hold is not None:
        return made.Wait(f"held by {migration.hold.by}: {migration.hold.reason}")
    return _forward(situation, migration, status)


def _failed(situation: Situation) -> Decision | None:
    """Roll back on a failed check, if the target has traffic and the source is still warm."""
    status = situation.status
    failed = _failed_checks(situation, OnBreach.ROLLBACK)
    if not failed or status is None or not status.stage.takes_traffic:
        return None
    if status.stage is Stage.COMPLETE and situation.now - status.since > situation.policy.keep_source:
        return made.Wait(f"{_reasons(failed)}; the source is no longer kept, a person must act")
    return made.Rollback(_reasons(failed), tuple(check.name for check in failed))


def _failed_checks(situation: Situation, on_breach: OnBreach) -> list[CheckResult]:
    return [
        check for check in situation.health.checks if check.verdict is Verdict.FAIL and check.on_breach is on_breach
    ]


def _reasons(checks: list[CheckResult]) -> str:
    return "; ".join(check.reason for check in checks)


def _forward(situation: Situation, migration: Migration, status: Status) -> Decision:
    to = status.stage.next
    if status.stage is Stage.ROLLED_BACK:
        return made.Rest("rolled back; a person arms it again with stage: planning")
    if to is None:
        return made.Rest("complete")
    if situation.health.fault is not None:
        return made.Wait(f"health is unknown: {situation.health.fault}")
    if frozen := _failed_checks(situation, OnBreach.FREEZE):
        return made.Freeze(_reasons(frozen))
    gates = _gates(situation, status)
    if gates:
        return made.Wait("; ".join(gate.reason for gate in gates))
    if migration.advance.entry(to) is Entry.PULL_REQUEST:
        return made.Propose(to, f"{_proof(situation, status)}; a person enters {to} by merging")
    return made.Advance(to, _proof(situation, status))


def _approved(situation: Situation, to: Stage) -> Decision:
    """A person's raise replaces soak and proof, nothing else."""
    migration, status = situation.migration, situation.status
    if migration is None or status is None:
        return made.Rest("nothing here")
    if migration.hold is not None:
        return made.Wait(f"asked for {to}; held by {migration.hold.by}: {migration.hold.reason}")
    gates = _gates(situation, status)
    closed = [gate.reason for gate in gates if not gate.replaceable]
    closed += [check.reason for check in _failed_checks(situation, OnBreach.FREEZE)]
    if closed:
        return made.Wait(f"asked for {to}; not yet: {'; '.join(dict.fromkeys(closed))}")
    skipped = tuple(gate.name for gate in gates)
    return made.Advance(to, f"a person asked for {to}", skipped=skipped, by_person=True)


def _too_far(situation: Situation, to: Stage) -> Decision:
    stands = situation.status.stage if situation.status else Stage.PLANNING
    step = Stage.PLANNING if stands is Stage.ROLLED_BACK else stands.next
    return made.Refuse(
        f"the stage says {to}, but {stands} stands and a migration goes forward one step at a time",
        f"set stage: {step}" if step else f"set stage: {stands}",
    )


def _deleted(situation: Situation) -> Decision:
    status = situation.status
    if status is None or status.stage in (Stage.PLANNING, Stage.ROLLED_BACK):
        return made.Retire("its migration file is gone")
    if status.stage is Stage.COMPLETE and situation.now - status.since > situation.policy.keep_source:
        return made.Retire("its migration file is gone and the source is no longer kept")
    return made.Refuse(
        f"its migration file is gone, but {status.stage} still routes to it; the outputs stay",
        "restore the file, or roll it back before deleting it",
    )


def _gates(situation: Situation, status: Status) -> tuple[Gate, ...]:
    return closed_gates(
        status.stage,
        policy=situation.policy,
        health=situation.health,
        prerequisites=situation.prerequisites,
        since=evidence_since(status, situation.notes),
        now=situation.now,
    )


def _proof(situation: Situation, status: Status) -> str:
    checks = [check for check in situation.health.checks if check.verdict is Verdict.PASS]
    if not status.stage.splits_traffic or not checks:
        return f"{status.stage} is done"
    tasks = f"{situation.health.target_tasks} tasks at {status.stage.target_weight} %"
    return f"{tasks}: " + ", ".join(check.reason for check in checks)
