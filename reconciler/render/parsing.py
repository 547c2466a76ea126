"""Reads a rendered manifest back, so that what is applied is checked and not what was meant. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Any

import yaml

from reconciler.errors import RenderError


def read_manifest(content: bytes, name: str) -> dict[str, Any]:
    """Read one manifest as plain mappings, lists, strings, numbers and booleans.

    Args:
        content: The rendered bytes.
        name: What the error calls it, e.g. ``virtualservice.yaml``.

    Raises:
        RenderError: It is no single YAML document with one mapping, or holds what readers disagree about: an
            alias, a duplicate key, an empty value, a date.
    """
    try:
        document = yaml.load(content.decode(), Loader=_Loader)  # noqa: S506 - a safe loader, and stricter
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise RenderError(
            f"{name}: cannot be read back as one YAML document: {' '.join(str(error).split())}"
        ) from error
    if not isinstance(document, dict):
        raise RenderError(f"{name}: holds {_kind(document)}, expected one mapping")
    _refuse_ambiguous(document, name, seen=set())
    return document


class _Loader(yaml.CSafeLoader):
    """PyYAML's C loader, but for duplicate keys, where it would let the last one win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        repeated = [key for key, count in keys.items() if count > 1]
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {repeated[0]!r}", node.start_mark)
        return super().construct_mapping(node, deep)


def _refuse_ambiguous(value: object, place: str, *, seen: set[int]) -> None:
    if isinstance(value, dict | list):
        if id(value) in seen:
            raise RenderError(f"{place}: is an alias of another value, expected the value itself")
        seen.add(id(value))
    match value:
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise RenderError(f"{place}: has the key {key!r}, expected a string in quotes")
                _refuse_ambiguous(item, f"{place}.{key}", seen=seen)
        case list():
            for index, item in enumerate(value):
                _refuse_ambiguous(item, f"{place}[{index}]", seen=seen)
        case str() | bool() | int() | float():
            return
        case _:
            raise RenderError(f"{place}: is {_kind(value)}, expected a value in quotes")


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
