"""Finds the literal words that a shell pattern begins with: all that a rule of Codex can hold. Pure."""

from __future__ import annotations

import re
import shlex


def command_prefix(pattern: str) -> tuple[list[str], str]:
    """Give the longest run of literal words a shell pattern begins with.

    Returns:
        The words, and how the prefix is wider than the pattern; empty when the two mean the same.

    >>> command_prefix("rm -rf:*"), command_prefix("git push")
    ((['rm', '-rf'], ''), (['git', 'push'], 'the same command with more words counts too'))
    >>> command_prefix("git push * --force")
    (['git', 'push'], 'a pattern inside the command cannot be written')
    """
    whole, is_prefix = _without_tail(pattern.strip())
    special = _NOT_LITERAL.search(whole)
    end = min(special.start() if special else len(whole), _LONGEST)
    literal = whole if end == len(whole) else _WORD_AT_END.sub("", whole[:end])
    while (words := _split(literal)) is None:
        literal = _WORD_AT_END.sub("", literal.rstrip())
    if not words or literal.rstrip() != whole:
        return words, "a pattern inside the command cannot be written"
    return words, "" if is_prefix else "the same command with more words counts too"


def _without_tail(pattern: str) -> tuple[str, bool]:
    for tail in (":*", " *"):
        if pattern.endswith(tail):
            return pattern.removesuffix(tail).rstrip(), True
    return pattern, False


def _split(text: str) -> list[str] | None:
    try:
        return shlex.split(text)
    except ValueError:
        return None  # a quote does not close


_NOT_LITERAL = re.compile(r"[*$`|&;<>()\\\n]")
_WORD_AT_END = re.compile(r"\S*$")
_LONGEST = 500
