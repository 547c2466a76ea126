"""Keeps private bare copies of a remote, each held by one process at a time.

A reconciler takes the first copy that is free, so several work at once and none waits for another's metrics.
The kernel frees a copy when its holder is gone, killed or not.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from reconciler.errors import GitError

COPIES = 16
_LOOK_AGAIN = 0.05
_LOCKS = ("*.lock", "refs/**/*.lock", "objects/*.lock", "objects/info/**/*.lock", "fast_import_crash_*")
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


@dataclass(frozen=True, slots=True)
class Cache:
    """One private copy, ours as long as the lock is held.

    Attributes:
        git_dir: The bare repository.
        lock: The descriptor that holds the lock.
    """

    git_dir: Path
    lock: int

    @property
    def snapshot(self) -> Path:
        """Where the files of a work tree are kept while they are judged."""
        return self.git_dir / "snapshot"

    @property
    def is_shallow(self) -> bool:
        """Whether older commits are left out."""
        return bool(self.shallow_commits())

    def shallow_commits(self) -> bytes:
        """Give the commits at which the history is cut, one on a line; empty when it is whole."""
        path = self.git_dir / "shallow"
        return path.read_bytes() if path.exists() else b""

    def start_over(self) -> None:
        """Throw everything away that was fetched."""
        shutil.rmtree(self.git_dir)
        lay_out(self.git_dir)

    def mark_damaged(self) -> None:
        """Let the next holder start over."""
        (self.git_dir / _DAMAGED).touch()

    def needs_packing(self) -> bool:
        """Say whether so many objects have come together that reading slows down, by git's own estimate."""
        objects = self.git_dir / "objects"
        loose = sum(1 for _ in objects.glob("17/*"))
        return loose > _LOOSE_PER_FOLDER or sum(1 for _ in objects.glob("pack/*.pack")) > _PACKS


@contextmanager
def hold_cache(url: str, *, home: Path | None, timeout: timedelta) -> Iterator[Cache]:
    """Hold a private copy of a remote for a while.

    Args:
        url: The remote's address, without credentials.
        home: The folder for caches, in which ours has a folder; None is the person's own.
        timeout: How long to wait when every copy is held.

    Raises:
        GitError: The folder cannot be used, or every copy stays held.
    """
    folder = _private((home or _default_home()) / "reconciler")
    name = hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    number, lock = _first_free(folder, name, timeout)
    try:
        cache = Cache(folder / f"{name}-{number}.git", lock)
        _make_ready(cache)
        yield cache
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)  # even where a credential daemon that git started holds the file open
        os.close(lock)


def lay_out(git_dir: Path) -> None:
    """Make an empty bare repository, or put right the few files of one that are the same in all.

    Written by hand because ``git init`` copies templates, hooks among them.
    """
    for folder in ("objects", "refs"):
        (git_dir / folder).mkdir(parents=True, exist_ok=True)
    (git_dir / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    (git_dir / "config").write_text(_CONFIG, encoding="ascii")


def _first_free(folder: Path, name: str, timeout: timedelta) -> tuple[int, int]:
    deadline = time.monotonic() + timeout.total_seconds()
    while True:
        for number in range(COPIES):
            lock = _try_lock(folder / f"{name}-{number}.lock")
            if lock is not None:
                return number, lock
        if time.monotonic() >= deadline:
            holder = (folder / f"{name}-0.lock").read_text(encoding="ascii", errors="replace").strip()
            raise GitError(
                f"{folder}: all {COPIES} copies of the repository are in use after {timeout.total_seconds():g} s, "
                f"one of them by process {holder or 'unknown'}",
                hint="wait for the other reconcilers, or end those that hang",
            )
        time.sleep(_LOOK_AGAIN)


def _try_lock(path: Path) -> int | None:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def _make_ready(cache: Cache) -> None:
    """Clear what a killed holder left behind; nobody else writes here, so every lock file is stale."""
    if (cache.git_dir / _DAMAGED).exists():
        shutil.rmtree(cache.git_dir)
    lay_out(cache.git_dir)
    for pattern in _LOCKS:
        for path in cache.git_dir.glob(pattern):
            path.unlink()
    shutil.rmtree(cache.snapshot, ignore_errors=True)


def _private(folder: Path) -> Path:
    """Make a folder that nobody else can look into."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise GitError(
            f"{folder}: cannot be used as cache: {error.strerror}, expected a folder of ours",
            hint="set XDG_CACHE_HOME to a folder that you own and can write to",
        ) from None
    return folder


def _default_home() -> Path:
    """Follow the XDG base directory rule: a relative path there counts as unset."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return configured if configured.is_absolute() else Path.home() / ".cache"


_DAMAGED = "damaged"
_LOOSE_PER_FOLDER = 27
_PACKS = 50
