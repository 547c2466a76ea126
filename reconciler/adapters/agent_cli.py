"""Asks an installed agent CLI what it knows; one that is missing or silent is no fault."""

from __future__ import annotations

import os
import subprocess
from shutil import which
from tempfile import TemporaryDirectory

_DEADLINE_SECONDS = 5


def codex_models() -> bytes:
    """Give what ``codex debug models --bundled`` prints; empty when Codex is not installed or does not answer."""
    codex = which("codex")
    if codex is None:
        return b""
    with TemporaryDirectory() as home:
        variables = {"PATH": os.environ.get("PATH", ""), "HOME": home}
        try:
            done = subprocess.run(  # noqa: S603 - a fixed argument list
                [codex, "debug", "models", "--bundled"],
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_DEADLINE_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return b""
    return done.stdout if done.returncode == 0 else b""
