"""Describes a shape as JSON Schema, and finds the part of the description that belongs to an entry. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from reconciler.spec.document import KeyPath
from reconciler.spec.rules import Shape


@cache
def schema_of(shape: type[Shape]) -> Mapping[str, Any]:
    """Give the JSON Schema (2020-12) of a shape; not to be changed by the caller."""
    return shape.model_json_schema(by_alias=True, schema_generator=_AsPeopleWrite)


def described(schema: Mapping[str, Any], where: KeyPath) -> Mapping[str, Any]:
    """Give what the schema says about an entry; empty when it says nothing."""
    part: Mapping[str, Any] = schema
    for step in where:
        inside = _resolved(schema, part)
        around = {step: inside.get("items", {})} if isinstance(step, int) else inside.get("properties", {})
        part = around.get(step, {})
    return {**_resolved(schema, part), **{key: value for key, value in part.items() if key == "description"}}


def _resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    for reference in (part, *part.get("anyOf", ())):
        if "$ref" in reference:
            definition: Mapping[str, Any] = schema["$defs"][reference["$ref"].rsplit("/", 1)[-1]]
            return definition
    return part


class _AsPeopleWrite(GenerateJsonSchema):
    """Leaves out what no file may say (null) and what is no form of writing (a parsed default)."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        described = super().dict_schema(schema)
        if "patternProperties" in described:
            described["additionalProperties"] = False
        return described

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False
