"""OpenCode's wildcards, in which ``*`` is any text and ``?`` any character, beside Claude Code's patterns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable


def matches(pattern: str, text: str) -> bool:
    """Whether OpenCode takes the text for one of the pattern; a last `` *`` may be missing from the text.

    >>> matches("git push *", "git push"), matches("git push", "git push --force"), matches("*.env", "a/.env")
    (True, False, True)
    """
    escaped = re.escape(pattern.replace("\\", "/")).replace(r"\*", ".*").replace(r"\?", ".").replace("\\ ", " ")
    if escaped.endswith(" .*"):
        escaped = escaped[:-3] + "( .*)?"
    return re.fullmatch(escaped, text.replace("\\", "/"), re.DOTALL) is not None


def may_meet(first: str, second: str) -> bool:
    """Whether a text could match both patterns; true when in doubt.

    >>> may_meet("git *", "git push"), may_meet("git *", "npm *"), may_meet("*", "npm *")
    (True, False, True)
    """
    heads = [_WILD.split(one, maxsplit=1)[0].rstrip() for one in (first, second)]
    wild = [bool(_WILD.search(one)) for one in (first, second)]
    if not any(wild):
        return first == second
    if not all(wild):
        return matches(first, second) if wild[0] else matches(second, first)
    return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])


def spread(path: str, *, everywhere: bool) -> tuple[str, ...]:
    """Write a path pattern of Claude Code's in OpenCode's wildcards.

    Args:
        path: A gitignore pattern, relative to the project.
        everywhere: Whether it must hold in whatever folder OpenCode counts paths from (the root of the repository,
            or of the disk where there is none), and for what lies below a folder that it names.

    >>> spread("src/**/*.ts", everywhere=False), spread(".env", everywhere=False)
    (('src/*.ts',), ('.env', '*/.env'))
    """
    bare = path.removeprefix("./").removeprefix("/").removesuffix("/")
    forms = _forms(bare)
    if "/" not in path.removesuffix("/") or everywhere:
        forms = _unique([*forms, *(f"*/{form}" for form in forms if not form.startswith("*"))])
    if everywhere:
        forms = _unique(form for one in forms for form in ([one] if one.endswith("*") else [one, f"{one}/*"]))
    return tuple(forms)


def is_exact(path: str) -> bool:
    """Whether ``spread`` opens nothing that Claude Code's pattern does not.

    >>> is_exact("src/**"), is_exact("src/*.ts"), is_exact("*.md")
    (True, False, True)
    """
    bare = path.removeprefix("./").removesuffix("/")
    if re.search(r"[?\[\]\\!]", bare):
        return False
    folders, _, last = bare.rpartition("/")
    if "*" in folders.replace("**", ""):
        return False
    deep = not folders or folders.endswith("**")
    return last == "**" or "*" not in last or (deep and last.startswith("*") and "*" not in last[1:])


def gather(pattern: str) -> str:
    """Write a path pattern of OpenCode's as Claude Code's; the reverse of ``spread`` for its first form.

    >>> gather("src/*.ts"), gather("docs/*"), gather("*.pem"), gather("*/.env")
    ('src/**/*.ts', 'docs/**', '*.pem', '.env')
    """
    text = re.sub(r"\*+", "*", pattern).removeprefix("*/") or "*"
    folder, slash, last = text.rpartition("/")
    if slash and last == "*":
        return f"{folder}/**"
    return f"{folder}/**/{last}" if slash and last.startswith("*") else text


def _forms(bare: str) -> list[str]:
    forms = [""]
    parts = bare.split("/")
    for index, part in enumerate(parts):
        is_last = index == len(parts) - 1
        if part != "**":
            text = re.sub(r"\[[^\]]*\]|\\.", "?", part) + ("" if is_last else "/")
            forms = [form + text for form in forms]
        elif is_last:
            forms = [f"{form}*" for form in forms]
        elif not parts[index + 1].startswith("*"):
            forms = [form + text for form in forms[:_MOST] for text in ("", "*/")]
    return forms


def _unique(forms: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(forms))


_WILD = re.compile(r"[*?]")
_MOST = 4
