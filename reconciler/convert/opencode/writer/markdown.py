"""Writes Markdown files with a strict YAML front matter. Pure."""

from __future__ import annotations

import json
import re
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


def quoted(text: bytes, keys: Mapping[str, str]) -> bytes:
    r"""Put quotes around the values of a front matter that a strict YAML reader takes for something else.

    Args:
        text: A text with a front matter.
        keys: The value that is meant, by key.

    >>> quoted(b"---\ndescription: adds: two\n---\nBody: stays\n", {"description": "adds: two"})
    b'---\ndescription: "adds: two"\n---\nBody: stays\n'
    """
    end = text.find(b"\n---", 1)
    head = text[:end].decode()
    for key, value in keys.items():
        if value and "\n" not in value and value[0] not in "[{|>":
            line = re.compile(rf"^{re.escape(key)}[ \t]*:[ \t]+[^\s\"'\[{{|>][^\r\n]*(?!\r?\n[ \t])", re.MULTILINE)
            head = line.sub(lambda _, key=key, value=value: f"{key}: {_quoted(value)}", head, count=1)  # type: ignore[misc]
    return head.encode() + text[end:]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f").replace("\x85", "\\x85")
