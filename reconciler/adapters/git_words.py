"""Makes git's own words fit for a person and a log: no credentials, no control characters, few lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOST_LINES = 6
_MOST_CHARACTERS = 300
_SHORTEST_SECRET = 4


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """Take credentials out of a text.

    Args:
        text: What git or the remote said.
        secrets: Values that are known to be secret; the patterns catch the rest.

    >>> redacted("fatal: https://bot:hunter2@example.org/x.git not found")
    'fatal: https://example.org/x.git not found'
    >>> redacted("> Authorization: Basic Ym90Omh1bnRlcjI=")
    '> Authorization: ***'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    text = _USERINFO.sub("://", text)
    text = _HEADER.sub(r"\1***", text)
    text = _SCHEME.sub(r"\1 ***", text)
    return _QUERY.sub(r"\1***", text)


def on_few_lines(text: str) -> str:
    r"""Keep the first lines of a text, without escape sequences, control and direction characters.

    >>> on_few_lines("\x1b[31mno\x1b[0m\r\n\n  really\x07 ")
    'no\nreally'
    """
    plain = _UNPRINTABLE.sub("", _ESCAPE.sub("", text))
    lines = [line.strip()[:_MOST_CHARACTERS] for line in re.split(r"[\r\n\u2028\u2029]+", plain)]
    return "\n".join([line for line in lines if line][:_MOST_LINES])


def on_one_line(text: str) -> str:
    r"""Do the same, and join the lines.

    >>> on_one_line("remote is\nclosed")
    'remote is; closed'
    """
    return "; ".join(on_few_lines(text).splitlines())


_USERINFO = re.compile(r"://[^/?#\s'\"@]*(?:@[^/?#\s'\"@]*)*@")
_HEADER = re.compile(r"((?:proxy-)?authorization\s*[:=]\s*|private-token\s*[:=]\s*).*", re.IGNORECASE)
_SCHEME = re.compile(r"\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
_QUERY = re.compile(r"([?&][^=\s&]*(?:token|secret|password|key)[^=\s&]*=)[^&\s'\"]+", re.IGNORECASE)
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
