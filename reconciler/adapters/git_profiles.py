"""The environments that git runs in: plumbing on our own cache, talk with the remote, a look into a person's clone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from reconciler.adapters.git_process import Runner

REMOTE = "reconciler-remote"
_HARMLESS = ("GIT_EXEC_PATH", "GIT_PYTHON_", "GIT_EDITOR", "GIT_PAGER", "GIT_SSL_", "GIT_AUTHOR_", "GIT_COMMITTER_")
_TRANSPORT = ("GIT_SSH", "GIT_HTTP_", "GIT_PROXY_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
_SETTINGS = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C"}
_NO_SETTINGS = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}


def plumbing(
    git_dir: Path,
    timeout: timedelta,
    *,
    borrowed: Sequence[Path] = (),
    lock: int | None = None,
) -> Runner:
    """Give git on a repository of ours: no settings of the machine, the person or the environment, no hooks.

    Args:
        git_dir: The repository.
        timeout: For one process.
        borrowed: Object folders of other repositories that may be read.
        lock: A descriptor that the processes hold open.
    """
    variables = {**_QUIET, **_NO_SETTINGS, "GIT_DIR": str(git_dir)}
    if borrowed:
        variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = ":".join(_quoted(path) for path in borrowed)
    return Runner(git_dir, timeout, _flags(), variables, _HARMLESS, lock=lock)


def transport(
    git_dir: Path,
    timeout: timedelta,
    *,
    directory: Path,
    protocols: str,
    settings: Sequence[tuple[str, str]],
    secrets: tuple[str, ...],
    lock: int,
) -> Runner:
    """Give git that talks with the remote, with the credentials that the person's own git would use.

    Nobody can be asked: the process has no terminal, and every asking program answers no. So ssh needs no BatchMode,
    and the ssh command that the person has chosen stays in force.

    Args:
        git_dir: Our repository.
        timeout: For one process.
        directory: Where relative paths in the person's settings begin.
        protocols: The schemes that are allowed, joined by colons.
        settings: More settings, secrets too: they go by environment, where other users cannot read them.
        secrets: Values that no message may hold.
        lock: A descriptor that the processes hold open.
    """
    slow = (("http.lowSpeedLimit", "1000"), ("http.lowSpeedTime", str(max(1, int(timeout.total_seconds()) // 2))))
    variables = {
        **_QUIET,
        "GIT_DIR": str(git_dir),
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "SSH_ASKPASS_REQUIRE": "never",
        **_numbered([*slow, *settings]),
    }
    return Runner(
        directory, timeout, _flags(), variables, (*_HARMLESS, *_TRANSPORT, *_SETTINGS), secrets=secrets, lock=lock
    )


def looking(directory: Path, timeout: timedelta) -> Runner:
    """Give git that looks into a person's clone; their settings say which folders they trust.

    Args:
        directory: A folder of the clone.
        timeout: For one process.
    """
    return Runner(directory, timeout, _flags(), _QUIET, (*_HARMLESS, *_TRANSPORT, *_SETTINGS))


def _flags() -> tuple[str, ...]:
    settings = (
        f"core.hooksPath={os.devnull}",
        "core.fsmonitor=false",
        "gc.auto=0",
        "maintenance.auto=false",
        "protocol.ext.allow=never",
    )
    return ("--no-pager", *(part for setting in settings for part in ("-c", setting)))


def _numbered(settings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lay settings behind those that the environment already holds, in git's own numbered form."""
    known = os.environ.get("GIT_CONFIG_COUNT", "0")
    first = int(known) if known.isdecimal() else 0
    numbered = list(enumerate(settings, first))
    variables = {f"GIT_CONFIG_KEY_{number}": key for number, (key, _) in numbered}
    variables |= {f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in numbered}
    return variables | {"GIT_CONFIG_COUNT": str(first + len(numbered))}


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
