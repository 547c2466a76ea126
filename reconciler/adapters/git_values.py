"""What goes into and comes out of the git layer: tree entries, commits, and what became of a push."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.errors import GitError


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree.

    Attributes:
        mode: Six octal digits as git writes them; ``100644``, ``100755``, ``120000`` (symlink), ``160000`` (submodule).
        oid: The blob, 40 hex digits; for a submodule a commit of another repository.
    """

    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """One commit of the history.

    Attributes:
        parents: Empty for a root, and for the last commit that a shallow history knows.
        at: Committer date in UTC; nothing is ever decided from it.
        message: The whole message; bytes that are no UTF-8 are replaced.
    """

    oid: str
    parents: tuple[str, ...]
    tree: str
    author: str
    email: str
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class NewCommit:
    """One commit to be made.

    Attributes:
        files: Path to content; None deletes the path.
        message: The whole message, trailers included.
        at: Author and committer date, with a time zone; cut to the second.
    """

    files: Mapping[str, bytes | None]
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """The remote's branch holds it now.

    Attributes:
        oid: What was pushed; for a deleted branch, where it stood.
    """

    oid: str


@dataclass(frozen=True, slots=True)
class LostRace:
    """Somebody else moved the branch first: decide again on what it holds now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The branch did not move and the remote does not take the push, as a protected branch does.

    Attributes:
        reason: The remote's own words on one line, without credentials and control characters.
    """

    reason: str


PushOutcome = Published | LostRace | Refused


class BlobsTooLarge(GitError):
    """Blobs that are larger than any file we read may be.

    Args:
        sizes: Bytes of each one, by its id.
        limit: The most that is read, in bytes.
    """

    def __init__(self, sizes: Mapping[str, int], limit: int) -> None:
        self.sizes = dict(sizes)
        self.limit = limit
        found = ", ".join(f"{oid} holds {size} bytes" for oid, size in self.sizes.items())
        super().__init__(
            f"blob {found}; at most {limit} are read",
            hint="keep large files out of the folders that the reconciler reads",
        )


def blob_id(content: bytes) -> str:
    """Compute the id of a git blob with this content, 40 hex digits.

    >>> blob_id(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()
