"""The scoreboard: one row for each check and target, summed over the agents, as text or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.bench.convert.peers import PEERS, SOURCE, Published
from tests.support.convert_checks.score import Score


@dataclass(slots=True)
class Row:
    """One check for one target.

    Attributes:
        number: The acceptance check it belongs to.
        goal: The share of items that must hold, from 0 to 1; None for a figure without a goal.
        scores: What each agent that has the feature reached, by its name.
    """

    number: int
    name: str
    target: str
    goal: float | None
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """Items that held."""
        return sum(score.held for score in self.scores.values())

    @property
    def total(self) -> int:
        """Items in all."""
        return sum(score.total for score in self.scores.values())

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached."""
        return self.goal is None or self.held >= self.goal * self.total

    @property
    def complete(self) -> int:
        """Agents in which all of it holds."""
        return sum(score.is_complete for score in self.scores.values())

    def add(self, agent: str, score: Score) -> None:
        """Add what one agent reached, unless it has nothing of the kind."""
        if score.total:
            self.scores[agent] = score


def as_text(rows: Iterable[Row], *, faults: int) -> str:
    """Print the rows in columns.

    Args:
        rows: The rows in order.
        faults: How many faults to print of each row that misses its goal.
    """
    lines = [_HEAD, "-" * len(_HEAD)]
    for row in rows:
        peers = PEERS.get(row.name, Published(None, None)) if row.target in {"codex", ""} else Published(None, None)
        share = f"{_percent(row.complete, len(row.scores))} {row.complete}/{len(row.scores)}"
        goal = "" if row.goal is None else f"{row.goal:.0%}"
        mark = "" if row.is_reached else "MISSED"
        lines.append(
            f"{row.number:>2}  {row.name:<46} {row.target:<9} {share:>12} {row.held:>6}/{row.total:<6} {goal:>5} "
            f"{_peer(peers.rulesync):>8} {_peer(peers.ruler):>6}  {mark}".rstrip()
        )
        if not row.is_reached:
            named = [f"{agent}: {fault}" for agent, score in row.scores.items() for fault in score.faults]
            lines += [f"      {fault}" for fault in named[:faults]]
            lines += [f"      and {len(named) - faults} more"] if len(named) > faults else []
    return "\n".join([*lines, "", SOURCE])


def as_document(rows: Iterable[Row]) -> list[Mapping[str, Any]]:
    """Give the rows for a machine, with every fault."""
    return [
        {
            "check": row.number,
            "name": row.name,
            "target": row.target,
            "goal": row.goal,
            "reached": row.is_reached,
            "agents": {"complete": row.complete, "all": len(row.scores)},
            "items": {"held": row.held, "all": row.total},
            "peers": asdict(PEERS[row.name]) if row.name in PEERS and row.target == "codex" else None,
            "faults": [f"{agent}: {fault}" for agent, score in row.scores.items() for fault in score.faults],
        }
        for row in rows
    ]


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 // whole} %" if whole else "-"


def _peer(share: int | None) -> str:
    return "" if share is None else f"{share} %"


_HEAD = f"{'':>2}  {'check':<46} {'target':<9} {'agents':>12} {'items':>9}    {'goal':>5} {'rulesync':>8} {'ruler':>6}"
