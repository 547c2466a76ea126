"""The rules that others decide by, as we model them: the bare limit, counters of failures, tests at every look."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from reconciler.health.history import Arm, Booleans, Buckets, Floats, History
from reconciler.model.policy import Absolute, Check, SourcePlus, TimesSource
from tests.bench.decisions.judging import CHECKS, POLICY, first


def moments(history: History) -> dict[str, Floats]:
    """Give when each rule rolls back."""
    return {name: first(rule(history)) for name, rule in RULES.items()}


def _literal(history: History) -> Booleans:
    """The mission's words: more than 5 % errors in 5 minutes."""
    return _errors_over(history, 5)


def _five_looks(history: History) -> Booleans:
    return _lasting(_literal(history), 4)


def _whole_policy(history: History) -> Booleans:
    """Every check of the default policy by its bare limit, in its window and for its time."""
    return _any_broken(history, 1)


def _enough_tasks(history: History) -> Booleans:
    """The same with ``minTasks``, which is ``decide: threshold``."""
    return _any_broken(history, POLICY.min_tasks)


def _flagger(history: History) -> Booleans:
    """Flagger: ``interval: 1m, threshold: 5``, failed checks add up; minutes without a task count as passed."""
    return np.cumsum(_errors_over(history, 1), axis=1) >= 5


def _argo(history: History) -> Booleans:
    """Argo Rollouts: a 5-minute rate each minute, ``failureLimit: 3``; no data is no failure."""
    return np.cumsum(_errors_over(history, 5), axis=1) > 3


def _kayenta(history: History) -> Booleans:
    """Kayenta: every hour a Mann-Whitney test at 98 % of the hour's errors and durations, with a tolerance of 0.25.

    Its interval of the shift must lie beyond 0.25 times the estimate; for a normal one, z > 2.326 / (1 - 0.25).
    """
    runs, slices = history.shape
    found = np.zeros((runs, slices), dtype=bool)
    assert history.source is not None
    target, source = (_hourly(arm) for arm in (history.target, history.source))
    found[:, 59 : slices // 60 * 60 : 60] = np.any(
        [_mann_whitney(*pair) > 2.326 / 0.75 for pair in zip(target, source, strict=True)], axis=0
    )
    return found


def _hourly(arm: Arm) -> tuple[Floats, Floats]:
    assert arm.durations is not None
    whole = arm.tasks.shape[1] // 60 * 60
    both = (np.stack([arm.tasks - arm.errors, arm.errors], axis=2), arm.durations.counts)
    errors, durations = (one[:, :whole].reshape(len(one), -1, 60, one.shape[2]).sum(axis=2) for one in both)
    return errors, durations


def _mann_whitney(mine: Floats, others: Floats) -> Floats:
    """Give z of a grouped sample, with the variance corrected for ties; positive when ``mine`` is larger."""
    ties, m, n = mine + others, mine.sum(axis=2), others.sum(axis=2)
    larger = (mine * (np.cumsum(others, axis=2) - others / 2)).sum(axis=2)
    every = m + n
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = m * n / 12 * (every + 1 - (ties**3 - ties).sum(axis=2) / (every * (every - 1)))
        z: Floats = np.nan_to_num((larger - m * n / 2) / np.sqrt(variance), nan=0.0)
    return z


def _chi_square(history: History) -> Booleans:
    """A chi-square test of everything so far at every look, p < 0.05, either direction."""
    return chi_square(history) > 3.841


def chi_square(history: History) -> Floats:
    """Give the statistic of the errors of both sides so far, without a correction; 0 where there is none."""
    assert history.source is not None
    a, n = np.cumsum(history.target.errors, axis=1), np.cumsum(history.target.tasks, axis=1)
    b, m = np.cumsum(history.source.errors, axis=1), np.cumsum(history.source.tasks, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (n + m) * (a * (m - b) - b * (n - a)) ** 2 / (n * m * (a + b) * (n + m - a - b))
        return np.nan_to_num(found, nan=0.0)


def _errors_over(history: History, minutes: int) -> Booleans:
    target = history.target
    over: Booleans = lately(target.errors, minutes) > 0.05 * lately(target.tasks, minutes)
    return over


def lately(values: Floats, minutes: int | None) -> Floats:
    """Add up the last so many slices; None adds up all."""
    total = np.cumsum(values, axis=1)
    if minutes is None or minutes >= values.shape[1]:
        return total
    return np.concatenate([total[:, :minutes], total[:, minutes:] - total[:, :-minutes]], axis=1)


def _any_broken(history: History, at_least: int) -> Booleans:
    broken: Booleans = np.any([_broken(check, history, at_least) for check in CHECKS.values()], axis=0)
    return broken


def _broken(check: Check, history: History, at_least: int) -> Booleans:
    assert history.source is not None
    minutes = None if check.window is None else round(check.window.total_seconds() / 60)
    mine, others = (_value(check, arm, minutes) for arm in (history.target, history.source))
    tasks, source_tasks = (lately(arm.tasks, minutes) for arm in (history.target, history.source))
    match check.limit:
        case Absolute(limit):
            over, compared = mine > limit, tasks
        case TimesSource(factor):
            over, compared = mine > factor * others, np.minimum(tasks, source_tasks)
        case SourcePlus(margin):
            over, compared = mine < others + margin, np.minimum(tasks, source_tasks)
        case other:
            raise AssertionError(other)
    return _lasting(over, round(check.sustained.total_seconds() / 60)) & (compared >= at_least)


def _value(check: Check, arm: Arm, minutes: int | None) -> Floats:
    assert arm.durations is not None
    assert arm.cost is not None
    tasks, completed = lately(arm.tasks, minutes), lately(arm.completed, minutes)
    with np.errstate(invalid="ignore", divide="ignore"):
        match check.indicator:
            case "error_rate":
                return lately(arm.errors, minutes) / tasks
            case "completion_rate":
                return completed / tasks
            case "latency_p95":
                return _percentile_95(Buckets(arm.durations.bounds, lately(arm.durations.counts, minutes)))
            case _:
                return lately(arm.cost, minutes) / completed


def _percentile_95(buckets: Buckets) -> Floats:
    """Interpolate in the bucket that the 95th percentile lies in, as ``histogram_quantile`` does; nan without tasks."""
    within = np.cumsum(buckets.counts, axis=2)
    rank = 0.95 * within[:, :, -1:]
    place = (within >= rank).argmax(axis=2)[:, :, None]
    here = np.take_along_axis(within, place, axis=2)
    inside = np.take_along_axis(buckets.counts, place, axis=2)
    bounds = np.concatenate([[0.0], buckets.bounds[:-1], buckets.bounds[-2:-1]])
    lower, upper = bounds[place], bounds[place + 1]
    found: Floats = (lower + (upper - lower) * (rank - (here - inside)) / inside)[:, :, 0]
    return found


def _lasting(over: Booleans, looks: int) -> Booleans:
    lasting: Booleans = lately(over.astype(np.float64), looks + 1) > looks
    return lasting


RULES: Mapping[str, Callable[[History], Booleans]] = {
    "literal": _literal,
    "5 looks": _five_looks,
    "Flagger": _flagger,
    "Argo": _argo,
    "chi2": _chi_square,
    "Kayenta": _kayenta,
    "all lit.": _whole_policy,
    "all n>=20": _enough_tasks,
}
