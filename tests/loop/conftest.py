"""Worlds for the loop's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.gitops import REX, GitOps


@pytest.fixture
def gitops(tmp_path: Path) -> GitOps:
    """Give a repository with rex at planning, not rendered yet."""
    world = GitOps(tmp_path)
    world.start(REX)
    return world
