"""Lets the real loop do passes over the demo's repository, one by one, as ``reconcile --watch`` would."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from reconciler.adapters.clock import now, unique_ids
from reconciler.adapters.git import open_repository
from reconciler.demo.waiting import DemoError, wait_for
from reconciler.loop.judging import Planned
from reconciler.loop.ports import Pass, Scope
from reconciler.loop.reconcile import Outcome, reconcile
from reconciler.loop.sources import source_of
from reconciler.model.decision import word
from reconciler.model.migration import MigrationId

_LONGEST_SECOND = 5.0


class Passes:
    """The loop on one repository; nothing is kept between two passes but what git holds.

    Args:
        remote: The repository that everybody pushes to.
        cache_home: Where the loop's own copy is kept.
    """

    def __init__(self, remote: str, cache_home: Path) -> None:
        self._remote = remote
        self._cache_home = cache_home
        self._last = datetime.min.replace(tzinfo=UTC)

    def come_due(self) -> None:
        """Wait until the next pass is due: one a second, since a pass's moment is whole seconds."""
        wait_for(lambda: now() > self._last, "the clock's next second", within=_LONGEST_SECOND)

    def next(self) -> Outcome:
        """Do one pass as soon as it is due.

        Raises:
            ReconcilerError: As ``reconcile``; or the remote refused what was decided.
        """
        self.come_due()
        self._last = now()
        with open_repository(self._remote, cache_home=self._cache_home) as repository:
            outcome = reconcile(repository, self._new_pass)
        if outcome.refused is not None:
            raise DemoError(f"the remote refused the push: {outcome.refused}")
        return outcome

    def _new_pass(self) -> Pass:
        at = now()
        return Pass(at, Scope(), source_of(None), unique_ids(at))


def line_of(outcome: Outcome, migration: MigrationId) -> Planned:
    """Give what a pass made of one migration.

    Raises:
        DemoError: The pass did not look at it.
    """
    for one in outcome.plan.migrations:
        if one.id == migration:
            return one
    raise DemoError(f"the pass says nothing about {migration}")


def said(one: Planned) -> str:
    """Give what the loop says about one migration, in one line."""
    return f"{word(one.decision)}: {one.decision.reason}"
