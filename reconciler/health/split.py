"""Says which share of the traffic was really in force, and whether that contradicts the rendered weights. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reconciler.health.bets import label
from reconciler.health.history import Arm, Booleans, Floats, History, before
from reconciler.health.wealth import grow

CONTRADICTION = float(np.log(1000))
"""The evidence at which the split is not the rendered one: one wrong alarm in a thousand migrations."""

_PSEUDO = 50
_SEEN = float(np.log(20))
_PATIENCE = 1800.0
"""Seconds after which a split that never changed is judged as it is: by then Argo CD has synced ten times."""

_OFF = (0.5, 0.7, 0.85, 1.18, 1.4, 2.0)
_LEAST = 0.001


@dataclass(frozen=True, slots=True)
class Split:
    """How the traffic was split.

    Attributes:
        share: The target's share in force in each slice, known before it: runs x slices.
        settled: Whether the rendered split had been seen at work before the slice.
        contradiction: The logarithm of the evidence against the rendered split after each slice.
        per_task: How many sessions there were for each task, at most 1: tasks of a session are no separate evidence.
    """

    share: Floats
    settled: Booleans
    contradiction: Floats
    per_task: Floats

    def only_settled(self, values: Floats) -> Floats:
        """Leave out what happened before the split was seen at work."""
        return np.where(self.settled, values, 0.0)


def split(history: History) -> Split:
    """Observe the split.

    The share in force is the one observed in the slices before, with 50 tasks at the rendered weight mixed in: a
    commit is not a sync. The time until the new split shows is left out; it begins where newly assigned tasks speak 20
    to 1 for the new weight against the old one.
    """
    shape = history.shape
    if history.source is None or not 0 < history.weight < 1:
        ones = np.ones(shape)
        return Split(ones / 2, np.ones(shape, dtype=bool), np.zeros(shape), ones)
    target, source = newly_assigned(history.target, history.source)
    settled = _settled(history, target, source)
    counted = settled | (np.arange(shape[1]) * history.step >= _PATIENCE)
    target, source = np.where(counted, target, 0.0), np.where(counted, source, 0.0)
    weight = np.full(shape, history.weight)
    return Split(
        share=(before(target) + _PSEUDO * weight) / (before(target + source) + _PSEUDO),
        settled=settled,
        contradiction=grow(label(target, source, weight, _OFF)),
        per_task=_per_task(history.target, history.source),
    )


def newly_assigned(target: Arm, source: Arm) -> tuple[Floats, Floats]:
    """Give what follows the weights: sessions where both sides report them, else tasks."""
    if target.sessions is None or source.sessions is None:
        return target.tasks, source.tasks
    return target.sessions, source.sessions


def _settled(history: History, target: Floats, source: Floats) -> Booleans:
    if history.previous == history.weight:
        return np.ones(history.shape, dtype=bool)
    old, new = (min(max(one, _LEAST), 1 - _LEAST) for one in (history.previous, history.weight))
    total = np.cumsum(target * np.log(new / old) + source * np.log((1 - new) / (1 - old)), axis=1)
    seen = total - np.minimum(np.minimum.accumulate(total, axis=1), 0.0) >= _SEEN
    return before(seen.astype(np.float64)) > 0


def _per_task(target: Arm, source: Arm) -> Floats:
    if target.sessions is None or source.sessions is None:
        return np.ones(target.tasks.shape)
    sessions = np.cumsum(target.sessions + source.sessions, axis=1)
    return np.minimum(1.0, sessions / np.maximum(np.cumsum(target.tasks + source.tasks, axis=1), 1.0))
