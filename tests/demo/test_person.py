from pathlib import Path

import pytest

from reconciler.demo.person import Person
from reconciler.demo.waiting import DemoError


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    bare = Person("Nobody", tmp_path / "remote.git")
    bare.clone.mkdir()
    bare.git("init", "--quiet", "--bare", "--initial-branch=main")
    return bare.clone


def test_the_line_that_a_message_offers_is_typed_as_it_stands(tmp_path: Path, remote: Path) -> None:
    author = Person("Ada", tmp_path / "ada")
    author.begin(remote, {"deep/file": b"one\n"}, "Begin")
    (author.clone / "deep/file").write_text("two\n")
    body = "Go on\n\nOne step back:  git revert --no-edit 'HEAD^{/Run: 7}'\n\nRun: 7"
    author.git("commit", "--quiet", "--all", "--message", body)
    commit = author.push()
    other = Person("Noor", tmp_path / "noor")
    other.clone_from(remote)
    line = other.line_back(commit)
    assert line == "git revert --no-edit 'HEAD^{/Run: 7}'"
    other.types(line)
    pushed = other.push()
    assert (other.clone / "deep/file").read_text() == "one\n"
    assert Person("Nobody", remote).git("log", "-1", "--format=%H %an", "main") == f"{pushed} Noor"


def test_a_message_without_a_way_back_is_an_error(tmp_path: Path, remote: Path) -> None:
    author = Person("Ada", tmp_path / "ada")
    commit = author.begin(remote, {"file": b"one\n"}, "Begin")
    with pytest.raises(DemoError, match="has no line 'One step back:'"):
        author.line_back(commit)


def test_a_line_that_fails_says_what_git_said(tmp_path: Path, remote: Path) -> None:
    author = Person("Ada", tmp_path / "ada")
    author.begin(remote, {"file": b"one\n"}, "Begin")
    with pytest.raises(DemoError, match=r"git revert nothing: exit code 128: .*nothing"):
        author.types("git revert nothing")


def test_settings_of_the_machine_do_not_reach_a_person(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings"
    settings.write_text("[commit]\n\tgpgSign = true\n[user]\n\tname = Someone Else\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    author = Person("Ada", tmp_path / "ada")
    author.begin(remote, {"file": b"one\n"}, "Begin")
    assert author.git("log", "-1", "--format=%an") == "Ada"
