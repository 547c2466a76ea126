"""Reading: trees, blobs, differences, history."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from reconciler.adapters.git import BlobsTooLarge, Entry, open_repository
from reconciler.adapters.git_values import blob_id
from reconciler.errors import GitError
from tests.adapters.git.scene import Person, alive, git, gone, make_remote, new_commit, tip


def test_sync_gives_the_commit_of_main(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        assert repository.sync() == tip(remote)


def test_another_branch_is_read_when_it_is_named(remote: Path, person: Person) -> None:
    there = person.commit("b.txt", b"b")
    git(person.clone, "push", "--quiet", "origin", "HEAD:trunk")
    with open_repository(str(remote), branch="trunk") as repository:
        assert repository.sync() == there


def test_a_listing_holds_every_file_with_mode_and_blob(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        listing = repository.listing(repository.sync())
    assert listing["a.txt"] == Entry("100644", blob_id(b"one\n"))
    assert set(listing) == {"a.txt", "environments/prod/migrations/rex.yaml", "templates/x.j2"}


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        pytest.param("environments", 1, id="folder"),
        pytest.param("environments/", 1, id="folder-with-slash"),
        pytest.param("environments/prod/migrations/rex.yaml", 1, id="file"),
        pytest.param("nowhere", 0, id="nothing"),
        pytest.param("*.txt", 0, id="no-pattern"),
        pytest.param("--output=x", 0, id="no-option"),
    ],
)
def test_a_listing_can_be_limited_to_a_path(remote: Path, prefix: str, found: int) -> None:
    with open_repository(str(remote)) as repository:
        assert len(repository.listing(repository.sync(), prefix)) == found


def test_links_and_programs_show_in_the_mode_and_are_not_followed(remote: Path, person: Person) -> None:
    (person.clone / "link").symlink_to("/etc/hostname")
    person.write("run.sh", b"#!/bin/sh\n")
    (person.clone / "run.sh").chmod(0o755)
    git(person.clone, "add", "link")
    person.commit("run.sh", b"#!/bin/sh\n")
    person.push()
    with open_repository(str(remote)) as repository:
        listing = repository.listing(repository.sync())
        assert (listing["link"].mode, listing["run.sh"].mode) == ("120000", "100755")
        assert repository.read([listing["link"].oid]) == {listing["link"].oid: b"/etc/hostname"}


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"no end", b"a\r\nb\r\n", b"\xff\xfe\x00bin\x00", bytes(range(256)) * 4096]
)
def test_bytes_come_out_as_they_went_in(tmp_path: Path, content: bytes) -> None:
    remote = make_remote(tmp_path / "bytes.git", {".gitattributes": b"* text=auto eol=crlf\n", "f": content})
    with open_repository(str(remote)) as repository:
        entry = repository.listing(repository.sync())["f"]
        assert repository.read([entry.oid]) == {entry.oid: content}


def test_ten_thousand_blobs_are_read_by_one_process(tmp_path: Path) -> None:
    files = {f"f/{number}": b"%d" % number * 50 for number in range(10_000)}
    remote = make_remote(tmp_path / "many.git", files)
    with open_repository(str(remote)) as repository:
        listing = repository.listing(repository.sync())
        blobs = repository.read([entry.oid for entry in listing.values()])
    assert {path: blobs[entry.oid] for path, entry in listing.items()} == files


def test_a_path_that_is_no_utf_8_can_be_read(tmp_path: Path) -> None:
    remote = tmp_path / "latin.git"
    make_remote(remote, {})
    stream = b'commit refs/heads/main\ncommitter A <a@b> 0 +0000\ndata 0\nM 100644 inline "caf\xe9"\ndata 1\nx\n'
    git(remote, "fast-import", "--quiet", "--force", stdin=stream)
    with open_repository(str(remote)) as repository:
        assert [path.encode("utf-8", "surrogateescape") for path in repository.listing(repository.sync())] == [
            b"caf\xe9"
        ]


@pytest.mark.parametrize(("size", "accepted"), [(1 << 20, True), ((1 << 20) + 1, False)])
def test_blobs_over_one_mebibyte_are_refused_by_name(tmp_path: Path, size: int, *, accepted: bool) -> None:
    remote = make_remote(tmp_path / "large.git", {"small": b"s", "large": b"x" * size, "huge": b"y" * (size * 3)})
    with open_repository(str(remote)) as repository:
        oids = {path: entry.oid for path, entry in repository.listing(repository.sync()).items()}
        if accepted:
            assert len(repository.read([oids["small"], oids["large"]])[oids["large"]]) == size
        with pytest.raises(BlobsTooLarge, match=f"{oids['huge']} holds {size * 3} bytes") as caught:
            repository.read(oids.values())
        assert set(caught.value.sizes) == {oids["huge"]} if accepted else {oids["huge"], oids["large"]}


def test_a_missing_blob_is_an_error(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        repository.sync()
        with pytest.raises(GitError, match="0123456789012345678901234567890123456789"):
            repository.read(["0123456789012345678901234567890123456789"])


def test_a_tree_is_no_blob(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        tree = next(repository.log(repository.sync())).tree
        with pytest.raises(GitError, match="expected a blob"):
            repository.read([tree])


@pytest.mark.parametrize("oid", ["HEAD", "--all", "", "0" * 39, "0" * 41, "g" * 40])
def test_reading_takes_whole_ids_only(remote: Path, oid: str) -> None:
    with open_repository(str(remote)) as repository:
        with pytest.raises(ValueError, match="must be 40 hex digits"):
            repository.listing(oid)
        with pytest.raises(ValueError, match="must be 40 hex digits"):
            repository.read([oid])


def test_changes_name_both_blobs_and_know_no_renames(remote: Path, person: Person) -> None:
    before = tip(remote)
    git(person.clone, "mv", "a.txt", "moved.txt")
    person.commit("environments/prod/migrations/rex.yaml", b"stage: testing\n")
    person.push()
    with open_repository(str(remote)) as repository:
        after = repository.sync()
        assert repository.changed(before, after) == {
            "a.txt": (blob_id(b"one\n"), None),
            "moved.txt": (None, blob_id(b"one\n")),
            "environments/prod/migrations/rex.yaml": (blob_id(b"stage: planning\n"), blob_id(b"stage: testing\n")),
        }
        assert set(repository.changed(before, after, "environments")) == {"environments/prod/migrations/rex.yaml"}
        assert repository.changed(after, after) == {}


def test_the_log_tells_who_what_and_when(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        newest, middle, oldest = repository.log(repository.sync())
    assert (newest.message, middle.message, oldest.message) == ("Commit 3\n", "Commit 2\n", "Commit 1\n")
    assert (newest.author, newest.email) == ("Ann", "ann@example.org")
    assert (newest.parents, middle.parents, oldest.parents) == ((middle.oid,), (oldest.oid,), ())
    assert (newest.at.timestamp(), newest.at.tzinfo) == (1700000003, UTC)


def test_the_log_can_be_cut_by_commit_count_and_path(remote: Path, person: Person) -> None:
    before = tip(remote)
    there = person.commit("b.txt", b"b")
    person.push()
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        assert [commit.oid for commit in repository.log(base, until=before)] == [there]
        assert len(list(repository.log(base, limit=2))) == 2
        assert [commit.oid for commit in repository.log(base, paths=["b.txt"])] == [there]
        assert list(repository.log(base, paths=["*.txt"])) == []


def test_the_log_follows_the_first_parent_unless_told_otherwise(remote: Path, person: Person) -> None:
    git(person.clone, "checkout", "--quiet", "-b", "side")
    side = person.commit("side.txt", b"s")
    git(person.clone, "checkout", "--quiet", "main")
    git(person.clone, "merge", "--quiet", "--no-ff", "--no-edit", "side")
    person.push()
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        assert side not in [commit.oid for commit in repository.log(base)]
        assert side in [commit.oid for commit in repository.log(base, first_parent=False)]


def test_a_log_can_be_left_in_the_middle(tmp_path: Path) -> None:
    remote = make_remote(tmp_path / "long.git", {}, commits=3000)
    with open_repository(f"file://{remote}") as repository:
        base = repository.sync()
        while repository.deepen():
            pass
        log = repository.log(base)
        assert next(log).oid == base
        assert alive(base)
        del log
        assert gone(base)
        assert len(list(repository.log(base))) == 3000


@pytest.mark.parametrize("seconds", [0, 253402300800, 9999999999999])
def test_odd_dates_of_other_people_do_not_stop_the_log(tmp_path: Path, seconds: int) -> None:
    remote = make_remote(tmp_path / "odd.git", {})
    stream = f"commit refs/heads/main\ncommitter A <a@b> {seconds} +0000\ndata 0\n".encode()
    git(remote, "fast-import", "--quiet", "--force", "--date-format=raw-permissive", stdin=stream)
    with open_repository(str(remote)) as repository:
        assert len(list(repository.log(repository.sync()))) == 1


def test_a_message_that_is_no_utf_8_is_shown_as_far_as_it_is(tmp_path: Path) -> None:
    remote = make_remote(tmp_path / "latin.git", {})
    stream = b"commit refs/heads/main\ncommitter A <a@b> 0 +0000\ndata 5\nca\xff\xe9\n"
    git(remote, "fast-import", "--quiet", "--force", stdin=stream)
    with open_repository(str(remote)) as repository:
        assert next(repository.log(repository.sync())).message == "ca\ufffd\ufffd\n"


def test_a_commit_just_put_can_be_read_before_it_is_published(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert set(repository.changed(base, oid)) == {"b.txt"}
