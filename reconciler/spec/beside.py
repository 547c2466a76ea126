"""Reads what the status and the notes have in common: each stands beside a migration and names it again. Pure."""

from __future__ import annotations

from typing import TypeVar

from reconciler.errors import Mistake, SpecError
from reconciler.model.migration import MigrationId
from reconciler.spec.checking import check, mismatch
from reconciler.spec.layout import Kind, locate
from reconciler.spec.reader import read
from reconciler.spec.rules import Shape

ShapeT = TypeVar("ShapeT", bound=Shape)


def read_beside(text: bytes, path: str, kind: Kind, shape: type[ShapeT]) -> tuple[MigrationId, ShapeT]:
    """Read a file of ours that stands beside a migration.

    Args:
        text: The file's bytes.
        path: The file, from the repository's root; it names environment and migration.
        kind: STATUS or NOTES.
        shape: What the file must look like.

    Returns:
        Whose file it is, and what it says.

    Raises:
        SpecError: Every mistake of the file; only a person's edit can have made one.
    """
    location = locate(path)
    if location.kind is not kind or location.id is None:
        raise SpecError([Mistake(path, 0, _ELSEWHERE[kind])])
    document = read(text, path)
    wrong = mismatch(document, "name", location.id.name) | mismatch(document, "environment", location.id.environment)
    return location.id, check(document, shape, also=wrong)


_ELSEWHERE = {
    Kind.STATUS: "this is no place for a status, must be environments/<environment>/status/<name>.yaml",
    Kind.NOTES: "this is no place for notes, must be environments/<environment>/status/<name>.notes.yaml",
}
