"""A repository with a witness: every update of a branch of the remote is written down by the remote itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.console import Console
from tests.support.gitops import GitOps


@pytest.fixture
def world(tmp_path: Path) -> GitOps:
    """Give an empty repository and everybody around it."""
    return GitOps(tmp_path)


@pytest.fixture
def console(tmp_path: Path) -> Console:
    """Give a terminal."""
    return Console(tmp_path / "home")
