"""A migration's file becomes a value that cannot be wrong, or every mistake in it with its line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from reconciler.errors import SpecError
from reconciler.model.migration import (
    Advance,
    Arm,
    BucketAffinity,
    Cli,
    CookieAffinity,
    Entry,
    Environment,
    Migration,
    MigrationId,
    PersonsHold,
    Retries,
    Shadow,
    Traffic,
)
from reconciler.model.stage import Stage
from reconciler.spec import limits
from reconciler.spec.environment import parse_environment
from reconciler.spec.migration import parse_migration
from tests.spec.examples import ENVIRONMENT, ENVIRONMENT_PATH, MIGRATION, MIGRATION_PATH, SHORT_MIGRATION

PROD = parse_environment(ENVIRONMENT.encode(), ENVIRONMENT_PATH)


def parse(text: str, environment: Environment | None = PROD) -> Migration:
    return parse_migration(text.encode(), MIGRATION_PATH, environment)


def said(text: str, environment: Environment | None = PROD) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse(text, environment)
    return [str(mistake).removeprefix(f"{MIGRATION_PATH}:") for mistake in caught.value.mistakes]


def test_everything_that_a_file_says_is_read() -> None:
    assert parse(MIGRATION) == Migration(
        id=MigrationId("prod", "rex"),
        source=Arm(Cli.CLAUDE, "claude-sonnet-4-5", "claude-pods", "environments/prod/agents/rex"),
        target=Arm(Cli.CODEX, "gpt-5.5", "codex"),
        stage=Stage.PLANNING,
        policy="cautious",
        traffic=Traffic(
            host="rex.agents.svc.cluster.local",
            gateways=("mesh", "istio-system/public"),
            affinity=CookieAffinity("agent-side", timedelta(hours=24)),
            timeout=timedelta(minutes=30),
            retries=Retries(0),
        ),
        shadow=Shadow(10, side_effect_free=True),
        accepted_losses=("hook:*", "permission:Bash(git push:*)"),
        advance=Advance(Entry.AUTO, {Stage.CANARY: Entry.PULL_REQUEST, Stage.COMPLETE: Entry.PULL_REQUEST}),
        requires=(MigrationId("staging", "rex"),),
        hold=PersonsHold("Ada's holiday", "ada"),
    )


def test_what_a_file_leaves_out_has_defaults_from_its_environment() -> None:
    assert parse(SHORT_MIGRATION) == Migration(
        id=MigrationId("prod", "rex"),
        source=Arm(Cli.CLAUDE, "claude-sonnet-4-5", "claude", "environments/prod/agents/rex"),
        target=Arm(Cli.CODEX, "gpt-5.5", "codex"),
        stage=Stage.PLANNING,
        policy="default",
        traffic=Traffic("rex", ("mesh",), None, None, Retries(0)),
        advance=Advance(Entry.PULL_REQUEST, {Stage.CANARY: Entry.AUTO}),
    )


@pytest.mark.parametrize(
    ("written", "default", "canary", "complete"),
    [
        pytest.param("{}", Entry.PULL_REQUEST, Entry.AUTO, Entry.PULL_REQUEST, id="nothing-own"),
        pytest.param("{default: auto}", Entry.AUTO, Entry.AUTO, Entry.AUTO, id="own-default"),
        pytest.param(
            "{canary: pull-request}", Entry.PULL_REQUEST, Entry.PULL_REQUEST, Entry.PULL_REQUEST, id="own-stage"
        ),
    ],
)
def test_the_entry_of_a_stage_is_the_migrations_own_first(
    written: str, default: Entry, canary: Entry, complete: Entry
) -> None:
    advance = parse(f"{SHORT_MIGRATION}advance: {written}\n").advance
    assert (advance.default, advance.entry(Stage.CANARY), advance.entry(Stage.COMPLETE)) == (default, canary, complete)


@pytest.mark.parametrize(
    ("written", "traffic"),
    [
        (
            "{host: rex, affinity: {bucketHeader: x-agent-bucket}}",
            Traffic("rex", affinity=BucketAffinity("x-agent-bucket")),
        ),
        ("{host: rex, retries: {attempts: 2}}", Traffic("rex", retries=Retries(2))),
        (
            "{host: rex, retries: {attempts: 2, perTryTimeout: 90s}}",
            Traffic("rex", retries=Retries(2, timedelta(seconds=90))),
        ),
        ("{host: rex, timeout: 1h30m}", Traffic("rex", timeout=timedelta(minutes=90))),
    ],
)
def test_traffic_can_be_said_in_these_ways(written: str, traffic: Traffic) -> None:
    assert parse(SHORT_MIGRATION.replace("{host: rex}", written)).traffic == traffic


def swap(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


MISTAKES = [
    pytest.param(
        swap("stage: planning", "stage: canarry"), r'6: stage is "canarry", must be one of .*\n.*"canary"\?', id="stage"
    ),
    pytest.param(
        swap("stage: planning", "stagee: planning"), r'6: unknown key "stagee"\nhint: did you mean "stage"', id="key"
    ),
    pytest.param(swap("stage: planning\n", ""), "1: stage is missing\nhint: stage: the wanted stage", id="missing"),
    pytest.param(swap("stage: planning", "stage:"), "6: stage is empty, must have a value", id="empty"),
    pytest.param(swap("name: rex", "name: kit"), '3: name is "kit", must be rex as in the file', id="name"),
    pytest.param(swap("kind: Migration", "kind: Status"), '2: kind is "Status", must be Migration', id="kind"),
    pytest.param(swap("reconciler/v1", "reconciler/v2"), '1: apiVersion is "reconciler/v2", must be', id="api-version"),
    pytest.param(swap("cli: codex", "cli: claude-pods"), '5: target.cli is "claude-pods", must be one of', id="cli"),
    pytest.param(
        swap("version: claude-pods", "version: codex"), '4?5?: both sides have the version "codex"', id="same-version"
    ),
    pytest.param(
        swap("version: claude-pods", "version: 1.0"),
        "4: source.version is 1.0, .*\nhint: put it in quotes",
        id="number",
    ),
    pytest.param(
        swap("version: claude-pods", "version: a b"), '4: source.version is "a b", must be a Kub', id="version"
    ),
    pytest.param(
        swap("model: gpt-5.5", 'model: "a\\nb"'), r'5: target.model is "a\\nb", must be a model', id="newline"
    ),
    pytest.param(swap("agents/rex", "../.."), "4: source.config .* must name a folder", id="config-root"),
    pytest.param(swap("agents/rex", "../../../x"), "4: source.config .* must stay inside", id="config-outside"),
    pytest.param(
        swap("agents/rex", "/environments/dev/rendered/x"), "4: source.config .* one agent's", id="config-ours"
    ),
    pytest.param(swap("host: rex.agents", "host: Rex_agents"), "9: traffic.host is .* host name", id="host"),
    pytest.param(swap("[mesh, istio-system/public]", "[]"), "10: traffic.gateways is an empty list", id="no-gateways"),
    pytest.param(swap("ttl: 24h", "ttl: 24"), "11: traffic.affinity.ttl is 24, .*\nhint: add a unit", id="unit"),
    pytest.param(
        swap(", ttl: 24h", ""), "11: traffic.affinity has the keys cookie, must have either", id="half-affinity"
    ),
    pytest.param(
        swap("ttl: 24h", "bucketHeader: x"), "11: traffic.affinity has the keys cookie, bucketHeader", id="both"
    ),
    pytest.param(swap("cookie: agent-side", "cookie: a=b"), "11: traffic.affinity.cookie", id="cookie"),
    pytest.param(swap("timeout: 30m", "timeout: 0s"), "12: traffic.timeout .* longer than 0s", id="no-time"),
    pytest.param(swap("retries: none", "retries: 3"), "13: traffic.retries is 3, must be none, or", id="retries"),
    pytest.param(
        swap("percent: 10", "percent: 101"), "14: shadow.percent is 101, must be a whole number", id="percent"
    ),
    pytest.param(
        swap("percent: 10", "percent: true"), "14: shadow.percent is true, must be a whole", id="bool-as-number"
    ),
    pytest.param(swap("percent: 10", "percent: 10.0"), "14: shadow.percent is 10.0, must be a whole", id="float"),
    pytest.param(swap("sideEffectFree: true", "sideEffectFree: yes"), '14: shadow.sideEffectFree is "yes"', id="yes"),
    pytest.param(
        swap("accept: [", "acept: ["), '15: unknown key "acept" in losses\nhint: did you mean "acc', id="nested"
    ),
    pytest.param(
        swap("canary: pull", "canary: push"), '16: advance.canary .*\nhint: did you mean "pull-request"', id="entry"
    ),
    pytest.param(
        swap("complete: pull", "rolled-back: pull"), '16: unknown key "rolled-back" in advance', id="no-entry"
    ),
    pytest.param(swap("staging/rex", "staging"), "17: requires\\[0\\] .* such as staging/rex", id="requires"),
    pytest.param(swap("staging/rex", "prod/rex"), "17: requires names prod/rex itself", id="requires-itself"),
    pytest.param(swap(', by: "ada"', ""), "18: hold.by is missing\nhint: by: who holds it", id="hold-without-name"),
    pytest.param(swap(', by: "ada"', ', by: " "'), "18: hold.by .* must be a text", id="blank"),
    pytest.param(
        swap("source: {", "source: []\nx: {"), "4: source is an empty list, must be a mapping", id="no-mapping"
    ),
]


@pytest.mark.parametrize(("change", "pattern"), MISTAKES)
def test_a_mistake_names_its_place_what_was_found_and_what_was_expected(
    change: Callable[[str], str], pattern: str
) -> None:
    found = said(change(MIGRATION))
    assert any(re.match(pattern, line, re.DOTALL) for line in found), found


def test_a_single_mistake_is_a_single_line() -> None:
    assert len(said(MIGRATION.replace("stage: planning", "stage: canarry"))) == 1


def test_all_mistakes_of_a_file_come_together() -> None:
    text = MIGRATION.replace("name: rex", "name: kit").replace("codex", "cdx").replace("planning", "canarry")
    assert [line.split(":")[0] for line in said(text)] == ["3", "5", "6"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a", "text", "3"])
def test_a_file_that_is_no_mapping_says_so(text: str) -> None:
    assert "the file is" in said(text)[0]


def test_a_missing_policy_needs_a_default_of_the_environment() -> None:
    without = parse_environment(ENVIRONMENT.replace("policy: default, ", "").encode(), ENVIRONMENT_PATH)
    assert said(SHORT_MIGRATION, without)[0].startswith("1: policy is missing, and its environment names no default")
    assert said(SHORT_MIGRATION, None)[0].startswith("1: policy is missing, and its environment could not be read")
    assert parse(MIGRATION, None).policy == "cautious"


def test_a_file_in_the_wrong_place_says_where_it_belongs() -> None:
    with pytest.raises(SpecError, match=r"must be environments/<environment>/migrations/<name>\.yaml"):
        parse_migration(MIGRATION.encode(), "environments/prod/rex.yaml", PROD)


@pytest.mark.parametrize("size", [limits.MIGRATION_BYTES - 1, limits.MIGRATION_BYTES])
def test_a_migration_may_be_this_long(size: int) -> None:
    assert parse(f"{SHORT_MIGRATION}#".ljust(size, "x"))


def test_a_longer_migration_is_refused() -> None:
    assert (
        f"must have at most {limits.MIGRATION_BYTES}"
        in said(f"{SHORT_MIGRATION}#".ljust(limits.MIGRATION_BYTES + 1))[0]
    )


@pytest.mark.parametrize(
    "forged",
    [
        '"a\\n::error::b": 1',
        '"a\\n::error::b": 1\n"a\\n::error::b": 2',
        "x: !<a%0A::error::b> 1",
        'hold: {"\\n::error::": 1}',
    ],
)
def test_no_file_can_forge_a_line_of_our_output(forged: str) -> None:
    assert not any(
        line.startswith("::") for mistake in said(f"{SHORT_MIGRATION}{forged}\n") for line in mistake.splitlines()
    )


def test_only_a_few_keys_of_many_are_shown() -> None:
    many = ", ".join(f"k{number}: 1" for number in range(3000))
    assert len("".join(said(SHORT_MIGRATION.replace("stage: planning", f"stage: {{{many}}}")))) < 300
