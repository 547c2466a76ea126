"""Environment variables in texts: ``${NAME}`` everywhere else is ``{env:NAME}`` in OpenCode. Pure."""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_SUBSTITUTION = re.compile(r"\{(?:env|file):[^}]*\}")
_VARIABLE = re.compile(r"\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


def to_opencode(text: str) -> tuple[str, str]:
    """Write a text with OpenCode's references.

    Returns:
        The text, and what it does not mean as it did; empty when it does.

    >>> to_opencode("Bearer ${TOKEN}"), to_opencode("${A:-b}")[0]
    (('Bearer {env:TOKEN}', ''), '{env:A}')
    """
    head, brace, tail = text.rpartition("}")
    unset = [match[1] for match in _REFERENCE.finditer(head + brace) if match[2] is not None]
    difference = f"OpenCode has no defaults: set {', '.join(unset)}" if unset else ""
    return _REFERENCE.sub(r"{env:\1}", head + brace) + tail, difference


def is_substituted(text: str) -> bool:
    """Whether OpenCode would put something else in the place of a part of this text.

    >>> is_substituted("{file:~/.netrc}"), is_substituted("${HOME}")
    (True, False)
    """
    head, brace, _ = text.rpartition("}")
    return bool(_SUBSTITUTION.search(head + brace))


def from_opencode(text: str) -> str:
    """Write a text of OpenCode's with ``${NAME}``; ``{file:...}`` stays as it is.

    >>> from_opencode("Bearer {env:TOKEN}")
    'Bearer ${TOKEN}'
    """
    return _VARIABLE.sub(r"${\1}", text)
