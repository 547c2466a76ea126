"""What people find in the example, and what a new repository brings along, is read without a mistake."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.packaged import packaged_templates
from reconciler.convert import convert
from reconciler.loop.agents import unaccepted_losses
from reconciler.model.migration import (
    Advance,
    Affinity,
    BucketAffinity,
    Cli,
    CookieAffinity,
    Entry,
    Environment,
    LedgerMetrics,
    Metrics,
    Migration,
    MigrationId,
    PrometheusMetrics,
)
from reconciler.model.stage import Stage
from reconciler.render.scaffold import ScaffoldEnvironment, ScaffoldMigration, scaffold
from reconciler.spec.environment import parse_environment
from reconciler.spec.migration import parse_migration
from reconciler.spec.pending import not_yet_supported
from reconciler.spec.policy import parse_policy

ROOT = Path(__file__).parents[2]
MIGRATIONS = sorted((ROOT / "environments").glob("*/migrations/*.yaml"))
TEMPLATES = packaged_templates()
NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)
TOKENS = st.from_regex(r"[a-z][a-z0-9-]{0,30}[a-z0-9]", fullmatch=True)
METRICS = st.sampled_from([None, PrometheusMetrics("http://prometheus:9090"), LedgerMetrics("sqlite:///outcomes.db")])
AFFINITIES = (
    st.none()
    | st.builds(CookieAffinity, TOKENS, st.integers(1, 1000).map(lambda minutes: timedelta(minutes=minutes)))
    | st.builds(BucketAffinity, TOKENS.map(lambda name: f"x-{name}"))
)
ENTERED = st.sampled_from([Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50, Stage.COMPLETE])
ADVANCES = st.builds(
    Advance, st.sampled_from(Entry), st.dictionaries(ENTERED, st.sampled_from(Entry)).map(lambda stages: stages or None)
)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "environments").glob("*/migrations/*.yaml")), ids=lambda path: path.stem
)
def test_every_migration_of_the_example_is_read(path: Path) -> None:
    environment = read_environment(path.parents[1].name)
    migration = parse_migration(path.read_bytes(), path.relative_to(ROOT).as_posix(), environment)
    assert (ROOT / (migration.source.config or "")).is_dir()
    assert (ROOT / "policies" / f"{migration.policy}.yaml").is_file()
    assert migration.traffic.host.split(".")[1] == environment.namespace


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_every_loss_of_an_example_agent_is_accepted_by_name(path: Path) -> None:
    migration = parse_migration(path.read_bytes(), path.relative_to(ROOT).as_posix(), None)
    folder = ROOT / (migration.source.config or "")
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    found = convert(files, source=migration.source.cli, target=migration.target.cli, model=migration.target.model)
    assert found.problems == ()
    assert unaccepted_losses(migration, found) == []
    assert "permission:deny:*" not in migration.accepted_losses


def test_the_agent_of_a_new_repository_loses_nothing() -> None:
    rex = ScaffoldMigration("rex", Cli.CLAUDE, "sonnet", Cli.CODEX, "gpt-5.5", "rex.agents")
    files = scaffold([ScaffoldEnvironment("prod", "agents", None, (rex,))], repository_url=None, templates=TEMPLATES)
    folder = "environments/prod/agents/rex/"
    agent = {path.removeprefix(folder): content for path, content in files.items() if path.startswith(folder)}
    found = convert(agent, source=Cli.CLAUDE, target=Cli.CODEX, model="gpt-5.5")
    assert found.problems == ()
    assert unaccepted_losses(parsed(files, "prod", "rex")[1], found) == []
    assert {"AGENTS.md", ".codex/config.toml"} <= set(found.files)


@pytest.mark.parametrize("name", ["default", "cautious"])
def test_every_policy_of_the_example_is_read(name: str) -> None:
    path = f"policies/{name}.yaml"
    policy = parse_policy((ROOT / path).read_bytes(), path)
    assert [check.name for check in policy.checks] == ["errors", "latency", "cost", "budget", "done"]
    assert {Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50} == set(policy.stages)


def test_the_cautious_policy_is_stricter_in_everything_that_it_counts() -> None:
    default, cautious = (
        parse_policy((ROOT / path).read_bytes(), path) for path in ("policies/default.yaml", "policies/cautious.yaml")
    )
    assert cautious.min_tasks > default.min_tasks
    assert cautious.keep_source > default.keep_source
    for stage, rule in default.stages.items():
        assert cautious.rule(stage).soak > rule.soak


def test_a_new_repository_brings_the_default_policy_without_what_has_no_effect_yet() -> None:
    rex = ScaffoldMigration("rex", Cli.CLAUDE, "sonnet", Cli.CODEX, "gpt-5.5", "rex.agents")
    files = scaffold([ScaffoldEnvironment("prod", "agents", None, (rex,))], repository_url=None, templates=TEMPLATES)
    path = "policies/default.yaml"
    brought, shown = parse_policy(files[path], path), parse_policy((ROOT / path).read_bytes(), path)
    assert (brought.checks, brought.min_tasks) == (shown.checks, shown.min_tasks)
    assert all(brought.rule(stage).soak == rule.soak for stage, rule in shown.stages.items())
    assert [note for path, content in files.items() for note in not_yet_supported(content, path)] == []


@pytest.mark.parametrize("name", ["default", "cautious"])
def test_the_example_says_which_of_its_settings_have_no_effect_yet(name: str) -> None:
    content = (ROOT / "policies" / f"{name}.yaml").read_bytes()
    before, _, after = content.decode().partition("# Version 0.1 reads and checks wrongAdvance and what follows")
    notes = [note.message.split(": ")[1] for note in not_yet_supported(content, f"policies/{name}.yaml")]
    assert {key for key in notes if "wrongAdvance" not in key} == set(re.findall(r"^(\w+):", after, re.MULTILINE))
    assert "wrongAdvance" in before


@given(name=NAMES, namespace=NAMES, metrics=METRICS, affinity=AFFINITIES, advance=ADVANCES, requires=st.booleans())
def test_a_new_repository_says_what_was_asked_for(
    name: str, namespace: str, metrics: Metrics | None, affinity: Affinity | None, advance: Advance, *, requires: bool
) -> None:
    first = MigrationId("first", name)
    asked = ScaffoldMigration(
        name=name,
        source=Cli.CLAUDE,
        source_model="claude-sonnet-4-5",
        target=Cli.CODEX,
        target_model="gpt-5.5",
        host=f"{name}.{namespace}.svc.cluster.local",
        affinity=affinity,
        advance=advance,
        requires=(first,) if requires else (),
    )
    files = scaffold(
        [ScaffoldEnvironment("second", namespace, metrics, (asked,))], repository_url=None, templates=TEMPLATES
    )
    environment, migration = parsed(files, "second", name)
    assert (environment.namespace, environment.metrics) == (namespace, metrics)
    assert migration.source.config == f"environments/second/agents/{name}"
    assert f"{migration.source.config}/CLAUDE.md" in files
    assert (migration.stage, migration.policy) == (Stage.PLANNING, "default")
    assert (migration.traffic.host, migration.traffic.affinity) == (asked.host, affinity)
    assert (migration.advance, migration.requires) == (advance, asked.requires)


@pytest.mark.parametrize("source", list(Cli))
@pytest.mark.parametrize("target", list(Cli))
def test_every_pair_of_clis_is_read(source: Cli, target: Cli) -> None:
    rex = ScaffoldMigration("rex", source, "model-of-today", target, "model-of-tomorrow", "rex.agents")
    files = scaffold([ScaffoldEnvironment("prod", "agents", None, (rex,))], repository_url=None, templates=TEMPLATES)
    migration = parsed(files, "prod", "rex")[1]
    assert (migration.source.cli, migration.source.model) == (source, "model-of-today")
    assert (migration.target.cli, migration.target.model) == (target, "model-of-tomorrow")
    assert migration.source.version != migration.target.version


def read_environment(name: str) -> Environment:
    path = f"environments/{name}/environment.yaml"
    return parse_environment((ROOT / path).read_bytes(), path)


def parsed(files: dict[str, bytes], environment: str, name: str) -> tuple[Environment, Migration]:
    path = f"environments/{environment}/environment.yaml"
    found = parse_environment(files[path], path)
    path = f"environments/{environment}/migrations/{name}.yaml"
    return found, parse_migration(files[path], path, found)
