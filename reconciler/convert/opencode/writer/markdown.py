"""Writes Markdown files with a strict YAML front matter. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping


def with_front_matter(keys: Mapping[str, str | Mapping[str, str]], body: bytes) -> bytes:
    r"""Put the keys before a text; a key without a value is left out.

    >>> with_front_matter({"mode": "subagent", "model": "", "permission": {"*_*": "deny"}}, b"Hi.\n")
    b'---\nmode: "subagent"\npermission:\n  "*_*": "deny"\n---\nHi.\n'
    """
    lines = []
    for key, value in keys.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{key}:", *(f"  {_quoted(name)}: {_quoted(text)}" for name, text in value.items())]
        elif value:
            lines.append(f"{key}: {_quoted(str(value))}")
    return "\n".join(["---", *lines, "---", ""]).encode() + body if lines else body


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f").replace("\x85", "\\x85")
