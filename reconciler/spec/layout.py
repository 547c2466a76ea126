"""Which file of the repository is what, and which files the reconciler itself may write. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.migration import MigrationId
from reconciler.spec.limits import LABEL_CHARACTERS


class Kind(StrEnum):
    """What a file is for."""

    MIGRATION = "migration"
    ENVIRONMENT = "environment"
    AGENT = "agent"
    RENDERED = "rendered"
    STATUS = "status"
    NOTES = "notes"
    POLICY = "policy"
    TEMPLATE = "template"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Location:
    """What a path says about its file.

    Attributes:
        environment: The environment it belongs to; None outside of one.
        name: The migration's, agent's or policy's name, or the template's file name; None where there is none.
    """

    kind: Kind
    environment: str | None = None
    name: str | None = None

    @property
    def id(self) -> MigrationId | None:
        """The migration that the file belongs to; None when it belongs to none, or to an agent of that name."""
        if self.kind not in _OF_A_MIGRATION or self.environment is None or self.name is None:
            return None
        return MigrationId(self.environment, self.name)


def locate(path: str) -> Location:
    """Say what a path from the repository's root is; OTHER when it follows none of our conventions.

    >>> locate("environments/prod/migrations/rex.yaml").id
    MigrationId(environment='prod', name='rex')
    """
    for kind, pattern in _PATTERNS:
        if found := pattern.fullmatch(path):
            parts = found.groupdict()
            return Location(kind, parts.get("environment"), parts.get("name"))
    return Location(Kind.OTHER)


def may_write(path: str) -> bool:
    """Say whether the reconciler itself may write this file; every other one belongs to people."""
    return locate(path).kind in _OURS


def environment_path(environment: str) -> str:
    """Give the path of an environment's own file."""
    return f"environments/{environment}/environment.yaml"


def policy_path(name: str) -> str:
    """Give the path of a health policy."""
    return f"policies/{name}.yaml"


def migration_path(migration: MigrationId) -> str:
    """Give the path of the file where people say what they want."""
    return f"environments/{migration.environment}/migrations/{migration.name}.yaml"


def status_path(migration: MigrationId) -> str:
    """Give the path of the file that says where a migration stands."""
    return f"environments/{migration.environment}/status/{migration.name}.yaml"


def notes_path(migration: MigrationId) -> str:
    """Give the path of our notes about a migration."""
    return f"environments/{migration.environment}/status/{migration.name}.notes.yaml"


def rendered_folder(migration: MigrationId) -> str:
    """Give the folder of what Argo CD applies for a migration, without a slash at the end."""
    return f"environments/{migration.environment}/rendered/{migration.name}"


_LABEL = rf"[a-z0-9](?:[a-z0-9-]{{0,{LABEL_CHARACTERS - 2}}}[a-z0-9])?"
_IN_ENVIRONMENT = rf"environments/(?P<environment>{_LABEL})"
_PATTERNS = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        (Kind.MIGRATION, rf"{_IN_ENVIRONMENT}/migrations/(?P<name>{_LABEL})\.yaml"),
        (Kind.STATUS, rf"{_IN_ENVIRONMENT}/status/(?P<name>{_LABEL})\.yaml"),
        (Kind.NOTES, rf"{_IN_ENVIRONMENT}/status/(?P<name>{_LABEL})\.notes\.yaml"),
        (Kind.RENDERED, rf"{_IN_ENVIRONMENT}/rendered/(?P<name>{_LABEL})/[^/]+"),
        (Kind.AGENT, rf"{_IN_ENVIRONMENT}/agents/(?P<name>[^/]+)/.+"),
        (Kind.ENVIRONMENT, rf"{_IN_ENVIRONMENT}/environment\.yaml"),
        (Kind.POLICY, rf"policies/(?P<name>{_LABEL})\.yaml"),
        (Kind.TEMPLATE, r"templates/(?P<name>[^/]+\.j2)"),
    )
)
_OF_A_MIGRATION = frozenset({Kind.MIGRATION, Kind.STATUS, Kind.NOTES, Kind.RENDERED})
_OURS = _OF_A_MIGRATION
LABEL_PATTERN = _LABEL
