"""Writes a chain of commits by one ``git fast-import``: no work tree, no index, no hooks, and checks what came out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.adapters.git_names import checked_oid, checked_path
from reconciler.adapters.git_process import Runner
from reconciler.adapters.git_read import Change, change, entries
from reconciler.adapters.git_values import Entry, NewCommit, blob_id
from reconciler.errors import GitError

IDENTITY = "reconciler <reconciler@localhost>"
FAST_IMPORT = ("fast-import", "--quiet", "--done", "--force", "--date-format=raw")
_REF = "refs/reconciler/put"
_FEW_PATHS = 500
_PLAIN, _PROGRAM = "100644", "100755"
_SPECIAL = re.compile(rb'[\x00-\x1f\x7f"\\]')
_IDENTITY = re.compile(r"[^<>\x00-\x1f\x7f]+ <[^<>\x00-\x20\x7f]+>")

Changes = dict[str, Change]
Files = Mapping[str, tuple[str, bytes] | None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one commit changes, and the files that have to be written for it."""

    changes: Changes
    files: dict[str, tuple[str, bytes] | None]


def write_commits(runner: Runner, base: str, commits: Sequence[NewCommit], identity: str) -> list[str]:
    """Write commits, each on the one before, the first on ``base``; gives their ids.

    Args:
        runner: Git on our own repository.
        base: Id of the commit to build on.
        commits: In order; a file that stands there with the same bytes already is left alone.
        identity: Author and committer, ``name <address>``.

    Raises:
        ValueError: A path, a message or the identity cannot be written, or a commit would change nothing.
        GitError: Git refused, or made something else than was planned.
    """
    checked_oid(base)
    if not _IDENTITY.fullmatch(identity):
        raise ValueError(f"identity is {identity!r}, must be 'name <address>'")
    if not commits:
        return []
    plans = _plans(_standing(runner, base, commits), commits)
    stream = b"".join(_stream(base, commits, plans, identity))
    oids = runner.output(*FAST_IMPORT, stdin=stream).decode().split()
    _require_planned(runner, base, oids, plans)
    return oids


def file_commands(files: Files) -> Iterator[bytes]:
    """Give the part of a stream that changes files: first what goes, then what comes, like beside like for the packer.

    Args:
        files: Path to mode and content; None deletes the path.
    """
    for path in sorted(path for path, new in files.items() if new is None):
        yield b"D %s\n" % _quoted(path)
    for path in sorted(files, key=lambda path: (path.rpartition("/")[2], path)):
        new = files[path]
        if new is not None:
            mode, content = new
            yield b"M %s inline %s\n%s" % (mode.encode(), _quoted(path), _data(content))


def commit_command(identity: str, seconds: int, message: str, *, ref: str, mark: int) -> bytes:
    """Give the head of a commit in a stream."""
    person = f"{identity} {seconds} +0000"
    lines = f"commit {ref}\nmark :{mark}\nauthor {person}\ncommitter {person}\n"
    return lines.encode() + _data(message.encode())


def _standing(runner: Runner, base: str, commits: Sequence[NewCommit]) -> dict[str, Entry]:
    """Give what stands in the base at the paths that the commits name."""
    paths = sorted({checked_path(path) for commit in commits for path in commit.files})
    chosen = ("--", *paths) if len(paths) <= _FEW_PATHS else ("-r",)
    return entries(runner.output("ls-tree", "-z", "--full-tree", base, *chosen))


def _plans(standing: Mapping[str, Entry], commits: Sequence[NewCommit]) -> list[_Plan]:
    now = dict(standing)
    return [_plan(now, commit) for commit in commits]


def _plan(standing: dict[str, Entry], commit: NewCommit) -> _Plan:
    """Say what a commit changes, and let ``standing`` be the files after it."""
    if not commit.message.strip() or "\0" in commit.message or commit.at.tzinfo is None:
        raise ValueError("a commit needs a message without NUL bytes and a moment with a time zone")
    plan = _Plan({}, {})
    for path, content in commit.files.items():
        old = standing.pop(path, None)
        new = None if content is None else Entry(_PROGRAM if old and old.mode == _PROGRAM else _PLAIN, blob_id(content))
        if new is not None:
            standing[path] = new
        if new != old:
            plan.changes[path] = (old.oid if old else None, new.oid if new else None)
            plan.files[path] = None if new is None or content is None else (new.mode, content)
    if not plan.changes:
        raise ValueError(f"commit {commit.message.splitlines()[0]!r} changes nothing")
    return plan


def _stream(base: str, commits: Sequence[NewCommit], plans: Sequence[_Plan], identity: str) -> Iterator[bytes]:
    parent = base
    for mark, (commit, plan) in enumerate(zip(commits, plans, strict=True), 1):
        yield commit_command(identity, int(commit.at.timestamp()), commit.message, ref=_REF, mark=mark)
        yield f"from {parent}\n".encode()
        yield from file_commands(plan.files)
        yield f"\nget-mark :{mark}\n".encode()
        parent = f":{mark}"
    yield b"done\n"


def _require_planned(runner: Runner, base: str, oids: Sequence[str], plans: Sequence[_Plan]) -> None:
    """Refuse commits that stand elsewhere or change anything else than was planned."""
    walked = runner.output("rev-list", "--parents", f"{base}..{oids[-1]}", "--").decode()
    chain = [line.split() for line in walked.splitlines()]
    wanted = [[oid, parent] for oid, parent in zip(oids, [base, *oids], strict=False)]
    if chain[::-1] != wanted:
        raise GitError(f"git fast-import: made {chain}, expected one commit after the other on {base}")
    made = _made(runner, oids)
    for oid, plan in zip(oids, plans, strict=True):
        found = made.get(oid, {})
        different = sorted(path for path in found | plan.changes if found.get(path) != plan.changes.get(path))
        if different:
            raise GitError(
                f"git fast-import: commit {oid} differs from its plan at {', '.join(different)}",
                hint="a file stands where a folder has to be, or a folder where a file has to be",
            )


def _made(runner: Runner, oids: Sequence[str]) -> dict[str, Changes]:
    command = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
    output = runner.output(*command, stdin="".join(f"{oid}\n" for oid in oids).encode())
    words = iter(output.decode("utf-8", "surrogateescape").split("\0")[:-1])
    made: dict[str, Changes] = {}
    current: Changes = {}
    for word in words:
        if word.startswith(":"):
            path, both = change(word, next(words))
            current[path] = both
        else:
            current = made.setdefault(word, {})
    return made


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    """Quote a path as git does: no byte of it can end the line."""
    raw = path.encode("utf-8", "surrogateescape")
    return b'"%s"' % _SPECIAL.sub(lambda match: b"\\%03o" % match[0][0], raw)
