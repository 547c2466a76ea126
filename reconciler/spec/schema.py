"""The JSON Schemas of people's files, for editors and for checks in other tools. Pure."""

from __future__ import annotations

import copy
from typing import Any, Final

from reconciler.errors import ReconcilerError
from reconciler.spec.environment_shape import EnvironmentShape
from reconciler.spec.expected import did_you_mean
from reconciler.spec.migration_shape import MigrationShape
from reconciler.spec.policy_shape import PolicyShape
from reconciler.spec.rules import Shape
from reconciler.spec.schema_of import schema_of

KINDS: Final = ("migration", "policy", "environment")


def json_schema(kind: str) -> dict[str, Any]:
    """Give the JSON Schema, draft 2020-12, of one kind of file.

    What one key alone cannot say (a name that equals the file's, sides that differ) is left to ``validate``.

    Args:
        kind: ``migration``, ``policy`` or ``environment``.

    Raises:
        ReconcilerError: There is no such kind.
    """
    if kind not in _SHAPES:
        message = f'there is no schema of "{kind}", must be one of {", ".join(KINDS)}'
        raise ReconcilerError(message, hint=did_you_mean(kind, KINDS))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **copy.deepcopy(dict(schema_of(_SHAPES[kind])))}


_SHAPES: dict[str, type[Shape]] = dict(zip(KINDS, (MigrationShape, PolicyShape, EnvironmentShape), strict=True))
