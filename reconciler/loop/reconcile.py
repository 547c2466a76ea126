"""One pass that acts: plan on the newest commit, write the commits, push them together; lose a race, plan again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from reconciler.adapters.clock import back_off
from reconciler.adapters.git import LostRace, NewCommit, Published, PushOutcome, Refused, Repository
from reconciler.errors import GitError, ReconcilerError
from reconciler.loop.plan import Plan, make_plan
from reconciler.loop.ports import Pass
from reconciler.loop.steps import Step, branch_name, transition_files
from reconciler.model import decision as made
from reconciler.model.migration import MigrationId
from reconciler.spec import layout

ATTEMPTS = 10
"""How often a pass that lost the race decides again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pass did.

    Attributes:
        plan: What it computed.
        commits: Ids of the commits on the main branch, the oldest first.
        by_run: Commit id by the unique id of its step.
        branches: Branch by migration, where a person has to merge.
        refused: Why the remote refused the main branch; None when it did not.
        at_remote: The main branch after the pass.
    """

    plan: Plan
    commits: tuple[str, ...] = ()
    by_run: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[MigrationId, str] = field(default_factory=dict)
    refused: str | None = None
    at_remote: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a chain of commits; ``refused`` holds the remote's words."""

    oids: tuple[str, ...]
    refused: str | None = None


class NotPushed(ReconcilerError):
    """It was decided, but the remote could not be reached or did not let us in; nothing was pushed."""

    exit_code = 13


T = TypeVar("T")


def reconcile(repository: Repository, new_pass: Callable[[], Pass]) -> Outcome:
    """Do one pass.

    Args:
        repository: The remote and its main branch.
        new_pass: Gives the pass; asked anew after a lost race, so that no unique id is used twice.

    Returns:
        What was done. A refused push is an outcome, not an error: its steps stand on branches.

    Raises:
        ReconcilerError: The race was lost too often, git failed, or the scope names nothing.
    """

    def decide_and_write(base: str) -> tuple[Plan, list[Step], Mapping[str, str]]:
        plan = make_plan(repository, new_pass(), revision=base)
        return plan, plan.commits, plan.judged

    plan, pushed = push_decided(repository, decide_and_write)
    by_run = dict(zip((step.run for step in plan.commits), pushed.oids, strict=True))
    if pushed.refused is not None:
        branches = _branches_instead(repository, plan)
        return Outcome(plan, (), {}, branches, pushed.refused, plan.revision)
    tip = pushed.oids[-1] if pushed.oids else plan.revision
    branches = _propose(repository, plan, tip)
    return Outcome(plan, pushed.oids, by_run, branches, None, tip)


def push_decided(
    repository: Repository, decide: Callable[[str], tuple[T, list[Step], Mapping[str, str]]]
) -> tuple[T, Pushed]:
    """Fetch, decide on the newest commit, write and push; after a lost race all of it again, at most ten times.

    Args:
        repository: The remote and its main branch.
        decide: Gives, for a commit, what was decided, its steps and the environments that were judged completely.

    Raises:
        ReconcilerError: Ten races were lost; nothing was pushed.
    """
    for attempt in range(ATTEMPTS):
        base = repository.sync()
        decided, steps, judged = decide(base)
        if not steps:
            return decided, Pushed(())
        oids = repository.put(base, [_commit(step, judged) for step in steps])
        match _published(repository, oids[-1], base):
            case Published():
                return decided, Pushed(tuple(oids))
            case Refused(reason):
                return decided, Pushed(tuple(oids), reason)
            case LostRace():
                back_off(attempt)
    raise ReconcilerError(
        f"{repository.address}: lost the race for the push {ATTEMPTS} times, nothing was pushed",
        hint="somebody pushes all the time; run again",
    )


def _published(repository: Repository, new: str, base: str) -> PushOutcome:
    try:
        return repository.publish(new, base)
    except GitError as error:
        raise NotPushed(error.message, hint=error.hint) from error


def push_instead(repository: Repository, step: Step, otherwise: str) -> str:
    """Push a step to a branch of its own, because the remote guards the main branch.

    Args:
        repository: The remote.
        step: What would have gone to the main branch.
        otherwise: The last part of the branch's name when the step enters no stage.

    Returns:
        The branch, for a person to merge.
    """
    branch = branch_name(step.migrations[0], step.entered or otherwise)
    _push_branch(repository, branch, step, repository.sync(), repository.branches().get(branch))
    return branch


def _commit(step: Step, judged: Mapping[str, str]) -> NewCommit:
    """Give a step as a commit; the last guard of what we may write, whatever decided it."""
    if foreign := [path for path in step.files if not layout.may_write(path)]:
        raise AssertionError(f"a step would write people's files: {', '.join(foreign)}")
    return NewCommit(step.files, step.message(judged), step.at)


def _propose(repository: Repository, plan: Plan, tip: str) -> dict[MigrationId, str]:
    """Push a branch for every step that a person is to merge, and delete those that are no longer due."""
    existing = repository.branches()
    wanted: dict[MigrationId, str] = {}
    for one in plan.proposals:
        step = one.steps[-1]
        if step.entered is None:
            continue
        branch = branch_name(one.id, step.entered)
        _push_branch(repository, branch, step, tip, existing.get(branch))
        wanted[one.id] = branch
    for one in plan.migrations:
        for branch in [name for name in existing if name.startswith(f"reconciler/{one.id}/")]:
            if branch != wanted.get(one.id) and not isinstance(one.decision, made.Refuse):
                repository.delete_branch(branch, existing[branch])
    return wanted


def _branches_instead(repository: Repository, plan: Plan) -> dict[MigrationId, str]:
    """Push every transition to a branch of its own, because the remote guards the main branch."""
    moved = [(one.id, step) for one in plan.migrations for step in one.steps if step.entered is not None]
    return {migration: push_instead(repository, step, "") for migration, step in moved}


def _push_branch(repository: Repository, branch: str, step: Step, tip: str, existing: str | None) -> None:
    if existing is not None and _says_the_same(repository, existing, step):
        return
    [oid] = repository.put(tip, [_commit(step, {})])
    match repository.publish_branch(branch, oid, existing):
        case Refused(reason):
            raise ReconcilerError(f"{branch}: the remote refused the branch: {reason}", hint="allow reconciler/*")
        case Published() | LostRace():
            return


def _says_the_same(repository: Repository, branch: str, step: Step) -> bool:
    """Compare a branch with a step by what it would route; run and time differ in every pass."""
    migration_file, _, routing_file = transition_files(step.migrations[0])
    listing = repository.listing(branch)
    paths = [path for path in (migration_file, routing_file) if path in step.files]
    found = repository.read([listing[path].oid for path in paths if path in listing])
    return all(path in listing and found[listing[path].oid] == step.files[path] for path in paths)
