"""Lets pydantic read a file by our rules: known keys only, and for each value a rule and its JSON Schema. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from reconciler.spec.expected import Expected, did_you_mean
from reconciler.spec.limits import LABEL_CHARACTERS


class Shape(BaseModel):
    """A mapping with known keys, written in camel case; an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """Tells pydantic to read a value by one of our rules.

    Attributes:
        rule: Takes the plain value; gives the typed one or raises ``Expected``.
        schema: The JSON Schema of the plain value.
    """

    rule: Callable[[object], object]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.rule)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


def word(pattern: str, must: str, *, hint: str = "", longest: int = LABEL_CHARACTERS, secret: bool = False) -> Reads:
    """Make the rule for a string of one form.

    Args:
        pattern: The whole string, as a regular expression.
        must: What it must be, to follow the word "must".
        hint: What to do when it is not.
        longest: The most characters it may have.
        secret: Whether it may be a secret, so that no message shows it.
    """
    form = re.compile(pattern, re.DOTALL)

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Expected(must, hint="put it in quotes" if type(value) in (int, float, bool) else hint, secret=secret)
        if not form.fullmatch(value) or len(value) > longest:
            raise Expected(must, hint=hint, secret=secret)
        return value

    return Reads(read, {"type": "string", "pattern": f"^(?:{pattern})$", "maxLength": longest})


def one_of(choices: type[StrEnum]) -> Reads:
    """Make the rule for one word of a fixed list."""
    words = [str(choice) for choice in choices]

    def read(value: object) -> StrEnum:
        if isinstance(value, str) and value in words:
            return choices(value)
        hint = did_you_mean(value, words) if isinstance(value, str) else ""
        raise Expected(f"be {'one of ' if len(words) > 1 else ''}{', '.join(words)}", hint=hint)

    return Reads(read, {"enum": words})


def exactly(text: str) -> Reads:
    """Make the rule for a value that is always the same."""

    def read(value: object) -> str:
        if value == text:
            return text
        raise Expected(f"be {text}", hint="is it the right file?")

    return Reads(read, {"const": text})


def whole(least: int, most: int) -> Reads:
    """Make the rule for a whole number; true and false are none."""

    def read(value: object) -> int:
        if type(value) is int and least <= value <= most:
            return value
        hint = "write it without quotes" if isinstance(value, str) and value.isdecimal() else ""
        raise Expected(f"be a whole number from {least} to {most}", hint=hint)

    return Reads(read, {"type": "integer", "minimum": least, "maximum": most})


def or_words(*words: str) -> Callable[[dict[str, Any]], None]:
    """Describe that a mapping may be written as one of these words too."""

    def add(schema: dict[str, Any]) -> None:
        schema["anyOf"] = [{"enum": list(words)}, {"$ref": schema.pop("$ref")}]

    return add
