"""Writes strings so that YAML 1.1, YAML 1.2 and JSON readers all read the same string back. Pure."""

from __future__ import annotations

import json
import re


def quote(text: str) -> str:
    r"""Quote a string as a YAML double-quoted scalar.

    JSON's form, kept readable, with the characters escaped that YAML would fold, refuse or take for a line break.

    Raises:
        ValueError: The text holds a lone surrogate, which no encoding can carry.

    >>> quote("on")
    '"on"'
    >>> print(quote("a\u2028b\x7f"))
    "a\u2028b\u007f"
    """
    if _SURROGATE.search(text):
        raise ValueError("a lone surrogate cannot be written")
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def plain_or_quoted(text: str) -> str:
    """Leave a string bare where every reader takes it for that string, quote it otherwise.

    >>> plain_or_quoted("rollout-25"), plain_or_quoted("on"), plain_or_quoted("1e3")
    ('rollout-25', '"on"', '"1e3"')
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_WITH_A_TYPE:
        return text
    return quote(text)


_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNSAFE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*")
_WORDS_WITH_A_TYPE = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
