"""Errors the user can act on. Everything else is our bug and shows its traceback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ReconcilerError(Exception):
    """Something the user can act on: where, what was found, what was expected; and a hint.

    Args:
        message: ``where: what was found, what was expected``, without a trailing full stop.
        hint: What to do; empty when there is nothing better to say than the message.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Give the text that stands on the terminal, hint included."""
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in one file.

    Attributes:
        path: The file, from the repository's root.
        line: Line from 1; 0 when the mistake has no place.
        message: What was found and what was expected.
        hint: What to do; may be empty.
        key: The entry that it is about, by keys and indices from the root; what compares files knows no lines.
    """

    path: str
    line: int
    message: str
    hint: str = ""
    key: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        text = f"{place}: {self.message}"
        return f"{text}\nhint: {self.hint}" if self.hint else text


class SpecError(ReconcilerError):
    """One or more mistakes in people's files, all of a file reported together.

    Args:
        mistakes: In order of file and line; at least one.
    """

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class SourceFault(ReconcilerError):
    """The metric source could not be asked, or its answer cannot be trusted. Never healthy, never a failure."""


class RenderError(ReconcilerError):
    """A template or a value could not be rendered into a manifest that we would apply."""


class GitError(ReconcilerError):
    """Git could not do what was asked; the message holds git's own words, without credentials."""
