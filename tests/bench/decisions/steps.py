"""Cells about a whole migration: the evidence of a stage goes on in the next, and the share rises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from reconciler.health.evidence import Reference
from reconciler.health.history import Arm, Buckets, Floats, History
from reconciler.health.split import split
from reconciler.health.verdicts import Record, evidence_of, limit_text, tripped
from reconciler.model.status import Carried, Wealth
from tests.bench.decisions.board import Figure, rate, upper
from tests.bench.decisions.cells import Cell
from tests.bench.decisions.judging import CHECKS, OURS, POLICY, Outcome, first
from tests.bench.decisions.peers import lately
from tests.bench.decisions.world import World


def cells() -> Iterator[Cell]:
    """Give the cells of group 5."""
    for total in (200, 600):
        yield Cell(_STEPS, f"{total}/h on both sides", 500, partial(migrated, total), _figures, batch=50)


def migrated(total: float, runs: int, generator: np.random.Generator) -> Outcome:
    """Take healthy migrations through 10, 25 and 50 %, each split in force 3 minutes after its commit."""
    stages = [World(total * share, share, minutes=_LASTS, applied=3).draw(runs, generator) for share in _SHARES]
    tripped_at = [_one_migration([_run(stage, run) for stage in stages]) for run in range(runs)]
    moments = {name: np.array([one[name] for one in tripped_at]) for name in CHECKS}
    return {**moments, OURS: np.min(list(moments.values()), axis=0), _TOTAL: _total_rose(stages)}


def _one_migration(stages: list[History]) -> Mapping[str, float]:
    carried, moments = Carried(), dict.fromkeys(CHECKS, np.inf)
    for number, history in enumerate(stages):
        record = Record(history, split(history), Reference(None, carried.source), carried)
        wealth = {}
        for name, check in CHECKS.items():
            evidence = evidence_of(check, record)
            assert evidence is not None
            moment = float(first(tripped(check, record, evidence, POLICY))[0]) + number * _LASTS
            moments[name] = min(moments[name], moment)
            left = float(evidence.staked[0, -1]), float(evidence.proof[0, -1])
            wealth[name] = Wealth(limit_text(check), *left)
        carried = Carried(carried.seconds + round(history.step) * _LASTS, wealth)
    return moments


def _run(history: History, run: int) -> History:
    assert history.source is not None
    one = slice(run, run + 1)
    return History(history.step, _arm(history.source, one), _arm(history.target, one), history.weight, history.previous)


def _arm(arm: Arm, one: slice) -> Arm:
    assert arm.cost is not None
    assert arm.durations is not None
    durations = Buckets(arm.durations.bounds, arm.durations.counts[one])
    return Arm(arm.tasks[one], arm.errors[one], arm.completed[one], arm.cost[one], durations=durations)


def _total_rose(stages: list[History]) -> Floats:
    """Hold the target's cost of the last 60 minutes against 1.5 times that of the hour before the step."""
    costs = [stage.target.cost for stage in stages if stage.target.cost is not None]
    rolling = lately(np.concatenate(costs, axis=1), 60)
    steps = (slice(number * _LASTS, (number + 1) * _LASTS) for number in range(1, len(stages)))
    moment: Floats = np.min([first(rolling[:, after] > 1.5 * rolling[:, [after.start - 1]]) for after in steps], axis=0)
    return moment


def _figures(outcome: Outcome) -> tuple[Figure, ...]:
    return (
        Figure("cost", rate(outcome["cost"]), 0.0),
        *(Figure(name, rate(outcome[name])) for name in CHECKS if name != "cost"),
        Figure("any check", rate(outcome[OURS])),
        Figure("95 % bound", upper(outcome[OURS]), POLICY.wrong_rollback),
        Figure(_TOTAL, rate(outcome[_TOTAL])),
    )


_SHARES = (0.10, 0.25, 0.50)
_LASTS = 120
_TOTAL = "hour's total > 1.5x"
_STEPS = "5  A healthy target through 10, 25 and 50 %, two hours each, evidence carried: rolled back"
