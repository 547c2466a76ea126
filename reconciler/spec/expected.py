"""What a value should have been, said by the rule that refused it. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Expected(ValueError):
    """A value is not what it must be.

    Args:
        must: What it must be or have, to follow the word "must": ``be a duration such as 30m``.
        hint: What to do; may be empty.
        secret: Whether the value may be a secret, so that no message shows it.
        key: The key of the refused mapping that this is about; empty when it is about all of it.
    """

    def __init__(self, must: str, *, hint: str = "", secret: bool = False, key: str = "") -> None:
        super().__init__(must)
        self.must = must
        self.hint = hint
        self.secret = secret
        self.key = key


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the known word that is most like this one; empty when none is.

    >>> did_you_mean("canarry", ["planning", "testing", "canary"])
    'did you mean "canary"?'
    """
    nearest = difflib.get_close_matches(word[:_LONGEST_WORD], list(known), n=1)
    return f'did you mean "{nearest[0]}"?' if nearest else ""


_LONGEST_WORD = 80
