from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.git.scene import Person, make_remote


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings and caches of whoever runs the tests out, and theirs clean."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ann\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository with three commits and a few files."""
    files = {
        "a.txt": b"one\n",
        "environments/prod/migrations/rex.yaml": b"stage: planning\n",
        "templates/x.j2": b"{{ x }}",
    }
    return make_remote(tmp_path / "remote.git", files, commits=3)


@pytest.fixture
def person(remote: Path, tmp_path: Path) -> Person:
    """Ann, with a clone."""
    return Person.with_clone(remote, tmp_path / "clone")
