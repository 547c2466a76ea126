"""A person with plain git and a clone: commits, pushes, and types the line that a commit message offers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from reconciler.demo.waiting import DemoError

_PATIENCE = 60.0
_BACK = "One step back:"


class Person:
    """Somebody with a clone of their own, whose git obeys no settings of this machine.

    Args:
        name: Who; stands in their commits.
        clone: Where their clone is or will be.
    """

    def __init__(self, name: str, clone: Path) -> None:
        self._name = name
        self.clone = clone

    def begin(self, remote: Path, files: Mapping[str, bytes], message: str) -> str:
        """Make the first commit of a new repository and push it; gives the commit.

        Raises:
            DemoError: Git refuses.
        """
        self.clone.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", str(remote))
        for path, content in files.items():
            (self.clone / path).parent.mkdir(parents=True, exist_ok=True)
            (self.clone / path).write_bytes(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.push()

    def clone_from(self, remote: Path) -> None:
        """Make the clone, plain and whole."""
        self.clone.mkdir(parents=True)
        self.git("clone", "--quiet", str(remote), ".")

    def push(self) -> str:
        """Push what stands in the clone; gives the commit."""
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def line_back(self, commit: str) -> str:
        """Give the command that a transition's message offers to undo it.

        Raises:
            DemoError: It offers none.
        """
        message = self.git("show", "--no-patch", "--format=%B", commit)
        for line in message.splitlines():
            if line.startswith(_BACK):
                return line.removeprefix(_BACK).strip()
        raise DemoError(f"commit {commit[:12]} has no line {_BACK!r}", hint=f"git -C {self.clone} show {commit}")

    def types(self, line: str) -> None:
        """Run a command line as it stands, in the clone.

        Raises:
            DemoError: It fails.
        """
        self._run(["sh", "-c", line], line)

    def git(self, *arguments: str) -> str:
        """Run git in the clone; gives what it prints, without the last line break."""
        return self._run(["git", *arguments], f"git {' '.join(arguments)}")

    def _run(self, command: list[str], shown: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - git, or the line that our own commit message offers
                command,
                cwd=self.clone,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        except FileNotFoundError:
            raise DemoError(f"{command[0]}: no such program on PATH", hint="install git 2.34 or newer") from None
        except subprocess.TimeoutExpired:
            raise DemoError(f"{shown}: no end after {_PATIENCE:g} s") from None
        if done.returncode != 0:
            raise DemoError(f"{shown}: exit code {done.returncode}: {done.stderr.strip()}", hint=f"in {self.clone}")
        return done.stdout.rstrip("\n")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in self._identity()}
        return {**kept, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}

    def _identity(self) -> list[tuple[str, str]]:
        return [("NAME", self._name), ("EMAIL", f"{self._name.lower()}@example.com")]
