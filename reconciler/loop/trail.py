"""Follows a migration's own transitions back to its planning: what a rollback reverts, where 0 % was.

Our commits name their transitions, so one walk through the history serves all migrations of a pass. A step that a
person merged in a commit with other words is found in the status file's own history instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reconciler.adapters.git import CommitInfo, Repository
from reconciler.loop.left import complete_log
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from reconciler.render.commits import parse_trailers
from reconciler.spec import layout
from reconciler.spec.status import parse_status


@dataclass(frozen=True, slots=True)
class Trail:
    """The transitions that led to where a migration stands.

    Attributes:
        planning: The commit that entered planning (or was armed again); None when history does not show it.
        advances: Id and subject of every advance since then that still stands, the newest first.
    """

    planning: str | None
    advances: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Step:
    commit: CommitInfo
    begin: Stage | None
    end: Stage


@dataclass(slots=True)
class Trails:
    """The trails of all migrations in one commit's history, which is read once and only as far back as needed."""

    repository: Repository
    revision: str
    _unread: Iterator[CommitInfo] | None = None
    _named: dict[MigrationId, list[_Step]] = field(default_factory=dict)

    def of(self, migration: MigrationId, stage: Stage) -> Trail:
        """Walk back from a stage through the transitions that led to it; those that were reverted are passed over.

        Args:
            migration: Whose transitions.
            stage: Where it stands in that commit.
        """
        trail = _follow(self._steps_named(migration), stage)
        return trail if trail.planning else _follow(self._steps_seen(migration), stage)

    def _steps_named(self, migration: MigrationId) -> Iterator[_Step]:
        """Give the steps that commit messages name, the newest first, those that were merged included."""
        known = self._named.setdefault(migration, [])
        given = 0
        while given < len(known) or self._read_one_more():
            while given < len(known):
                yield known[given]
                given += 1

    def _read_one_more(self) -> bool:
        if self._unread is None:
            self._unread = complete_log(self.repository, self.revision, first_parent=False)
        commit = next(self._unread, None)
        if commit is None:
            return False
        trailers = dict(parse_trailers(commit.message))
        begin, arrow, end = trailers.get("Transition", "").partition(" -> ")
        environment, slash, name = trailers.get("Migration", "").partition("/")
        if arrow and slash and end in set(Stage):
            step = _Step(commit, Stage(begin) if begin in set(Stage) else None, Stage(end))
            self._named.setdefault(MigrationId(environment, name), []).append(step)
        return True

    def _steps_seen(self, migration: MigrationId) -> Iterator[_Step]:
        """Give the steps that the status file shows, whatever the messages say."""
        for commit in complete_log(self.repository, self.revision, paths=(layout.status_path(migration),)):
            end = self._stage_in(commit.oid, migration)
            begin = self._stage_in(commit.parents[0], migration) if commit.parents else None
            if end is not None and end is not begin:
                yield _Step(commit, begin, end)

    def _stage_in(self, revision: str, migration: MigrationId) -> Stage | None:
        path = layout.status_path(migration)
        entry = self.repository.listing(revision, path).get(path)
        return parse_status(self.repository.read([entry.oid])[entry.oid], path).stage if entry else None


def _follow(steps: Iterable[_Step], stage: Stage) -> Trail:
    advances: list[tuple[str, str]] = []
    needed = stage
    for step in steps:
        if step.end is not needed:
            continue
        if step.end is Stage.PLANNING or step.begin in (None, Stage.ROLLED_BACK):
            return Trail(step.commit.oid, tuple(advances))
        if step.begin is not None and step.begin.rank < step.end.rank:
            advances.append((step.commit.oid, step.commit.message.split("\n", 1)[0]))
            needed = step.begin
    return Trail(None, tuple(advances))
