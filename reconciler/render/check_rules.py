"""Writes the recording rules of one check: both sides' value, its limit, on how many tasks, broken or not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from reconciler.model.migration import PrometheusMetrics
from reconciler.model.policy import Absolute, Bound, Check, HealthPolicy, SourcePlus, TimesExpected, TimesSource
from reconciler.render.durations import duration_text
from reconciler.render.watched import (
    BOUND,
    BREACHED,
    BUCKETS,
    COMPLETE,
    EVIDENCE_FROM,
    LIMIT,
    REFERENCE,
    SIDES,
    SLICE_COST,
    SLICE_DURATIONS,
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

MOST_SLICES = 11_000
"""How far back a check without a window looks at most, as the pass does."""

_HOUR = timedelta(hours=1)


def check_rules(sheet: RuleSheet, policy: HealthPolicy, check: Check) -> Iterator[Rule]:
    """Write the rules of one check, for all migrations that its policy judges."""
    rules = _CheckRules(sheet, policy, check)
    labels = sheet.labels(policy, check)
    if rules.reads_buckets:
        yield Rule(BUCKETS, rules.buckets(), labels)
        for end, share in (("lower", "1e-12"), ("upper", "1")):
            yield Rule(BOUND, rules.bound_of_bucket(share), labels | {"end": end})
    yield Rule(TASKS, rules.tasks(), labels)
    yield Rule(VALUE, rules.value(), labels)
    yield Rule(LIMIT, rules.limit(), labels)
    yield Rule(BREACHED, rules.breached(), labels)


def span_of_slices(count: int, step: timedelta) -> str:
    """Write the range that holds exactly this many recorded slices, whether its far end counts or not.

    >>> span_of_slices(5, timedelta(minutes=1))
    '270s'
    """
    return duration_text(count * step - step / 2)


@dataclass(frozen=True, slots=True)
class _CheckRules:
    """The rules of one check of one policy."""

    sheet: RuleSheet
    policy: HealthPolicy
    check: Check

    @property
    def reads_buckets(self) -> bool:
        """Whether the check rests on the histogram of durations."""
        return self.check.indicator == "latency_p95" and self._query() is None

    def buckets(self) -> str:
        return self._sum(SLICE_DURATIONS, by=f"{SIDES}, le")

    def bound_of_bucket(self, share: str) -> str:
        """Find a bound of the bucket that holds the percentile, by a histogram that has all its tasks there."""
        mine = f"sum by ({SIDES}, le) ({self._of(BUCKETS)})"
        rank = f"0.95 * sum by ({SIDES}) ({self._of(BUCKETS, _EVERY)})"
        return f"histogram_quantile({share}, {mine} >= bool on ({SIDES}) group_left () ({rank}))"

    def tasks(self) -> str:
        return f"sum by ({SIDES}) ({self._of(BUCKETS, _EVERY)})" if self.reads_buckets else self._sum(SLICE_TASKS)

    def value(self) -> str:
        if (query := self._query()) is not None:
            extreme = "max" if self.check.bound is Bound.MAX else "min"
            # The line's end keeps a comment at the end of the team's own query from swallowing what follows.
            return f"{extreme} by ({SIDES}) (\n{query}\n) and on ({WHO}) {self._measured()}"
        tasks, cost = f"sum by ({SIDES}) ({self._of(TASKS)})", self._sum(SLICE_COST)
        match self.check.indicator:
            case "error_rate":
                return f"({self._sum(SLICE_TASKS, _ERRORS)} or {tasks} * 0) / {tasks}"
            case "completion_rate":
                return f"({self._sum(SLICE_TASKS, _COMPLETED)} or {tasks} * 0) / {tasks}"
            case "cost_per_completed_task":
                return f"{cost} / ({self._sum(SLICE_TASKS, _COMPLETED)} or {cost} * 0)"
            case "latency_p95":
                # Above the largest bucket nothing is known; histogram_quantile would give that bucket's lower bound.
                known = f"max by ({SIDES}) ({self._of(BUCKETS, _FINITE)}) >= 0.95 * {tasks}"
                return f"histogram_quantile(0.95, sum by ({SIDES}, le) ({self._of(BUCKETS)})) and {known}"
            case _:
                return cost

    def limit(self) -> str:
        return self._limit_from(self._of(VALUE, SOURCE))

    def breached(self) -> str:
        sign = ">" if self.check.bound is Bound.MAX else "<"
        broken = f"{self._of(VALUE, TARGET)} {sign} bool on ({WHO}) {self._of(LIMIT)}"
        return f"({broken}) and on ({WHO}) ({self._fine_enough()})" if self.reads_buckets else broken

    def _fine_enough(self) -> str:
        """Say where the buckets tell on which side of the limit the percentile lies: see health's resolution guard."""
        lower, upper = (f'end="{end}"' for end in ("lower", "upper"))

        def bound(end: str, side: str) -> str:
            return f"max by ({WHO}) ({self._of(BOUND, end, side)})"

        def narrow(side: str) -> str:
            return f"{bound(upper, side)} <= {self.sheet.coarse!r} * {bound(lower, side)}"

        above = self.check.bound is Bound.MAX
        near, sign, far = (lower, ">=", upper) if above else (upper, "<=", lower)
        beyond = f"{bound(near, TARGET)} {sign} ({self._limit_from(self._of(BOUND, far, SOURCE))})"
        if isinstance(self.check.limit, Absolute):
            return f"{narrow(TARGET)} or {beyond}"
        return f"{narrow(TARGET)} and on ({WHO}) ({narrow(SOURCE)} or {self._measured(COMPLETE)}) or {beyond}"

    def _limit_from(self, source: str) -> str:
        """Compute the limit from a series of the source, where it is relative to the source."""
        match self.check.limit:
            case Absolute(value):
                return f"max by ({WHO}) ({self._measured()} * 0 + {value!r})"
            case TimesSource(factor):
                return f"{factor!r} * ({self._relative_to(source)}) < Inf"
            case SourcePlus(margin):
                return f"({self._relative_to(source)}) + {margin!r} < Inf"
            case TimesExpected(factor):
                return f"{factor!r} * {self._frozen()} * on ({WHO}) {self._covered()} / {seconds(_HOUR)}"

    def _relative_to(self, source: str) -> str:
        return f"max by ({WHO}) ({source}) unless on ({WHO}) {self._measured(COMPLETE)} or {self._frozen()}"

    def _frozen(self) -> str:
        return f"max by ({WHO}) ({self._of(REFERENCE)})"

    def _covered(self) -> str:
        """Say how many seconds the slices of the window cover: a stage that has just begun fills none."""
        step = seconds(self.sheet.step)
        age = f"floor((time() - {self._measured()}) / {step}) * {step}"
        return f"max by ({WHO}) (clamp_max({age}, {seconds(self._slices() * self.sheet.step)}))"

    def _sum(self, metric: str, *matchers: str, by: str = "") -> str:
        over = f"sum_over_time({series(metric, self.sheet.labels(), *matchers)}[{self._range()}])"
        return f"sum by ({by or SIDES}) ({over} and on ({WHO}, since) {self._measured()})"

    def _measured(self, *matchers: str) -> str:
        return series(EVIDENCE_FROM, self.sheet.labels(self.policy), *matchers)

    def _of(self, metric: str, *matchers: str) -> str:
        return series(metric, self.sheet.labels(self.policy, self.check), *matchers)

    def _range(self) -> str:
        return span_of_slices(self._slices(), self.sheet.step)

    def _slices(self) -> int:
        return MOST_SLICES if self.check.window is None else max(1, self.check.window // self.sheet.step)

    def _query(self) -> str | None:
        metrics = self.sheet.environment.metrics
        return (metrics.queries or {}).get(self.check.indicator) if isinstance(metrics, PrometheusMetrics) else None


_ERRORS = 'outcome=~"error|timeout"'
_COMPLETED = 'outcome="completed"'
_EVERY, _FINITE = 'le="+Inf"', 'le!="+Inf"'
