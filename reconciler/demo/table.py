"""Shows the story while it happens: a live table on a terminal, plain lines elsewhere. Both on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from reconciler.demo.result import StageMeasured
from reconciler.demo.scene import Audience
from reconciler.model.stage import Stage

_HEADS = ("agent", "stage", "rendered", "measured", "requests", "failed", "what the loop says")


@contextmanager
def watching() -> Iterator[Audience]:
    """Give an audience on stderr: a live table when that is a terminal, lines when it is not."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Live(console=console, refresh_per_second=4) as live:
        yield _LiveTable(live)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Prints a line for whatever happens."""

    console: Console
    heard: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> None:
        self._print(text)

    def see_stage(self, agent: str, stage: Stage, rendered: int, measured: StageMeasured | None) -> None:
        if measured is not None:
            shown = f"{measured.measured:.1%} of {measured.requests} requests, {measured.failed} failed"
            self._print(f"  {agent}  {stage:<11}  rendered {rendered:>3} %  measured {shown}")

    def hear_loop(self, agent: str, line: str) -> None:
        if self.heard.get(agent) != line:
            self._print(f"  {agent}  loop: {line}")
        self.heard[agent] = line

    def _print(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, markup=False, highlight=False)


@dataclass(slots=True)
class _LiveTable:
    """Redraws one table below what was said: a row a stage of an agent, the loop's newest words on the newest one."""

    live: Live
    rows: list[list[str]] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.live.console.print(text, markup=False, highlight=False)

    def see_stage(self, agent: str, stage: Stage, rendered: int, measured: StageMeasured | None) -> None:
        if measured is None:
            self.rows.append([agent, stage.value, f"{rendered} %", "…", "…", "…", ""])
        else:
            seen = [f"{measured.measured:.1%}", str(measured.requests), str(measured.failed)]
            row = self._newest(agent)
            row[3:6] = seen
        self._draw()

    def hear_loop(self, agent: str, line: str) -> None:
        if any(row[0] == agent for row in self.rows):
            self._newest(agent)[6] = line
            self._draw()

    def _newest(self, agent: str) -> list[str]:
        return next(row for row in reversed(self.rows) if row[0] == agent)

    def _draw(self) -> None:
        table = Table(*_HEADS, box=None, pad_edge=False)
        for row in self.rows:
            table.add_row(*(Text(cell, no_wrap=True, overflow="ellipsis") for cell in row))
        self.live.update(table)
