"""The private copy: shallow at first, several holders at once, and healed after a kill or damage."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.adapters import git_cache
from reconciler.adapters.git import LostRace, NewCommit, Published, open_repository
from reconciler.adapters.git_values import blob_id
from reconciler.errors import GitError
from tests.adapters.git.scene import NOW, Person, git, make_remote, new_commit, tip


def copies(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "reconciler").glob("*.git"))


def test_the_first_fetch_is_shallow_and_deepens_until_all_is_there(tmp_path: Path) -> None:
    remote = make_remote(tmp_path / "long.git", {"a": b"a"}, commits=5000)
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        lengths = [len(list(repository.log(base)))]
        assert repository.is_shallow()
        while repository.deepen():
            lengths.append(len(list(repository.log(base))))
        assert lengths == [64, 256, 1024, 4096, 5000]
        assert not repository.is_shallow()
        assert not repository.deepen()


def test_a_short_history_is_whole_at_once(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        repository.sync()
        assert not repository.is_shallow()
        assert not repository.deepen()


def test_a_remote_that_is_shallow_itself_ends_the_deepening(tmp_path: Path) -> None:
    make_remote(tmp_path / "long.git", {"a": b"a"}, commits=300)
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=100", f"file://{tmp_path}/long.git", "short.git")
    with open_repository(f"file://{tmp_path}/short.git") as repository:
        base = repository.sync()
        rounds = 0
        while repository.deepen():
            rounds += 1
            assert rounds < 5
        assert len(list(repository.log(base))) == 100


def test_what_was_deepened_stays(tmp_path: Path) -> None:
    remote = make_remote(tmp_path / "long.git", {"a": b"a"}, commits=200)
    with open_repository(str(remote)) as repository:
        repository.sync()
        while repository.deepen():
            pass
    ann = Person.with_clone(remote, tmp_path / "ann")
    ann.commit("b", b"b")
    ann.push()
    with open_repository(str(remote)) as repository:
        assert len(list(repository.log(repository.sync()))) == 201


@pytest.mark.parametrize("revision", ["main~150", "{old}"])
def test_an_old_revision_is_fetched_when_it_is_asked_for(tmp_path: Path, revision: str) -> None:
    remote = make_remote(tmp_path / "long.git", {"a": b"a"}, commits=200)
    old = git(remote, "rev-parse", "main~150")
    with open_repository(str(remote)) as repository:
        repository.sync()
        assert repository.resolve(revision.format(old=old)) == old
        assert repository.listing(old) == {}


def test_a_shallow_copy_can_write_and_publish(tmp_path: Path) -> None:
    remote = make_remote(tmp_path / "long.git", {"a": b"a"}, commits=200)
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
    assert git(remote, "rev-list", "--count", "main") == "201"


def test_a_rewound_and_rewritten_main_is_followed(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        repository.sync()
    stream = b"commit refs/heads/main\ncommitter A <a@b> 0 +0000\ndata 0\n"
    git(remote, "fast-import", "--quiet", "--force", stdin=stream)
    with open_repository(str(remote)) as repository:
        assert repository.sync() == tip(remote)


def test_nobody_else_can_look_into_the_cache(remote: Path, tmp_path: Path) -> None:
    (tmp_path / "cache" / "reconciler").mkdir(parents=True, mode=0o755)
    with open_repository(str(remote)) as repository:
        repository.sync()
    assert (tmp_path / "cache" / "reconciler").stat().st_mode & 0o777 == 0o700


def test_a_cache_folder_can_be_named(remote: Path, tmp_path: Path) -> None:
    with open_repository(str(remote), cache_home=tmp_path / "other") as repository:
        repository.sync()
    assert list((tmp_path / "other" / "reconciler").glob("*.git"))
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_made_is_an_error(remote: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(GitError, match="cannot be used as cache"),
        open_repository(str(remote), cache_home=tmp_path / "file"),
    ):
        pass


def test_several_hold_the_same_remote_at_once_even_in_one_process(remote: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            repository = stack.enter_context(open_repository(str(remote)))
            assert repository.sync() == tip(remote)
        assert len(copies(tmp_path)) == 3
    with open_repository(str(remote)):
        assert len(copies(tmp_path)) == 3


def test_when_every_copy_is_held_the_wait_is_bounded_and_the_holder_named(remote: Path) -> None:
    with ExitStack() as stack:
        for _ in range(git_cache.COPIES):
            stack.enter_context(open_repository(str(remote)))
        with (
            pytest.raises(GitError, match=f"in use after 0.2 s, one of them by process {os.getpid()}"),
            open_repository(str(remote), timeout=timedelta(seconds=0.2)),
        ):
            pass


@pytest.mark.parametrize(
    "lock", ["refs/reconciler/base.lock", "shallow.lock", "packed-refs.lock", "HEAD.lock", "config.lock", "index.lock"]
)
def test_a_lock_that_a_killed_holder_left_is_cleared(remote: Path, person: Person, tmp_path: Path, lock: str) -> None:
    with open_repository(str(remote)) as repository:
        repository.sync()
    [copy] = copies(tmp_path)
    (copy / lock).touch()
    person.commit("b.txt", b"b")
    person.push()
    with open_repository(str(remote)) as repository:
        assert repository.sync() == tip(remote)
        assert not (copy / lock).exists()


@pytest.mark.parametrize("damage", ["HEAD", "config", "objects", "refs", "all", "pack", "loose", "base", "shallow"])
def test_a_damaged_copy_is_made_anew(tmp_path: Path, damage: str) -> None:
    remote = make_remote(tmp_path / "long.git", {f"f{number}": b"%d" % number for number in range(150)}, commits=100)
    with open_repository(str(remote)) as repository:
        repository.sync()
    [copy] = copies(tmp_path)
    for path in {
        "pack": list(copy.glob("objects/pack/*.pack")),
        "loose": list(copy.glob("objects/??/*")),
        "base": [copy / "refs/reconciler/base"],
        "shallow": [copy / "shallow"],
        "HEAD": [copy / "HEAD"],
        "config": [copy / "config"],
    }.get(damage, []):
        path.chmod(0o644)
        path.write_bytes(b"\0damaged\0")
    if damage in {"objects", "refs", "all"}:
        shutil.rmtree(copy if damage == "all" else copy / damage)
    for attempt in range(2):
        try:
            with open_repository(str(remote)) as repository:
                listing = repository.listing(repository.sync())
                assert len(repository.read([entry.oid for entry in listing.values()])) == 150
                break
        except GitError:
            assert attempt == 0
    else:
        pytest.fail("two attempts did not heal the copy")


def test_a_single_lost_object_is_an_error_once(remote: Path, tmp_path: Path) -> None:
    with open_repository(str(remote)) as repository:
        oid = repository.listing(repository.sync())["a.txt"].oid
    [copy] = copies(tmp_path)
    (copy / "objects" / oid[:2] / oid[2:]).unlink()
    with open_repository(str(remote)) as repository:
        repository.sync()
        with pytest.raises(GitError, match=oid):
            repository.read([oid])
    with open_repository(str(remote)) as repository:
        repository.sync()
        assert repository.read([oid]) == {oid: b"one\n"}


def test_a_daemon_that_git_leaves_behind_does_not_keep_the_copy(remote: Path, person: Person, tmp_path: Path) -> None:
    ssh, pid = tmp_path / "ssh", tmp_path / "pid"
    ssh.write_text(
        f"#!/bin/sh\nsleep 60 </dev/null >/dev/null 2>&1 &\necho $! > {pid}\n"
        'for command do :; done\nexec sh -c "$command"\n'
    )
    ssh.chmod(0o755)
    git(person.clone, "config", "core.sshCommand", str(ssh))
    git(person.clone, "config", "ssh.variant", "simple")
    git(person.clone, "remote", "set-url", "origin", f"bot@nowhere.invalid:{remote}")
    try:
        for _ in range(2):
            with open_repository(str(person.clone)) as repository:
                repository.sync()
        assert len(copies(tmp_path)) == 1
    finally:
        os.kill(int(pid.read_text()), signal.SIGKILL)


def test_many_loose_objects_are_packed(remote: Path, tmp_path: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
    [copy] = copies(tmp_path)
    blobs = [b"%d" % number for number in range(10_000)]
    for number, blob in enumerate([blob for blob in blobs if blob_id(blob).startswith("17")]):
        (tmp_path / f"blob-{number}").write_bytes(blob)
    paths = "\n".join(str(path) for path in tmp_path.glob("blob-*"))
    git(copy, "hash-object", "-w", "--stdin-paths", stdin=paths.encode())
    assert len(list(copy.glob("objects/17/*"))) > 27
    with open_repository(str(remote)) as repository:
        assert not list(copy.glob("objects/17/*"))
        assert repository.sync() == base
        assert repository.listing(base)


ENDLESS = """
import sys
from datetime import datetime, timezone
from reconciler.adapters.git import NewCommit, open_repository
while True:
    with open_repository(sys.argv[1]) as repository:
        base = repository.sync()
        number = len(repository.listing(base, "killed"))
        commit = NewCommit({f"killed/{number}": b"x", f"rendered/{number}": b"x"}, "Step", datetime.now(timezone.utc))
        repository.publish(repository.put(base, [commit])[0], base)
        print(number, flush=True)
"""


def test_a_reconciler_killed_anywhere_leaves_whole_commits_and_a_copy_that_works(remote: Path) -> None:
    for attempt in range(8):
        process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(remote)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.013 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with open_repository(str(remote)) as repository:
            base = repository.sync()
            steps = [len(repository.listing(base, folder)) for folder in ("killed", "rendered")]
            assert steps[0] == steps[1] > attempt
            [oid] = repository.put(base, [NewCommit({f"alive/{attempt}": b"x"}, "Alive", NOW)])
            assert isinstance(repository.publish(oid, base), Published | LostRace)
    assert git(remote, "fsck", "--strict", "--no-dangling") == ""


def test_eight_reconcilers_work_at_the_same_time(remote: Path) -> None:
    def work(name: int) -> None:
        with open_repository(str(remote)) as repository:
            for _ in range(60):
                base = repository.sync()
                [oid] = repository.put(base, [NewCommit({f"w/{name}": b"x"}, f"Run: {name}", NOW)])
                if isinstance(repository.publish(oid, base), Published):
                    return
        pytest.fail(f"writer {name} never got through")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert git(remote, "rev-list", "--count", "main") == "11"
