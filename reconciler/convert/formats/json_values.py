"""Gives JSON values without their lines. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.convert.formats.strict_json import Node


def plain(node: Node | None) -> Any:
    """Give a value as Python's own dictionaries, lists and scalars; None when there is none."""
    if node is None:
        return None
    if isinstance(node.value, Mapping):
        return {key: plain(member) for key, member in node.value.items()}
    return [plain(element) for element in node.value] if isinstance(node.value, tuple) else node.value


def members_of(node: Node) -> Mapping[str, Node]:
    """Give the members of an object; none for anything else."""
    return node.value if isinstance(node.value, Mapping) else {}
