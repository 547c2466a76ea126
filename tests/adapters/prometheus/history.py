"""Tells a history of tasks twice: as rows of a ledger, and as the counters that a Prometheus would have scraped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.model.migration import MigrationId
from reconciler.model.stage import Side

BEGIN = 1_790_000_040
SCRAPE = 15
TOKENS = {"input": 1200, "output": 34}
BOUNDS = ("10.0", "60.0", "600.0", "+Inf")
REX = MigrationId("prod", "rex")

_FAMILIES = {
    "agent_tasks": "agent_tasks_total",
    "agent_task_cost_usd": "agent_task_cost_usd_total",
    "agent_task_tokens": "agent_task_tokens_total",
    "agent_sessions": "agent_sessions_total",
    "agent_task_duration_seconds": "agent_task_duration_seconds_bucket",
}


def moment(seconds: float) -> datetime:
    """Give a moment of the history, counted in seconds from its begin."""
    return datetime.fromtimestamp(BEGIN + seconds, UTC)


@dataclass(frozen=True, slots=True)
class Task:
    """A task that ended so many seconds after the begin of the history."""

    at: int
    side: Side
    outcome: str
    seconds: float
    cost_usd: float
    new_session: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """A process that counts what ends within (begin, end] and forgets it when it restarts under the same name."""

    pod: str
    side: Side
    begin: int
    end: int


def tasks(side: Side, begin: int, end: int, *, every: int) -> tuple[Task, ...]:
    """Let a task end every so many seconds: mostly completed, each seventh in error, each eleventh by timeout."""
    return tuple(_task(at, side, index) for index, at in enumerate(range(begin + every, end, every)))


def counters(
    done: Sequence[Task], processes: Sequence[Process], *, unscraped: Collection[int] = (), migration: str = "rex"
) -> dict[str, list[tuple[str, float, float]]]:
    """Scrape the processes every 15 seconds, but not at the moments in ``unscraped``."""
    families: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for process in processes:
        for at in range(process.begin + SCRAPE, process.end + 1, SCRAPE):
            if at in unscraped:
                continue
            counted = [one for one in done if one.side is process.side and process.begin < one.at <= at]
            for family, labels, number in _exposed(counted):
                name = f"{_FAMILIES[family]}{{{_labels(migration, process)}{labels}}}"
                families[family][name].append((BEGIN + at, number))
    return {
        family: [(name, at, number) for name, points in series.items() for at, number in points]
        for family, series in families.items()
    }


def _labels(migration: str, process: Process) -> str:
    return f'environment="prod",migration="{migration}",side="{process.side}",pod="{process.pod}"'


def _exposed(counted: Sequence[Task]) -> Iterator[tuple[str, str, float]]:
    for outcome, count in Counter(one.outcome for one in counted).items():
        yield "agent_tasks", f',outcome="{outcome}"', count
    yield "agent_task_cost_usd", "", sum(one.cost_usd for one in counted)
    for kind, each in TOKENS.items():
        yield "agent_task_tokens", f',kind="{kind}"', each * len(counted)
    yield "agent_sessions", "", sum(one.new_session for one in counted)
    for bound in BOUNDS if counted else ():
        yield "agent_task_duration_seconds", f',le="{bound}"', sum(one.seconds <= float(bound) for one in counted)


def _task(at: int, side: Side, index: int) -> Task:
    outcome = "error" if index % 7 == 0 else "timeout" if index % 11 == 0 else "completed"
    return Task(
        at,
        side,
        outcome,
        seconds=(5.0, 40.0, 400.0)[index % 3],
        cost_usd=0.25 * (index % 4),
        new_session=index % 3 == 0,
    )
