"""One process: exact bytes, a deadline that leaves nothing behind, and no secret in its words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.git_cache import lay_out
from reconciler.adapters.git_process import Runner, TimedOut
from reconciler.adapters.git_profiles import plumbing
from reconciler.adapters.git_read import blob_stream
from reconciler.adapters.git_words import on_few_lines, on_one_line, redacted
from reconciler.errors import GitError
from tests.adapters.git.scene import alive, git, gone, odd_seconds


def runner(folder: Path, script: str, *, seconds: float = 20) -> Runner:
    """Give a runner whose one git command, ``git test``, is a shell script."""
    flags = ("-c", f"alias.test=!f() {{ {script}; }}; f")
    return Runner(folder, timedelta(seconds=seconds), flags, {}, ("GIT_",))


def test_bytes_go_in_and_come_out_exactly(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000 + b"\n\n"
    assert runner(tmp_path, "cat").output("test", stdin=data) == data
    assert b"".join(runner(tmp_path, "cat").stream("test", stdin=data)) == data


def test_a_failure_gives_git_s_words(tmp_path: Path) -> None:
    failing = runner(tmp_path, "echo out; echo no such thing >&2; exit 3")
    assert failing.finish("test").code == 3
    with pytest.raises(GitError, match="git test: exit code 3, expected 0: no such thing"):
        failing.output("test")
    with pytest.raises(GitError, match="no such thing"):
        list(failing.stream("test"))


@pytest.mark.parametrize("way", ["finish", "stream"])
@pytest.mark.parametrize(
    "script",
    [
        pytest.param("sleep {0}", id="silent"),
        pytest.param("trap '' TERM INT HUP; sleep {0}", id="deaf"),
        pytest.param("sleep {0} & exit 0", id="leaves-a-child"),
        pytest.param("(sleep {0} &) ; sleep {0}", id="grandchild"),
    ],
)
def test_a_deadline_ends_the_whole_group(tmp_path: Path, way: str, script: str) -> None:
    marker = odd_seconds()
    slow = runner(tmp_path, script.format(marker), seconds=0.5)
    with pytest.raises(TimedOut, match=r"no end after 0\.5 s"):
        slow.finish("test") if way == "finish" else list(slow.stream("test"))
    assert gone(marker)


def test_a_stream_that_is_left_early_ends_its_process(tmp_path: Path) -> None:
    marker = odd_seconds()
    endless = runner(tmp_path, f"while :; do echo {marker}; done").stream("test")
    assert next(endless).startswith(marker.encode())
    assert alive(marker)
    endless.close()
    assert gone(marker)


def test_a_stream_that_talks_much_on_stderr_does_not_stop(tmp_path: Path) -> None:
    talkative = runner(tmp_path, "seq 1 100000 >&2; echo done")
    assert b"".join(talkative.stream("test")) == b"done\n"


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    quick = runner(tmp_path, "cat")
    quick.output("test", stdin=b"x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        quick.output("test", stdin=b"x")
        list(quick.stream("test", stdin=b"x"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_variables_that_are_not_wanted_are_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SPY", "1")
    monkeypatch.setenv("GIT_SSL_CAINFO", "/x")
    flags = ("-c", "alias.test=!env")
    strict = Runner(tmp_path, timedelta(seconds=20), flags, {"GIT_DIR": "/d"}, ("GIT_SSL_",))
    lines = strict.output("test").decode().splitlines()
    assert {"GIT_SSL_CAINFO=/x", "GIT_DIR=/d", "LC_ALL=C"} <= set(lines)
    assert not [line for line in lines if line.startswith("GIT_SPY")]


def test_git_on_our_own_repository_sees_no_setting_of_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "config", "--global", "spy.person", "1")
    for name, value in (("COUNT", "1"), ("KEY_0", "spy.environment"), ("VALUE_0", "1")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    lay_out(tmp_path / "ours")
    settings = plumbing(tmp_path / "ours", timedelta(seconds=20)).output("config", "--list").decode()
    assert "core.bare=true" in settings
    assert "spy" not in settings


def test_git_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="no such program"):
        runner(tmp_path, "true").output("test")


@pytest.mark.parametrize(
    "text",
    [
        "fatal: https://SECRET42@example.org/x.git",
        "fatal: https://bot:SECRET42@example.org/x.git",
        "fatal: https://bot:SEC@RET42@example.org/x.git",
        "Authorization: Basic SECRET42",
        "> AUTHORIZATION: bearer SECRET42 trailing",
        "http.extraheader=Authorization: token SECRET42",
        "Private-Token: SECRET42",
        "sent Bearer SECRET42abc",
        "https://example.org/?private_token=SECRET42&x=1",
        "it was SECRET42value",
    ],
)
def test_credentials_are_taken_out(text: str) -> None:
    assert "RET42" not in redacted(text, ["SECRET42value"])


def test_words_that_are_no_secret_stay() -> None:
    text = "fatal: ssh://example.org/x.git: basic check failed at ann@example.org"
    assert redacted(text) == text


@given(st.text())
def test_words_for_a_person_are_printable_and_few(text: str) -> None:
    lines = on_few_lines(text).split("\n")
    assert len(lines) <= 6
    assert all(len(line) <= 300 for line in lines)
    assert not any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for line in lines for letter in line)
    assert "\n" not in on_one_line(text)


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 40))
def test_blobs_are_found_however_the_stream_is_cut(blobs: list[bytes], size: int) -> None:
    stream = b"".join(b"%040d blob %d\n%s\n" % (number, len(blob), blob) for number, blob in enumerate(blobs))

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(stream), size):
            yield stream[start : start + size]

    assert list(blob_stream(pieces(), len(blobs))) == blobs
