"""One commit's files, listed once and read when asked for."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from reconciler.adapters.git import BlobsTooLarge, Entry, Repository
from reconciler.errors import Mistake, SpecError
from reconciler.model.migration import MigrationId
from reconciler.spec import layout

_SYMLINK = "120000"
_SUBMODULE = "160000"


@dataclass(slots=True)
class Blobs:
    """File contents by blob id, read from the repository at most once; shared by all trees of a pass."""

    repository: Repository
    known: dict[str, bytes] = field(default_factory=dict)

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Give the contents of these blobs."""
        wanted = list(dict.fromkeys(oids))
        missing = [oid for oid in wanted if oid not in self.known]
        if missing:
            self.known.update(self.repository.read(missing))
        return {oid: self.known[oid] for oid in wanted}


class Tree:
    """The files of one commit.

    Args:
        blobs: Where contents come from.
        revision: The commit's id.
        entries: Look at these files instead of the commit's own.
    """

    def __init__(self, blobs: Blobs, revision: str, entries: Mapping[str, Entry] | None = None) -> None:
        self.revision = revision
        self._blobs = blobs
        self._entries = blobs.repository.listing(revision) if entries is None else entries
        self._paths = sorted(self._entries)

    def only(self, oids: Mapping[str, str]) -> Tree:
        """Give a tree that holds just these blobs, by path; to look at files as they were."""
        return Tree(self._blobs, self.revision, {path: Entry("100644", oid) for path, oid in oids.items()})

    def paths(self) -> list[str]:
        """Give every path of the commit, sorted."""
        return self._paths

    def oid(self, path: str) -> str | None:
        """Give a file's blob id; None when there is no such file."""
        entry = self._entries.get(path)
        return entry.oid if entry else None

    def read(self, path: str) -> bytes | None:
        """Give a file's content; None when there is no such file.

        Raises:
            SpecError: It is too large to be one of ours.
        """
        oid = self.oid(path)
        return self._read({path: oid})[path] if oid else None

    def warm(self, paths: Iterable[str]) -> None:
        """Read these files in one go, so that each of them is at hand afterwards; one too large spoils nothing."""
        with suppress(BlobsTooLarge):
            self._blobs.read(oid for oid in map(self.oid, paths) if oid)

    def under(self, folder: str) -> dict[str, str]:
        """Give path and blob id of every file below a folder, by path from the root."""
        return {path: self._entries[path].oid for path in self._below(folder)}

    def contents(self, folder: str) -> dict[str, bytes]:
        """Give the files below a folder, by path from that folder; links inside the folder are followed once.

        Raises:
            SpecError: A link or submodule leads out of the folder, and nothing outside is ever read; or a file is too
                large.
        """
        prefix = folder.rstrip("/") + "/"
        oids: dict[str, str] = {}
        mistakes: list[Mistake] = []
        for path in self._below(folder):
            found = self._follow(path, prefix)
            if isinstance(found, Mistake):
                mistakes.append(found)
            else:
                oids[path] = found
        if mistakes:
            raise SpecError(mistakes)
        return {path[len(prefix) :]: content for path, content in self._read(oids).items()}

    def environments(self) -> list[str]:
        """Name the environments: every folder below ``environments/``."""
        return sorted({path.split("/")[1] for path in self._below("environments") if path.count("/") > 1})

    def migrations(self, environment: str) -> list[MigrationId]:
        """Name an environment's migrations: every one with a migration file, a status or notes."""
        names = {
            one.name
            for folder in ("migrations", "status")
            for path in self._below(f"environments/{environment}/{folder}")
            if (one := layout.locate(path).id)
        }
        return [MigrationId(environment, name) for name in sorted(names)]

    def _read(self, oids: Mapping[str, str]) -> dict[str, bytes]:
        try:
            known = self._blobs.read(oids.values())
        except BlobsTooLarge as error:
            raise SpecError(
                [_too_large(error, path, oid) for path, oid in oids.items() if oid in error.sizes]
            ) from None
        return {path: known[oid] for path, oid in oids.items()}

    def _below(self, folder: str) -> list[str]:
        prefix = folder.rstrip("/") + "/"
        first = bisect_left(self._paths, prefix)
        last = bisect_left(self._paths, prefix[:-1] + chr(ord("/") + 1), lo=first)
        return self._paths[first:last]

    def _follow(self, path: str, prefix: str) -> str | Mistake:
        entry = self._entries[path]
        if entry.mode == _SUBMODULE:
            return Mistake(path, 0, "is a submodule, must be a file", "copy the files in")
        if entry.mode != _SYMLINK:
            return entry.oid
        link = self._blobs.read([entry.oid])[entry.oid].decode("utf-8", "replace")
        goal = self._entries.get(posixpath.normpath(posixpath.join(posixpath.dirname(path), link)))
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), link)).startswith(prefix)
        if goal is None or not inside or goal.mode in (_SYMLINK, _SUBMODULE):
            return Mistake(path, 0, "is a link that does not lead to a file of this agent", "replace it by a file")
        return goal.oid


def _too_large(error: BlobsTooLarge, path: str, oid: str) -> Mistake:
    message = f"the file has {error.sizes[oid]} bytes, must have at most {error.limit}"
    return Mistake(path, 0, message, error.hint)
