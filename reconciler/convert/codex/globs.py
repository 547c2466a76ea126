"""Writes a path that Codex is to close as a pattern, and takes it back out of one. Pure."""

from __future__ import annotations

import re

GLOB = re.compile(r"[*?\[{]")
"""What makes a path a pattern."""


def as_glob(path: str) -> str:
    """Write a path as a pattern that matches nothing else; one that is a pattern already stays.

    Codex puts an empty file in the place of a path that it closes and that is not there, but not of a pattern.

    >>> as_glob(".env"), as_glob("keys/**"), as_glob("*.pem")
    ('.en[v]', 'key[s]/**', '*.pem')
    """
    return path if GLOB.search(path.removesuffix("/**")) else _LAST.sub(r"[\1]", path)


def out_of_glob(pattern: str) -> str:
    """Take each class of one character for the character.

    >>> out_of_glob("key[s]/**"), out_of_glob("[ab].txt")
    ('keys/**', '[ab].txt')
    """
    return _ONE.sub(r"\1", pattern)


_LAST = re.compile(r"(\w)(?=\W*$)")
_ONE = re.compile(r"\[(\w)\]")
