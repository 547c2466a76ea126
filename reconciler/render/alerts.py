"""Writes the alert rules: what wakes the person on call, and what that person is to run. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reconciler.model.policy import Bound, Check, Decide, HealthPolicy, OnBreach, SourcePlus, TimesSource
from reconciler.quoting import quote
from reconciler.render.check_rules import span_of_slices
from reconciler.render.durations import duration_text
from reconciler.render.watched import (
    BREACHED,
    COMPLETE,
    EVIDENCE_FROM,
    KNOWN,
    LIMIT,
    SLICE_TASKS,
    SOURCE,
    TARGET,
    TASKS,
    VALUE,
    WHO,
    Rule,
    RuleSheet,
    seconds,
    series,
)

QUIET = timedelta(minutes=30)
"""How long no pass may have succeeded; the scheduled job runs every five minutes."""

_REMEMBERED = timedelta(days=7)


def alert_rules(sheet: RuleSheet) -> Iterator[Rule]:
    """Write the alerts of one environment."""
    for policy in sheet.policies:
        for check in policy.checks:
            yield _breached(sheet, policy, check)
        yield _no_tasks(sheet, policy)
        yield _no_metrics(sheet, policy)
    yield _not_running(sheet)


def _breached(sheet: RuleSheet, policy: HealthPolicy, check: Check) -> Rule:
    """Alert in exactly those minutes in which the bare limit fails the check.

    ``for:`` would demand enough tasks all that time, where the check demands them now and the breach all that time.
    """
    whose, labels = sheet.labels(policy), sheet.labels(policy, check)
    ends = check.sustained // sheet.step + 1
    lasting = f"sum_over_time({series(BREACHED, labels)}[{span_of_slices(ends, sheet.step)}]) >= {ends}"
    begun = f"time() - {series(EVIDENCE_FROM, whose)} >= {seconds(check.sustained + sheet.step)}"
    conditions = [lasting, begun, f"{series(TASKS, labels, TARGET)} >= {policy.min_tasks}"]
    if isinstance(check.limit, TimesSource | SourcePlus):
        complete = series(EVIDENCE_FROM, whose, COMPLETE)
        conditions.append(f"({series(TASKS, labels, SOURCE)} >= {policy.min_tasks} or {complete})")
    conditions.append(series(KNOWN, sheet.labels()))
    return Rule(
        "ReconcilerCheckBreached",
        f" and on ({WHO}) ".join([series(VALUE, labels, TARGET), *conditions]),
        labels | {"severity": "critical" if check.on_breach is OnBreach.ROLLBACK else "warning"},
        _about_breach(policy, check),
    )


def _no_tasks(sheet: RuleSheet, policy: HealthPolicy) -> Rule:
    after = policy.no_tasks.after
    age = f"time() - {series(EVIDENCE_FROM, sheet.labels(policy))} >= {seconds(after)}"
    seen = f"last_over_time({series(SLICE_TASKS, sheet.labels(), TARGET)}[{duration_text(after)}])"
    return Rule(
        "ReconcilerNoTasks",
        f"{age} unless on ({WHO}) {seen} and on ({WHO}) {series(KNOWN, sheet.labels())}",
        sheet.labels(policy) | {"severity": "warning"},
        {
            "summary": f"{_NAME}: the target had no task for {_spoken(after)}",
            "description": "Without tasks nothing is proven: the migration stays at {{ $labels.stage }}. "
            "Either no task comes at all, or the route does not lead to the target.",
            "action": f"{_STATUS}; compare the VirtualService in the cluster with the one in git: argocd app diff",
        },
    )


def _no_metrics(sheet: RuleSheet, policy: HealthPolicy) -> Rule:
    after = policy.no_metrics.after
    return Rule(
        "ReconcilerNoMetrics",
        f"{series(EVIDENCE_FROM, sheet.labels(policy))} unless on ({WHO}) {series(KNOWN, sheet.labels())}",
        sheet.labels(policy) | {"severity": "warning"},
        {
            "summary": f"{_NAME}: nothing is known of one side or both for {_spoken(after)}",
            "description": "agent_tasks_total has no fresh sample for a side. Unknown is never healthy: the migration "
            "stays at {{ $labels.stage }}, and no check can alert.",
            "action": f"{_STATUS}; see in Prometheus whether the agents are scraped: "
            'agent_tasks_total{environment="{{ $labels.environment }}",migration="{{ $labels.migration }}"}',
        },
        after,
    )


def _not_running(sheet: RuleSheet) -> Rule:
    # A watcher that died takes its series along, so its last words are looked for further back.
    last = f"last_over_time({series(_LAST_SUCCESS, sheet.labels())}[{duration_text(_REMEMBERED)}])"
    return Rule(
        "ReconcilerNotRunning",
        f"time() - max by (environment) ({last}) > {seconds(QUIET)}",
        sheet.labels() | {"severity": "critical"},
        {
            "summary": "{{ $labels.environment }}: no pass has succeeded for {{ $value | humanizeDuration }}",
            "description": "Traffic stays as git says. Nothing advances, and nothing goes back by itself.",
            "action": "reconciler plan --environment {{ $labels.environment }} says what is wrong; see the log of the "
            "scheduled job. To go back by hand: reconciler rollback ENVIRONMENT/NAME --reason TEXT, or the git line "
            "in the newest transition: git log -1 --grep '^Transition: '",
        },
    )


def _about_breach(policy: HealthPolicy, check: Check) -> dict[str, str]:
    side, window = _SIDES_OF_LIMIT[check.bound], _spoken(check.window) if check.window else "the whole stage"
    unit = _UNITS.get(check.indicator, "humanize")
    lasting = f" for {_spoken(check.sustained)} on end" if check.sustained else ""
    limit, tasks = _looked_up(LIMIT, unit), _looked_up(TASKS, "humanize", f",{TARGET}")
    return {
        "summary": f"{_NAME}: {check.name} {{{{ $value | {unit} }}}} on the target, {side} the limit of {limit}",
        "description": f"{check.indicator} over {window} is {side} its limit{lasting}, on {tasks} tasks of the target "
        f"(policy {policy.name}). {_CONSEQUENCES[check.on_breach, policy.decide]}",
        "action": f'{_STATUS}; to go back now: reconciler rollback {_NAME} --reason "{check.name}"',
    }


def _looked_up(metric: str, unit: str, more: str = "") -> str:
    """Write the template that gives another number of the alert's migration and check."""
    selector = f"{metric}{{environment=%q,migration=%q,check=%q{more}}}"
    asked = f"printf {quote(selector)} $labels.environment $labels.migration $labels.check | query"
    return f"{{{{ with {asked} }}}}{{{{ . | first | value | {unit} }}}}{{{{ end }}}}"


def _spoken(duration: timedelta) -> str:
    """Write a duration for people.

    >>> _spoken(timedelta(hours=24)), _spoken(timedelta(seconds=90))
    ('24 h', '90 s')
    """
    for unit, name in ((timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if duration >= unit and not duration % unit:
            return f"{duration // unit} {name}"
    return f"{duration.total_seconds():g} s"


_NAME = "{{ $labels.environment }}/{{ $labels.migration }}"
_STATUS = f"reconciler status {_NAME}"
_LAST_SUCCESS = "reconciler_last_success_timestamp_seconds"
_SIDES_OF_LIMIT = {Bound.MAX: "above", Bound.MIN: "below"}
_UNITS = {
    "error_rate": "humanizePercentage",
    "completion_rate": "humanizePercentage",
    "latency_p95": "humanizeDuration",
    "cost_per_completed_task": 'printf "%.3g USD"',
    "cost_total": 'printf "%.3g USD"',
}
_CONSEQUENCES = {
    (OnBreach.ROLLBACK, Decide.THRESHOLD): "The next pass rolls it back.",
    (OnBreach.ROLLBACK, Decide.EVIDENCE): "No stage is entered while this lasts; it is rolled back once the evidence "
    "suffices, which a few tasks do not.",
    (OnBreach.FREEZE, Decide.THRESHOLD): "No stage is entered while this lasts; this check rolls nothing back.",
    (OnBreach.FREEZE, Decide.EVIDENCE): "No stage is entered while this lasts; this check rolls nothing back.",
}
