"""Writes the recording rules: where each migration stands, and what each side of it did in every slice. Pure.

The order matters: the rules of a group are evaluated one after the other, and each sees what those before it recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta

from reconciler.render.check_rules import check_rules
from reconciler.render.watched import (
    COMPLETE,
    EVIDENCE_FROM,
    KNOWN,
    REFERENCE,
    SIDE_SEEN,
    SIDES,
    SLICE_COST,
    SLICE_DURATIONS,
    SLICE_TASKS,
    SOURCE,
    TARGET,
    WHO,
    Rule,
    RuleSheet,
    seconds,
    series,
)

_STALE_STEPS = 3
_STALE_AT_LEAST = timedelta(seconds=90)
_MILLISECOND = timedelta(milliseconds=1)


def recording_rules(sheet: RuleSheet) -> Iterator[Rule]:
    """Write the recording rules of one environment, in the order in which they build on each other."""
    yield from _facts(sheet)
    yield from _slices(sheet)
    yield from _seen(sheet)
    for policy in sheet.policies:
        for check in policy.checks:
            yield from check_rules(sheet, policy, check)


def _facts(sheet: RuleSheet) -> Iterator[Rule]:
    """Record what the status files say, so that every other rule is written once for all migrations."""
    for one in sheet.migrations:
        whose = {"environment": one.id.environment, "migration": one.id.name, "policy": one.policy}
        began = one.evidence_from.astimezone(UTC)
        # The first slice that counts is the first to lie wholly behind this moment.
        expression = f"vector({began.timestamp():.0f}) <= time() - {seconds(sheet.step)}"
        yield Rule(
            EVIDENCE_FROM, expression, whose | {"stage": one.stage.value, "since": f"{began:%Y-%m-%dT%H:%M:%SZ}"}
        )
        for check, number in one.references.items():
            yield Rule(REFERENCE, f"vector({number!r})", whose | {"check": check})


def _slices(sheet: RuleSheet) -> Iterator[Rule]:
    """Record by how much each counter grew within a step, in series of their own since the evidence began."""
    whose = sheet.labels()
    since = f"* on ({WHO}) group_left (since) ({series(EVIDENCE_FROM, whose)} ^ 0)"
    tasks = f"sum by ({SIDES}, outcome) ({_grown(series('agent_tasks_total', whose), sheet.step)})"
    cost = f"sum by ({SIDES}) ({_grown(series('agent_task_cost_usd_total', whose), sheet.step)})"
    durations = f"sum by ({SIDES}, le) ({_grown(series('agent_task_duration_seconds_bucket', whose), sheet.step)})"
    yield Rule(SLICE_TASKS, f"({tasks} != 0) {since}", whose)
    yield Rule(SLICE_COST, f"{cost} {since}", whose)
    yield Rule(SLICE_DURATIONS, f"{durations} {since}", whose)


def _seen(sheet: RuleSheet) -> Iterator[Rule]:
    """Record of whom anything is known now: after complete the target is enough."""
    whose = sheet.labels()
    oldest = max(_STALE_STEPS * sheet.step, _STALE_AT_LEAST)
    newest = f"max by ({SIDES}) (timestamp({series('agent_tasks_total', whose)}))"
    yield Rule(SIDE_SEEN, f"{newest} >= time() - {seconds(oldest)}", whose)
    source = f"({series(SIDE_SEEN, whose, SOURCE)} or on ({WHO}) {series(EVIDENCE_FROM, whose, COMPLETE)})"
    known = f"{series(EVIDENCE_FROM, whose)} and on ({WHO}) {series(SIDE_SEEN, whose, TARGET)} and on ({WHO}) {source}"
    yield Rule(KNOWN, known, whose)


def _grown(counter: str, step: timedelta) -> str:
    """Ask by how much a counter grew within a step.

    Exact for whole numbers, unlike ``increase()``, which extrapolates; a series that was not there before counts from 0
    when anything was known of its migration, because the first error of a side is a new series.
    """
    before = f"last_over_time({counter}[1h] offset {step // _MILLISECOND}ms)"
    return f"({counter} - {before} >= 0) or ({counter} and on ({WHO}) {before})"
