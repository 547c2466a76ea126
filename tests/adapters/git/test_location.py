"""Locations: what an address or a path stands for, and with which credentials it is reached."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.adapters.git import Published, open_repository
from reconciler.adapters.git_location import find_remote
from reconciler.adapters.git_names import checked_branch
from reconciler.errors import GitError
from tests.adapters.git.scene import Person, git, new_commit, state_of, tip
from tests.support.git_http import Forge, forge

TIMEOUT = timedelta(seconds=20)
TOKEN = "s3cr3t-t0k3n-0123456789"  # noqa: S105 - opens nothing but the server of this file


@pytest.fixture
def server(remote: Path) -> Iterator[Forge]:
    with forge(remote.parent, token=TOKEN) as running:
        yield running


def shallow_clone(server: Forge, folder: Path) -> Person:
    """Clone as a CI checkout does: one commit, and the token in a header that stands in the clone's settings."""
    header = f"http.{server.url}/.extraheader={server.header}"
    git(folder.parent, "-c", header, "clone", "--quiet", "--depth=1", f"{server.url}/remote.git", str(folder))
    git(folder, "config", f"http.{server.url}/.extraheader", server.header)
    return Person(folder)


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_bare_path_or_an_address_is_the_remote_itself(remote: Path, form: str) -> None:
    with open_repository(form.format(remote)) as repository:
        assert repository.sync() == tip(remote)
        assert repository.worktree_revision() is None


def test_a_relative_path_works_too(remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(remote.parent)
    with open_repository("remote.git") as repository:
        assert repository.sync() == tip(remote)


@pytest.mark.parametrize("below", ["", "environments/prod", ".git"])
def test_a_clone_means_its_origin(remote: Path, person: Person, below: str) -> None:
    with open_repository(str(person.clone / below)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
    assert tip(remote) == oid


def test_a_clone_is_left_as_it_was(person: Person) -> None:
    person.write("a.txt", b"edited")
    before = state_of(person.clone)
    with open_repository(str(person.clone)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        repository.publish(oid, base)
        repository.resolve("HEAD")
        repository.worktree_revision()
    assert state_of(person.clone) == before


def test_a_linked_work_tree_is_a_clone(remote: Path, person: Person, tmp_path: Path) -> None:
    git(person.clone, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    with open_repository(str(tmp_path / "linked")) as repository:
        assert repository.sync() == tip(remote)
        assert repository.resolve("HEAD") == tip(remote)


def test_a_relative_origin_counts_from_the_top_of_the_clone(remote: Path, person: Person) -> None:
    git(person.clone, "remote", "set-url", "origin", "../remote.git")
    with open_repository(str(person.clone / "environments")) as repository:
        assert repository.sync() == tip(remote)


def test_an_address_to_push_to_is_honoured(remote: Path, person: Person, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(remote), "mirror.git")
    git(person.clone, "remote", "set-url", "--push", "origin", str(tmp_path / "mirror.git"))
    with open_repository(str(person.clone)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
    assert (tip(remote), tip(tmp_path / "mirror.git")) == (base, oid)


def test_the_ssh_command_of_the_clone_is_used(remote: Path, person: Person, tmp_path: Path) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nfor command do :; done\nexec sh -c "$command"\n')
    ssh.chmod(0o755)
    git(person.clone, "config", "core.sshCommand", str(ssh))
    git(person.clone, "config", "ssh.variant", "simple")
    git(person.clone, "remote", "set-url", "origin", f"bot@nowhere.invalid:{remote}")
    with open_repository(str(person.clone)) as repository:
        assert repository.sync() == tip(remote)


def test_a_clone_without_an_origin_can_be_read_and_is_not_written(person: Person) -> None:
    git(person.clone, "remote", "remove", "origin")
    before = state_of(person.clone)
    with open_repository(str(person.clone)) as repository:
        base = repository.sync()
        assert repository.worktree_revision() is not None
        [new] = repository.put(base, [new_commit("One", a="1")])
        with pytest.raises(GitError, match="has no remote named origin"):
            repository.publish(new, base)
        with pytest.raises(GitError, match="has no remote named origin"):
            repository.publish_branch("reconciler/x", new, None)
    assert state_of(person.clone) == before


@pytest.mark.parametrize("gone", ["no-folder", "folder"])
def test_a_path_without_a_repository_to_talk_to_says_what_to_do(tmp_path: Path, gone: str) -> None:
    (tmp_path / "folder").mkdir()
    with (
        pytest.raises(GitError, match=r"expected (one|a git repository)") as caught,
        open_repository(str(tmp_path / gone)),
    ):
        pass
    assert gone in str(caught.value)


def test_a_folder_of_another_owner_is_not_trusted_unless_the_person_says_so(person: Person) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(person.clone, 1234, 1234)
    os.chown(person.clone / ".git", 1234, 1234)
    with pytest.raises(GitError, match="dubious ownership"):
        find_remote(str(person.clone), TIMEOUT)
    git(person.clone.parent, "config", "--global", "safe.directory", str(person.clone))
    assert find_remote(str(person.clone), TIMEOUT).clone is not None


def test_a_missing_branch_is_named(remote: Path) -> None:
    with (
        open_repository(str(remote), branch="trunk") as repository,
        pytest.raises(GitError, match="has no branch trunk"),
    ):
        repository.sync()


def test_an_unreachable_remote_is_named(tmp_path: Path) -> None:
    with (
        open_repository(f"file://{tmp_path}/gone.git") as repository,
        pytest.raises(GitError, match=r"gone\.git: cannot be fetched"),
    ):
        repository.sync()


@pytest.mark.parametrize(
    "location",
    [
        "",
        "--upload-pack=touch x",
        "-x",
        "ext::sh -c 'touch x'",
        "file::x",
        "git://example.org/x.git",
        "http://example.org/x.git",
        "ftp://example.org/x",
        "ssh://-oProxyCommand=touch/x",
        "https://a\nb/x",
        "nowhere\0",
    ],
)
def test_locations_that_could_run_or_leak_something_are_refused(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    with pytest.raises(GitError, match="repository is"), open_repository(location):
        pass
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("origin", ["ext::sh -c 'touch x'", "--upload-pack=touch x", "-x:y"])
def test_an_origin_that_could_run_something_runs_nothing(person: Person, origin: str) -> None:
    git(person.clone, "config", "remote.origin.url", origin)
    with pytest.raises(GitError), open_repository(str(person.clone)) as repository:
        repository.sync()
    assert not (person.clone / "x").exists()


@pytest.mark.parametrize(
    "branch",
    ["", "-x", "a..b", "a b", "HEAD", "a\nb", "@", "a//b", "/a", "a/", "a.lock", ".a", "a/.b", "a:b", "a~1", "é"],
)
def test_branches_that_git_reads_differently_are_refused(remote: Path, branch: str) -> None:
    with pytest.raises(GitError, match="branch is"), open_repository(str(remote), branch=branch):
        pass


@pytest.mark.parametrize("branch", ["main", "a/b.c", "x-y_z", "reconciler/prod/rex/rollout-25", "a.lockx"])
def test_branches_that_we_take_git_takes_too(remote: Path, branch: str) -> None:
    assert checked_branch(branch) == git(remote, "check-ref-format", "--branch", branch)


def test_a_shallow_ci_checkout_behind_a_token_does_all_there_is_to_do(
    remote: Path, server: Forge, tmp_path: Path
) -> None:
    ci = shallow_clone(server, tmp_path / "ci")
    with open_repository(str(ci.clone)) as repository:
        base = repository.sync()
        assert len(list(repository.log(repository.resolve("HEAD")))) == 3
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
        assert repository.publish_branch("reconciler/x", oid, None) == Published(oid)
    assert tip(remote) == oid


def test_the_first_parent_of_a_shallow_pull_request_is_there(remote: Path, server: Forge, tmp_path: Path) -> None:
    ann = Person.with_clone(remote, tmp_path / "ann")
    git(ann.clone, "checkout", "--quiet", "-b", "topic")
    ann.commit("topic.txt", b"1")
    ann.commit("topic.txt", b"2")
    git(ann.clone, "push", "--quiet", "origin", "topic")
    ci = shallow_clone(server, tmp_path / "ci")
    git(ci.clone, "fetch", "--quiet", "--depth=1", "origin", "topic")
    git(ci.clone, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    with open_repository(str(ci.clone)) as repository:
        head = repository.resolve("HEAD")
        assert head == tip(remote, "topic")
        assert len(list(repository.log(head))) == 5
        assert set(repository.changed(repository.resolve("origin/main"), head)) == {"topic.txt"}


def test_the_credential_helper_of_the_clone_is_asked(remote: Path, server: Forge, person: Person) -> None:
    git(person.clone, "remote", "set-url", "origin", f"{server.url}/remote.git")
    helper = f"!f() {{ echo username=x-access-token; echo password={server.token}; }}; f"
    git(person.clone, "config", "credential.helper", helper)
    with open_repository(str(person.clone)) as repository:
        assert repository.sync() == tip(remote)


def test_a_setting_in_an_included_file_counts(remote: Path, server: Forge, person: Person, tmp_path: Path) -> None:
    (tmp_path / "included").write_text(f'[http "{server.url}/"]\n\textraheader = {server.header}\n')
    git(person.clone, "config", f"includeIf.gitdir:{person.clone}/.path", str(tmp_path / "included"))
    git(person.clone, "remote", "set-url", "origin", f"{server.url}/remote.git")
    with open_repository(str(person.clone)) as repository:
        assert repository.sync() == tip(remote)


def test_settings_of_the_environment_and_of_the_person_count(
    remote: Path, server: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "config", "--global", f"url.{server.url}/.insteadOf", "https://forge.example.org/")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"http.{server.url}/.extraheader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", server.header)
    with open_repository(f"{server.url}/remote.git") as repository:
        assert repository.sync() == tip(remote)


@pytest.mark.parametrize(
    "variable", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_TRACE"]
)
def test_variables_that_lead_git_elsewhere_are_not_passed_on(
    remote: Path, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    with open_repository(str(person.clone)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
        assert repository.worktree_revision()
    monkeypatch.delenv(variable)
    assert tip(remote) == oid
    assert not list((tmp_path / "elsewhere").iterdir())


def test_who_may_not_push_at_all_is_told_so(remote: Path, server: Forge, tmp_path: Path) -> None:
    git(remote, "config", "http.receivepack", "false")
    with open_repository(str(shallow_clone(server, tmp_path / "ci").clone)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        with pytest.raises(GitError, match=r"git push: .*403"):
            repository.publish(oid, base)


@pytest.mark.parametrize("form", ["http://x-access-token:{}@{}/remote.git", "http://{}@{}/remote.git"])
def test_a_wrong_token_is_an_error_that_does_not_show_it(server: Forge, form: str) -> None:
    wrong = "wr0ng-t0k3n-abcdef"
    location = form.format(wrong, server.url.removeprefix("http://"))
    with open_repository(location) as repository, pytest.raises(GitError, match="cannot be fetched") as caught:
        repository.sync()
    assert wrong not in str(caught.value)
    assert wrong not in repr(caught.value.__cause__)
    assert "credentials" in caught.value.hint


def test_a_wrong_header_is_an_error_that_does_not_show_it(server: Forge, person: Person) -> None:
    git(person.clone, "remote", "set-url", "origin", f"{server.url}/remote.git")
    git(person.clone, "config", "http.extraheader", "Authorization: Bearer wr0ng-t0k3n")
    with open_repository(str(person.clone)) as repository, pytest.raises(GitError) as caught:
        repository.sync()
    assert "wr0ng-t0k3n" not in str(caught.value)


def test_a_token_never_stands_on_a_command_line(remote: Path, server: Forge) -> None:
    seen: set[bytes] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    continue

    with ThreadPoolExecutor() as pool:
        watching = pool.submit(watch)
        location = f"http://x-access-token:{TOKEN}@{server.url.removeprefix('http://')}/remote.git"
        with open_repository(location) as repository:
            base = repository.sync()
            [oid] = repository.put(base, [new_commit(b="b")])
            assert repository.publish(oid, base) == Published(oid)
        stop.set()
        watching.result()
    assert any(b"remote-http" in line for line in seen)
    assert not any(TOKEN.encode() in line for line in seen)
    assert tip(remote) == oid


@pytest.mark.parametrize("revision", ["HEAD", "main", "origin/main", "@", "{tip}", "{short}"])
def test_a_revision_of_a_remote(remote: Path, revision: str) -> None:
    asked = revision.format(tip=tip(remote), short=tip(remote)[:9])
    with open_repository(str(remote)) as repository:
        assert repository.resolve(asked) == tip(remote)


@pytest.mark.parametrize("revision", ["main~2", "HEAD^", "origin/main~1"])
def test_steps_back_from_a_revision(remote: Path, revision: str) -> None:
    with open_repository(str(remote)) as repository:
        assert repository.resolve(revision) == git(remote, "rev-parse", revision.removeprefix("origin/"))


def test_other_branches_tags_and_branches_of_ours_are_revisions_too(remote: Path, person: Person) -> None:
    there = person.commit("topic.txt", b"t")
    git(person.clone, "tag", "--annotate", "--message=v1", "v1")
    git(person.clone, "push", "--quiet", "origin", "HEAD:topic", "HEAD:reconciler/x", "v1")
    with open_repository(str(remote)) as repository:
        assert {repository.resolve(name) for name in ("topic", "origin/topic", "v1", "reconciler/x", there)} == {there}
        assert repository.resolve("topic~1") == tip(remote)
        assert "topic.txt" in repository.listing(there)


@pytest.mark.parametrize("revision", ["nowhere", "0123456789", "0" * 40, "main~99", "reconciler/none"])
def test_a_revision_that_is_not_there_is_named(remote: Path, revision: str) -> None:
    with open_repository(str(remote)) as repository, pytest.raises(GitError, match="has no revision"):
        repository.resolve(revision)


@pytest.mark.parametrize("revision", ["", "-x", "--all", "a..b", "main:a.txt", ":/Commit", "a b", "a\nb", "^main", "*"])
def test_what_is_no_revision_is_refused(remote: Path, revision: str) -> None:
    with open_repository(str(remote)) as repository, pytest.raises(GitError, match="revision is"):
        repository.resolve(revision)


def test_in_a_clone_its_own_commits_are_revisions(person: Person) -> None:
    unpushed = person.commit("mine.txt", b"m")
    with open_repository(str(person.clone)) as repository:
        base = repository.sync()
        assert repository.resolve("HEAD") == unpushed
        assert repository.resolve("origin/main") == base
        assert set(repository.changed(base, unpushed)) == {"mine.txt"}
        assert next(repository.log(unpushed)).oid == unpushed
        entry = repository.listing(unpushed)["mine.txt"]
        assert repository.read([entry.oid]) == {entry.oid: b"m"}


def test_what_the_clone_alone_has_is_pushed_when_we_write_the_same(remote: Path, person: Person) -> None:
    person.commit("b.txt", b"same bytes")
    with open_repository(str(person.clone)) as repository:
        base = repository.sync()
        repository.listing(repository.resolve("HEAD"))
        [oid] = repository.put(base, [new_commit(b="same bytes")])
        assert repository.publish(oid, base) == Published(oid)
    assert git(remote, "fsck", "--strict", "--no-dangling") == ""
