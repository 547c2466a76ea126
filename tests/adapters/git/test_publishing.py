"""Publishing: races, refusals, unknown outcomes, and our own branches."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.adapters.git import LostRace, NewCommit, Published, Refused, TimedOut, open_repository
from reconciler.errors import GitError
from tests.adapters.git.scene import NOW, Person, content, git, gone, new_commit, odd_seconds, tip
from tests.support.git_http import protect_main


def hook(remote: Path, name: str, script: str) -> None:
    path = remote / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_main_moves_to_what_was_published(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
        assert repository.sync() == oid
    assert tip(remote) == oid


def test_publishing_twice_is_done_once(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert [repository.publish(oid, base) for _ in range(2)] == [Published(oid), Published(oid)]


def test_who_comes_second_loses_the_race_and_overwrites_nothing(remote: Path, person: Person) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        theirs = person.commit("theirs.txt", b"t")
        person.push()
        assert repository.publish(oid, base) == LostRace()
        assert repository.sync() == theirs
    assert tip(remote) == theirs


def test_a_rewound_main_is_a_lost_race_and_stays_rewound(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        git(remote, "update-ref", "refs/heads/main", f"{base}~1")
        assert repository.publish(oid, base) == LostRace()
        assert repository.sync() == tip(remote) == git(remote, "rev-parse", f"{base}~1")


def test_a_protected_branch_refuses_in_its_own_words(remote: Path) -> None:
    protect_main(remote)
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        outcome = repository.publish(oid, base)
        assert isinstance(outcome, Refused)
        assert "main is protected: open a pull request" in outcome.reason
        assert repository.publish_branch("reconciler/prod/rex/canary", oid, None) == Published(oid)
    assert tip(remote) == base


def test_a_refusal_is_one_clean_line(remote: Path) -> None:
    hook(
        remote,
        "pre-receive",
        r"""printf '\033[31mno\033[0m \033]0;title\007 https://bot:hunter22@example.org/\n\r\rgone\n' >&2
printf 'Authorization: Basic aHVudGVyMjI=\n' >&2; seq 1 100000 >&2; exit 1""",
    )
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        outcome = repository.publish(oid, base)
    assert isinstance(outcome, Refused)
    assert outcome.reason.isprintable()
    assert "hunter22" not in outcome.reason
    assert "aHVudGVyMjI" not in outcome.reason
    assert len(outcome.reason) < 2000


def test_a_moved_base_is_a_lost_race_even_when_the_branch_is_protected(remote: Path, person: Person) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        person.commit("theirs.txt", b"t")
        person.push()
        protect_main(remote)
        assert repository.publish(oid, base) == LostRace()


def test_a_lock_that_another_writer_holds_for_a_moment_is_waited_for(remote: Path) -> None:
    lock = remote / "refs" / "heads" / "main.lock"
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        lock.touch()
        opener = threading.Timer(0.3, lock.unlink)
        opener.start()
        assert repository.publish(oid, base) == Published(oid)
        opener.join()


def test_a_lock_that_stays_is_reported(remote: Path) -> None:
    (remote / "refs" / "heads" / "main.lock").touch()
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert isinstance(repository.publish(oid, base), Refused)


def test_a_push_that_arrived_before_it_was_killed_counts(remote: Path) -> None:
    hook(remote, "post-receive", f"exec sleep {odd_seconds()}")
    with open_repository(str(remote), timeout=timedelta(seconds=3)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
    assert tip(remote) == oid


def test_a_push_that_never_arrived_is_an_error_and_leaves_no_process(remote: Path) -> None:
    marker = odd_seconds()
    hook(remote, "pre-receive", f"exec sleep {marker}")
    with open_repository(str(remote), timeout=timedelta(seconds=2)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        with pytest.raises(TimedOut, match="git push: no end after 2 s, killed"):
            repository.publish(oid, base)
    assert tip(remote) == base
    assert gone(marker)


def test_a_push_in_doubt_that_somebody_built_upon_counts(remote: Path, tmp_path: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
        ann = Person.with_clone(remote, tmp_path / "later")
        ann.commit("later.txt", b"l")
        ann.push()
        assert repository.publish(oid, base) == Published(oid)


def test_only_what_is_built_on_the_base_is_pushed(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        [other] = repository.put(git(remote, "rev-parse", "main~1"), [new_commit(c="c")])
        for new, old in ((other, base), (base, base), (oid, oid)):
            with pytest.raises(ValueError, match="is not built on"):
                repository.publish(new, old)
    assert tip(remote) == base


def test_no_tag_and_no_other_ref_travels_along(remote: Path) -> None:
    git(remote, "config", "--global", "push.followTags", "true")
    git(remote, "config", "--global", "push.gpgSign", "true")
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        [oid] = repository.put(base, [new_commit(b="b")])
        assert repository.publish(oid, base) == Published(oid)
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_our_branches_are_made_moved_listed_and_deleted_under_a_lease(remote: Path) -> None:
    name = "reconciler/prod/rex/canary"
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        first, second = (repository.put(base, [new_commit(text, b=text)])[0] for text in ("1", "2"))
        assert repository.publish_branch(name, first, None) == Published(first)
        assert repository.publish_branch(name, second, None) == LostRace()
        assert repository.publish_branch(name, second, base) == LostRace()
        assert repository.publish_branch(name, second, first) == Published(second)
        repository.sync()
        assert repository.branches() == {name: second}
        assert repository.delete_branch(name, first) == LostRace()
        assert repository.delete_branch(name, second) == Published(second)
        assert repository.delete_branch(name, second) == Published(second)
        repository.sync()
        assert repository.branches() == {}
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_a_branch_that_gives_way_to_a_folder_of_branches_is_forgotten(remote: Path) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        assert repository.publish_branch("reconciler/prod", base, None) == Published(base)
        repository.sync()
        assert repository.delete_branch("reconciler/prod", base) == Published(base)
        assert repository.publish_branch("reconciler/prod/rex", base, None) == Published(base)
        repository.sync()
        assert repository.branches() == {"reconciler/prod/rex": base}


@pytest.mark.parametrize("name", ["main", "reconciler", "Reconciler/x", "-reconciler/x"])
def test_only_our_own_branches_are_pushed_by_name(remote: Path, name: str) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        with pytest.raises(ValueError, match="must begin with reconciler/"):
            repository.publish_branch(name, base, None)
        with pytest.raises(ValueError, match="must begin with reconciler/"):
            repository.delete_branch(name, base)


@pytest.mark.parametrize(
    "name", ["reconciler/", "reconciler/a..b", "reconciler/a b", "reconciler/x:refs/heads/main", "reconciler/x.lock"]
)
def test_a_name_that_is_more_than_a_branch_is_refused(remote: Path, name: str) -> None:
    with open_repository(str(remote)) as repository:
        base = repository.sync()
        with pytest.raises(GitError, match="branch is"):
            repository.publish_branch(name, base, None)


def test_two_writers_lose_no_update(remote: Path) -> None:
    def count_up(writer: str) -> int:
        lost = 0
        with open_repository(str(remote)) as repository:
            done = 0
            while done < 25:
                base = repository.sync()
                entry = repository.listing(base).get("counter")
                number = int(repository.read([entry.oid])[entry.oid]) if entry else 0
                files: dict[str, bytes | None] = {"counter": b"%d" % (number + 1), f"{writer}/{done}": b"x"}
                [oid] = repository.put(base, [NewCommit(files, f"Count\n\nRun: {writer}-{done}", NOW)])
                outcome = repository.publish(oid, base)
                assert not isinstance(outcome, Refused)
                done += isinstance(outcome, Published)
                lost += isinstance(outcome, LostRace)
        return lost

    with ThreadPoolExecutor() as pool:
        lost = list(pool.map(count_up, ["one", "two"]))
    assert content(remote, "counter") == b"50"
    assert git(remote, "rev-list", "--count", "main") == "53"
    assert sum(lost) > 0
