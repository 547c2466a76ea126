"""Brings history from the remote into a private copy: first a shallow piece, more of it on demand."""

from __future__ import annotations

from reconciler.adapters.git_cache import Cache
from reconciler.adapters.git_names import OWN_BRANCHES
from reconciler.adapters.git_process import Runner
from reconciler.adapters.git_profiles import REMOTE
from reconciler.adapters.git_revision import ASKED, BASE, BRANCHES
from reconciler.errors import GitError

_FIRST_DEPTH = 64
_DEEPEST_STEP = 4096
_GROWTH = 4
_FETCHED = "fetched"
_COMMAND = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
    "--update-shallow",
)


def fetch_branches(runner: Runner, cache: Cache, branch: str, *options: str) -> None:
    """Fetch the branch and our own branches, and forget those that are gone.

    Args:
        runner: Git that reaches the remote.
        cache: Where to keep it; an empty one gets the last 64 commits, another one keeps what it has.
        branch: The branch that environments are read from.
        options: More of them, such as a depth.

    Raises:
        GitError: The remote cannot be reached, has no such branch, or the cache is damaged.
    """
    fetched = cache.git_dir / _FETCHED
    depth = () if options or fetched.exists() else (f"--depth={_FIRST_DEPTH}",)
    ours = f"+refs/heads/{OWN_BRANCHES}*:{BRANCHES}*"
    runner.output(*_COMMAND, "--prune", *depth, *options, REMOTE, f"+refs/heads/{branch}:{BASE}", ours)
    fetched.touch()


def fetch_asked(runner: Runner, source: str) -> bool:
    """Fetch one more commit, branch or tag with a piece of its history; False when the remote does not give it."""
    return runner.finish(*_COMMAND, f"--depth={_FIRST_DEPTH}", REMOTE, f"+{source}:{ASKED}").code == 0


def fetched_branches(runner: Runner) -> dict[str, str]:
    """Give where the fetched branches stand, by the name of the private ref.

    Raises:
        GitError: A commit is missing, so the cache is damaged.
    """
    output = runner.output("for-each-ref", "--format=%(refname) %(objectname) %(tree)", BASE, BRANCHES)
    lines = (line.split(" ") for line in output.decode().splitlines())
    return {ref: oid for ref, oid, _ in lines}


def fetch_deeper(runner: Runner, plumbing: Runner, cache: Cache, branch: str) -> bool:
    """Fetch four times the history that is there, all of it in the end; False when there was no more to fetch."""
    before = cache.shallow_commits()
    if not before:
        return False
    depth = _GROWTH * int(plumbing.output("rev-list", "--count", "--first-parent", BASE, "--"))
    if depth <= _DEEPEST_STEP:
        fetch_branches(runner, cache, branch, f"--depth={depth}")
    if cache.shallow_commits() == before:
        fetch_branches(runner, cache, branch, "--unshallow")
    return cache.shallow_commits() != before


def require_branch(runner: Runner, branch: str, url: str, error: GitError) -> None:
    """Say why a fetch failed when the remote is the trouble; give nothing back when it is not.

    Raises:
        GitError: The remote cannot be reached, or has no such branch.
    """
    finished = runner.finish("ls-remote", "--quiet", REMOTE, f"refs/heads/{branch}")
    if finished.code != 0:
        raise GitError(
            f"{url}: cannot be fetched: {finished.words or error.message}",
            hint="check the address, the network and the credentials that git uses here",
        ) from error
    if not finished.stdout.strip():
        raise GitError(
            f"{url}: has no branch {branch}, expected one to read environments from",
            hint="name another with --branch; reconciler init and a push make a first one",
        ) from error
