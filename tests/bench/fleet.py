"""Writes six hours of a fleet of agents as the blocks of a Prometheus: every counter, scraped every 15 seconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from reconciler.model.stage import Side
from tests.support.prometheus import backfill

BEGIN = 1_790_006_400
"""A whole multiple of the two hours that a block of Prometheus covers."""

HOURS = 6
SCRAPE = 15
END = datetime.fromtimestamp(BEGIN, UTC) + timedelta(hours=HOURS)
BOUNDS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)

_BLOCK = 2 * 3600
_TASKS_AN_HOUR = {Side.SOURCE: 60.0, Side.TARGET: 20.0}
_MEDIAN_SECONDS = 60.0
_FAMILIES = {
    "agent_tasks": "counter",
    "agent_task_cost_usd": "counter",
    "agent_task_tokens": "counter",
    "agent_sessions": "counter",
    "agent_task_duration_seconds": "histogram",
}


def write_fleet(folder: Path, migrations: int) -> int:
    """Backfill a fleet's history; the same number gives the same history.

    Returns:
        How many series there are.
    """
    chance = np.random.default_rng(migrations)
    scrapes = HOURS * 3600 // SCRAPE
    series = [
        one
        for number in range(migrations)
        for side in Side
        for one in _series(
            f"agent-{number:04}", side, chance.poisson(_TASKS_AN_HOUR[side] * SCRAPE / 3600, scrapes), chance
        )
    ]
    for block in range(HOURS * 3600 // _BLOCK):
        history = folder / "history.txt"
        _write(history, series, range(block * _BLOCK // SCRAPE, (block + 1) * _BLOCK // SCRAPE))
        backfill(history, folder)
        history.unlink()
    return len(series)


def _series(
    name: str, side: Side, tasks: np.ndarray, chance: np.random.Generator
) -> Iterator[tuple[str, str, np.ndarray]]:
    labels = f'environment="prod",migration="{name}",side="{side}",pod="{name}-{side}"'
    errors = chance.binomial(tasks, 0.02)
    seconds = np.log(_MEDIAN_SECONDS) + chance.standard_normal(int(tasks.sum()))
    scrape_of = np.repeat(np.arange(len(tasks)), tasks)
    yield "agent_tasks", f'agent_tasks_total{{{labels},outcome="completed"}}', np.cumsum(tasks - errors)
    yield "agent_tasks", f'agent_tasks_total{{{labels},outcome="error"}}', np.cumsum(errors)
    yield "agent_task_cost_usd", f"agent_task_cost_usd_total{{{labels}}}", np.round(np.cumsum(tasks * 0.41), 2)
    yield "agent_sessions", f"agent_sessions_total{{{labels}}}", np.cumsum(tasks)
    for kind, used in (("input", 12_000), ("output", 900)):
        yield "agent_task_tokens", f'agent_task_tokens_total{{{labels},kind="{kind}"}}', np.cumsum(tasks * used)
    for bound in (*BOUNDS, np.inf):
        within = np.bincount(scrape_of[seconds <= np.log(bound)], minlength=len(tasks))
        le = "+Inf" if bound == np.inf else str(bound)
        yield (
            "agent_task_duration_seconds",
            f'agent_task_duration_seconds_bucket{{{labels},le="{le}"}}',
            np.cumsum(within),
        )


def _write(history: Path, series: list[tuple[str, str, np.ndarray]], scrapes: range) -> None:
    moments = [f" {BEGIN + index * SCRAPE}\n" for index in scrapes]
    with history.open("w", encoding="utf-8") as text:
        for family, kind in _FAMILIES.items():
            text.write(f"# TYPE {family} {kind}\n")
            for owner, name, counted in series:
                if owner == family:
                    values = counted[scrapes.start : scrapes.stop].tolist()
                    text.writelines(f"{name} {value}{moment}" for value, moment in zip(values, moments, strict=True))
        text.write("# EOF\n")
