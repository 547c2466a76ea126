r"""Finds the words of a text that Gemini CLI takes for imports, and puts a backslash before them. Pure.

Gemini CLI puts a comment in the place of any ``@word`` that names no file, wherever it stands but between backticks;
``\@word`` it leaves.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator


def tokens(text: bytes) -> list[str]:
    r"""List the words, in order; one with a backslash before it, too.

    >>> tokens(rb"ask @ana, not `@bob`,   @Override or \@x")
    ['@ana,', '@Override', '\\@x']
    """
    return [match[0].decode(errors="replace") for match in _outside_code(text)]


def escape(text: bytes) -> bytes:
    r"""Put a backslash before each of them, as Markdown has it; ``unescape`` gives the text back.

    >>> print(escape(rb"ask @ana, \@bob").decode())
    ask \@ana, \\@bob
    """
    pieces, position = [], 0
    for match in _outside_code(text):
        pieces += [text[position : match.start()], b"\\"]
        position = match.start()
    return b"".join([*pieces, text[position:]])


def unescape(text: bytes) -> bytes:
    r"""Take a backslash from each of them.

    >>> print(unescape(rb"ask \@ana").decode())
    ask @ana
    """
    pieces, position = [], 0
    for match in _outside_code(text):
        pieces.append(text[position : match.start()])
        position = match.start() + match[0].startswith(b"\\")
    return b"".join([*pieces, text[position:]])


def _outside_code(text: bytes) -> Iterator[re.Match[bytes]]:
    spans = _code_spans(text)
    starts = [start for start, _ in spans]
    for match in _TOKEN.finditer(text):
        place = bisect_right(starts, match.start()) - 1
        if place < 0 or spans[place][1] <= match.start():
            yield match


def _code_spans(text: bytes) -> list[tuple[int, int]]:
    r"""Give what ``(`+)[\s\S]*?\1`` finds, in linear time."""
    runs = [(match.start(), match.end()) for match in re.finditer(rb"`+", text)]
    longest = [0]
    for start, end in reversed(runs[1:]):
        longest.append(max(longest[-1], end - start))
    longest.reverse()
    spans: list[tuple[int, int]] = []
    position = 0
    for number, (start, end) in enumerate(runs):
        opening = max(start, position)
        while opening < end:
            length = min(end - opening, longest[number])
            if length > (end - opening) // 2:
                later = (runs[index] for index in range(number + 1, len(runs)))
                position = next(one for one, behind in later if behind - one >= length) + length
                spans.append((opening, position))
                opening = position
            elif end - opening > 1:
                spans.append((opening, opening + (end - opening) // 2 * 2))
                opening = spans[-1][1]
            else:
                opening = end
    return spans


_TOKEN = re.compile(rb"(?:(?<=[ \t\r\n])|(?<![\s\S]))\\*@[./A-Za-z][^ \t\r\n]*")
