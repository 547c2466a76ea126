"""Finds the commit that a person means by a revision."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.adapters.git_names import OWN_BRANCHES, is_oid
from reconciler.adapters.git_process import Runner

BASE = "refs/reconciler/base"
BRANCHES = "refs/reconciler/branches/"
ASKED = "refs/reconciler/asked"
_PARTS = re.compile(r"(?:origin/)?([^~^@]*)(.*)")
_SHORT_ID = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True, slots=True)
class Named:
    """A revision, taken apart for a repository that holds nothing but what was fetched.

    Attributes:
        name: What is left without ``origin/`` and steps; empty for HEAD.
        steps: Steps back, such as ``~3``.
        kept_as: Where a fetch keeps it, when it is one of the branches that every fetch brings; else the name.
    """

    name: str
    steps: str
    kept_as: str

    @classmethod
    def of(cls, revision: str, branch: str) -> Named:
        """Take a revision apart.

        >>> Named.of("origin/main~2", "main")
        Named(name='main', steps='~2', kept_as='refs/reconciler/base')
        """
        match = _PARTS.fullmatch(revision)
        name, steps = (match[1], match[2]) if match else (revision, "")
        if steps.startswith("@") and not name:
            steps = steps[1:]
        if name in {"", "HEAD", branch}:
            return cls(name, steps, BASE)
        if name.startswith(OWN_BRANCHES):
            return cls(name, steps, BRANCHES + name.removeprefix(OWN_BRANCHES))
        return cls(name, steps, name)

    @property
    def is_id(self) -> bool:
        """Whether it is the id of a commit, whole or shortened."""
        return _SHORT_ID.fullmatch(self.name) is not None

    @property
    def may_be_old(self) -> bool:
        """Whether a longer history may know it."""
        return self.is_id or bool(self.steps)

    @property
    def sources(self) -> tuple[str, ...]:
        """What to ask the remote for, best first."""
        return (self.name,) if is_oid(self.name) else (f"refs/heads/{self.name}", f"refs/tags/{self.name}")


def parsed(runner: Runner, revision: str) -> str | None:
    """Give the commit of a revision that is known to be harmless; None when the repository has none."""
    finished = runner.finish("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return finished.stdout.decode().strip() if finished.code == 0 else None
