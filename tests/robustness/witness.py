"""Lets a remote write down every update of its branches, and reads that record back."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.gitops import run

_HOOK = """#!/bin/sh
while read -r old new ref; do
  echo "$old $new $ref" >> "$GIT_DIR/updates"
done
"""


@dataclass(frozen=True, slots=True)
class Update:
    """One update of one branch, as the remote saw it."""

    old: str
    new: str
    ref: str


def watch(remote: Path) -> None:
    """Begin the record; pushes that are no fast-forward are let through, so that one would be seen."""
    run("git", "-C", str(remote), "config", "receive.denyNonFastForwards", "false")
    hook = remote / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_HOOK)
    hook.chmod(0o755)


def updates(remote: Path, ref: str = "refs/heads/main") -> list[Update]:
    """Give the recorded updates of a branch; concurrent ones may stand in any order."""
    lines = (remote / "updates").read_text().splitlines()
    return [update for update in (Update(*line.split()) for line in lines) if update.ref == ref]


def is_ancestor(remote: Path, old: str, new: str) -> bool:
    """Say whether a commit holds another one."""
    arguments = ["git", "-C", str(remote), "merge-base", "--is-ancestor", old, new]
    return subprocess.run(arguments, check=False).returncode == 0
