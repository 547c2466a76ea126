"""Times whole processes: ours and ruler's in turn on the same agents, so that the machine's load cancels out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.support.convert_checks.agents import Agent

CHECK = 10
ROUNDS, MOST_AGENTS = 3, 10
BOUND_SECONDS, BOUND_RATIO = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over the agents of the medians over the rounds.

    Attributes:
        ours: Seconds of ``reconciler convert`` as a whole process.
        ruler: Seconds of ``ruler apply``; None when it is not installed.
        ratio: The median of ours / ruler for each agent.
    """

    ours: float
    ruler: float | None
    ratio: float | None

    def __str__(self) -> str:
        peer = "ruler is not installed" if self.ruler is None else f"ruler {self.ruler:.2f} s, ratio {self.ratio:.2f}"
        return f"one agent, whole process: {self.ours:.2f} s (goal {BOUND_SECONDS} s), {peer} (bound {BOUND_RATIO})"

    @property
    def is_reached(self) -> bool:
        """Whether we are no slower than ruler; the seconds alone would judge the machine."""
        return self.ratio <= BOUND_RATIO if self.ratio is not None else self.ours <= BOUND_SECONDS


def measure(agents: Sequence[Agent], ruler: Path) -> Speed:
    """Time the conversions to Codex, in alternating order, each into a fresh copy."""
    ours: dict[str, list[float]] = {agent.name: [] for agent in agents}
    theirs: dict[str, list[float]] = {agent.name: [] for agent in agents}
    with TemporaryDirectory() as scratch:
        for turn in range(ROUNDS):
            for agent in agents:
                pair = [(_ours, ours), (_ruler(ruler), theirs)] if ruler.exists() else [(_ours, ours)]
                for run, times in pair if turn % 2 == 0 else pair[::-1]:
                    folder = Path(scratch, "agent")
                    _lay_out(agent, folder)
                    times[agent.name].append(_seconds(run(folder), folder))
                    shutil.rmtree(folder)
    medians = {name: median(times) for name, times in ours.items()}
    if not ruler.exists():
        return Speed(median(medians.values()), None, None)
    peers = {name: median(times) for name, times in theirs.items()}
    ratio = median(medians[name] / peers[name] for name in medians)
    return Speed(median(medians.values()), median(peers.values()), ratio)


def _ours(folder: Path) -> list[str]:
    return [
        str(Path(sys.executable).with_name("reconciler")),
        "convert",
        str(folder),
        "--from",
        "claude",
        "--to",
        "codex",
    ]


def _ruler(program: Path) -> Callable[[Path], list[str]]:
    def command(folder: Path) -> list[str]:
        _feed(folder)
        return [str(program), "apply", "--agents", "codex", "--local-only", "--no-gitignore", "--no-backup"]

    return command


def _feed(folder: Path) -> None:
    """Give ruler the agent's files, since it has no importer."""
    (folder / ".ruler").mkdir()
    for source, target in ((".claude/CLAUDE.md", "CLAUDE.md"), ("CLAUDE.md", "AGENTS.md"), (".mcp.json", "mcp.json")):
        if (folder / source).is_file():
            shutil.copy(folder / source, folder / ".ruler" / target)
    for name in ("skills", "agents"):
        if (folder / ".claude" / name).is_dir():
            shutil.copytree(folder / ".claude" / name, folder / ".ruler" / name)


def _lay_out(agent: Agent, folder: Path) -> None:
    for path, data in agent.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _seconds(command: list[str], folder: Path) -> float:
    start = perf_counter()
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    seconds = perf_counter() - start
    if ended.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {ended.returncode} in {folder}: {ended.stderr[-500:]}")
    return seconds
