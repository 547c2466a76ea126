"""Edits a text by splicing its own bytes, so that what is not meant stays as it was. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Edit:
    """Puts ``replacement`` in the place of the bytes from ``start`` to ``end`` (exclusive)."""

    start: int
    end: int
    replacement: bytes


def splice(text: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply edits that do not overlap; those at the same place keep their order.

    >>> splice(b"see @a, please", [Edit(4, 5, b"")])
    b'see a, please'
    """
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [text[position : edit.start], edit.replacement]
        position = edit.end
    return b"".join([*pieces, text[position:]])


class Lines:
    r"""Tells the line of an offset.

    >>> Lines("a\nb").of(2)
    2
    """

    def __init__(self, text: bytes | str) -> None:
        ends = text.split(b"\n") if isinstance(text, bytes) else text.split("\n")
        self._starts = [0]
        for line in ends[:-1]:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def of(self, offset: int) -> int:
        """Give the line of this offset, from 1."""
        return bisect_right(self._starts, offset)


def newline_of(text: bytes) -> bytes:
    """Give the line ending that the text uses first."""
    end = text.find(b"\n")
    return b"\r\n" if end > 0 and text[end - 1 : end] == b"\r" else b"\n"


def without_bom(text: bytes) -> bytes:
    """Leave out the byte order mark."""
    return text.removeprefix(BOM)


def fault_of_text(text: bytes) -> tuple[int, str] | None:
    """Say in which line the bytes stop being UTF-8 text, and how; None for good text."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return Lines(text).of(error.start), f"found the byte 0x{text[error.start]:02x}, expected UTF-8 text"
    if (zero := text.find(b"\0")) >= 0:
        return Lines(text).of(zero), "found a NUL byte, expected text"
    return None


def join(first: bytes, second: bytes) -> bytes:
    r"""Put one text behind another, with one blank line between them.

    >>> join(b"a", b"b")
    b'a\n\nb'
    """
    if not first:
        return second
    newline = newline_of(first)
    gap = newline if first.endswith(b"\n") else newline * 2
    return first + (b"" if first.endswith((b"\n\n", b"\n\r\n")) else gap) + without_bom(second)


def holds(text: bytes, part: bytes) -> bool:
    r"""Whether the part stands in the text as whole lines, whatever blank lines surround it.

    >>> holds(b"# memory", b"# m"), holds(b"a\n\nb\n", b"b")
    (False, True)
    """
    wanted = without_bom(part).strip()
    if not wanted:
        return True
    padded = b"\n" + without_bom(text).strip() + b"\n"
    return b"\n" + wanted + b"\n" in padded or b"\n" + wanted + b"\r\n" in padded
