"""Renders one rule file for Prometheus out of the policies that the reconciler itself decides by. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.migration import Environment, LedgerMetrics, PrometheusMetrics
from reconciler.quoting import quote
from reconciler.render.alerts import alert_rules
from reconciler.render.durations import duration_text
from reconciler.render.recording import recording_rules
from reconciler.render.watched import Rule, RuleSheet


def render_rules(sheets: Sequence[RuleSheet]) -> str:
    """Write the recording and alert rules of some environments, one group each.

    The alerts apply each check's bare limit, whatever the policy decides by: what freezes a migration at once, and
    rolls it back where the policy says ``decide: threshold``. The rules know where a migration stands from the status
    files, so the file has to be written anew after a transition; until then they judge the stage before.

    Args:
        sheets: The environments; those that no Prometheus measures in the profile ``agent`` become a comment.

    Returns:
        YAML that ``promtool check rules`` accepts; the same text for the same values.
    """
    reasons = {sheet.environment.name: _left_out(sheet.environment) for sheet in sheets}
    groups = [line for sheet in sheets if not reasons[sheet.environment.name] for line in _group(sheet)]
    comments = [f"# {name} has no rules: {reason}." for name, reason in reasons.items() if reason]
    return "".join(f"{line}\n" for line in [*_HEADER, *comments, "groups:" if groups else "groups: []", *groups])


def _left_out(environment: Environment) -> str:
    match environment.metrics:
        case PrometheusMetrics(profile="agent"):
            return ""
        case PrometheusMetrics():
            return "its profile counts requests of the mesh, and these rules count tasks of the agents"
        case LedgerMetrics():
            return "its outcomes are in a ledger, which no Prometheus can ask"
        case None:
            return "it names no metrics"


def _group(sheet: RuleSheet) -> Iterator[str]:
    yield f"  - name: {quote(f'reconciler-{sheet.environment.name}')}"
    yield f"    interval: {quote(duration_text(sheet.step))}"
    yield "    rules:"
    for rule in recording_rules(sheet):
        yield from _rule("record", rule)
    for rule in alert_rules(sheet):
        yield from _rule("alert", rule)


def _rule(kind: str, rule: Rule) -> Iterator[str]:
    yield f"      - {kind}: {quote(rule.name)}"
    yield f"        expr: {quote(rule.expression)}"
    if rule.lasting:
        yield f"        for: {quote(duration_text(rule.lasting))}"
    yield from _mapping("labels", rule.labels)
    yield from _mapping("annotations", rule.annotations)


def _mapping(key: str, values: Mapping[str, str]) -> Iterator[str]:
    if values:
        yield f"        {key}:"
    for name, value in values.items():
        yield f"          {name}: {quote(value)}"


_HEADER = (
    "# Written by `reconciler dashboard rules`; write it anew after every transition.",
    "# A group's rules build on those before them: keep their order.",
)
