"""The work tree as it lies: what is seen of it, and that nothing of it changes or runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.adapters.git import BlobsTooLarge, Repository, open_repository
from reconciler.errors import GitError
from tests.adapters.git.scene import Person, git, state_of

Rex = "environments/prod/migrations/rex.yaml"


def seen(repository: Repository) -> dict[str, bytes]:
    revision = repository.worktree_revision()
    assert revision is not None
    listing = repository.listing(revision)
    blobs = repository.read([entry.oid for entry in listing.values()])
    return {path: blobs[entry.oid] for path, entry in listing.items()}


def test_a_clean_work_tree_is_the_tree_of_head_under_a_commit_of_its_own(person: Person) -> None:
    with open_repository(str(person.clone)) as repository:
        revision = repository.worktree_revision()
        assert revision is not None
        head = repository.resolve("HEAD")
        assert repository.changed(head, revision) == {}
        assert next(repository.log(revision)).parents == (head,)


@pytest.mark.parametrize(
    ("edit", "path", "text"),
    [
        pytest.param(lambda ann: ann.write(Rex, b"stage: testing\n"), Rex, b"stage: testing\n", id="edited"),
        pytest.param(lambda ann: ann.write("new/file", b"n"), "new/file", b"n", id="untracked"),
        pytest.param(lambda ann: ann.write("a.txt", b"a\r\n\xff"), "a.txt", b"a\r\n\xff", id="bytes-as-they-are"),
        pytest.param(lambda ann: (ann.clone / "a.txt").unlink(), "a.txt", None, id="deleted"),
        pytest.param(lambda ann: git(ann.clone, "rm", "--quiet", "a.txt"), "a.txt", None, id="deletion-staged"),
        pytest.param(lambda ann: git(ann.clone, "mv", "a.txt", "b.txt"), "b.txt", b"one\n", id="renamed"),
        pytest.param(lambda ann: git(ann.clone, "rm", "--cached", "-q", "a.txt"), "a.txt", b"one\n", id="forgotten"),
        pytest.param(lambda ann: (ann.clone / "to").symlink_to("a.txt"), "to", b"a.txt", id="link"),
        pytest.param(lambda ann: ann.write('odd "\n\\name', b"o"), 'odd "\n\\name', b"o", id="odd-name"),
        pytest.param(lambda ann: ann.write("x\nD a.txt", b"o"), "a.txt", b"one\n", id="name-like-a-command"),
    ],
)
def test_what_lies_there_is_seen(person: Person, edit: Callable[[Person], None], path: str, text: bytes | None) -> None:
    edit(person)
    with open_repository(str(person.clone)) as repository:
        assert seen(repository).get(path) == text


def test_staged_and_edited_again_is_seen_as_it_lies(person: Person) -> None:
    person.write("a.txt", b"staged")
    git(person.clone, "add", "a.txt")
    person.write("a.txt", b"lying")
    with open_repository(str(person.clone)) as repository:
        assert seen(repository)["a.txt"] == b"lying"


def test_ignored_files_are_not_seen_unless_git_follows_them(person: Person) -> None:
    person.write(".gitignore", b"*.log\na.txt\n")
    person.write("x.log", b"x")
    person.write("a.txt", b"edited")
    with open_repository(str(person.clone)) as repository:
        files = seen(repository)
    assert "x.log" not in files
    assert files["a.txt"] == b"edited"


def test_a_folder_behind_a_link_is_not_looked_into(person: Person, tmp_path: Path) -> None:
    (tmp_path / "secret" / "prod" / "migrations").mkdir(parents=True)
    (tmp_path / "secret" / "prod" / "migrations" / "rex.yaml").write_text("secret")
    (person.clone / "environments").rename(tmp_path / "moved")
    (person.clone / "environments").symlink_to(tmp_path / "secret")
    with open_repository(str(person.clone)) as repository:
        files = seen(repository)
    assert Rex not in files
    assert files["environments"] == str(tmp_path / "secret").encode()


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_not_waited_for(person: Person, kind: str) -> None:
    (person.clone / "a.txt").unlink()
    os.mkfifo(person.clone / "a.txt") if kind == "pipe" else (person.clone / "a.txt").mkdir()
    with open_repository(str(person.clone)) as repository:
        assert "a.txt" not in seen(repository)


def test_modes_are_seen(person: Person) -> None:
    (person.clone / "a.txt").chmod(0o755)
    with open_repository(str(person.clone)) as repository:
        revision = repository.worktree_revision()
        assert revision is not None
        assert repository.listing(revision)["a.txt"].mode == "100755"


def test_a_file_too_large_to_be_read_is_listed_and_refused(person: Person) -> None:
    person.write("large", b"x" * (1 << 22))
    with open_repository(str(person.clone)) as repository:
        revision = repository.worktree_revision()
        assert revision is not None
        listing = repository.listing(revision)
        with pytest.raises(BlobsTooLarge):
            repository.read([listing["large"].oid])


def test_a_large_file_that_did_not_change_keeps_its_blob(person: Person) -> None:
    person.commit("large", b"x" * (1 << 22))
    with open_repository(str(person.clone)) as repository:
        revision = repository.worktree_revision()
        assert revision is not None
        assert repository.changed(repository.resolve("HEAD"), revision) == {}


def test_a_submodule_stays_a_submodule(person: Person) -> None:
    oid = git(person.clone, "rev-parse", "HEAD")
    git(person.clone, "update-index", "--add", "--cacheinfo", f"160000,{oid},module")
    git(person.clone, "commit", "--quiet", "--message", "Add module")
    with open_repository(str(person.clone)) as repository:
        revision = repository.worktree_revision()
        assert revision is not None
        assert repository.listing(revision)["module"].mode == "160000"


def test_a_sparse_checkout_is_whole(person: Person) -> None:
    git(person.clone, "sparse-checkout", "set", "--no-cone", "/a.txt")
    assert not (person.clone / Rex).exists()
    with open_repository(str(person.clone)) as repository:
        assert Rex in seen(repository)


def test_a_conflict_is_seen_with_its_markers(person: Person) -> None:
    git(person.clone, "checkout", "--quiet", "-b", "side")
    person.commit("a.txt", b"side\n")
    git(person.clone, "checkout", "--quiet", "main")
    person.commit("a.txt", b"main\n")
    with pytest.raises(Exception, match="merge"):
        git(person.clone, "merge", "--quiet", "side")
    with open_repository(str(person.clone)) as repository:
        assert b"<<<<<<<" in seen(repository)["a.txt"]


def test_a_clone_without_any_commit_is_seen(remote: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "fresh")
    git(tmp_path / "fresh", "remote", "add", "origin", str(remote))
    (tmp_path / "fresh" / "f").write_bytes(b"f")
    with open_repository(str(tmp_path / "fresh")) as repository:
        assert seen(repository) == {"f": b"f"}


def test_a_shallow_clone_is_seen(remote: Path, tmp_path: Path) -> None:
    ann = Person.with_clone(f"file://{remote}", tmp_path / "shallow", "--depth=1")
    ann.write("b.txt", b"b")
    with open_repository(str(ann.clone)) as repository:
        assert {"a.txt", "b.txt"} < set(seen(repository))


def test_the_remote_is_not_needed(person: Person, remote: Path) -> None:
    remote.rename(remote.parent / "gone")
    with open_repository(str(person.clone)) as repository:
        assert seen(repository)["a.txt"] == b"one\n"


def test_two_snapshots_see_what_changed_between_them(person: Person) -> None:
    with open_repository(str(person.clone)) as repository:
        before = seen(repository)
        person.write("b.txt", b"b")
        assert seen(repository) == before | {"b.txt": b"b"}


def test_nothing_of_the_clone_changes_and_nothing_stays_in_the_cache(person: Person, tmp_path: Path) -> None:
    person.write("a.txt", b"my secret draft")
    person.write("new", b"n")
    before, status = state_of(person.clone), git(person.clone, "status", "--porcelain")
    before = state_of(person.clone)
    with open_repository(str(person.clone)) as repository:
        repository.worktree_revision()
    with open_repository(str(person.clone)):
        assert not list((tmp_path / "cache").rglob("snapshot"))
    assert state_of(person.clone) == before
    assert git(person.clone, "status", "--porcelain") == status


def test_no_filter_hook_or_watcher_of_the_clone_runs(person: Person, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    git(person.clone, "config", "filter.spy.clean", f"touch {ran}; cat")
    git(person.clone, "config", "filter.spy.required", "true")
    git(person.clone, "config", "core.fsmonitor", f"touch {ran}; true")
    git(person.clone, "config", "core.hooksPath", str(tmp_path / "hooks"))
    (tmp_path / "hooks").mkdir()
    for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (tmp_path / "hooks" / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (tmp_path / "hooks" / name).chmod(0o755)
    person.write(".gitattributes", b"* filter=spy text=auto\n")
    person.write("a.txt", b"two\r\n")
    with open_repository(str(person.clone)) as repository:
        assert seen(repository)["a.txt"] == b"two\r\n"
    assert not ran.exists()


def test_a_file_that_cannot_be_read_is_named(person: Person) -> None:
    (person.clone / "a.txt").unlink()
    (person.clone / "a.txt").symlink_to("a.txt")
    with open_repository(str(person.clone)) as repository:
        assert seen(repository)["a.txt"] == b"a.txt"
    if os.geteuid() == 0:
        return
    person.write("closed", b"c")
    (person.clone / "closed").chmod(0)
    with open_repository(str(person.clone)) as repository, pytest.raises(GitError, match="closed: cannot be read"):
        repository.worktree_revision()
