"""Writes a start of a server whose words hold variables as a script for ``sh``. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
"""``${NAME}`` or ``${NAME:-default}``."""


def script(words: Sequence[str], cwd: str, variables: Mapping[str, str]) -> str:
    """Write a script that goes to the folder, sets the variables and becomes the command.

    Every value is filled in from the variables that the script finds, as the sources do.

    >>> script(["node", "${HOME}/a b.js"], "", {"URL": "http://${HOST:-localhost}/"})
    'exec env URL="http://${HOST:-localhost}/" node "${HOME}/a b.js"'
    """
    enter = f"cd {_quoted(cwd)} && " if cwd else ""
    made = ["env", *(f"{name}={_quoted(value)}" for name, value in variables.items())] if variables else []
    return f"{enter}exec {' '.join([*made, *map(_quoted, words)])}"


def has_reference(*texts: str) -> bool:
    """Whether a text holds a variable."""
    return any(REFERENCE.search(text) for text in texts)


def variables_in(*texts: str) -> list[str]:
    """Give the names of the variables, each once."""
    return list(dict.fromkeys(match[1] for text in texts for match in REFERENCE.finditer(text)))


def names_in(text: str) -> str:
    """Give the variables for people."""
    return ", ".join(f"${{{name}}}" for name in sorted(variables_in(text))) or "${…}"


def _quoted(text: str) -> str:
    if not has_reference(text):
        return shlex.quote(text)
    pieces, position = [], 0
    for match in REFERENCE.finditer(text):
        default = "" if match[2] is None else f":-{_escaped(match[2])}"
        pieces += [_escaped(text[position : match.start()]), f"${{{match[1]}{default}}}"]
        position = match.end()
    return f'"{"".join([*pieces, _escaped(text[position:])])}"'


def _escaped(text: str) -> str:
    return re.sub(r'(["\\$`])', r"\\\1", text)
