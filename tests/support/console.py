"""Runs the console script as people do: a process of its own, on real git, with its own home and cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import reconciler

LONGEST = 60.0
"""Seconds after which a command hangs."""

_PROGRAM = (sys.executable, "-c", "from reconciler.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """Give the document on stdout."""
        document = json.loads(self.stdout)
        assert isinstance(document, dict)
        return document

    def migration(self, name: str) -> dict[str, Any]:
        """Give a migration's part of what plan and reconcile print."""
        [found] = [one for one in self.json["migrations"] if one["id"] == name]
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Console:
    """One person's terminal, or one job.

    Attributes:
        folder: Its home and its cache.
        variables: Laid over the environment.
        cwd: Where commands run; None is the home.
    """

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None

    @property
    def cache(self) -> Path:
        """Where the private copies of remotes lie."""
        return self.folder / "cache"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return subprocess.Popen(
            [*_PROGRAM, *arguments],
            cwd=self.cwd or self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> Ended:
        """Run a command to its end."""
        return ended(self.start(*arguments))

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        home = {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.cache), "GIT_CONFIG_NOSYSTEM": "1"}
        code = {"PYTHONPATH": str(Path(reconciler.__file__).parents[1])}
        return kept | home | code | self.variables


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for a command's end."""
    try:
        stdout, stderr = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Ended(process.returncode, stdout, stderr)


def moment(at: datetime) -> str:
    """Write a moment for ``--at``."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
