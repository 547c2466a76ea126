"""Reads and writes one branch of a remote Git repository, through a private copy that nobody else sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from reconciler.adapters.git_cache import Cache, hold_cache
from reconciler.adapters.git_fetch import fetch_asked, fetch_branches, fetch_deeper, fetched_branches, require_branch
from reconciler.adapters.git_location import Remote, find_remote
from reconciler.adapters.git_names import (
    OWN_BRANCHES,
    checked_branch,
    checked_oid,
    checked_own_branch,
    checked_revision,
)
from reconciler.adapters.git_process import Runner, TimedOut
from reconciler.adapters.git_profiles import REMOTE, looking, plumbing, transport
from reconciler.adapters.git_push import Move, push
from reconciler.adapters.git_read import Change, compare_trees, list_tree, read_blobs, walk
from reconciler.adapters.git_revision import ASKED, BASE, BRANCHES, Named, parsed
from reconciler.adapters.git_snapshot import snapshot
from reconciler.adapters.git_values import (
    BlobsTooLarge,
    CommitInfo,
    Entry,
    LostRace,
    NewCommit,
    Published,
    PushOutcome,
    Refused,
)
from reconciler.adapters.git_write import IDENTITY, write_commits
from reconciler.errors import GitError

__all__ = [
    "BlobsTooLarge",
    "CommitInfo",
    "Entry",
    "LostRace",
    "NewCommit",
    "Published",
    "PushOutcome",
    "Refused",
    "Repository",
    "TimedOut",
    "open_repository",
]

_ONE_MINUTE = timedelta(seconds=60)


@contextmanager
def open_repository(
    location: str, *, branch: str = "main", timeout: timedelta = _ONE_MINUTE, cache_home: Path | None = None
) -> Iterator[Repository]:
    """Hold a repository for one pass.

    Args:
        location: An address (https, ssh, file, ``user@host:path``) or a bare repository's path is the remote itself;
            a path with a work tree means its ``origin``, reached with the clone's own credential settings.
        branch: The branch that environments are read from and commits go to.
        timeout: For one git process.
        cache_home: The folder for caches; None is ``$XDG_CACHE_HOME`` or ``~/.cache``.

    Raises:
        GitError: The location is no repository, or the cache cannot be used.
    """
    checked_branch(branch)
    remote = find_remote(location, timeout)
    with hold_cache(remote.fetch_url, home=cache_home, timeout=timeout) as cache:
        repository = Repository(remote, cache, branch, timeout)
        repository.pack()
        yield repository


class Repository:
    """One branch of a remote, and our own branches ``reconciler/*`` beside it.

    Made by ``open_repository``. Reading takes ids (40 hex digits), which ``sync`` and ``resolve`` give.
    """

    def __init__(self, remote: Remote, cache: Cache, branch: str, timeout: timedelta) -> None:
        self._remote = remote
        self._cache = cache
        self._branch = branch
        self._timeout = timeout
        self._plumbing = plumbing(cache.git_dir, timeout, lock=cache.lock)
        addresses = ((f"remote.{REMOTE}.url", remote.fetch_url), (f"remote.{REMOTE}.pushurl", remote.push_url))
        self._transport = transport(
            cache.git_dir,
            timeout,
            directory=remote.clone.directory if remote.clone else cache.git_dir,
            protocols=remote.protocols,
            settings=(*addresses, *remote.settings),
            secrets=remote.secrets,
            lock=cache.lock,
        )
        self._fetched: dict[str, str] = {}
        self._joined = False

    @property
    def address(self) -> str:
        """Where the remote is, without credentials."""
        return self._remote.fetch_url

    def sync(self) -> str:
        """Fetch, and give the commit at which the branch stands.

        Raises:
            GitError: The remote cannot be reached, or has no such branch.
        """
        try:
            self._fetch()
        except TimedOut:
            raise
        except GitError as error:
            require_branch(self._transport, self._branch, self.address, error)
            self._cache.start_over()
            self._fetch()
        return self._fetched[BASE]

    def resolve(self, revision: str) -> str:
        """Give the commit that a person means, ready to be read.

        Args:
            revision: An id, ``HEAD``, a branch or a tag, with steps like ``~3``. In a work clone it is looked up there
                first; elsewhere, and when the clone does not know it, on the remote, whose HEAD is our branch.

        Raises:
            GitError: There is no such commit.
        """
        checked_revision(revision)
        clone = self._remote.clone
        here = parsed(looking(clone.directory, self._timeout), revision) if clone else None
        if here is None:
            return self._resolve_fetched(revision)
        if clone and (clone.objects.parent / "shallow").exists() and parsed(self._plumbing, here) is None:
            fetch_asked(self._transport, here)
        return here

    def listing(self, revision: str, prefix: str = "") -> dict[str, Entry]:
        """Give every file of a commit or tree by its path, below a folder or all."""
        with self._reading() as runner:
            return list_tree(runner, revision, prefix)

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Give the content of blobs.

        Raises:
            BlobsTooLarge: Blobs hold more than 1 MiB; the error names all of them, and none was read.
            GitError: One is missing or no blob.
        """
        with self._reading() as runner:
            return read_blobs(runner, oids)

    def changed(self, old: str, new: str, prefix: str = "") -> dict[str, Change]:
        """Give the paths that differ between two commits or trees, with the blob on either side or None."""
        with self._reading() as runner:
            return compare_trees(runner, old, new, prefix)

    def log(
        self,
        revision: str,
        *,
        until: str | None = None,
        paths: Sequence[str] = (),
        first_parent: bool = True,
        limit: int | None = None,
    ) -> Iterator[CommitInfo]:
        """Give commits, newest first; stop at any one. A shallow history ends early: see ``deepen``.

        Args:
            revision: The commit to begin with.
            until: Left out, with all before it; of the rest, children come before their parents.
            paths: Only commits that touch one of these.
            first_parent: Follow only the first parent of a merge.
            limit: How many at most.
        """
        self._join_histories()
        with self._reading() as runner:
            yield from walk(runner, revision, until=until, paths=paths, first_parent=first_parent, limit=limit)

    def is_shallow(self) -> bool:
        """Say whether older commits may be left out of ``log``."""
        return self._cache.is_shallow

    def deepen(self) -> bool:
        """Fetch more history; False when there was no more to fetch."""
        return fetch_deeper(self._transport, self._plumbing, self._cache, self._branch)

    def put(self, base: str, commits: Sequence[NewCommit], *, identity: str = IDENTITY) -> list[str]:
        """Write commits, one on the other, the first on ``base``; gives their ids. Nothing is pushed.

        Raises:
            ValueError: A path, message or identity cannot be written, or a commit would change nothing.
            GitError: What git made is not what was planned.
        """
        return write_commits(self._plumbing, base, commits, identity)

    def publish(self, new: str, base: str) -> PushOutcome:
        """Move the branch from ``base`` to ``new``, if it still stands there.

        Raises:
            ValueError: ``new`` is not built on ``base`` by commits with one parent.
            GitError: The remote cannot be reached or does not let us in; a moment later it may.
        """
        self._require_remote()
        self._require_chain(checked_oid(new), checked_oid(base))
        move = Move(f"refs/heads/{self._branch}", base, new)
        return push(self._transport, move, where=self.sync, holds=self._base_holds)

    def publish_branch(self, name: str, new: str, expected: str | None) -> PushOutcome:
        """Move a branch ``reconciler/*`` from ``expected`` to ``new``; None makes it, if it is not there yet."""
        old = None if expected is None else checked_oid(expected)
        return self._push_own(Move(f"refs/heads/{checked_own_branch(name)}", old, checked_oid(new)))

    def delete_branch(self, name: str, expected: str) -> PushOutcome:
        """Delete a branch ``reconciler/*``, if it still stands at ``expected``."""
        return self._push_own(Move(f"refs/heads/{checked_own_branch(name)}", checked_oid(expected), None))

    def branches(self) -> dict[str, str]:
        """Give where the branches ``reconciler/*`` stood at the last ``sync``."""
        return {OWN_BRANCHES + ref.removeprefix(BRANCHES): oid for ref, oid in self._fetched.items() if ref != BASE}

    def worktree_revision(self) -> str | None:
        """Give a commit of the clone's files as they lie, on the clone's HEAD; None when there is no work tree."""
        clone = self._remote.clone
        return snapshot(clone, self._cache.snapshot, self._timeout) if clone else None

    def pack(self) -> None:
        """Bring loose objects together when there are many, so that reading stays fast over months."""
        if self._cache.needs_packing() and self._plumbing.finish("gc", "--quiet", "--prune=now").code != 0:
            self._cache.start_over()

    def _fetch(self) -> None:
        fetch_branches(self._transport, self._cache, self._branch)
        self._fetched = fetched_branches(self._plumbing)

    def _resolve_fetched(self, revision: str) -> str:
        if not self._fetched:
            self.sync()
        named = Named.of(revision, self._branch)
        found = parsed(self._plumbing, named.kept_as + named.steps)
        if found is None and named.kept_as == named.name:
            found = self._asked(named)
        while found is None and named.may_be_old and self.deepen():
            found = parsed(self._plumbing, named.kept_as + named.steps)
        if found is None:
            raise GitError(
                f"{self.address}: has no revision {revision}, expected a commit, branch or tag that it holds",
                hint="push it first, or name a commit id in full",
            )
        return found

    def _asked(self, named: Named) -> str | None:
        for source in named.sources:
            if fetch_asked(self._transport, source):
                return parsed(self._plumbing, ASKED + named.steps)
        return None

    def _join_histories(self) -> None:
        """Fetch what lies behind the commits at which a shallow clone is cut, before its history is walked."""
        cut = self._remote.clone.objects.parent / "shallow" if self._remote.clone else None
        if self._joined or cut is None or not cut.exists():
            return
        if not self._fetched:
            self.sync()
        for oid in cut.read_text(encoding="ascii").split():
            if parsed(self._plumbing, oid) is None:
                fetch_asked(self._transport, oid)
        self._joined = True

    def _base_holds(self, oid: str) -> bool:
        return self._plumbing.finish("merge-base", "--is-ancestor", oid, self._fetched[BASE]).code == 0

    def _require_chain(self, new: str, base: str) -> None:
        """Never push what was built on anything else: a lease that matches would let it through."""
        lines = self._plumbing.output("rev-list", "--parents", f"{base}..{new}", "--").decode().splitlines()
        parents = [line.split()[1:] for line in lines]
        if not parents or parents[-1] != [base] or any(len(each) != 1 for each in parents):
            raise ValueError(f"commit {new} is not built on {base} by commits with one parent each")

    def _require_remote(self) -> None:
        if self._remote.missing:
            raise GitError(
                f"{self.address}: has no remote named origin, expected one to push to",
                hint="git remote add origin URL, or name a bare repository or an address",
            )

    def _push_own(self, move: Move) -> PushOutcome:
        self._require_remote()

        def where() -> str | None:
            self.sync()
            return self._fetched.get(BRANCHES + move.ref.removeprefix(f"refs/heads/{OWN_BRANCHES}"))

        return push(self._transport, move, where=where, holds=lambda _: False)

    @contextmanager
    def _reading(self) -> Iterator[Runner]:
        """Read with the objects of the clone and its snapshot at hand; a failure makes the next holder start over."""
        folders = [self._cache.snapshot / "objects", *([self._remote.clone.objects] if self._remote.clone else [])]
        borrowed = [folder for folder in folders if folder.is_dir()]
        try:
            yield plumbing(self._cache.git_dir, self._timeout, borrowed=borrowed, lock=self._cache.lock)
        except (TimedOut, BlobsTooLarge):
            raise
        except GitError:
            self._cache.mark_damaged()
            raise
