"""Reads and writes our notes about a migration: our hold, when evidence begins anew, what was rendered. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.errors import Mistake, SpecError
from reconciler.model.status import Hold, Notes
from reconciler.quoting import quote
from reconciler.spec.beside import read_beside
from reconciler.spec.fields import ApiVersion, BlobId, HoldKindName, Label, Moment, Text, Words
from reconciler.spec.layout import Kind
from reconciler.spec.limits import KEY_CHARACTERS
from reconciler.spec.rules import Shape, exactly
from reconciler.spec.writer import Writable, block, printable


class OurHoldShape(Shape, title="Hold"):
    """Our brake."""

    kind: HoldKindName = Field(description="what a person did")
    reason: Words = Field(description="why the migration is held")
    by: Words = Field(description="who did it, for people to read")
    commit: Words = Field(description="the commit where it was seen")
    at: Moment = Field(description="when it was seen")


class NotesShape(Shape, title="Notes"):
    """What changes outside transitions."""

    api_version: ApiVersion = Field(description="reconciler/v1")
    kind: Annotated[str, exactly("Notes")] = Field(description="Notes")
    environment: Label = Field(description="the environment's name")
    name: Label = Field(description="the migration's name")
    run: Text = Field(description="the id of the pass that wrote it")
    evidence_from: Moment | None = Field(description="nothing before this moment counts; null: all of the stage counts")
    hold: OurHoldShape | None = Field(description="our brake, null when there is none")
    inputs: dict[str, BlobId] = Field(description="the blob id of every rendered file, by path")


def parse_notes(text: bytes, path: str) -> Notes:
    """Read our notes about a migration.

    Args:
        text: The file's bytes.
        path: The file, from the repository's root; it names environment and migration.

    Raises:
        SpecError: Every mistake of the file; only a person's edit can have made one.
    """
    migration, shape = read_beside(text, path, Kind.NOTES, NotesShape)
    return Notes(migration, shape.run, shape.evidence_from, _hold(shape.hold), shape.inputs)


def dump_notes(notes: Notes) -> bytes:
    """Write our notes; ``parse_notes`` reads the same value back, but for control characters in the hold's texts.

    Raises:
        SpecError: A file's name cannot stand in YAML.
        ValueError: A moment has a fraction of a second.
    """
    return block(
        {
            "apiVersion": "reconciler/v1",
            "kind": "Notes",
            "environment": notes.id.environment,
            "name": notes.id.name,
            "run": notes.run,
            "evidenceFrom": notes.evidence_from,
            "hold": _hold_fields(notes.hold),
            "inputs": {_writable_path(path): notes.inputs[path] for path in sorted(notes.inputs)},
        }
    )


def _hold(shape: OurHoldShape | None) -> Hold | None:
    return Hold(shape.kind, shape.reason, shape.by, shape.commit, shape.at) if shape else None


def _hold_fields(hold: Hold | None) -> dict[str, Writable] | None:
    if hold is None:
        return None
    return {
        "kind": str(hold.kind),
        "reason": printable(hold.reason),
        "by": printable(hold.by),
        "commit": hold.commit,
        "at": hold.at,
    }


def _writable_path(path: str) -> str:
    if printable(path) != path or "\n" in path or "\r" in path:
        message = "the file's name holds a control character or is not UTF-8, must be plain text"
        raise SpecError([Mistake(printable(path), 0, message, "rename the file")])
    if len(quote(path)) > KEY_CHARACTERS:
        message = f"the file's path is longer than {KEY_CHARACTERS} characters, must be shorter"
        raise SpecError([Mistake(path[:_SHOWN], 0, message, "rename the file or its folders")])
    return path


_SHOWN = 200
