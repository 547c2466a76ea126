"""Turns a document into a shape, or every mistake in it into a line that an operator can act on. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.errors import Mistake
from reconciler.quoting import plain_or_quoted, quote
from reconciler.spec.core_types import Plain
from reconciler.spec.document import Document, KeyPath, refuse
from reconciler.spec.expected import Expected, did_you_mean
from reconciler.spec.limits import MISTAKES
from reconciler.spec.rules import Shape
from reconciler.spec.schema_of import described, schema_of

ShapeT = TypeVar("ShapeT", bound=Shape)


class Wrong(NamedTuple):
    """What is wrong with one entry of a document, and what to do."""

    message: str
    hint: str = ""


def check(document: Document, shape: type[ShapeT], also: Mapping[KeyPath, Wrong]) -> ShapeT:
    """Give the document as this shape.

    Args:
        document: What the file says.
        shape: What it must look like.
        also: What was found wrong already, by entry; it comes before what the shape finds at the same entry.

    Raises:
        SpecError: Every mistake of the file.
    """
    wrong = dict(also)
    try:
        value = shape.model_validate(document.value)
    except ValidationError as error:
        for details in error.errors(include_url=False)[:_ENOUGH]:
            if details["type"] == "too_short" and details["input"]:
                continue  # the list has entries; what is wrong with each of them is said there
            where = _entry(document, details)
            wrong.setdefault(where, _explain(document, shape, where, details))
        _refuse(document, wrong)
        raise
    _refuse(document, wrong)
    return value


def empty_entries(document: Document) -> dict[KeyPath, Wrong]:
    """Find the keys without a value, which people's files must not have."""
    hint = "write a value, or remove the line"
    return {where: Wrong(f"{dotted(where)} is empty, must have a value", hint) for where in document.empty}


def mismatch(document: Document, key: str, expected: str) -> dict[KeyPath, Wrong]:
    """Find a name in the file that differs from the name that its path gives."""
    found = document.at((key,))
    if not isinstance(found, str) or found == expected:
        return {}
    message = f"{key} is {_found(found)}, must be {expected} as in the file's path"
    return {(key,): Wrong(message, "rename the one or the other")}


def unmet(document: Document, where: KeyPath, expected: Expected) -> Wrong:
    """Say that an entry does not meet what a rule expected of it."""
    found = document.at(where)
    shown = "is not shown because it may hold a secret" if expected.secret else f"is {_found(found)}"
    if isinstance(found, dict) and not expected.secret:
        shown = f"has the keys {_keys(found)}" if found else "is an empty mapping"
    return Wrong(f"{dotted(where)} {shown}, must {expected.must}", expected.hint)


def dotted(where: KeyPath) -> str:
    """Name an entry as people do: ``checks[0].max``; the root is "the file"."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{plain_or_quoted(step[:_SHOWN])}" for step in where)
    return text.removeprefix(".") or "the file"


def _keys(found: Mapping[str, Plain]) -> str:
    keys = [plain_or_quoted(key[:_SHOWN]) for key in islice(found, _FEW)]
    return ", ".join(keys if len(found) <= _FEW else [*keys, "…"])


def _refuse(document: Document, wrong: Mapping[KeyPath, Wrong]) -> None:
    refuse(Mistake(document.path, document.line(where), *what) for where, what in wrong.items())


def _entry(document: Document, details: ErrorDetails) -> KeyPath:
    where = details["loc"]
    if where[-1:] == _IN_A_KEY and where[:-1] in document.places:
        return where[:-1]
    expected = details.get("ctx", {}).get("error")
    return (*where, expected.key) if isinstance(expected, Expected) and expected.key else where


def _explain(document: Document, shape: type[Shape], where: KeyPath, details: ErrorDetails) -> Wrong:
    match details["type"]:
        case "missing":
            return Wrong(f"{dotted(where)} is missing", _what_it_is(shape, where))
        case "extra_forbidden":
            return _unknown_key(shape, where)
        case "value_error" if isinstance(expected := details["ctx"]["error"], Expected):
            if details["loc"][-1:] == _IN_A_KEY:
                return Wrong(f"key {_found(str(where[-1]))} must {expected.must}", expected.hint)
            return unmet(document, where, expected)
        case other:
            must = _MUST.get(other, details["msg"])
            return unmet(document, where, Expected(must, hint=_what_it_is(shape, where)))


def _unknown_key(shape: type[Shape], where: KeyPath) -> Wrong:
    around, key = where[:-1], str(where[-1])
    known = list(described(schema_of(shape), around).get("properties", {}))
    inside = f" in {dotted(around)}" if around else ""
    hint = did_you_mean(key, known) or f"known keys: {', '.join(known)}"
    return Wrong(f"unknown key {_found(key)}{inside}", hint)


def _what_it_is(shape: type[Shape], where: KeyPath) -> str:
    entry: Mapping[str, Any] = described(schema_of(shape), where)
    description = entry.get("description", "")
    return f"{where[-1]}: {description}" if description and where and isinstance(where[-1], str) else str(description)


def _found(value: Plain) -> str:
    match value:
        case str():
            return quote(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
        case None:
            return "empty"
        case dict():
            return "a mapping"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return json.dumps(value)


_SHOWN = 60
_FEW = 8
# The library adds this to the place of a mistake in a key itself.
_IN_A_KEY = ("[key]",)
_ENOUGH = 4 * MISTAKES
_MUST = {
    "model_type": "be a mapping",
    "dict_type": "be a mapping",
    "tuple_type": "be a list",
    "list_type": "be a list",
    "too_short": "have at least one entry",
    "float_type": "be a number",
}
