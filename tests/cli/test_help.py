"""Help is instant, complete and plain."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import cli
from tests.support.console import Console, moment
from tests.support.gitops import GitOps

HEAVY = ("git", "requests", "jinja2", "pydantic", "scipy", "rich", "numpy", "prometheus_api_client", "ruamel")
RUNS = 9
MOST = 3.0
COMMANDS = cli.list_commands(cli.make_context("reconciler", [], resilient_parsing=True))

_IMPORTED = """
import json, sys
from reconciler.cli import cli
cli.main(["--help"], standalone_mode=False)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def test_help_imports_nothing_heavy() -> None:
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED], env=environment, capture_output=True, text=True, check=True
    )
    imported = set(json.loads(done.stderr))
    assert "click" in imported
    assert imported.isdisjoint(HEAVY)


def test_help_costs_at_most_three_times_the_import_of_click() -> None:
    """The least of several runs in turn, so that a busy machine makes both dear or neither."""
    ours, click_alone = [], []
    for _ in range(RUNS):
        click_alone.append(cost("import click"))
        ours.append(cost("import sys; sys.argv[1:] = ['--help']; from reconciler.cli import main; main()"))
    assert min(ours) <= MOST * min(click_alone), f"{min(ours):.3f} s and {min(click_alone):.3f} s of processor time"


def cost(code: str) -> float:
    """Measure the processor time of a Python process, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(console: Console, command: str) -> None:
    done = console.run(command, "--help")
    assert (done.code, done.stderr) == (0, "")
    usage, sentence, *_ = done.stdout.split("\n\n")
    assert usage.startswith("Usage: ")
    assert sentence.strip().endswith(".")
    assert "Example" in done.stdout
    assert f"  reconciler {command}" in done.stdout


def test_the_list_of_commands_names_each_with_a_sentence(console: Console) -> None:
    done = console.run("--help")
    assert done.code == 0
    for command in COMMANDS:
        assert any(line.startswith(f"  {command} ") for line in done.stdout.splitlines())
    assert "Exit codes: 0 done or nothing to do" in done.stdout


@pytest.mark.parametrize("variables", [pytest.param({}, id="pipe"), pytest.param({"NO_COLOR": "1"}, id="no-color")])
def test_output_holds_no_escape_codes(world: GitOps, tmp_path: Path, variables: dict[str, str]) -> None:
    console = Console(tmp_path / "home", variables | {"TERM": "xterm-256color"})
    where = ("--repo", str(world.remote))
    for arguments in (
        ("--help",),
        ("plan", *where, "--at", moment(world.now)),
        ("reconcile", *where, "--at", moment(world.now)),
        ("status", *where),
        ("status", "prod/rex", *where),
        ("history", *where),
        ("verify", *where),
        ("plan", "--repo", str(tmp_path / "nowhere")),
        ("plan", "--output", "yaml"),
    ):
        done = console.run(*arguments)
        assert "\x1b" not in done.stdout + done.stderr, arguments
