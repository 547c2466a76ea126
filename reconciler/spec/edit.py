"""Edits one entry of a migration's file and leaves every other byte as the person wrote it. Pure."""

from __future__ import annotations

from reconciler.errors import Mistake, SpecError
from reconciler.model.migration import PersonsHold
from reconciler.model.stage import Stage
from reconciler.quoting import quote
from reconciler.spec.core_types import Plain
from reconciler.spec.document import Document, Place
from reconciler.spec.limits import MIGRATION_BYTES
from reconciler.spec.reader import read
from reconciler.spec.writer import printable


def set_stage(text: bytes, stage: Stage, path: str) -> bytes:
    """Write the wanted stage into a migration's file; quotes, comments, order and line ends stay.

    Other mistakes of the file do not matter here: going back must not wait for them.

    Args:
        text: The file's bytes.
        stage: The stage to want.
        path: The file, from the repository's root, for messages.

    Raises:
        SpecError: The file cannot be read, has no ``stage:`` on one line, or another entry would change.
    """
    document = read(text, path, most_bytes=MIGRATION_BYTES)
    place = _place(document, "stage")
    if place is None or not isinstance(document.at(("stage",)), str):
        raise _refused(document, 1, "there is no stage to change, must be a line of its own", "add stage: planning")
    written = document.text[place.start : place.end]
    quotes = written[0] if written[0] in "\"'" else ""
    if written[0] in "|>" or "\n" in written or "\r" in written:
        raise _refused(
            document, place.line, "stage goes over several lines, must stand on one", "write stage: planning"
        )
    return _splice(text, document, place.start, place.end, f"{quotes}{stage}{quotes}", {"stage": str(stage)})


def set_hold(text: bytes, hold: PersonsHold | None, path: str) -> bytes:
    """Write a person's brake into a migration's file, or take it out.

    Args:
        text: The file's bytes.
        hold: The brake, added as the last line or in the place of the one that is there; None takes it out.
        path: The file, from the repository's root, for messages.

    Raises:
        SpecError: The file cannot be read, or another entry would change.
    """
    document = read(text, path, most_bytes=MIGRATION_BYTES)
    place = _place(document, "hold")
    if hold is None:
        return text if place is None else _remove(text, document, place)
    reason, by = printable(hold.reason), printable(hold.by)
    line = f"hold: {{reason: {quote(reason)}, by: {quote(by)}}}"
    wanted: dict[str, Plain] = {"hold": {"reason": reason, "by": by}}
    if place is None:
        return _add(text, document, line, wanted)
    return _splice(text, document, place.begin, _last(document, place), line, wanted)


def _add(text: bytes, document: Document, line: str, wanted: dict[str, Plain]) -> bytes:
    whole = document.text
    root = document.places[()]
    indent = root.start - _line_start(whole, root.start)
    if not isinstance(document.value, dict) or whole[root.start : root.start + 1] == "{":
        raise _refused(document, root.line, "the file is no block of lines, must be one to take a hold", _BY_HAND)
    end = whole.rfind("\n...", root.end) + 1 or len(whole)
    line_end = "\r\n" if "\r\n" in whole else "\n"
    before = "" if whole[:end].endswith(("\n", "\r")) else line_end
    after = line_end if whole[:end].endswith(("\n", "\r")) else ""
    return _splice(text, document, end, end, f"{before}{' ' * indent}{line}{after}", wanted)


def _remove(text: bytes, document: Document, place: Place) -> bytes:
    whole = document.text
    begin, end = _line_start(whole, place.begin), _line_end(whole, _last(document, place))
    if whole[begin : place.begin].strip(" ") or "{" in whole[document.places[()].start :][:1]:
        raise _refused(document, place.line, "hold shares its line, must have one of its own", _BY_HAND)
    if end == len(whole) and not whole.endswith(("\n", "\r")):
        # The file ends without a line break, and so it does afterwards.
        begin -= 2 if whole.endswith("\r\n", 0, begin) else int(begin > 0)
    return _splice(text, document, begin, end, "", {}, without="hold")


def _splice(
    text: bytes, document: Document, begin: int, end: int, new: str, wanted: dict[str, Plain], *, without: str = ""
) -> bytes:
    whole = document.text
    mark = text[: len(text) - len(whole.encode())]
    edited = mark + (whole[:begin] + new + whole[end:]).encode()
    before = document.value if isinstance(document.value, dict) else {}
    expected = {key: value for key, value in {**before, **wanted}.items() if key != without}
    try:
        found = read(edited, document.path, most_bytes=MIGRATION_BYTES).value
    except SpecError as error:
        raise _refused(document, 0, "the file could not be read after the edit, must be readable", _BY_HAND) from error
    if found != expected:
        raise _refused(document, 0, "another entry would change with the edit, must not", _BY_HAND)
    return edited


def _place(document: Document, key: str) -> Place | None:
    return document.places.get((key,)) if isinstance(document.value, dict) else None


def _last(document: Document, place: Place) -> int:
    """Find the end of an entry's text; the text of a block scalar ends with line breaks that stay."""
    return place.begin + len(document.text[place.begin : place.end].rstrip("\r\n "))


def _line_start(whole: str, at: int) -> int:
    return max(whole.rfind("\n", 0, at), whole.rfind("\r", 0, at)) + 1


def _line_end(whole: str, at: int) -> int:
    breaks = [found for found in (whole.find("\n", at), whole.find("\r", at)) if found >= 0]
    if not breaks:
        return len(whole)
    first = min(breaks)
    return first + 2 if whole.startswith("\r\n", first) else first + 1


def _refused(document: Document, line: int, what: str, hint: str) -> SpecError:
    return SpecError([Mistake(document.path, line, what, hint)])


_BY_HAND = "make this edit by hand"
