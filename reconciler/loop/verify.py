"""Recomputes the history: every commit of ours equals what its tree renders to, and its evidence its verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.adapters.git import CommitInfo, Repository
from reconciler.adapters.git_values import blob_id
from reconciler.adapters.packaged import packaged_templates
from reconciler.errors import ReconcilerError
from reconciler.loop.cases import World, environment_in, read_migration, snapshot, wanted_in
from reconciler.loop.evidence import wrong_evidence
from reconciler.loop.left import complete_log
from reconciler.loop.rendering import Templates, render, templates_of
from reconciler.loop.tree import Tree
from reconciler.model.migration import MigrationId
from reconciler.render.commits import parse_trailers
from reconciler.render.routing import VIRTUAL_SERVICE
from reconciler.rollout.people import Snapshot
from reconciler.spec import layout


class Finding(StrEnum):
    """What was found about one migration in one commit."""

    VERIFIED = "verified"
    EARLIER_STATE = "equals an earlier verified state"
    REPORTED = "reported"
    WRONG = "wrong"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: which commit, which migration, what was found and why."""

    commit: str
    migration: MigrationId
    finding: Finding
    reason: str = ""


def verify(repository: Repository, revision: str, *, since: str | None = None) -> Iterator[Line]:
    """Recompute the commits up to a revision, the oldest first.

    Args:
        repository: Where they are; a shallow copy is deepened.
        revision: The newest commit.
        since: Only commits after this one; None means from the beginning.

    Yields:
        A line for every migration that a commit touches in ``rendered/`` or ``status/``; at the end one for every
        migration whose intent is not rendered yet.
    """
    commits = []
    for commit in complete_log(repository, revision):
        if commit.oid == since:
            break
        commits.append(commit)
    world = World.open(repository, revision)
    good: set[tuple[MigrationId, str]] = set()
    for commit in reversed(commits):
        for migration in _touched(repository, commit):
            line = _verify_one(world, commit, migration, good)
            if line.finding in (Finding.VERIFIED, Finding.EARLIER_STATE):
                good.add((migration, _fingerprint(world.at(commit.oid), migration)))
            yield line
    yield from _pending(world)


def _touched(repository: Repository, commit: CommitInfo) -> list[MigrationId]:
    parent = commit.parents[0] if commit.parents else None
    paths = repository.changed(parent, commit.oid, "environments") if parent else repository.listing(commit.oid)
    places = [layout.locate(path) for path in paths]
    kinds = (layout.Kind.RENDERED, layout.Kind.STATUS, layout.Kind.NOTES)
    return sorted({place.id for place in places if place.kind in kinds and place.id})


def _verify_one(world: World, commit: CommitInfo, migration: MigrationId, good: set[tuple[MigrationId, str]]) -> Line:
    tree = world.at(commit.oid)
    trailers = dict(parse_trailers(commit.message))
    if "Run" not in trailers:
        if (migration, _fingerprint(tree, migration)) in good:
            return Line(commit.oid, migration, Finding.EARLIER_STATE)
        wrong = _recompute(tree, migration)
        reason = f"{commit.author} changed it: {wrong or 'it renders to what is there'}"
        return Line(commit.oid, migration, Finding.REPORTED, reason)
    wrong = _recompute(tree, migration) or wrong_evidence(world, migration, trailers)
    return Line(commit.oid, migration, Finding.WRONG if wrong else Finding.VERIFIED, wrong)


def _fingerprint(tree: Tree, migration: MigrationId) -> str:
    """Give what a person can bring back: stage, status and rendered files, not the notes."""
    rendered = tree.under(layout.rendered_folder(migration))
    return json.dumps([tree.oid(layout.status_path(migration)), sorted(rendered.items())])


def _recompute(tree: Tree, migration: MigrationId) -> str:
    """Say what differs from the rendering of the files beside it; empty when nothing does."""
    try:
        return _differences(tree, migration)
    except ReconcilerError as error:
        return f"cannot be recomputed: {error.message}"


def _differences(tree: Tree, migration: MigrationId) -> str:
    found = snapshot(tree, migration, None)
    if found.status is None or found.notes is None:
        return "files without a status" if found.rendered else ""
    environment = environment_in(tree, migration.environment)
    wanted = read_migration(tree, migration, environment)
    if wanted is None:
        return "" if not found.rendered else "rendered without a migration file"
    templates = templates_of(tree)
    past = tree.only(found.notes.inputs) if found.notes.inputs else tree
    then = _templates_then(tree, found.notes.inputs)
    stage, attempt = found.status.stage, found.status.attempt
    expected = render(past, wanted, environment, stage, attempt, then).oids
    wrong = _unequal(expected, found)
    if not wrong or then.oids == templates.oids:
        return wrong
    # A rollback does not wait for the re-render of a changed template, so its routing may be newer than the rest.
    newer = render(past, wanted, environment, stage, attempt, templates).oids
    return _unequal(expected | {VIRTUAL_SERVICE: newer[VIRTUAL_SERVICE]}, found)


def _templates_then(tree: Tree, inputs: Mapping[str, str]) -> Templates:
    """Give the templates that the notes name; the packaged ones are in no repository."""
    packaged = {blob_id(text.encode()) for text in packaged_templates().values()}
    named = {path: oid for path, oid in inputs.items() if path.startswith("templates/")}
    return templates_of(tree.only({path: oid for path, oid in named.items() if oid not in packaged}) if named else tree)


def _unequal(expected: dict[str, str], found: Snapshot) -> str:
    names = sorted(name for name in {*expected, *found.rendered} if expected.get(name) != found.rendered.get(name))
    return f"{', '.join(names)}: not what the tree renders to" if names else ""


def _pending(world: World) -> Iterator[Line]:
    tree = world.tree
    for environment in tree.environments():
        for migration in tree.migrations(environment):
            try:
                wanted = wanted_in(tree, migration)
                status = snapshot(tree, migration, None).status
            except ReconcilerError as error:
                yield Line(tree.revision, migration, Finding.REPORTED, error.message)
                continue
            if wanted and (status is None or wanted.stage is not status.stage):
                stands = status.stage if status else "nothing"
                yield Line(
                    tree.revision, migration, Finding.PENDING, f"{wanted.stage} is asked for, {stands} is rendered"
                )
