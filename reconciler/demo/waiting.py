"""Waits for conditions with a deadline and a reason, so that the demo neither hangs nor merely sleeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from reconciler.errors import ReconcilerError

_LOOK_AGAIN = 0.02

T = TypeVar("T")


class DemoError(ReconcilerError):
    """The demo could not go on, or what it measured is not what was pushed."""


def wait_for(condition: Callable[[], T | None], what: str, *, within: float, hint: str = "") -> T:
    """Look again and again until a condition holds.

    Args:
        condition: Anything true ends the waiting.
        what: What is waited for, as a clause: ``Envoy takes requests``.
        within: Seconds until we give up.
        hint: Where to look when it never comes.

    Returns:
        What the condition gave.

    Raises:
        DemoError: The deadline passed.
    """
    pause = threading.Event()
    for _ in range(max(1, round(within / _LOOK_AGAIN))):
        if found := condition():
            return found
        pause.wait(_LOOK_AGAIN)
    raise DemoError(f"waited {within:g} s until {what}, and it did not come", hint=hint)
