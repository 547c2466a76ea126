"""A world and a terminal for the tests of the command line, which run the console script as a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.console import Console
from tests.support.gitops import REX, GitOps


@pytest.fixture
def world(tmp_path: Path) -> GitOps:
    """Give a repository with rex at planning, not rendered yet."""
    world = GitOps(tmp_path)
    world.start(REX)
    return world


@pytest.fixture
def console(tmp_path: Path) -> Console:
    """Give a terminal."""
    return Console(tmp_path / "home")
