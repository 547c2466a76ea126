"""An agent's folder and a person's home where the real CLIs can be started: no keys, no network, nothing of yours."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LONGEST = 120.0
"""Seconds after which a CLI hangs."""

_PROGRAMS = Path(__file__).parents[1] / "agent_clis" / "node_modules" / ".bin"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a CLI ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Give the document on stdout."""
        assert self.code == 0, self.stderr or self.stdout
        return json.loads(self.stdout)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a CLI runs.

    Attributes:
        project: The agent's folder, a git repository of its own, so that no CLI looks above it.
        home: The person's home.
    """

    project: Path
    home: Path

    def start(self, program: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start a CLI with pipes to all its ends; ``variables`` are its environment beside what every CLI gets."""
        requires(program)
        return subprocess.Popen(
            [_PROGRAMS / program, *arguments],
            cwd=self.project,
            env={"HOME": str(self.home), "PATH": str(self.home / "bin"), "TMPDIR": str(self.home / "tmp")}
            | _QUIET
            | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, program: str, *arguments: str, **variables: str) -> Ended:
        """Run a CLI to its end; see ``start``."""
        process = self.start(program, *arguments, **variables)
        try:
            stdout, stderr = process.communicate("", timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        finally:
            self.end_leftovers()
        return Ended(process.returncode, stdout, stderr)

    def end_leftovers(self) -> None:
        """End what a CLI has left running: Codex forgets helpers of its sandbox, in sessions of their own."""
        for pid in self.leftovers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def leftovers(self) -> list[int]:
        """Give the processes that name this desk's home on their command line, where the system lists them."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if f"{self.home}/".encode() in place.read_bytes():
                    found.append(int(place.parent.name))
        return found


def requires(*programs: str) -> None:
    """Skip when these programs are missing; fail instead where REQUIRE_REAL says that they must be there."""
    missing = [program for program in programs if not (_PROGRAMS / program).exists()]
    if not missing:
        return
    reason = f"{' and '.join(missing)} not there; tests/agent_clis/install fetches them with npm"
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def set_up(folder: Path, files: Mapping[str, bytes], at_home: Mapping[str, bytes] | None = None) -> Desk:
    """Lay out an agent and a home below ``folder``; every CLI trusts the project, unless ``at_home`` says otherwise.

    Args:
        folder: Where ``project`` and ``home`` are made.
        files: The agent's files, by path from its folder; those that begin with ``#!`` can be executed.
        at_home: Files of the person's home, by path from it.
    """
    desk = Desk(folder / "project", folder / "home")
    _write(desk.project, files)
    for name in _MOUNT_POINTS:
        (desk.project / name).mkdir(exist_ok=True)
    subprocess.run(["git", "init", "--quiet"], cwd=desk.project, check=True)
    _write(desk.home, {**_trust(desk.project, files), **(at_home or {})})
    # Codex refuses a home in the folder for temporary files, so each home brings its own.
    (desk.home / "tmp").mkdir()
    # Few programs are on PATH: a project's MCP servers shall not fetch packages.
    (desk.home / "bin").mkdir()
    for name in _NEEDED:
        if found := shutil.which(name):
            (desk.home / "bin" / name).symlink_to(found)
    return desk


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        if data.startswith(b"#!"):
            place.chmod(0o755)


def _trust(project: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    claude = {"hasCompletedOnboarding": True, "projects": {str(project): {"hasTrustDialogAccepted": True}}}
    # Gemini CLI loads a project's subagents only when a person has seen them in just this form.
    agents = {
        found[1].decode(): hashlib.sha256(data).hexdigest()
        for path, data in files.items()
        if path.startswith(".gemini/agents/") and (found := re.search(rb"^name: *['\"]?([\w-]+)", data, re.MULTILINE))
    }
    return {
        ".codex/config.toml": f'[projects."{project}"]\ntrust_level = "trusted"\n'.encode(),
        ".claude.json": json.dumps(claude).encode(),
        ".gemini/settings.json": b'{"security": {"auth": {"selectedType": "gemini-api-key"}}}',
        ".gemini/acknowledgments/agents.json": json.dumps({str(project): agents}).encode(),
    }


# Codex makes these for a moment where they are missing, and another helper of its sandbox that searches the project
# for a pattern to close may stumble over one that has just gone.
_MOUNT_POINTS = (".agents", ".aws", ".codex")
_NEEDED = ("bash", "cat", "env", "git", "ls", "node", "sh", "touch", "uname")
_NOWHERE = "http://127.0.0.1:9"
_QUIET = {
    "LANG": "C.UTF-8",
    "NO_COLOR": "1",
    "HTTP_PROXY": _NOWHERE,
    "HTTPS_PROXY": _NOWHERE,
    "NO_PROXY": "127.0.0.1,localhost",
    "GIT_CONFIG_NOSYSTEM": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_MAX_RETRIES": "0",
    "GEMINI_CLI_TRUST_WORKSPACE": "true",
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
    "OPENCODE_PURE": "1",
}
