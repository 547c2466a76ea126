"""OpenCode's wildcards, in which ``*`` is any text and ``?`` any character, beside Claude Code's patterns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(pattern: str, text: str) -> bool:
    """Whether OpenCode takes the text for one of the pattern; a last `` *`` may be missing from the text.

    >>> matches("git push *", "git push"), matches("git push", "git push --force"), matches("*.env", "a/.env")
    (True, False, True)
    """
    if not _WILD.search(pattern):
        return pattern.replace("\\", "/") == text.replace("\\", "/")
    shape, found = pattern.replace("\\", "/"), text.replace("\\", "/")
    return _fits(shape, found) or (shape.endswith(" *") and _fits(shape[:-2], found))


def finds(glob: str, path: str) -> bool:
    """Whether a glob over files finds this one; ``*`` stays in its folder and ``**`` stands for any folders.

    >>> finds("docs/*.md", "docs/a.md"), finds("docs/*.md", "docs/a/b.md"), finds("**/b.md", "docs/a/b.md")
    (True, False, True)
    """
    names, parts = path.split("/"), re.sub(r"(?:\*\*/)+", "**/", glob).split("/")
    if not _fits(parts[-1], names[-1]):
        return False
    reached = {0}
    for part in parts:
        if part == "**":
            reached = set(range(min(reached), len(names) + 1))
        else:
            reached = {one + 1 for one in reached if one < len(names) and _fits(part, names[one])}
        if not reached:
            return False
    return len(names) in reached


def may_meet(first: str, second: str) -> bool:
    """Whether a text could match both patterns; true when in doubt.

    >>> may_meet("git *", "git push"), may_meet("git *", "npm *"), may_meet("*", "npm *")
    (True, False, True)
    """
    one, other = _head(first), _head(second)
    if one is None or other is None:
        return matches(second, first) if one is None else matches(first, second)
    return one.startswith(other) or other.startswith(one)


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


@lru_cache(maxsize=4096)
def _head(pattern: str) -> str | None:
    """Give what stands before the first wildcard; None when there is none."""
    head, *rest = _WILD.split(pattern, maxsplit=1)
    return head.rstrip() if rest else None


def _fits(pattern: str, text: str) -> bool:
    """Compare piece by piece from the left: many stars take a regular expression far too long."""
    first, *middle = re.split(r"\*+", pattern)
    if not middle:
        return len(pattern) == len(text) and _is_at(0, pattern, text)
    last = middle.pop()
    position, end = len(first), len(text) - len(last)
    if position > end or not _is_at(0, first, text) or not _is_at(end, last, text):
        return False
    for piece in middle:
        start = _find(piece, text, position, end)
        if start < 0:
            return False
        position = start + len(piece)
    return True


def _find(piece: str, text: str, start: int, end: int) -> int:
    if "?" not in piece:
        return text.find(piece, start, end)
    match = re.compile(re.escape(piece).replace(r"\?", "."), re.DOTALL).search(text, start, end)
    return match.start() if match else -1


def _is_at(start: int, piece: str, text: str) -> bool:
    if "?" not in piece:
        return text.startswith(piece, start)
    return all(one in {"?", char} for one, char in zip(piece, text[start : start + len(piece)], strict=True))


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
