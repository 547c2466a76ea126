"""Decides the next small step of one migration: what people did, then health, then the gates. Pure."""

from __future__ import annotations

from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.migration import Entry, Migration
from reconciler.model.policy import OnBreach
from reconciler.model.stage import Stage
from reconciler.model.status import HoldKind, Status
from reconciler.model.verdict import CheckResult, Health, Verdict
from reconciler.rollout import people
from reconciler.rollout.deadlines import overdue
from reconciler.rollout.gates import Gate, closed_gates
from reconciler.rollout.going_back import failed_checks, must_go_back, out_of_patience, reasons
from reconciler.rollout.situation import Situation, evidence_since, source_is_gone


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
            return must_go_back(situation) or _approved(situation, to)
        case people.RaisedTooFar(to):
            return must_go_back(situation) or _too_far(situation, to)
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
    if back := must_go_back(situation) or out_of_patience(situation):
        return back
    if situation.hold is not None:
        return made.Wait(_told(situation, status, f"held: {situation.hold.reason}"))
    if migration.hold is not None:
        return made.Wait(_told(situation, status, f"held by {migration.hold.by}: {migration.hold.reason}"))
    return _forward(situation, migration, status)


def _forward(situation: Situation, migration: Migration, status: Status) -> Decision:
    to, health = status.stage.next, situation.health
    if status.stage is Stage.ROLLED_BACK:
        return made.Rest("rolled back; a person arms it again with stage: planning")
    if to is None:
        complete = _told(situation, status, "complete")
        return made.Rest(complete) if complete == "complete" else made.Wait(complete)
    if health.fault is not None:
        return made.Wait(_told(situation, status, f"health is unknown: {health.fault}"))
    if stands := _stands_still(health):
        return made.Wait(_told(situation, status, stands))
    if frozen := _frozen(health, status.stage):
        return made.Freeze(_told(situation, status, reasons(frozen)))
    gates = _gates(situation, status)
    if gates:
        return made.Wait(_told(situation, status, "; ".join(gate.reason for gate in gates)))
    if migration.advance.entry(to) is Entry.PULL_REQUEST:
        return made.Propose(to, f"{_proof(situation, status)}; a person enters {to} by merging")
    return made.Advance(to, _proof(situation, status))


def _stands_still(health: Health) -> str:
    """Say why the sides cannot be told apart, so that nothing may move up; empty when they can."""
    if health.invalid:
        return f"held: {health.invalid}"
    return f"{health.common_cause}; going back repairs nothing" if health.common_cause else ""


def _frozen(health: Health, stage: Stage) -> list[CheckResult]:
    breached = [check for check in health.checks if check.breached and stage.takes_traffic]
    failed = failed_checks(health, OnBreach.FREEZE)
    return [check for check in health.checks if check in breached or check in failed]


def _told(situation: Situation, status: Status, reason: str) -> str:
    """Add to a reason what has lasted too long; nothing waits in silence."""
    waits = [wait.reason for wait in overdue(situation, status)]
    return f"{'; '.join([reason, *waits])}: somebody must look" if waits else reason


def _approved(situation: Situation, to: Stage) -> Decision:
    """A person's raise replaces soak and proof (and with it a breach that is no failure), nothing else."""
    migration, status = situation.migration, situation.status
    if migration is None or status is None:
        return made.Rest("nothing here")
    if migration.hold is not None:
        return made.Wait(f"asked for {to}; held by {migration.hold.by}: {migration.hold.reason}")
    gates = _gates(situation, status)
    closed = [gate.reason for gate in gates if not gate.replaceable]
    closed += [check.reason for check in failed_checks(situation.health, OnBreach.FREEZE)]
    closed += [stands] if (stands := _stands_still(situation.health)) else []
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
    if source_is_gone(status, situation.policy, situation.now):
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
