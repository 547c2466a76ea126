"""Makes a new repository of a person's own: a work tree with its first commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from reconciler.adapters.git_names import checked_path
from reconciler.adapters.git_profiles import looking

_ONE_MINUTE = timedelta(seconds=60)


def first_commit(directory: Path, files: Mapping[str, bytes], message: str) -> str:
    """Write files into a new folder and commit them on ``main``, as the person that git knows.

    Args:
        directory: Where; made when it is not there.
        files: Content by path.
        message: The commit's message.

    Returns:
        The commit's id.

    Raises:
        GitError: Git could not do it.
    """
    for path, content in files.items():
        file = directory / checked_path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    directory.mkdir(parents=True, exist_ok=True)
    git = looking(directory, _ONE_MINUTE)
    git.output("init", "--quiet", "--initial-branch=main")
    git.output("add", "--all")
    nobody = git.finish("config", "user.email").code != 0
    person = ("-c", "user.name=reconciler", "-c", "user.email=reconciler@localhost") if nobody else ()
    git.output(*person, "commit", "--quiet", "--no-verify", "--message", message)
    return git.output("rev-parse", "HEAD").decode().strip()
