"""Reads trees, blobs, differences and history out of a repository, one plumbing process each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

from reconciler.adapters.git_names import checked_oid
from reconciler.adapters.git_process import Runner
from reconciler.adapters.git_values import BlobsTooLarge, CommitInfo, Entry
from reconciler.errors import GitError

LARGEST_BLOB = 1 << 20
NOTHING = "0" * 40
_LAST_MOMENT = 253402300799
_FIELDS = ("%H", "%P", "%T", "%an", "%ae", "%ct", "%B")

Change = tuple[str | None, str | None]


def list_tree(runner: Runner, revision: str, prefix: str) -> dict[str, Entry]:
    """Give every file of a tree by its path; bytes of a path that are no UTF-8 become lone surrogates.

    Args:
        runner: Git on the repository.
        revision: Id of a commit or tree.
        prefix: A folder or file; empty means all.
    """
    output = runner.output("ls-tree", "-r", "-z", "--full-tree", checked_oid(revision), "--", *_path(prefix))
    return entries(output)


def entries(output: bytes) -> dict[str, Entry]:
    r"""Read what ``ls-tree -z`` wrote.

    >>> entries(b"100644 blob 00\ta b\0")
    {'a b': Entry(mode='100644', oid='00')}
    """
    found = {}
    for line in output.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        mode, _, oid = facts.split(" ")
        found[path] = Entry(mode, oid)
    return found


def read_blobs(runner: Runner, oids: Iterable[str]) -> dict[str, bytes]:
    """Give the content of blobs, in one process.

    Raises:
        BlobsTooLarge: Blobs hold more than 1 MiB; none of them was read.
        GitError: One is missing or no blob.
    """
    wanted = tuple(dict.fromkeys(checked_oid(oid) for oid in oids))
    if not wanted:
        return {}
    stdin = "".join(f"{oid}\n" for oid in wanted).encode()
    with closing(runner.stream("cat-file", "--batch", "--buffer", stdin=stdin)) as pieces:
        try:
            return dict(zip(wanted, blob_stream(pieces, len(wanted)), strict=True))
        except BlobsTooLarge:
            raise BlobsTooLarge(_large(runner, stdin), LARGEST_BLOB) from None


def blob_stream(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Read what ``cat-file --batch`` wrote, however it is cut into pieces.

    Raises:
        BlobsTooLarge: One holds more than 1 MiB; nothing of it was taken.
        GitError: One is missing or no blob, or the stream ends early.
    """
    source = _Source(pieces)
    for _ in range(count):
        oid, size = _header(source.line())
        if size > LARGEST_BLOB:
            raise BlobsTooLarge({oid: size}, LARGEST_BLOB)
        yield source.exactly(size + 1)[:-1]
    source.end()


def compare_trees(runner: Runner, old: str, new: str, prefix: str) -> dict[str, Change]:
    """Give the paths that differ, with the id on either side; None where there is no file."""
    command = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
    return changes(runner.output(*command, checked_oid(old), checked_oid(new), "--", *_path(prefix)))


def changes(output: bytes) -> dict[str, Change]:
    """Read what ``diff-tree -r -z --raw`` wrote for one pair of trees."""
    words = output.decode("utf-8", "surrogateescape").split("\0")
    return dict(change(facts, path) for facts, path in zip(words[::2], words[1::2], strict=False))


def change(facts: str, path: str) -> tuple[str, Change]:
    """Read one raw line: modes, ids and letter, then the path."""
    _, _, old, new, _ = facts.split(" ")
    return path, (None if old == NOTHING else old, None if new == NOTHING else new)


def walk(
    runner: Runner, revision: str, *, until: str | None, paths: Sequence[str], first_parent: bool, limit: int | None
) -> Iterator[CommitInfo]:
    """Give commits, newest first, as git finds them; a caller may stop at any one.

    Args:
        runner: Git on the repository.
        revision: Id of the commit to begin with.
        until: Id of a commit that is left out with all before it; of the rest, children come before their parents.
        paths: Only commits that touch one of these.
        first_parent: Follow only the first parent of a merge.
        limit: How many at most.
    """
    options = [f"--max-count={limit}"] if limit is not None else []
    options += ["--first-parent"] if first_parent else []
    options += ["--topo-order"] if until is not None else []
    ends = [checked_oid(revision)] + ([f"^{checked_oid(until)}"] if until is not None else [])
    command = ("log", "-z", "--no-show-signature", "--encoding=UTF-8", f"--format={'%x00'.join(_FIELDS)}")
    fields: list[str] = []
    for field in _parts(runner.stream(*command, *options, *ends, "--", *paths)):
        fields.append(field.decode("utf-8", "replace"))
        if len(fields) == len(_FIELDS):
            yield _commit(fields)
            fields = []


def _commit(fields: Sequence[str]) -> CommitInfo:
    oid, parents, tree, author, email, seconds, message = fields
    at = datetime.fromtimestamp(min(int(seconds), _LAST_MOMENT), UTC)
    return CommitInfo(oid, tuple(parents.split()), tree, author, email, at, message)


def _path(prefix: str) -> tuple[str, ...]:
    return (prefix,) if prefix else ()


def _header(line: str) -> tuple[str, int]:
    words = line.split(" ")
    if len(words) != 3 or words[1] != "blob":  # noqa: PLR2004 - id, kind, size
        raise GitError(f"object {line}: cannot be read, expected a blob in the repository")
    return words[0], int(words[2])


def _large(runner: Runner, stdin: bytes) -> dict[str, int]:
    lines = runner.output("cat-file", "--batch-check", "--buffer", stdin=stdin).decode().splitlines()
    return {oid: size for oid, size in map(_header, lines) if size > LARGEST_BLOB}


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream at its NUL bytes."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole


class _Source:
    """Takes lines and lengths off a stream of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = bytearray()
        self._at = 0

    def line(self) -> str:
        """Take the bytes up to the next line end."""
        while (end := self._held.find(b"\n", self._at)) < 0:
            self._more()
        line = self._held[self._at : end].decode()
        self._at = end + 1
        return line

    def exactly(self, count: int) -> bytes:
        """Take so many bytes."""
        while len(self._held) - self._at < count:
            self._more()
        taken = bytes(self._held[self._at : self._at + count])
        self._at += count
        return taken

    def end(self) -> None:
        """Let the process end by itself, so that its exit code is looked at."""
        for _ in self._pieces:
            pass

    def _more(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise GitError("git cat-file: ended early, expected every object that was asked for")
        del self._held[: self._at]
        self._at = 0
        self._held += piece
