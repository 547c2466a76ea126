"""A path alone says what its file is, and whether the reconciler may write it."""

from __future__ import annotations

import pytest

from reconciler.model.migration import MigrationId
from reconciler.spec import layout
from reconciler.spec.layout import Kind, Location, locate, may_write

REX = MigrationId("prod", "rex")


@pytest.mark.parametrize(
    ("path", "location", "ours"),
    [
        ("environments/prod/migrations/rex.yaml", Location(Kind.MIGRATION, "prod", "rex"), True),
        ("environments/prod/environment.yaml", Location(Kind.ENVIRONMENT, "prod"), False),
        ("environments/prod/agents/rex/.claude/settings.json", Location(Kind.AGENT, "prod", "rex"), False),
        ("environments/prod/rendered/rex/virtualservice.yaml", Location(Kind.RENDERED, "prod", "rex"), True),
        ("environments/prod/status/rex.yaml", Location(Kind.STATUS, "prod", "rex"), True),
        ("environments/prod/status/rex.notes.yaml", Location(Kind.NOTES, "prod", "rex"), True),
        ("policies/default.yaml", Location(Kind.POLICY, None, "default"), False),
        ("templates/virtualservice.yaml.j2", Location(Kind.TEMPLATE, None, "virtualservice.yaml.j2"), False),
        ("README.md", Location(Kind.OTHER), False),
        (".github/workflows/reconcile.yml", Location(Kind.OTHER), False),
        ("environments/prod/migrations/rex.yml", Location(Kind.OTHER), False),
        ("environments/prod/migrations/rex.yaml\n", Location(Kind.OTHER), False),
        ("environments/PROD/migrations/rex.yaml", Location(Kind.OTHER), False),
        ("environments/prod/migrations/-rex.yaml", Location(Kind.OTHER), False),
        ("environments/prod/migrations/a/rex.yaml", Location(Kind.OTHER), False),
        ("environments/prod/rendered/rex/a/b.yaml", Location(Kind.OTHER), False),
        ("environments/prod/rendered/../../../policies/x.yaml", Location(Kind.OTHER), False),
        (f"environments/prod/migrations/{'a' * 63}.yaml", Location(Kind.MIGRATION, "prod", "a" * 63), True),
        (f"environments/prod/migrations/{'a' * 64}.yaml", Location(Kind.OTHER), False),
    ],
)
def test_a_path_says_what_its_file_is(path: str, location: Location, ours: bool) -> None:  # noqa: FBT001 - a table's column
    assert locate(path) == location
    assert may_write(path) is ours


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (layout.migration_path(REX), Kind.MIGRATION),
        (layout.status_path(REX), Kind.STATUS),
        (layout.notes_path(REX), Kind.NOTES),
        (f"{layout.rendered_folder(REX)}/configmap-source.yaml", Kind.RENDERED),
    ],
)
def test_the_files_of_a_migration_lead_back_to_it(path: str, kind: Kind) -> None:
    assert locate(path).kind is kind
    assert locate(path).id == REX


def test_an_agent_is_not_a_migration() -> None:
    assert locate("environments/prod/agents/rex/CLAUDE.md").id is None


def test_paths_of_environments_and_policies_lead_back_to_them() -> None:
    assert locate(layout.environment_path("prod")) == Location(Kind.ENVIRONMENT, "prod")
    assert locate(layout.policy_path("default")) == Location(Kind.POLICY, None, "default")
