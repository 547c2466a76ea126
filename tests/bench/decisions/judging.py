"""Puts drawn histories to the engine, with the project's default policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reconciler.health.evidence import Evidence, Reference
from reconciler.health.history import Booleans, Floats, History
from reconciler.health.split import Split, split
from reconciler.health.verdicts import Record, evidence_of, tripped
from reconciler.model.policy import Check, OnBreach
from reconciler.model.status import Carried
from reconciler.spec.policy import parse_policy

Outcome = Mapping[str, Floats]
"""The minute of the first time in each run, by what happened; infinite where it never did."""

_PATH = "policies/default.yaml"
POLICY = parse_policy((Path(__file__).parents[3] / _PATH).read_bytes(), _PATH)
CHECKS = {check.name: check for check in POLICY.checks if check.on_breach is OnBreach.ROLLBACK}

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the engine says of one check: runs x slices.

    Attributes:
        tripped: Whether it has failed.
        evidence: The logarithms of the wealth.
    """

    tripped: Booleans
    evidence: Evidence


def judged(
    history: History,
    checks: Iterable[Check] = CHECKS.values(),
    carried: Carried | None = None,
    seen: Split | None = None,
) -> dict[str, Judged]:
    """Judge every run after every slice."""
    left = carried or Carried()
    record = Record(history, seen or split(history), Reference(None, left.source), left)
    answers = {}
    for check in checks:
        evidence = evidence_of(check, record)
        assert evidence is not None
        answers[check.name] = Judged(tripped(check, record, evidence, POLICY), evidence)
    return answers


def first(happened: Booleans) -> Floats:
    """Give the minute of the first time, counted from 1; infinite where it never happened."""
    return np.where(happened.any(axis=1), happened.argmax(axis=1) + 1.0, np.inf)


def trips(answers: Mapping[str, Judged]) -> dict[str, Floats]:
    """Give when each check tripped, and when the first of them did."""
    moments = {name: first(one.tripped) for name, one in answers.items()}
    return {OURS: np.min(list(moments.values()), axis=0), **moments}


def proven(answers: Iterable[Judged], level: float) -> Booleans:
    """Say where every check is proven at a level: runs x slices."""
    everywhere: Booleans = np.all([one.evidence.proof >= np.log(1 / level) for one in answers], axis=0)
    return everywhere
