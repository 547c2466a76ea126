"""The JSON Schemas take what the parser takes, and refuse the same mistakes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator

from reconciler.errors import ReconcilerError, SpecError
from reconciler.spec.environment import parse_environment
from reconciler.spec.migration import parse_migration
from reconciler.spec.policy import parse_policy
from reconciler.spec.reader import read
from reconciler.spec.schema import KINDS, json_schema
from tests.spec import examples

ENVIRONMENT = parse_environment(examples.ENVIRONMENT.encode(), examples.ENVIRONMENT_PATH)
PARSE: dict[str, Callable[[str], object]] = {
    "migration": lambda text: parse_migration(text.encode(), examples.MIGRATION_PATH, ENVIRONMENT),
    "environment": lambda text: parse_environment(text.encode(), examples.ENVIRONMENT_PATH),
    "policy": lambda text: parse_policy(text.encode(), examples.POLICY_PATH),
}


def accepted(kind: str, text: str) -> bool:
    return Draft202012Validator(json_schema(kind)).is_valid(read(text.encode(), "a.yaml").value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_of_draft_2020_12(kind: str) -> None:
    Draft202012Validator.check_schema(json_schema(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_described(kind: str) -> None:
    schema = json_schema(kind)
    for part in (schema, *schema["$defs"].values()):
        assert part["description"]
        assert part["additionalProperties"] is False
        assert all(entry.get("description") for entry in part["properties"].values()), part["title"]


def test_an_unknown_kind_says_which_there_are() -> None:
    with pytest.raises(ReconcilerError, match="must be one of migration, policy, environment"):
        json_schema("polcy")


def test_a_schema_is_the_callers_own() -> None:
    json_schema("policy")["properties"].clear()
    assert json_schema("policy")["properties"]


RIGHT = [
    ("migration", examples.MIGRATION),
    ("migration", examples.SHORT_MIGRATION),
    ("migration", examples.MIGRATION.replace("retries: none", "retries: {attempts: 2, perTryTimeout: 30s}")),
    ("migration", examples.MIGRATION.replace("{cookie: agent-side, ttl: 24h}", "{bucketHeader: x-agent-bucket}")),
    ("environment", examples.ENVIRONMENT),
    ("environment", examples.SHORT_ENVIRONMENT),
    ("environment", f"{examples.SHORT_ENVIRONMENT}metrics: {{ledger: sqlite:///x.db}}"),
    ("policy", examples.POLICY),
    ("policy", examples.SHORT_POLICY),
    *(("policy", f"{examples.SHORT_POLICY}rollback: {word}") for word in ("immediate", "graceful", "{graceful: {}}")),
    *(
        ("policy", examples.POLICY.replace("min: source - 5pp", f"min: {limit}"))
        for limit in ("source ± 5pp", "source + 0.5pp", "95%", "0.9x source")
    ),
]


@pytest.mark.parametrize(("kind", "text"), RIGHT)
def test_what_the_parser_takes_the_schema_takes(kind: str, text: str) -> None:
    assert PARSE[kind](text)
    assert accepted(kind, text)


WRONG = [
    ("migration", "stage: planning", "stage: canarry"),
    ("migration", "stage: planning", "stagee: planning"),
    ("migration", "stage: planning", ""),
    ("migration", "stage: planning", "stage:"),
    ("migration", "kind: Migration", "kind: Status"),
    ("migration", "cli: codex", "cli: cursor"),
    ("migration", "model: gpt-5.5", "model: 5.5"),
    ("migration", "percent: 10", "percent: 101"),
    ("migration", "percent: 10", "percent: true"),
    ("migration", "sideEffectFree: true", "sideEffectFree: yes"),
    ("migration", "ttl: 24h", "ttl: 24"),
    ("migration", "ttl: 24h", "bucketHeader: x"),
    ("migration", ", ttl: 24h", ""),
    ("migration", "timeout: 30m", 'timeout: ""'),
    ("migration", "retries: none", "retries: 3"),
    ("migration", "[mesh, istio-system/public]", "[]"),
    ("migration", "staging/rex", "staging"),
    ("migration", "canary: pull-request", "canary: push"),
    ("migration", ', by: "ada"', ""),
    ("environment", "mesh: istio", "mesh: linkerd"),
    ("environment", "  profile: agent", "  ledger: sqlite:///x"),
    ("environment", "prometheus: http", "prometheus: ftp"),
    ("environment", "review_score:", "Review:"),
    ("environment", "RECONCILER_WEBHOOK_URL", "https://hooks.example"),
    ("environment", "git: 30s", "git: 30"),
    ("environment", "git: 30s", "git: 0s"),
    ("policy", "max: 2x source", "max: 2 times source"),
    ("policy", "max: 2x source", "max: -1"),
    ("policy", "max: 2x source, ", ""),
    ("policy", "max: 2x source", "max: 1, min: 1"),
    ("policy", "wrongRollback: 2.5%", "wrongRollback: 2.5"),
    ("policy", "decide: threshold", "decide: chance"),
    ("policy", "minTasks: 30", "minTasks: 0"),
    ("policy", "canary:", "canari:"),
    ("policy", "{graceful: {step: 1m}}", "gracefull"),
    ("policy", "0 16 * * FRI", "friday"),
    ("policy", "then: rollback", "then: explode"),
    ("policy", "0 16 * * FRI", "0 16 * * * FRI"),
    ("policy", "Europe/Berlin", "Europe Berlin"),
]
TWO_SOURCES = f"{examples.SHORT_ENVIRONMENT}metrics: {{prometheus: http://p, ledger: sqlite:///x.db}}"
WHOLE = {"migration": examples.MIGRATION, "environment": examples.ENVIRONMENT, "policy": examples.POLICY}


@pytest.mark.parametrize(("kind", "old", "new"), WRONG)
def test_what_the_parser_refuses_the_schema_refuses(kind: str, old: str, new: str) -> None:
    assert old in WHOLE[kind]
    text = WHOLE[kind].replace(old, new, 1)
    with pytest.raises(SpecError):
        PARSE[kind](text)
    assert not accepted(kind, text)


def test_two_metric_sources_are_refused_by_both() -> None:
    with pytest.raises(SpecError, match="exactly one of prometheus and ledger"):
        PARSE["environment"](TWO_SOURCES)
    assert not accepted("environment", TWO_SOURCES)
