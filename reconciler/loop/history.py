"""Reads the transitions of migrations from the commits that made them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reconciler.adapters.git import CommitInfo, Repository
from reconciler.loop.left import complete_log
from reconciler.loop.ports import Scope
from reconciler.model.migration import MigrationId
from reconciler.render.commits import parse_trailers
from reconciler.spec import layout


@dataclass(frozen=True, slots=True)
class Event:
    """One commit that moved a migration or its rendered files.

    Attributes:
        transition: ``canary -> rollout-25``; empty when no stage moved.
        trigger: ``automatic``, ``person`` or ``check:NAME``; ``person`` for people's own commits.
        subject: The commit's first line.
    """

    migration: MigrationId
    commit: str
    at: datetime
    transition: str
    trigger: str
    by: str
    subject: str


def read_history(repository: Repository, revision: str, scope: Scope) -> Iterator[Event]:
    """Walk the history, the newest first; a shallow copy is deepened as far as the caller reads.

    People's own commits that touch a migration's files are there too, so that a revert at night is seen.
    """
    for commit in complete_log(repository, revision, paths=("environments",)):
        trailers = parse_trailers(commit.message)
        ours = [value for key, value in trailers if key == "Migration"]
        named = [MigrationId(*value.split("/", 1)) for value in ours if "/" in value]
        for migration in named or _touched(repository, commit):
            if scope.covers(migration):
                yield _event(commit, migration, dict(trailers))


def _event(commit: CommitInfo, migration: MigrationId, trailers: dict[str, str]) -> Event:
    return Event(
        migration,
        commit.oid,
        commit.at,
        trailers.get("Transition", ""),
        trailers.get("Trigger", "person"),
        commit.author,
        commit.message.split("\n", 1)[0],
    )


def _touched(repository: Repository, commit: CommitInfo) -> list[MigrationId]:
    if not commit.parents:
        return []
    changed = repository.changed(commit.parents[0], commit.oid, "environments")
    return sorted({found for path in changed if (found := layout.locate(path).id)})
