"""Hostile folders and files on the disk, through the real command line, with little memory and processor time."""

import os
import resource
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest

from reconciler.model.migration import Cli
from tests.convert.hostile import ESCAPES, MEMORY

CPU_SECONDS = 2
MEMORY_BYTES = 512 * 1024 * 1024
PAIRS = [pytest.param(source, target, id=f"{source}-{target}") for source, target in permutations(Cli, 2)]
MARK = "MARK-OUTSIDE"
TREES = {
    Cli.CLAUDE: {".claude/settings.json": b'{"permissions": {"deny": ["Bash(rm:*)"]}}', ".mcp.json": b"{}"},
    Cli.CODEX: {".codex/config.toml": b'sandbox_mode = "read-only"\n'},
    Cli.GEMINI: {".gemini/settings.json": b"{}"},
    Cli.OPENCODE: {"opencode.json": b"{}"},
}


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_the_command_line_reads_nothing_outside_and_waits_for_nothing(source: Cli, target: Cli, tmp_path: Path) -> None:
    folder, beside, out = tmp_path / "agent", tmp_path / "agent-beside", tmp_path / "out"
    beside.mkdir()
    for path in (tmp_path / "outside.md", beside / "x.md"):
        path.write_text(MARK)
    memory = "".join(f"- @{escape}\n" for escape in ESCAPES).encode()
    for name, data in {**TREES[source], MEMORY[source]: memory}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for parent in {folder, *(path.parent for path in folder.rglob("*") if path.is_file())}:
        os.mkfifo(parent / "pipe.md")
        (parent / "outside-link.md").symlink_to(tmp_path / "outside.md")
        (parent / "device.md").symlink_to("/dev/zero")
        (parent / "loop.md").symlink_to("loop.md")
        (parent / "huge.md").write_bytes(b"")
        os.truncate(parent / "huge.md", 10 * 1024 * 1024)
    (folder / "link").symlink_to(tmp_path)
    result = run(folder, "--from", source, "--to", target, "--out", out, home=tmp_path)
    assert result.returncode in {0, 1}, result.stderr
    assert "Traceback" not in result.stderr
    written = "".join(path.read_text(errors="replace") for path in out.rglob("*") if path.is_file())
    assert MARK not in written + result.stdout + result.stderr


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("a.json", b'{"a":' * 100_000, id="json-depth"),
        pytest.param("a.json", b"[" + b"{}," * 300_000 + b"{}]", id="json-objects"),
        pytest.param("a.json", b" " * 10 * 1024 * 1024 + b"{}", id="json-10-megabytes"),
        pytest.param("a.json", b'{"a": ' + b"9" * 1_000_000 + b"}", id="json-digits"),
        pytest.param("a.json", '{"a": 1}'.encode("utf-16"), id="json-utf-16"),
        pytest.param("a.toml", b"a = " + b"[" * 100_000, id="toml-depth"),
        pytest.param("a.toml", b".".join([b"a"] * 400_000) + b" = 1", id="toml-key"),
        pytest.param("a.toml", b"a = " + b"1" * 1_000_000, id="toml-digits"),
        pytest.param("a.toml", b'a = """' + b'\\"""' * 200_000, id="toml-open-text"),
        pytest.param("a.toml", b"\0", id="toml-nul"),
    ],
)
def test_a_hostile_file_is_refused_with_its_place(path: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / path).write_bytes(data)
    result = run(tmp_path / path, "--to", "toml" if path.endswith("json") else "json", home=tmp_path)
    assert (result.returncode, result.stdout) == (1, ""), result.stderr
    assert result.stderr.startswith(f"error: {tmp_path / path}:")
    assert list(tmp_path.iterdir()) == [tmp_path / path]


def run(*arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))

    return subprocess.run(
        [sys.executable, "-c", "from reconciler.cli import main; main()", "convert", *map(str, arguments)],
        preexec_fn=limit,
        env={**os.environ, "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
