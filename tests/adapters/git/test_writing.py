"""Writing: chains of commits, exactly as planned, and nothing runs on the way."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.adapters.git import NewCommit, Published, Repository, open_repository
from reconciler.adapters.git_names import checked_path
from reconciler.errors import GitError
from tests.adapters.git.scene import NOW, Person, content, git, make_remote, new_commit, tip


def publish(repository: Repository, base: str, *commits: NewCommit) -> list[str]:
    oids = repository.put(base, commits)
    assert repository.publish(oids[-1], base) == Published(oids[-1])
    return oids


def test_a_commit_holds_its_message_moment_and_identity(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = publish(repository, base, new_commit("prod/rex: advance → canary\n\nRun: 01J\n", b="b"))
        found = next(repository.log(oid))
    assert (found.message, found.at, found.parents) == ("prod/rex: advance → canary\n\nRun: 01J\n", NOW, (base,))
    assert (found.author, found.email) == ("reconciler", "reconciler@localhost")
    assert git(remote, "log", "-1", "--format=%aI %cI", oid) == "2026-03-01T10:00:00+00:00 2026-03-01T10:00:00+00:00"


def test_another_identity_can_be_named(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")], identity="Ann <ann@example.org>")
        assert next(repository.log(oid)).email == "ann@example.org"


def test_a_chain_is_one_push_and_each_commit_changes_its_own_files(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        first, second, third = publish(
            repository, base, new_commit(b="1"), new_commit(b="2", c="c"), NewCommit({"b.txt": None}, "Delete", NOW)
        )
        assert set(repository.changed(base, first)) == {"b.txt"}
        assert set(repository.changed(first, second)) == {"b.txt", "c.txt"}
        assert repository.changed(second, third)["b.txt"][1] is None
    assert tip(remote) == third
    assert git(remote, "fsck", "--strict", "--no-dangling") == ""


def test_the_same_commits_get_the_same_ids(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        assert repository.put(base, [new_commit(b="b")]) == repository.put(base, [new_commit(b="b")])


def test_files_that_stand_there_already_are_left_out(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        commit = NewCommit({"a.txt": b"one\n", "new": b"", "never-there": None}, "Mixed", NOW)
        [oid] = repository.put(base, [commit])
        assert set(repository.changed(base, oid)) == {"new"}


@pytest.mark.parametrize(
    "files", [{}, {"a.txt": b"one\n"}, {"never-there": None}], ids=["nothing", "same-bytes", "deletes-nothing"]
)
def test_a_commit_that_changes_nothing_is_refused(remote: Path, files: dict[str, bytes | None]) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        with pytest.raises(ValueError, match="'Idle' changes nothing"):
            repository.put(base, [new_commit(b="b"), NewCommit(files, "Idle\n\nbody", NOW)])


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        "./a",
        "a\\b",
        "a\0b",
        "a\nM 100644 inline b",
        "a\x7fb",
        "a\u2028b",
        ".git/config",
        "a/.GIT/hooks/x",
        "GIT~1/x",
        "\udcff",
    ],
)
def test_paths_that_leave_the_tree_or_read_differently_elsewhere_are_refused(remote: Path, path: str) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        with pytest.raises(ValueError, match="path is"):
            repository.put(base, [NewCommit({path: b"x"}, "Bad", NOW)])


@pytest.mark.parametrize(
    "path", ["-x", "--all", '"quoted"', "a b", "ünï", "a:b", "*", "a'b", "done", " lead", "trail "]
)
def test_odd_but_harmless_paths_are_written_as_they_are(remote: Path, path: str) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [NewCommit({path: b"x"}, "Odd", NOW)])
        assert list(repository.changed(base, oid)) == [path]


@pytest.mark.parametrize("files", [{"a.txt/below": b"x"}, {"environments": b"x"}, {"environments/prod": None}])
def test_a_file_in_the_place_of_a_folder_is_refused(remote: Path, files: dict[str, bytes | None]) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        with pytest.raises(GitError, match="differs from its plan"):
            repository.put(base, [NewCommit(files, "Clash", NOW)])
    assert tip(remote) == base


def test_a_link_becomes_a_file_and_nothing_is_written_behind_it(remote: Path, person: Person) -> None:
    (person.clone / "link").symlink_to("environments")
    git(person.clone, "add", "link")
    person.commit("b.txt", b"b")
    person.push()
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [NewCommit({"link": b"text"}, "Replace", NOW)])
        assert repository.listing(oid)["link"].mode == "100644"
        with pytest.raises(GitError, match="differs from its plan at link"):
            repository.put(base, [NewCommit({"link/prod": b"text"}, "Behind", NOW)])


def test_a_program_stays_a_program(remote: Path, person: Person) -> None:
    person.write("run.sh", b"1")
    (person.clone / "run.sh").chmod(0o755)
    person.commit("run.sh", b"1")
    person.push()
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [NewCommit({"run.sh": b"2"}, "Edit", NOW)])
        assert repository.listing(oid)["run.sh"].mode == "100755"


@pytest.mark.parametrize(
    "commit",
    [
        pytest.param(NewCommit({"x": b""}, " \n", NOW), id="no-message"),
        pytest.param(NewCommit({"x": b""}, "a\0b", NOW), id="nul-in-message"),
        pytest.param(NewCommit({"x": b""}, "a", datetime(2026, 1, 1)), id="no-time-zone"),  # noqa: DTZ001 - the point
    ],
)
def test_a_commit_needs_a_message_and_a_moment(remote: Path, commit: NewCommit) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        with pytest.raises(ValueError, match="a commit needs"):
            repository.put(base, [commit])


@pytest.mark.parametrize("identity", ["", "Ann", "Ann <a@b>\ncommitter Eve <e@e> 0 +0000", "<a@b>", "Ann <a b>"])
def test_an_identity_cannot_carry_more_than_itself(remote: Path, identity: str) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        with pytest.raises(ValueError, match="identity is"):
            repository.put(base, [new_commit(b="b")], identity=identity)


def test_a_message_that_looks_like_a_stream_stays_a_message(remote: Path) -> None:
    message = "Hello\n\nM 100644 inline evil\ndata 1\nx\ndone\ncommit refs/heads/evil\n"
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [NewCommit({"x": b"done\n"}, message, NOW)])
        assert next(repository.log(oid)).message == message
        assert set(repository.changed(base, oid)) == {"x"}


def test_no_filter_and_no_line_end_rule_touches_the_bytes(tmp_path: Path) -> None:
    git(tmp_path, "config", "--global", "filter.upper.clean", "tr a-z A-Z")
    remote = make_remote(tmp_path / "rules.git", {".gitattributes": b"* text=auto filter=upper\n"})
    with open_repository(str(remote)) as repository:
        publish(repository, repository.sync(), NewCommit({"f": b"a\r\nb\r\n\xff"}, "Bytes", NOW))
    assert content(remote, "f") == b"a\r\nb\r\n\xff"


def test_no_hook_of_the_person_runs(remote: Path, tmp_path: Path) -> None:
    hooks, seen = tmp_path / "hooks", tmp_path / "seen"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "post-commit", "pre-push", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f'#!/bin/sh\necho {name} "$GIT_DIR" "$PWD" >> {seen}\n')
        (hooks / name).chmod(0o755)
    git(tmp_path, "config", "--global", "core.hooksPath", str(hooks))
    git(tmp_path, "config", "--global", "init.templateDir", str(tmp_path))
    with open_repository(str(remote)) as repository:
        publish(repository, repository.sync(), new_commit(b="b"))
    ours = [line for line in (seen.read_text() if seen.exists() else "").splitlines() if str(remote) not in line]
    assert ours == []


def test_a_thousand_commits_take_as_many_processes_as_one(remote: Path) -> None:
    commits = [new_commit(f"Change {number}", **{f"f{number}": "x"}) for number in range(1000)]
    with open_repository(str(remote)) as repository:
        oids = publish(repository, repository.sync(), *commits)
    assert git(remote, "rev-list", "--count", "main") == "1003"
    assert tip(remote) == oids[-1]


_PARTS = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from([".", "..", ".git", "a", "b", ""])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.lists(_PARTS, min_size=1, max_size=3).map("/".join), st.none() | st.binary(max_size=20), max_size=5
    )
)
def test_what_is_put_is_what_stands_there_or_it_is_refused(remote: Path, files: dict[str, bytes | None]) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        before = repository.listing(base)
        try:
            [oid] = repository.put(base, [NewCommit(files, "Any", NOW)])
        except (ValueError, GitError):
            return
        after = repository.listing(oid)
        blobs = repository.read(entry.oid for entry in after.values())
    for path, new in files.items():
        assert checked_path(path) == path
        assert (path not in after) if new is None else blobs[after[path].oid] == new
    assert {path for path in before if path not in files} == {path for path in after if path not in files}
