"""Follows a migration's own transitions back to its planning: what a rollback reverts, where 0 % was."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.adapters.git import CommitInfo, Repository
from reconciler.loop.left import complete_log
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from reconciler.render.commits import Transition, parse_trailers
from reconciler.spec import layout


@dataclass(frozen=True, slots=True)
class Trail:
    """The transitions that led to where a migration stands.

    Attributes:
        planning: The commit that entered planning (or was armed again); None when history does not show it.
        advances: Id and subject of every advance since then that still stands, the newest first.
    """

    planning: str | None
    advances: tuple[tuple[str, str], ...]


def follow_trail(repository: Repository, revision: str, migration: MigrationId, stage: Stage) -> Trail:
    """Walk back from a stage through the transitions that led to it; those that were reverted are passed over.

    Args:
        repository: Where the history is.
        revision: The commit to start from.
        migration: Whose transitions.
        stage: Where it stands in that commit.
    """
    advances: list[tuple[str, str]] = []
    needed = stage
    for commit in complete_log(repository, revision, paths=(layout.status_path(migration),)):
        step = _step(commit, migration)
        if step is None or step.end is not needed:
            continue
        if step.end is Stage.PLANNING or step.begin in (None, Stage.ROLLED_BACK):
            return Trail(commit.oid, tuple(advances))
        if step.begin.rank < step.end.rank:
            advances.append((commit.oid, commit.message.split("\n", 1)[0]))
            needed = step.begin
    return Trail(None, tuple(advances))


def _step(commit: CommitInfo, migration: MigrationId) -> Transition | None:
    trailers = dict(parse_trailers(commit.message))
    begin, arrow, end = trailers.get("Transition", "").partition(" -> ")
    if not arrow or trailers.get("Migration") != str(migration) or end not in set(Stage):
        return None
    return Transition(migration, Stage(begin) if begin in set(Stage) else None, Stage(end))
