"""Checks every name that reaches a git command line: ids, branches, revisions, paths and addresses.

Stricter than git itself: what stands here, git accepts, and no name can be read as an option.
"""

from __future__ import annotations

import re

from reconciler.errors import GitError


def checked_oid(oid: str) -> str:
    """Give the id back.

    Raises:
        ValueError: It is not 40 hex digits.

    >>> checked_oid("HEAD")
    Traceback (most recent call last):
    ValueError: object id is 'HEAD', must be 40 hex digits
    """
    if not _OID.fullmatch(oid):
        raise ValueError(f"object id is {oid!r}, must be 40 hex digits")
    return oid


def is_oid(text: str) -> bool:
    """Say whether a text is a whole object id."""
    return _OID.fullmatch(text) is not None


def checked_branch(name: str) -> str:
    """Give the branch name back.

    Raises:
        GitError: Git or a shell could read it as something else.

    >>> checked_branch("reconciler/prod/rex/canary")
    'reconciler/prod/rex/canary'
    """
    if not _BRANCH.fullmatch(name) or _NO_BRANCH.search(name) or name == "HEAD":
        raise GitError(
            f"branch is {name!r}, must be made of letters, digits and . _ / -",
            hint="no part may begin with a dot or a dash, nor end with a dot or .lock",
        )
    return name


def checked_own_branch(name: str) -> str:
    """Give the name of a branch of ours back, the only kind that is made or deleted.

    Raises:
        ValueError: It does not begin with ``reconciler/``.
        GitError: It is no branch name.
    """
    if not name.startswith(OWN_BRANCHES):
        raise ValueError(f"branch is {name!r}, must begin with {OWN_BRANCHES}")
    return checked_branch(name)


def checked_revision(revision: str) -> str:
    """Give a revision that a person typed back: an id, ``HEAD``, a branch, with ``~`` and ``^`` steps.

    Raises:
        GitError: It holds what no such revision holds.

    >>> checked_revision("origin/main~3")
    'origin/main~3'
    """
    if not _REVISION.fullmatch(revision) or ".." in revision:
        raise GitError(
            f"revision is {revision!r}, must be a commit id, HEAD, a branch or a tag",
            hint="steps back are written main~3 or HEAD^",
        )
    return revision


def checked_path(path: str) -> str:
    """Give a path that is to be written back.

    Raises:
        ValueError: It is empty, absolute, leaves the repository, or holds what file systems or git read differently.

    >>> checked_path("../x")
    Traceback (most recent call last):
    ValueError: path is '../x', must be relative, without '..', backslashes or control characters
    """
    parts = path.split("/")
    if _NO_PATH.search(path) or any(part in {"", ".", ".."} or _DOT_GIT.fullmatch(part) for part in parts):
        raise ValueError(f"path is {path!r}, must be relative, without '..', backslashes or control characters")
    return path


OWN_BRANCHES = "reconciler/"
_OID = re.compile(r"[0-9a-f]{40}")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}")
_NO_BRANCH = re.compile(r"\.\.|//|/[.-]|(?:\.lock|\.|/)(?:/|\Z)")
_REVISION = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9._/@{}^~+-]{0,199}")
_NO_PATH = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DOT_GIT = re.compile(r"\.git|git~[0-9]+", re.IGNORECASE)
