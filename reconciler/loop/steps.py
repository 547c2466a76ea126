"""Turns a decision into steps: the files that change together in one commit, and what its message will say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from reconciler.errors import ReconcilerError, RenderError
from reconciler.health.judge import baseline
from reconciler.loop.cases import Case, World, last_person
from reconciler.loop.comparing import compared
from reconciler.loop.ports import Pass
from reconciler.loop.rendering import Templates, render
from reconciler.loop.trail import Trail
from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.migration import Environment, Migration, MigrationId
from reconciler.model.observation import Observations
from reconciler.model.stage import Stage
from reconciler.model.status import Baseline, Carried, Notes, Status
from reconciler.model.verdict import Health, Verdict
from reconciler.render.commits import (
    Origin,
    Transition,
    WayBack,
    advance_message,
    plain_message,
    rollback_message,
)
from reconciler.render.manifests import render_routing
from reconciler.render.routing import VIRTUAL_SERVICE
from reconciler.rollout.evolve import Moment, entered_stage, next_notes, next_status
from reconciler.rollout.situation import evidence_since
from reconciler.spec import layout
from reconciler.spec.edit import set_stage
from reconciler.spec.notes import dump_notes
from reconciler.spec.status import dump_status


@dataclass(frozen=True, slots=True)
class Step:
    """One commit to be.

    Attributes:
        migrations: Whom it concerns.
        run: Its unique id.
        at: Its author and committer date.
        law: The commit whose law judged.
        files: New content by path; None deletes.
        write: Gives the message once the origin is known.
        entered: The stage that it enters; None when it moves none.
    """

    migrations: tuple[MigrationId, ...]
    run: str
    at: datetime
    law: str
    files: Mapping[str, bytes | None]
    write: Callable[..., str]
    entered: Stage | None = None

    def message(self, judged: Mapping[str, str]) -> str:
        """Write the commit message; ``judged`` names the complete environments."""
        return self.write(origin=Origin(self.run, self.law, judged))


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with everything that was found out about it.

    Attributes:
        notes: Our notes after a re-render of this pass.
    """

    case: Case
    environment: Environment
    templates: Templates
    health: Health
    observations: Observations | None
    notes: Notes | None


def steps_of(world: World, judged: Judged, decision: Decision, this: Pass) -> tuple[Step, ...]:
    """Give the commits that a decision asks for, in order; none for a decision that changes nothing.

    Raises:
        RenderError: A transition cannot be rendered (a rollback restores earlier bytes instead).
        SpecError: The agent's configuration or the migration file cannot be used.
    """
    match decision:
        case made.Begin():
            return (_begin(world, judged, this),)
        case made.Advance(by_person=by_person):
            lift = [_notes_step(world, judged, decision, this, "resume")] if by_person and _held(judged) else []
            return (*lift, transition_step(world, judged, decision, this.at, next(this.runs)))
        case made.Propose() | made.Rollback():
            return (transition_step(world, judged, decision, this.at, next(this.runs), trigger="automatic"),)
        case made.Lower() | made.Rearm():
            return (
                transition_step(world, judged, decision, this.at, next(this.runs)),
                _notes_step(world, judged, decision, this, "hold" if _holds(decision) else "arm"),
            )
        case made.PutOnHold():
            return (_notes_step(world, judged, decision, this, "hold"),)
        case made.Resume():
            return (_notes_step(world, judged, decision, this, "resume"),)
        case made.Retire():
            return (_retire(world, judged, decision, this),)
        case made.Wait() | made.Freeze() | made.Rest() | made.Refuse():
            return ()


def transition_files(migration: MigrationId) -> tuple[str, str, str]:
    """Name the three files that a transition changes together."""
    return (
        layout.migration_path(migration),
        layout.status_path(migration),
        f"{layout.rendered_folder(migration)}/{VIRTUAL_SERVICE}",
    )


def _begin(world: World, judged: Judged, this: Pass) -> Step:
    case, migration = judged.case, _wanted(judged.case)
    moment = Moment(this.at, next(this.runs))
    rendered = render(world.tree, migration, judged.environment, Stage.PLANNING, 1, judged.templates)
    decision = made.Begin("a new migration")
    status = next_status(case.id, None, decision, moment, baseline=None, carried=Carried())
    notes = next_notes(case.id, None, decision, moment, person=last_person(world, case), inputs=rendered.inputs)
    files: dict[str, bytes | None] = {**rendered.files, **_written(status, notes)}
    kept = sum(item.outcome.value == "kept" for item in rendered.conversion.items)
    reason = (
        f"{migration.source.cli} to {migration.target.cli}: {kept} of {len(rendered.conversion.items)} items kept; "
        "both subsets and both configurations are rendered, 0 % goes to the target"
    )
    write = partial(
        advance_message,
        Transition(case.id, None, Stage.PLANNING),
        subject="enter planning",
        reason=reason,
        trigger="automatic",
        way_back=WayBack(None, ()),
    )
    return Step((case.id,), moment.run, this.at, case.law, files, write, Stage.PLANNING)


def transition_step(  # noqa: D417 - the values document themselves
    world: World, judged: Judged, decision: Decision, at: datetime, run: str, *, trigger: str = "person"
) -> Step:
    """Give the one commit of a transition: wanted stage, status and routing together.

    Args:
        trigger: Who is behind a rollback that no check asks for: ``person`` or ``automatic``.

    Raises:
        ReconcilerError: The migration has no status or no file to write the stage into.
        RenderError: The routing cannot be rendered (a rollback restores earlier bytes instead).
    """
    case, migration = judged.case, _wanted(judged.case)
    moment, carried = Moment(at, run), judged.health.carried
    status = next_status(case.id, case.status, decision, moment, baseline=_baseline(judged, at), carried=carried)
    if status is None or case.status is None:
        raise ReconcilerError(f"{case.id}: has no status, a transition needs one", hint="it must enter planning first")
    trail = world.trails.of(case.id, case.status.stage)
    migration_file, status_file, routing_file = transition_files(case.id)
    text = world.tree.read(migration_file) or b""
    files: dict[str, bytes | None] = {
        migration_file: set_stage(text, status.stage, migration_file),
        status_file: dump_status(status),
        routing_file: _routing(world, judged, migration, status, trail, decision),
    }
    transition = Transition(case.id, case.status.stage, status.stage)
    write = _write_transition(judged, decision, transition, trail, trigger)
    if isinstance(decision, made.Advance | made.Propose | made.Rollback):
        write = partial(write, comparison=compared(judged.observations, case.status, judged.notes, at=at))
    return Step((case.id,), run, at, case.law, files, write, status.stage)


def _write_transition(
    judged: Judged, decision: Decision, transition: Transition, trail: Trail, trigger: str
) -> Callable[..., str]:
    way_back = WayBack(trail.planning, transition_files(transition.migration))
    step = f"{transition.begin} → {transition.end}"
    plain = partial(advance_message, transition, way_back=way_back)
    evidence = judged.health.checks
    match decision:
        case made.Rollback(reason, failed):
            # The later steps of a rollback go on when the check recovers; then the evidence beside it shows no failure.
            failing = {one.name for one in evidence if one.verdict is Verdict.FAIL}
            fails = [name for name in failed if name in failing]
            return partial(
                rollback_message,
                transition,
                reverts=trail.advances,
                reason=reason,
                trigger=f"check:{fails[0]}" if fails else trigger,
                checks=evidence,
            )
        case made.Advance(_, reason, skipped, by_person):
            asked = "person" if by_person else "automatic"
            return partial(
                plain, subject=f"advance {step}", reason=reason, trigger=asked, skipped=skipped, checks=evidence
            )
        case made.Propose(_, reason):
            branch = branch_name(transition.migration, transition.end)
            return partial(
                plain, subject=f"advance {step}", reason=reason, trigger="person", checks=evidence, proposal=branch
            )
        case made.Lower(_, reason):
            return partial(plain, subject=f"lower {step}", reason=reason, trigger="person")
        case _:
            return partial(plain, subject=f"arm again {step}", reason=decision.reason, trigger="person")


def branch_name(migration: MigrationId, step: str) -> str:
    """Name the branch of a step that a person is to merge; ``step`` is the stage that it enters."""
    return f"reconciler/{migration.environment}/{migration.name}/{step}"


def _routing(
    world: World, judged: Judged, migration: Migration, status: Status, trail: Trail, decision: Decision
) -> bytes:
    try:
        return render_routing(
            migration, judged.environment, status.stage, status.attempt, templates=judged.templates.texts
        )
    except RenderError:
        routed = _routed_at(trail, status.stage) if isinstance(decision, made.Rollback) else None
        earlier = world.at(routed).read(transition_files(migration.id)[2]) if routed else None
        if earlier is None:
            raise
        return earlier


def _routed_at(trail: Trail, stage: Stage) -> str | None:
    """Name the commit that routed what a rollback leads to: planning, or for one step back the advance before."""
    if not stage.takes_traffic:
        return trail.planning
    return trail.advances[1][0] if len(trail.advances) > 1 else None


def _notes_step(world: World, judged: Judged, decision: Decision, this: Pass, verb: str) -> Step:
    case = judged.case
    moment = Moment(this.at, next(this.runs))
    notes = next_notes(case.id, judged.notes, decision, moment, person=last_person(world, case))
    stage = entered_stage(decision, case.status.stage if case.status else None)
    place = stage or (case.status.stage if case.status else "planning")
    write = partial(
        plain_message,
        f"{case.id}: {verb} at {place}",
        decision.reason,
        (case.id,),
        trigger="person",
    )
    return Step((case.id,), moment.run, this.at, case.law, _written(None, notes), write)


def _retire(world: World, judged: Judged, decision: made.Retire, this: Pass) -> Step:
    case = judged.case
    paths = [
        *world.tree.under(layout.rendered_folder(case.id)),
        layout.status_path(case.id),
        layout.notes_path(case.id),
    ]
    files: dict[str, bytes | None] = {path: None for path in paths if world.tree.oid(path)}
    write = partial(plain_message, f"{case.id}: retire", decision.reason, (case.id,), trigger="person")
    return Step((case.id,), next(this.runs), this.at, case.law, files, write)


def _written(status: Status | None, notes: Notes | None) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {}
    if status is not None:
        files[layout.status_path(status.id)] = dump_status(status)
    if notes is not None:
        files[layout.notes_path(notes.id)] = dump_notes(notes)
    return files


def _baseline(judged: Judged, at: datetime) -> Baseline | None:
    status = judged.case.status
    if status is None or status.stage is not Stage.TESTING or judged.observations is None:
        return None
    return baseline(judged.observations, begin=evidence_since(status, judged.notes), end=at)


def _wanted(case: Case) -> Migration:
    if case.migration is None:
        raise ReconcilerError(f"{case.id}: its migration file is gone, there is no stage to set")
    return case.migration


def _held(judged: Judged) -> bool:
    return judged.notes is not None and judged.notes.hold is not None


def _holds(decision: made.Lower | made.Rearm) -> bool:
    return isinstance(decision, made.Lower) or decision.hold is not None
