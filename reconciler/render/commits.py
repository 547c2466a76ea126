"""Writes the reconciler's commit messages, its log: subject and body for people, trailers for tools. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from reconciler.model.migration import MigrationId
from reconciler.model.stage import Stage
from reconciler.model.verdict import CheckResult


@dataclass(frozen=True, slots=True)
class Origin:
    """What every commit of a pass says of its origin.

    Attributes:
        run: The commit's unique id; empty for an edit that is judged like any person's.
        law: The commit whose policy and templates judged.
        judged: For every environment that the pass judged completely, the commit that was judged.
    """

    run: str
    law: str
    judged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WayBack:
    """How a person undoes a transition with git alone.

    Attributes:
        planning: The commit that entered planning; None when it is not known.
        files: The three files of the transition.
    """

    planning: str | None
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of one migration; ``begin`` is None for a migration that enters planning for the first time."""

    migration: MigrationId
    begin: Stage | None
    end: Stage

    def __str__(self) -> str:
        return f"{self.begin or 'none'} -> {self.end}"


def advance_message(  # noqa: D417 - the values document themselves
    transition: Transition,
    *,
    subject: str,
    reason: str,
    trigger: str,
    origin: Origin,
    way_back: WayBack,
    skipped: Sequence[str] = (),
    checks: Sequence[CheckResult] = (),
    comparison: Sequence[str] = (),
    proposal: str = "",
) -> str:
    """Write the message of a step that is no revert.

    Args:
        subject: What happened, e.g. ``advance canary → rollout-25``.
        reason: Why, for people; one line.
        trigger: ``automatic``, ``person`` or ``check:NAME``.
        skipped: What a person's raise replaced.
        checks: The evidence.
        comparison: How both sides did over the stage that ends, in lines; shown only.
        proposal: The branch, when a person is to merge this commit.
    """
    return _message(
        f"{transition.migration}: {subject}",
        [one_line(reason), *_paragraph(comparison), "", *_way_back(transition, origin.run, way_back)],
        [
            ("Migration", str(transition.migration)),
            ("Transition", str(transition)),
            ("Trigger", trigger),
            *([("Skipped", ", ".join(skipped))] if skipped else []),
            *([("Proposal", proposal)] if proposal else []),
            *_origin(origin),
            *_evidence(checks),
        ],
    )


def rollback_message(
    transition: Transition,
    *,
    reverts: Sequence[tuple[str, str]],
    reason: str,
    trigger: str,
    origin: Origin,
    checks: Sequence[CheckResult] = (),
    comparison: Sequence[str] = (),
) -> str:
    """Write the message of a rollback; only one that takes all traffic away is called the revert of the advances.

    Args:
        transition: From where to rolled-back, or one stage back on the way there.
        reverts: Id and subject of every advance that is undone, the newest first.
        reason: Why, for people; one line.
        trigger: ``check:NAME``, ``automatic`` or ``person``.
        origin: Where the commit comes from.
        checks: The evidence.
        comparison: How both sides did over the stage that ends, in lines; shown only.
    """
    subject = f"{transition.migration}: roll back {transition.begin} → {transition.end}"
    if transition.end.takes_traffic:
        subject, reverts = f"{subject} (on the way to rolled-back)", ()
    elif reverts:
        more = f" (+{len(reverts) - 1})" if len(reverts) > 1 else ""
        subject = f'Revert "{reverts[0][1]}"{more}'
    undo = f"Undo this:      git revert --no-edit 'HEAD^{{/Run: {origin.run}}}'"
    then = f"                ({transition.begin} stands again, held)"
    return _message(
        subject,
        [
            *(f"This reverts commit {oid}." for oid, _ in reverts),
            one_line(reason),
            *_paragraph(comparison),
            "",
            undo,
            then,
        ],
        [
            ("Migration", str(transition.migration)),
            ("Transition", str(transition)),
            ("Trigger", trigger),
            *_origin(origin),
            *_evidence(checks),
        ],
    )


def plain_message(subject: str, reason: str, migrations: Iterable[MigrationId], *, trigger: str, origin: Origin) -> str:
    """Write the message of a commit that moves no stage: a hold, a re-render, a retirement."""
    return _message(
        subject,
        [one_line(reason)],
        [*(("Migration", str(migration)) for migration in migrations), ("Trigger", trigger), *_origin(origin)],
    )


def parse_trailers(message: str) -> list[tuple[str, str]]:
    r"""Read the trailers: the ``Key: value`` lines of the last paragraph, in order.

    >>> parse_trailers("subject\n\nRun: body\n\nMigration: prod/rex\nRun: 01")
    [('Migration', 'prod/rex'), ('Run', '01')]
    """
    last = message.rstrip().rsplit("\n\n", 1)[-1].split("\n")
    found = [_TRAILER.fullmatch(line) for line in last]
    return [(match[1], match[2]) for match in found if match] if all(found) else []


def one_line(text: str) -> str:
    """Fold a text into one line without control characters, so that it can forge neither lines nor trailers."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def duration_words(duration: timedelta | None) -> str | None:
    """Write a window as the policy does.

    >>> duration_words(timedelta(minutes=5)), duration_words(timedelta(hours=1)), duration_words(None)
    ('5m', '1h', None)
    """
    if duration is None:
        return None
    seconds = int(duration.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def evidence_of(checks: Sequence[CheckResult]) -> dict[str, dict[str, object]]:
    """Give the numbers behind the verdicts, compact: k bad events, n tasks, window, value, limit, e, verdict."""
    return {
        check.name: {
            "k": round(check.value * check.samples) if check.value is not None and _is_rate(check) else None,
            "n": check.samples,
            "window": duration_words(check.window),
            "value": significant(check.value),
            "limit": significant(check.limit),
            "e": check.evidence,
            "proof": check.proof,
            "verdict": check.verdict.value,
        }
        for check in checks
    }


def _is_rate(check: CheckResult) -> bool:
    return check.indicator in {"error_rate", "completion_rate"}


def significant(value: float | None) -> float | None:
    """Round to six significant digits, which is more than any measurement here holds."""
    return None if value is None else float(f"{value:.6g}")


def _message(subject: str, body: Sequence[str], trailers: Sequence[tuple[str, str]]) -> str:
    lines = "\n".join(f"{key}: {one_line(value)}" for key, value in trailers)
    return "\n".join([subject, "", *body, "", lines, ""])


def _paragraph(lines: Sequence[str]) -> list[str]:
    return ["", *lines] if lines else []


def _way_back(transition: Transition, run: str, way_back: WayBack) -> list[str]:
    if transition.begin is None:
        return ["Nothing is routed to the target yet; deleting the migration file takes all of it away."]
    lines = [f"One step back:  git revert --no-edit 'HEAD^{{/Run: {run}}}'"]
    if way_back.planning:
        files = " ".join(shlex.quote(path) for path in way_back.files)
        message = shlex.quote(f"{transition.migration}: back to 0 %")
        lines.append(f"Back to 0 %:    git checkout {way_back.planning} -- {files} && git commit -m {message}")
    return lines


def _origin(origin: Origin) -> list[tuple[str, str]]:
    judged = [("Judged", f"{environment} {base}") for environment, base in sorted(origin.judged.items())]
    return [("Law", origin.law), *judged, *([("Run", origin.run)] if origin.run else [])]


def _evidence(checks: Sequence[CheckResult]) -> list[tuple[str, str]]:
    if not checks:
        return []
    return [("Evidence", json.dumps(evidence_of(checks), separators=(",", ":"), ensure_ascii=False))]


_TRAILER = re.compile(r"([A-Z][A-Za-z-]*): (.*)")
