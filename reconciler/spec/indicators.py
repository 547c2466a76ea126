"""The built-in indicators and the limits that make sense for each; others are queries of an environment. Pure."""

from __future__ import annotations

from reconciler.errors import Mistake
from reconciler.model.migration import Environment, LedgerMetrics, PrometheusMetrics
from reconciler.model.policy import Absolute, HealthPolicy, SourcePlus, TimesExpected, TimesSource
from reconciler.spec.expected import Expected, did_you_mean
from reconciler.spec.grammar import WrittenLimit
from reconciler.spec.layout import environment_path, policy_path

RATES = frozenset({"error_rate", "completion_rate"})
AMOUNTS = frozenset({"latency_p95", "cost_per_completed_task", "cost_total"})
BUILT_IN = RATES | AMOUNTS
OF_A_MESH = frozenset({"error_rate", "latency_p95"})
"""What the profile ``istio`` measures: a mesh sees requests, not what an agent makes of them or spends."""


def refuse_unit(indicator: str, written: WrittenLimit, *, key: str) -> None:
    """Refuse a limit that cannot be compared with its indicator.

    Args:
        indicator: What is measured; nothing is known about the unit of a query.
        written: The limit.
        key: The key where it is written, ``max`` or ``min``.

    Raises:
        Expected: A rate is limited by a plain number, an amount by a percentage, or what is no total by a share of one.
    """
    match written.limit:
        case Absolute(value) if indicator in RATES and not written.percent:
            hint = f"write {value * 100:g}%" if value <= 1 else f"write {value:g}%"
            raise Expected(f"be a percentage, since {indicator} is a rate", hint=hint, key=key)
        case Absolute(value) if indicator in RATES and value > 1:
            raise Expected(f"be at most 100%, since {indicator} is a rate", key=key)
        case Absolute() | SourcePlus() if indicator in AMOUNTS and written.percent:
            hint = "write seconds or USD as a plain number, or a factor such as 2x source"
            raise Expected(f"be no percentage, since {indicator} is an amount", hint=hint, key=key)
        case TimesExpected() if indicator != "cost_total":
            hint = "only a total grows with the target's share; write a factor such as 2x source"
            raise Expected(f"not be what is expected, since {indicator} is no total", hint=hint, key=key)
        case Absolute() | SourcePlus() | TimesExpected() | TimesSource():
            return


def measured(environment: Environment) -> frozenset[str]:
    """Name the indicators that an environment's metrics answer."""
    match environment.metrics:
        case PrometheusMetrics(_, profile, queries):
            return (OF_A_MESH if profile == "istio" else BUILT_IN) | set(queries or ())
        case LedgerMetrics() | None:
            return BUILT_IN


def check_indicators(policy: HealthPolicy, environment: Environment) -> list[Mistake]:
    """Find the checks of a policy that nothing in this environment could answer.

    Returns:
        A line for each; what to add stands in the hint.
    """
    known = measured(environment)
    return [
        Mistake(
            policy_path(policy.name),
            0,
            _message(check.name, check.indicator, environment.name),
            _hint(check.indicator, known, environment),
            ("checks", index, "indicator"),
        )
        for index, check in enumerate(policy.checks)
        if check.indicator not in known
    ]


def _message(check: str, indicator: str, environment: str) -> str:
    return f"check {check} asks for {indicator}, which environment {environment} does not measure"


def _hint(indicator: str, known: frozenset[str], environment: Environment) -> str:
    place = environment_path(environment.name)
    if not isinstance(environment.metrics, PrometheusMetrics):
        return f"a ledger measures {', '.join(sorted(BUILT_IN))}; for more, name a Prometheus in {place}"
    query = f"{indicator}: <PromQL that returns environment, migration and side>"
    advice = f"add to metrics.queries in {place}: {query}"
    if indicator in BUILT_IN:
        of_profile = f"the profile {environment.metrics.profile} measures {', '.join(sorted(known & BUILT_IN))}"
        return f"{of_profile}; {advice}, or let the agents report themselves (profile agent)"
    similar = did_you_mean(indicator, sorted(known))
    return f"{similar} or {advice}" if similar else advice
