r"""Writes Claude Code's patterns as regular expressions over the arguments of Gemini CLI's tools. Pure.

Gemini CLI tests a rule against the arguments as JSON with a NUL before and behind each of the top keys, so ``[^\x00]*``
never leaves the value it stands in. It refuses a group with a repetition behind it.
"""

from __future__ import annotations

import json
import re

ANYTHING = r"[^\x00]*"
LONGEST = 1500


def escape(text: str) -> str:
    r"""Escape a literal as it stands in JSON, for JavaScript's regular expressions.

    >>> print(escape('say "a.b"'))
    say \\"a\.b\\"
    """
    return _SPECIAL.sub(r"\\\g<0>", json.dumps(text, ensure_ascii=False)[1:-1])


def command(pattern: str) -> tuple[str, str]:
    r"""Give the condition for a shell pattern: its key and its value.

    >>> command("rm -rf:*"), command("git status"), command("git * main")
    (('commandPrefix', 'rm -rf'), ('commandRegex', 'git status"'), ('commandRegex', 'git [^\\x00]* main"'))
    """
    body, tail = pattern.strip(), '"'
    for ending in (":*", " *"):
        if body.endswith(ending):
            body, tail = body.removesuffix(ending).rstrip(), _WORD_ENDS
            break
    else:
        if body.endswith("*"):
            body, tail = body.rstrip("*"), ""
    if "*" not in body and tail == _WORD_ENDS and body:
        return "commandPrefix", body
    return "commandRegex", ANYTHING.join(escape(part) for part in body.split("*")) + tail


def path(pattern: str) -> str:
    r"""Give the expression for a path pattern, without where it begins and ends.

    >>> path("./src/**/*.ts"), path("**/.env")
    ('src/([^\\x00]*/|)[^/\\x00]*\\.ts', '\\.env')
    """
    bare = _ANCHOR.sub("", pattern, count=1)
    return "".join(_GLOBS.get(part) or (ANYTHING if part[:1] in "[{" else escape(part)) for part in _parts(bare))


def host(domain: str) -> str:
    r"""Give the expression for a host name in any case.

    >>> host("*.a-b.io")
    '[^/\\x00]*\\.[aA]-[bB]\\.[iI][oO]'
    """
    letters = (f"[{char.lower()}{char.upper()}]" if char.isalpha() else escape(char) for char in domain)
    return "".join(letters).replace(r"\*", r"[^/\x00]*")


def names_it(expression: str) -> str:
    """Give the expression for a shell command that has such a path as one of its words."""
    return rf"({ANYTHING}([^\w.-]|\\[nt])|){expression}[^\w.-]"


def _parts(pattern: str) -> list[str]:
    return [part for part in _GLOB.split(pattern) if part]


_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_WORD_ENDS = r'([\s"]|\\")'
_ANCHOR = re.compile(r"(?:~/|\./|/)?/?(?:\*\*/)*")
_GLOB = re.compile(r"(\*\*/|\*\*|\*|\?|\[[^\]]*\]|\{[^}]*\})")
_GLOBS = {"**/": rf"({ANYTHING}/|)", "**": ANYTHING, "*": r"[^/\x00]*", "?": r"[^/\x00]"}
