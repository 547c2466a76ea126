"""What the migrations of a repository ask of each other is checked together."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.migration import Environment, Mesh, Migration, MigrationId
from reconciler.spec.migration import parse_migration
from reconciler.spec.tree import check_tree, misplaced
from tests.spec.examples import MIGRATION, MIGRATION_PATH

PROD = Environment("prod", "agents", Mesh.ISTIO, None)
STAGING = Environment("staging", "agents-staging", Mesh.ISTIO, None)
ENVIRONMENTS = {"prod": PROD, "staging": STAGING}
REX = parse_migration(MIGRATION.encode(), MIGRATION_PATH, PROD)
STAGED = replace(REX, id=MigrationId("staging", "rex"), requires=())


def said(migrations: list[Migration], environments: dict[str, Environment] | None = None) -> list[str]:
    found = check_tree(migrations, ENVIRONMENTS if environments is None else environments, {"cautious"})
    return [f"{mistake.path}: {mistake.message}" for mistake in found]


def test_a_repository_that_fits_together_has_no_mistakes() -> None:
    assert said([REX, STAGED]) == []


def test_a_host_is_used_once_in_a_namespace() -> None:
    kit = replace(STAGED, id=MigrationId("staging", "kit"))
    found = said([REX, STAGED, kit])
    assert [line.split(":")[0] for line in found] == [
        "environments/staging/migrations/kit.yaml",
        "environments/staging/migrations/rex.yaml",
    ]
    assert "rex.agents.svc.cluster.local in namespace agents-staging is used by staging/rex too" in found[0]


def test_two_environments_may_not_share_namespace_and_host() -> None:
    assert len(said([REX, STAGED], {"prod": PROD, "staging": replace(STAGING, namespace="agents")})) == 2


def test_a_required_migration_must_exist() -> None:
    (found,) = check_tree([REX], ENVIRONMENTS, {"cautious"})
    assert (found.path, found.message) == (
        MIGRATION_PATH,
        "requires names staging/rex, must name a migration of this repository",
    )
    elsewhere = replace(STAGED, id=MigrationId("dev", "rex"), traffic=replace(REX.traffic, host="dev"))
    found = check_tree([REX, elsewhere], {**ENVIRONMENTS, "dev": PROD}, {"cautious"})[0]
    assert found.hint == "there is prod/rex, dev/rex"


def test_migrations_do_not_wait_for_each_other() -> None:
    found = said([REX, replace(STAGED, requires=(REX.id,))])
    assert len(found) == 2
    assert all("requires leads back to this migration" in line for line in found)


def test_a_named_policy_must_exist() -> None:
    (found,) = check_tree([STAGED], ENVIRONMENTS, {"cautios"})
    assert found.message == "policy is cautious, and there is no policies/cautious.yaml"
    assert found.hint == 'did you mean "cautios"?'


def test_an_environment_without_its_file_is_said_once() -> None:
    found = said([STAGED, replace(STAGED, id=MigrationId("staging", "kit"))], {})
    assert found == [
        "environments/staging/environment.yaml: the file is missing or wrong, must hold the facts for 2 migrations"
    ]


def test_files_that_nothing_reads_are_named() -> None:
    right = [MIGRATION_PATH, "policies/a.yaml", "environments/prod/agents/rex/x.yml", ".github/workflows/a.yml"]
    wrong = [
        "environments/Prod/migrations/rex.yaml",
        "environments/prod/environment.yml",
        "environments/prod/migrations/rex.yml",
        "environments/prod/rex.yaml",
        "policies/Default.yaml",
    ]
    assert [mistake.path for mistake in misplaced([*right, *wrong])] == wrong
