"""Makes a commit of a person's work tree as it lies, uncommitted and untracked files too, and leaves the clone alone.

The bytes are read as they are: no filter, no hook and no line-end conversion runs, and no link is followed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from reconciler.adapters.git_cache import lay_out
from reconciler.adapters.git_location import Clone
from reconciler.adapters.git_names import checked_oid
from reconciler.adapters.git_process import Runner
from reconciler.adapters.git_profiles import looking, plumbing
from reconciler.adapters.git_read import LARGEST_BLOB, list_tree
from reconciler.adapters.git_revision import parsed
from reconciler.adapters.git_values import Entry, blob_id
from reconciler.adapters.git_write import FAST_IMPORT, IDENTITY, commit_command, file_commands
from reconciler.errors import GitError

_REF = "refs/heads/snapshot"
_MESSAGE = "The work tree as it lies, uncommitted files included\n"
_LINK, _SUBMODULE = "120000", "160000"
_LEFT_OUT = "S"  # the tag of a file that a sparse checkout leaves out
_CHUNK = 1 << 16

_Lying = tuple[Entry, bytes]


def snapshot(clone: Clone, git_dir: Path, timeout: timedelta) -> str:
    """Write a commit of the work tree on the clone's HEAD and give its id.

    A file that is larger than any we read is cut just above that size, so that reading it is refused all the same.

    Args:
        clone: The clone, which is only read.
        git_dir: A folder of ours for the objects; the clone's objects are borrowed.
        timeout: For one git process.

    Raises:
        GitError: The clone or one of its files cannot be read.
    """
    lay_out(git_dir)
    looker, writer = looking(clone.directory, timeout), plumbing(git_dir, timeout, borrowed=[clone.objects])
    head = parsed(looker, "HEAD")
    before = list_tree(writer, head, "") if head else {}
    stream = [
        commit_command(IDENTITY, 0, _MESSAGE, ref=_REF, mark=1),
        f"from {head}\n".encode() if head else b"",
        *file_commands(_changes(clone.directory, before, _listed(looker))),
        b"\nget-mark :1\ndone\n",
    ]
    return checked_oid(writer.output(*FAST_IMPORT, stdin=b"".join(stream)).decode().strip())


def _listed(looker: Runner) -> dict[str, str]:
    """Give the paths that git knows or would add, each with git's tag."""
    output = looker.output("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard")
    lines = output.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return {path: tag for tag, _, path in (line.partition(" ") for line in lines)}


def _changes(top: Path, before: Mapping[str, Entry], listed: Mapping[str, str]) -> dict[str, tuple[str, bytes] | None]:
    """Say what has to be written over the tree before to get the work tree."""
    changes: dict[str, tuple[str, bytes] | None] = {path: None for path in before if path not in listed}
    real: dict[Path, bool] = {top: True}
    for path, tag in listed.items():
        old = before.get(path)
        if tag == _LEFT_OUT or path.endswith("/") or (old and old.mode == _SUBMODULE):
            continue
        lying = _lying(top / path, old) if _is_real((top / path).parent, real) else None
        if lying is None and old:
            changes[path] = None
        elif lying is not None and lying[0] != old:
            changes[path] = (lying[0].mode, lying[1])
    return changes


def _is_real(folder: Path, known: dict[Path, bool]) -> bool:
    """Say whether a folder is reached without a link; a link may lead out of the clone."""
    if folder not in known:
        known[folder] = not folder.is_symlink() and _is_real(folder.parent, known)
    return known[folder]


def _lying(path: Path, old: Entry | None) -> _Lying | None:
    """Give what lies at a path; None when it is neither a file nor a link."""
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            target = os.readlink(os.fsencode(path))  # noqa: PTH115 - Path would tidy the bytes up
            return Entry(_LINK, blob_id(target)), target
        if not stat.S_ISREG(found.st_mode):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise GitError(f"{path}: cannot be read: {error.strerror}, expected a file that can") from None
    with os.fdopen(descriptor, "rb") as file:
        return _file(file, found, old)


def _file(file: BinaryIO, found: os.stat_result, old: Entry | None) -> _Lying:
    mode = "100755" if found.st_mode & stat.S_IXUSR else "100644"
    content = file.read(LARGEST_BLOB + 1)
    if len(content) <= LARGEST_BLOB or old is None:
        return Entry(mode, blob_id(content)), content
    digest = hashlib.sha1(b"blob %d\0" % found.st_size + content, usedforsecurity=False)
    while piece := file.read(_CHUNK):
        digest.update(piece)
    return Entry(mode, digest.hexdigest()), content
