"""Reckons the evidence of all minutes of a stage at once: where it fails, and where everything is proven. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from reconciler.health.evidence import Evidence
from reconciler.health.history import History
from reconciler.health.verdicts import Record, evidence_of, proof_needed, tripped
from reconciler.health.whole import Standing, record_of
from reconciler.model.observation import SideObservations
from reconciler.model.policy import HealthPolicy, OnBreach, Patience, Then
from reconciler.model.stage import Stage
from reconciler.model.status import Carried, Status
from reconciler.simulation.looks import Recorded
from reconciler.simulation.traffic import MINUTE, Booleans


@dataclass(frozen=True, slots=True)
class Scan:
    """What is known of every minute of a stage; the place of a minute is how many came before it.

    Attributes:
        begin: The moment evidence begins.
        end: The moment it was reckoned up to.
        urgent: A check that rolls back has failed, or a wait that rolls back has lasted too long.
        proven: Where each check is proven, by its name; those that can only be held against their limit are not there.
    """

    begin: datetime
    end: datetime
    urgent: Booleans
    proven: Mapping[str, Booleans]

    @property
    def all_proven(self) -> Booleans:
        """Where no proof is missing."""
        everywhere: Booleans = np.logical_and.reduce([np.ones_like(self.urgent), *self.proven.values()])
        return everywhere

    def last_proven(self, now: datetime) -> tuple[datetime, str]:
        """Say which check was the last without its proof until now, and since when it had it.

        Returns:
            The beginning and an empty name where nothing had to be proven.
        """
        minutes = (now - self.begin) // MINUTE
        lasts = {name: np.flatnonzero(~places[:minutes]) for name, places in self.proven.items()}
        proven = [(int(missing[-1]) + 2 if len(missing) else 1, name) for name, missing in lasts.items()]
        minute, name = max(proven, default=(0, ""))
        return self.begin + minute * MINUTE, name


def scan(policy: HealthPolicy, status: Status, seen: Recorded) -> Scan:
    """Reckon a stage that takes traffic, as ``judge`` does for its newest minute alone."""
    record = _record(status, seen)
    urgent = _out_of_patience(policy, status.stage, record.history)
    proven: dict[str, Booleans] = {}
    for check in policy.checks:
        evidence = evidence_of(check, record) if check.on_breach is OnBreach.ROLLBACK else None
        if evidence is not None:
            urgent |= tripped(check, record, evidence, policy)[0]
            proven[check.name] = _proven(evidence, policy, status.stage)
    return Scan(seen.begin, seen.end, urgent, proven)


def _proven(evidence: Evidence, policy: HealthPolicy, stage: Stage) -> Booleans:
    enough: Booleans = evidence.proof[0] >= math.log(proof_needed(policy, stage))
    if not stage.splits_traffic:
        return np.zeros_like(enough)
    return enough


def _record(status: Status, seen: Recorded) -> Record:
    observations, anew = seen.observations, seen.begin > status.since
    carried = Carried() if anew else status.carried
    standing = Standing(status.stage, seen.begin, seen.end, status.baseline, carried, sticky=False, anew=anew)
    target = observations.target if isinstance(observations.target, SideObservations) else SideObservations(())
    return record_of(observations.source, target, MINUTE, standing)


def _out_of_patience(policy: HealthPolicy, stage: Stage, history: History) -> Booleans:
    minutes = np.arange(1, history.shape[1] + 1)
    last_task = np.maximum.accumulate(np.where(history.target.tasks[0] > 0, minutes, 0))
    silent = _longer(minutes - last_task, policy.no_tasks)
    return silent | _longer(minutes, policy.inconclusive) if stage.splits_traffic else silent


def _longer(minutes: np.ndarray, patience: Patience) -> Booleans:
    longer: Booleans = minutes > patience.after / MINUTE
    return longer & (patience.then is Then.ROLLBACK)
