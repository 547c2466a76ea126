"""Finds what the reconciler left: for every migration the newest commit of ours that wrote or judged it.

The walk goes along first parents back to the newest complete pass (trailer ``Judged``). Our commits in between,
made by filtered or degraded passes and by ``rollback`` and ``resume``, judged the migrations that they name. A person
who merges main into an own branch and pushes it makes main the second parent, so beside a merge both sides are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.adapters.git import CommitInfo, Repository
from reconciler.model.migration import MigrationId
from reconciler.render.commits import parse_trailers


@dataclass(frozen=True, slots=True)
class Left:
    """Where to look for what we left.

    Attributes:
        judged: The newest commit of a complete pass over the environment; None when there is none.
        named: Newer commits of ours, by the migration that each one names.
    """

    judged: str | None
    named: Mapping[MigrationId, str]

    def of(self, migration: MigrationId) -> str | None:
        """Give the commit that holds what we left of this migration."""
        return self.named.get(migration, self.judged)


def find_left(repository: Repository, revision: str, environments: list[str]) -> dict[str, Left]:
    """Walk back from a commit until every environment's newest complete pass is found.

    Args:
        repository: Where the history is; a shallow one is deepened as far as needed.
        revision: The commit that is judged.
        environments: Their names.

    Returns:
        What we left, by environment.
    """
    judged: dict[str, str] = {}
    named: dict[MigrationId, str] = {}
    walked: list[CommitInfo] = []
    for commit in complete_log(repository, revision):
        walked.append(commit)
        _read_trailers(commit, judged, named)
        if all(environment in judged for environment in environments):
            break
    if any(len(commit.parents) > 1 for commit in walked):
        judged, named = {}, {}
        for commit in [*_both_sides(repository, revision, until=walked[-1].oid), walked[-1]]:
            _read_trailers(commit, judged, named)
    return {
        environment: Left(judged.get(environment), {k: v for k, v in named.items() if k.environment == environment})
        for environment in environments
    }


def _read_trailers(commit: CommitInfo, judged: dict[str, str], named: dict[MigrationId, str]) -> None:
    """Note what a commit of ours judged, unless a newer one did."""
    trailers = parse_trailers(commit.message)
    keys = {key for key, _ in trailers}
    if "Run" not in keys or "Proposal" in keys:
        return
    for key, value in trailers:
        environment, _, name = value.partition("/")
        if key == "Migration" and environment not in judged:
            named.setdefault(MigrationId(environment, name), commit.oid)
    for key, value in trailers:
        if key == "Judged":
            judged.setdefault(value.split(" ")[0], commit.oid)


def _both_sides(repository: Repository, revision: str, *, until: str) -> list[CommitInfo]:
    """Give all commits since one, each before its parents; a shallow copy is deepened until it has them."""
    while True:
        commits = list(repository.log(revision, until=until, first_parent=False))
        if all(commit.parents for commit in commits) or not repository.is_shallow() or not repository.deepen():
            return commits


def complete_log(
    repository: Repository, revision: str, *, paths: tuple[str, ...] = (), first_parent: bool = True
) -> Iterator[CommitInfo]:
    """Walk the history along first parents, fetching more of it where a shallow copy ends.

    A shallow copy shows every path as changed in its oldest commit, so with ``paths`` that commit is only given
    once its parents are known.
    """
    seen: set[str] = set()
    while True:
        shallow = repository.is_shallow()
        for commit in repository.log(revision, paths=paths, first_parent=first_parent):
            if commit.oid in seen or (shallow and paths and not commit.parents):
                continue
            seen.add(commit.oid)
            yield commit
        if not shallow or not repository.deepen():
            return
