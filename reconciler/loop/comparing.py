"""Compares both sides over the stage that a transition leaves, for its commit message."""

from __future__ import annotations

from datetime import datetime

from reconciler.experiment.compare import compare
from reconciler.model.observation import Observations
from reconciler.model.status import Notes, Status
from reconciler.render.comparison import comparison_lines
from reconciler.rollout.situation import evidence_since


def compared(
    observations: Observations | None, status: Status, notes: Notes | None, *, at: datetime
) -> tuple[str, ...]:
    """Write how both sides did since the stage's evidence began.

    Returns:
        Lines that are shown and never decide; none for a stage in which not both sides have tasks, or where nothing was
        observed: a rollback needs no metrics.
    """
    if observations is None or not status.stage.splits_traffic:
        return ()
    try:
        return comparison_lines(compare(observations, begin=evidence_since(status, notes), end=at), status.stage)
    except (ArithmeticError, ValueError):  # what is only shown must never stand in the way of a rollback
        return ()
