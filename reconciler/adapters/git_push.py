"""Moves one branch of the remote under a lease, and finds out what became of it from git's own state, not its prose."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.adapters.git_process import Finished, Runner, TimedOut
from reconciler.adapters.git_profiles import REMOTE
from reconciler.adapters.git_values import LostRace, Published, PushOutcome, Refused
from reconciler.adapters.git_words import on_one_line, redacted
from reconciler.errors import GitError

_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
_BUSY = re.compile(r"lock|failed to update ref|transaction", re.IGNORECASE)
_COMMAND = (
    "push",
    "--porcelain",
    "--no-verify",
    "--no-signed",
    "--recurse-submodules=no",
)


@dataclass(frozen=True, slots=True)
class Move:
    """One branch of the remote, from one commit to another.

    Attributes:
        ref: Its whole name, ``refs/heads/main``.
        expected: Where it stands; None when there is no such branch yet.
        new: Where it goes; None deletes it.
    """

    ref: str
    expected: str | None
    new: str | None

    @property
    def arguments(self) -> tuple[str, str, str]:
        """What follows the push options."""
        return f"--force-with-lease={self.ref}:{self.expected or ''}", REMOTE, f"{self.new or ''}:{self.ref}"


def push(runner: Runner, move: Move, *, where: Callable[[], str | None], holds: Callable[[str], bool]) -> PushOutcome:
    """Push, and say what became of it.

    A branch that another writer has locked at this moment is tried again for two seconds.

    Args:
        runner: Git that reaches the remote.
        move: What to move.
        where: Fetches, and gives the commit at which the branch stands now.
        holds: Whether the branch that was just fetched holds a commit.

    Raises:
        GitError: The remote cannot be reached, or does not let us in.
        TimedOut: The push was killed, and the branch stood where it was when we looked.
    """
    outcome: PushOutcome = LostRace()
    for pause in (*_PAUSES, 0.0):
        try:
            finished = runner.finish(*_COMMAND, *move.arguments)
        except TimedOut as error:
            return _settled(move, where(), holds, error)
        rejection = _rejection(finished, move.ref)
        if rejection is None and finished.code == 0:
            return Published(move.new or move.expected or "")
        if rejection is None:
            return _settled(move, where(), holds, runner.failed(("push",), finished))
        outcome = _settled(move, where(), holds, Refused(_reason(rejection, finished.words, runner.secrets)))
        if not isinstance(outcome, Refused) or not _BUSY.search(outcome.reason):
            return outcome
        time.sleep(pause)
    return outcome


def _settled(move: Move, now: str | None, holds: Callable[[str], bool], otherwise: Refused | GitError) -> PushOutcome:
    """Judge by where the branch stands after a push that did not report success."""
    if now == move.new or (move.new is not None and now is not None and holds(move.new)):
        return Published(move.new or move.expected or "")
    if now != move.expected:
        return LostRace()
    if isinstance(otherwise, GitError):
        raise otherwise
    return otherwise


def _rejection(finished: Finished, ref: str) -> str | None:
    """Give the remote's summary when it rejected this ref; None when it did not say so."""
    for line in finished.stdout.decode("utf-8", "replace").splitlines():
        flag, _, rest = line.partition("\t")
        names, _, summary = rest.partition("\t")
        if flag == "!" and names.endswith(f":{ref}"):
            return summary
    return None


def _reason(summary: str, words: str, secrets: Sequence[str]) -> str:
    said = [line.removeprefix("remote:").strip() for line in words.splitlines() if line.startswith("remote:")]
    parts = [part for part in (summary.strip(), *said) if part]
    return on_one_line(redacted("\n".join(dict.fromkeys(parts)), secrets)) or "no reason given"
