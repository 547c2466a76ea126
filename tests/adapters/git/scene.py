"""Real repositories for the tests: a bare remote with a history, and a person who works in a clone."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.adapters.git import NewCommit

NOW = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git as a person would, and give what it wrote."""
    finished = subprocess.run(["git", "-C", folder, *arguments], input=stdin, check=True, capture_output=True)
    return finished.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def make_remote(folder: Path, files: Mapping[str, bytes], *, commits: int = 1) -> Path:
    """Make a bare repository whose ``main`` holds these files and so many commits, the first ones empty."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    git(folder, "config", "http.receivepack", "true")
    stream = bytearray()
    for number in range(1, commits + 1):
        stream += b"commit refs/heads/main\nmark :%d\n" % number
        stream += b"committer Ann <ann@example.org> %d +0000\n" % (1700000000 + number)
        stream += _data(b"Commit %d\n" % number)
        stream += b"from :%d\n" % (number - 1) if number > 1 else b""
    for path, content in files.items():
        stream += b"M 100644 inline %s\n" % path.encode() + _data(content)
    git(folder, "fast-import", "--quiet", stdin=bytes(stream))
    return folder


def tip(bare: Path, ref: str = "refs/heads/main") -> str:
    """Give the commit at which a ref stands."""
    return git(bare, "rev-parse", "--verify", ref)


def content(bare: Path, path: str, revision: str = "main") -> bytes:
    """Give the exact bytes of a file."""
    command = ["git", "-C", str(bare), "cat-file", "blob", f"{revision}:{path}"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def new_commit(message: str = "Change", **files: str) -> NewCommit:
    """Give a commit of small text files, named without their ending ``.txt``."""
    return NewCommit({f"{name}.txt": text.encode() for name, text in files.items()}, message, NOW)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a clone of the remote."""

    clone: Path

    @classmethod
    def with_clone(cls, remote: str | Path, folder: Path, *options: str) -> Person:
        """Clone the remote."""
        git(folder.parent, "clone", "--quiet", *options, str(remote), str(folder))
        return cls(folder)

    def write(self, path: str, text: bytes) -> None:
        """Write a file of the work tree."""
        (self.clone / path).parent.mkdir(parents=True, exist_ok=True)
        (self.clone / path).write_bytes(text)

    def commit(self, path: str, text: bytes) -> str:
        """Commit one file, and give the commit."""
        self.write(path, text)
        git(self.clone, "add", path)
        git(self.clone, "commit", "--quiet", "--message", f"Change {path}")
        return git(self.clone, "rev-parse", "HEAD")

    def push(self, *options: str) -> None:
        """Push main."""
        git(self.clone, "push", "--quiet", *options, "origin", "HEAD:main")


def state_of(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Give mode, size and moment of change of every file below a folder."""
    return {
        str(path.relative_to(folder)): (found.st_mode, found.st_size, found.st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        for found in [path.lstat()]
    }


def gone(marker: str, *, within: float = 5.0) -> bool:
    """Say whether no process is left whose command line holds a text; the kernel gets a moment to clear up."""
    deadline = time.monotonic() + within
    while alive(marker) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(marker)


def odd_seconds() -> str:
    """Give a long time for ``sleep`` that no other process sleeps for."""
    return f"600.{uuid.uuid4().int % 10**12:012d}1"


def alive(marker: str) -> list[int]:
    """Give the processes whose command line holds a text."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes() if entry.name.isdecimal() else b""
        except OSError:
            continue
        if marker.encode() in words and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def _data(text: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(text), text)
