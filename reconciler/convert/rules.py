"""Takes permission rules apart; their grammar is Claude Code's, ``Tool`` or ``Tool(pattern)``. Pure."""

from __future__ import annotations

import re


def split_rule(text: str) -> tuple[str, str | None]:
    """Split a permission rule into its tool and what stands in its brackets; an empty tool when it is no rule.

    >>> split_rule("Bash(git push:*)"), split_rule("mcp__files"), split_rule("?")
    (('Bash', 'git push:*'), ('mcp__files', None), ('', None))
    """
    match = _RULE.fullmatch(text)
    return (match[1], match[2]) if match else ("", None)


_RULE = re.compile(r"([A-Za-z][\w*-]*)(?:\((.*)\))?", re.DOTALL)
