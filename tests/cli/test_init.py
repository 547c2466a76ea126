"""``reconciler init`` makes a repository that can be planned at once, or says why not and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.console import Console
from tests.support.gitops import run


def test_a_new_repository_validates_and_plans_at_once(tmp_path: Path, console: Console) -> None:
    begun = console.run("init", str(tmp_path / "new"), "--environment", "prod")
    validated = console.run("validate", "--repo", str(tmp_path / "new"), "--rev", "HEAD")
    planned = console.run("plan", "--repo", str(tmp_path / "new"), "--rev", "HEAD", "--output", "json")

    assert (begun.code, validated.code, planned.code) == (0, 0, 0)
    assert planned.migration("prod/rex")["to"] == "planning"


@pytest.mark.parametrize(("source", "target"), [("claude", "gemini"), ("codex", "claude"), ("gemini", "opencode")])
def test_a_repository_for_any_two_clis_can_be_planned(
    tmp_path: Path, console: Console, source: str, target: str
) -> None:
    model = {"opencode": "anthropic/claude-sonnet-4-5", "gemini": "gemini-2.5-pro"}.get(target, "opus")
    begun = console.run("init", str(tmp_path / "new"), "--from", source, "--to", target, "--to-model", model)
    validated = console.run("validate", "--repo", str(tmp_path / "new"))
    assert (begun.code, validated.code) == (0, 0), validated.stdout
    assert "losses nobody accepted" not in validated.stdout


def test_a_folder_inside_another_repository_becomes_its_own(tmp_path: Path, console: Console) -> None:
    run("git", "init", "--quiet", str(tmp_path))
    nested = tmp_path / "deep" / "er"

    assert console.run("init", str(nested)).code == 0
    assert run("git", "-C", str(nested), "rev-parse", "--show-toplevel") == str(nested.resolve())


@pytest.mark.parametrize(
    ("below", "arguments", "message"),
    [
        pytest.param("used", (), "is not empty, expected a new folder", id="not-empty"),
        pytest.param("used/file/below", (), "cannot be written (Not a directory)", id="below-a-file"),
        pytest.param("new", ("--metrics", "http://me:word@host"), "credentials stand in the address", id="password"),
    ],
)
def test_what_cannot_become_a_repository_is_refused(
    tmp_path: Path, console: Console, below: str, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").write_text("mine")

    ended = console.run("init", str(tmp_path / below), *arguments)

    assert ended.code == 1
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "new").exists()
    assert [one.name for one in (tmp_path / "used").iterdir()] == ["file"]
