"""Writes Markdown files with front matter. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.convert.text import newline_of, without_bom
from reconciler.quoting import plain_or_quoted


def with_keys(keys: Mapping[str, str], body: bytes) -> bytes:
    r"""Put front matter before a text; a text that needs none stays as it is.

    Args:
        keys: What stands behind each key's colon, in YAML.
        body: The text.

    >>> with_keys({"name": "a"}, b"Do it.\n")
    b'---\nname: a\n---\nDo it.\n'
    """
    if not keys and not without_bom(body).startswith(b"---"):
        return body
    lines = [f"{key}:{value}" if value.startswith("\n") else f"{key}: {value}" for key, value in keys.items()]
    newline = newline_of(body)
    text = "\n".join(["---", *lines, "---", ""]).replace("\n", newline.decode())
    return text.encode() + without_bom(body)


def scalar(text: str) -> str:
    """Write a text so that every YAML reader takes it for that text.

    >>> scalar("Read, Bash(git add:*)"), scalar("a: b")
    ('Read, Bash(git add:*)', '"a: b"')
    """
    return text if " " in text and _PLAIN.fullmatch(text) else plain_or_quoted(text)


_PLAIN = re.compile(r"[A-Za-z](?:[\w ./,()'*+=-]|:(?=\S))*(?<! )")
