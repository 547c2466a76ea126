"""Builds plain values from YAML's events, one open collection at a time, so that depth costs no stack. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from yaml import events

from reconciler.errors import Mistake
from reconciler.quoting import quote
from reconciler.spec import limits
from reconciler.spec.core_types import Plain, core_type
from reconciler.spec.document import Document, KeyPath, Place, refuse
from reconciler.spec.expected import Expected


class _Span(NamedTuple):
    """Where an event stands: its line from 1, and the text from start to end."""

    line: int
    start: int
    end: int


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet, and the entry of it that comes next."""

    into: dict[str, Plain] | list[Plain]
    where: KeyPath
    line: int
    begin: int
    start: int
    key: str | None = None
    key_line: int = 0
    key_begin: int = 0


class Composer:
    """Takes the events of one file in order; afterwards it holds the document and the mistakes.

    Args:
        path: The file, from the repository's root, for messages.
    """

    def __init__(self, path: str) -> None:
        self.mistakes: list[Mistake] = []
        self._path = path
        self._root: Plain = None
        self._documents = 0
        self._open: list[_Open] = []
        self._places: dict[KeyPath, Place] = {(): Place(1, 0, 0, 0)}
        self._empty: list[KeyPath] = []
        self._end = 0
        self._here = _Span(1, 0, 0)

    def document(self, text: str) -> Document:
        """Give what was read from this text."""
        return Document(self._path, text, self._root, self._places, tuple(self._empty))

    def take(self, event: events.Event) -> None:
        """Take the next event.

        Raises:
            SpecError: Reading cannot go on; all mistakes so far.
        """
        self._here = _span(event)
        match event:
            case events.ScalarEvent():
                self._scalar(event)
            case events.CollectionStartEvent():
                self._begin(event)
            case events.CollectionEndEvent():
                self._close()
            case events.AliasEvent():
                self._note(self._here.line, f"*{event.anchor} is an alias, aliases must not be used", _WRITE_IT_OUT)
                self._put(None)
            case events.DocumentStartEvent():
                self._begin_document(event)
            case _:
                pass

    def stop(self, line: int, message: str, hint: str) -> None:
        """Give up with this mistake and all before it.

        Raises:
            SpecError: Always.
        """
        self._note(line, message, hint)
        refuse(self.mistakes)

    def _note(self, line: int, message: str, hint: str) -> None:
        self.mistakes.append(Mistake(self._path, line, message, hint))

    def _begin_document(self, event: events.DocumentStartEvent) -> None:
        self._documents += 1
        if event.version or event.tags:
            self._note(self._here.line, "a % directive stands here, there must be none", "delete the line")
        if self._documents > 1:
            self.stop(self._here.line, "a second document begins here, there must be one", "make it a file of its own")

    def _begin(self, event: events.CollectionStartEvent) -> None:
        self._refuse_properties(event)
        if len(self._open) >= limits.DEPTH:
            self.stop(self._here.line, f"this is nested deeper than {limits.DEPTH} levels, must not be", "")
        if self._expects_key():
            self.stop(self._here.line, "a key is a mapping or a list, must be a string", "")
        where, line, begin = self._entry()
        into: dict[str, Plain] | list[Plain] = {} if isinstance(event, events.MappingStartEvent) else []
        self._open.append(_Open(into, where, line, begin, self._here.start))

    def _close(self) -> None:
        # Only a bracket has a width; the end of a block is noticed late, past comments that follow it.
        if self._here.end > self._here.start:
            self._end = self._here.end
        closed = self._open.pop()
        self._places[closed.where] = Place(closed.line, closed.begin, closed.start, self._end)
        self._store(closed.into)

    def _scalar(self, event: events.ScalarEvent) -> None:
        self._refuse_properties(event)
        value = self._value(event)
        if self._expects_key():
            self._take_key(self._open[-1], value, event)
        else:
            self._put(value)

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].into, dict) and self._open[-1].key is None

    def _take_key(self, top: _Open, value: Plain, event: events.ScalarEvent) -> None:
        line = self._here.line
        if not isinstance(value, str):
            self._note(line, f"key {event.value or '(empty)'} is no string, a key must be one", "put it in quotes")
        elif value == "<<" and event.implicit[0]:
            self._note(line, "<< merges another mapping, merge keys must not be used", _WRITE_IT_OUT)
        elif value in top.into:
            first = self._places[(*top.where, value)].line
            self._note(
                line, f"key {quote(value[:_SHOWN])} stands here again, first on line {first}", "delete one of them"
            )
        top.key, top.key_line, top.key_begin = event.value, line, self._here.start

    def _value(self, event: events.ScalarEvent) -> Plain:
        text: str = event.value
        if len(text) * 4 > limits.SCALAR_BYTES and len(text.encode()) > limits.SCALAR_BYTES:
            message = f"this text has {len(text.encode())} bytes, must have at most {limits.SCALAR_BYTES}"
            self.stop(self._here.line, message, "")
        if event.implicit[0]:
            try:
                return core_type(text)
            except Expected as error:
                self._note(self._here.line, f"{text[:_SHOWN]} must {error.must}", error.hint)
        elif _CONTROL.search(text):
            self._note(self._here.line, "this text holds a control character, must not", "")
        return text

    def _put(self, value: Plain) -> None:
        where, line, begin = self._entry()
        self._end = self._here.end
        self._places[where] = Place(line, begin, self._here.start, self._end)
        if value is None:
            self._empty.append(where)
        self._store(value)

    def _entry(self) -> tuple[KeyPath, int, int]:
        if not self._open:
            return (), self._here.line, self._here.start
        top = self._open[-1]
        if isinstance(top.into, list):
            return (*top.where, len(top.into)), self._here.line, self._here.start
        return (*top.where, top.key or ""), top.key_line, top.key_begin

    def _store(self, value: Plain) -> None:
        if not self._open:
            self._root = value
            return
        top = self._open[-1]
        if isinstance(top.into, list):
            top.into.append(value)
        else:
            top.into[top.key or ""] = value
            top.key = None

    def _refuse_properties(self, event: events.ScalarEvent | events.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._note(self._here.line, f"&{event.anchor} is an anchor, anchors must not be used", _WRITE_IT_OUT)
        if event.tag is not None:
            self._note(self._here.line, f"{quote(event.tag)} is a tag, tags must not be used", "delete it")


def _span(event: events.Event) -> _Span:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        raise ValueError("the YAML library gave an event without its place")
    return _Span(start.line + 1, start.index, end.index)


_WRITE_IT_OUT = "write the value out where it is needed"
_SHOWN = 60
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
