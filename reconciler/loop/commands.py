"""Makes the commits that a person would make by hand: advance, rollback, hold, resume."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from reconciler.adapters.git import Repository
from reconciler.errors import ReconcilerError, SpecError
from reconciler.loop.cases import Case, World, case_for_command, snapshot
from reconciler.loop.reconcile import Pushed, push_decided, push_instead
from reconciler.loop.rendering import templates_of
from reconciler.loop.steps import Judged, Step, transition_files, transition_step
from reconciler.model import decision as made
from reconciler.model.migration import Environment, MigrationId, PersonsHold
from reconciler.model.stage import Stage
from reconciler.model.status import Notes
from reconciler.model.verdict import Health
from reconciler.render.commits import plain_message
from reconciler.spec import layout
from reconciler.spec.edit import set_hold, set_stage
from reconciler.spec.notes import dump_notes


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for.

    Attributes:
        migration: Which migration.
        reason: Why, in the person's words.
        by: Who asks, as the commit will say it.
        at: The moment.
        runs: Unique ids, one for every commit.
    """

    migration: MigrationId
    reason: str
    by: str
    at: datetime
    runs: Iterator[str]


@dataclass(frozen=True, slots=True)
class Found:
    """A migration as a command finds it."""

    world: World
    case: Case
    environment: Environment


@dataclass(frozen=True, slots=True)
class Ordered:
    """What became of a command; ``branch`` holds its commit when the remote guards the main branch."""

    pushed: Pushed
    branch: str | None


Write = Callable[[Found, Request], list[Step]]


def command(repository: Repository, write: Write, request: Request) -> Ordered:
    """Make the commits of a command on the newest commit and push them.

    Args:
        repository: The remote and its main branch.
        write: One of ``advance``, ``rollback``, ``hold``, ``resume``.
        request: What a person asks for.

    Raises:
        ReconcilerError: There is no such migration, it does not stand where this can be done, or git failed.
    """

    def decide(base: str) -> tuple[list[Step], list[Step], Mapping[str, str]]:
        world = World.open(repository, base)
        try:
            case, environment = case_for_command(world, request.migration)
        except SpecError as error:
            if write is not rollback:
                raise
            steps = [_back_to_planning(world, request, error)]
        else:
            steps = write(Found(world, case, environment), request)
        return steps, steps, {}

    steps, pushed = push_decided(repository, decide)
    branch = push_instead(repository, steps[-1], write.__name__) if pushed.refused is not None else None
    return Ordered(pushed, branch)


def advance(found: Found, request: Request) -> list[Step]:
    """Write the next stage into the migration file, as a merged pull request would; the next pass acts on it."""
    stage = found.case.status.stage if found.case.status else None
    to = Stage.PLANNING if stage is Stage.ROLLED_BACK else stage.next if stage else None
    if to is None:
        raise ReconcilerError(
            f"{request.migration}: stands at {stage or 'no stage yet'}, there is no step forward from there",
            hint="the next pass enters planning by itself" if stage is None else "",
        )
    path, text = _file(found)
    files = {path: set_stage(text, to, path)}
    return [_plain(found, request, files, f"advance to {to} is asked for")]


def rollback(found: Found, request: Request) -> list[Step]:
    """Route everything to the source at once; needs git alone."""
    status = found.case.status
    if status is None or status.stage is Stage.ROLLED_BACK:
        raise ReconcilerError(f"{request.migration}: is {'rolled back already' if status else 'not rendered yet'}")
    templates = templates_of(found.world.tree)
    judged = Judged(found.case, found.environment, templates, Health(), None, found.case.notes)
    decision = made.Rollback(f"{request.reason} (by {request.by})", ())
    return [transition_step(found.world, judged, decision, request.at, next(request.runs))]


def _back_to_planning(world: World, request: Request, error: SpecError) -> Step:
    """Restore the three files of where planning began, by git alone: a mistake in a file must not stop a rollback.

    It is the edit that every advance prints for people, so the next pass that can read the files holds.
    """
    status = snapshot(world.tree, request.migration, None).status
    trail = world.trails.of(request.migration, status.stage) if status else None
    if trail is None or trail.planning is None:
        raise error
    planning = world.at(trail.planning)
    files = {path: planning.read(path) for path in transition_files(request.migration)}
    reason = f"{request.reason} (by {request.by}); as it was in {trail.planning}, because {error.mistakes[0]}"
    write = partial(plain_message, f"{request.migration}: back to 0 %", reason, (request.migration,), trigger="person")
    return Step((request.migration,), "", request.at, world.tree.revision, files, write)


def hold(found: Found, request: Request) -> list[Step]:
    """Write a person's brake into the migration file."""
    path, text = _file(found)
    files = {path: set_hold(text, PersonsHold(request.reason, request.by), path)}
    return [_plain(found, request, files, "hold")]


def resume(found: Found, request: Request) -> list[Step]:
    """Lift a person's brake and ours; evidence counts from now on."""
    case = found.case
    path, text = _file(found)
    files: dict[str, bytes | None] = {}
    if case.migration is not None and case.migration.hold is not None:
        files[path] = set_hold(text, None, path)
    if not files and (case.notes is None or case.notes.hold is None):
        raise ReconcilerError(f"{request.migration}: is not held", hint=f"see: reconciler status {request.migration}")
    run = next(request.runs)
    if case.notes is not None:
        files[layout.notes_path(case.id)] = dump_notes(_lifted(case.notes, run, request.at))
    return [_plain(found, request, files, "resume", run=run)]


def _lifted(notes: Notes, run: str, at: datetime) -> Notes:
    """Lift our hold; forgetting the inputs makes the next pass compare every rendered byte again."""
    return replace(notes, run=run, hold=None, evidence_from=at, inputs={})


def _plain(found: Found, request: Request, files: Mapping[str, bytes | None], verb: str, *, run: str = "") -> Step:
    """Give the commit of a command; without a run it is an edit like any person's, and is judged as one."""
    write = partial(
        plain_message,
        f"{request.migration}: {verb}",
        f"{request.reason} (by {request.by})",
        (request.migration,),
        trigger="person",
    )
    law = found.world.tree.revision
    return Step((request.migration,), run, request.at, law, files, write)


def _file(found: Found) -> tuple[str, bytes]:
    path = layout.migration_path(found.case.id)
    text = found.world.tree.read(path)
    if text is None:
        raise ReconcilerError(f"{path}: there is no such file", hint="name a migration as ENVIRONMENT/NAME")
    return path, text
