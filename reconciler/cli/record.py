"""The command of a job that has no Prometheus: record one task's outcome in the ledger."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.cli.options import Identity, Moment, repository_options
from reconciler.errors import ReconcilerError
from reconciler.model.migration import LedgerMetrics, MigrationId
from reconciler.model.stage import Side

_LEDGER = "ledger:"


@click.command()
@click.argument("migration", type=Identity())
@click.option(
    "--side", type=click.Choice([side.value for side in Side]), required=True, help="Which side did the task."
)
@click.option(
    "--outcome",
    type=click.Choice(["completed", "failed", "error", "timeout"]),
    required=True,
    help="How it ended; error and timeout count as errors.",
)
@click.option("--seconds", type=float, help="How long it took; leave it out when you do not know.")
@click.option("--cost", type=float, help="US dollars it cost; leave it out when you do not know.")
@click.option("--tokens", type=int, help="Tokens it used; leave it out when you do not know.")
@click.option(
    "--session", metavar="ID", help="The session that it belongs to; its tasks count as one, where the first started."
)
@click.option("--at", type=Moment(), help="When it ended (default: now).")
@click.option("--metrics", metavar="ledger:URL", help="Write to this ledger instead of the one in environment.yaml.")
@repository_options
def record(
    migration: MigrationId,
    side: str,
    outcome: str,
    seconds: float | None,
    cost: float | None,
    tokens: int | None,
    session: str | None,
    at: datetime | None,
    metrics: str | None,
    repo: str,
    branch: str,
) -> int:
    """Write one task's outcome to the ledger.

    Reads the ledger's place from the environment's file in Git; with --metrics it needs no Git at all.

    \b
    Examples:
      reconciler record prod/rex --side target --outcome completed --seconds 312 --cost 0.41
      reconciler record prod/rex --side source --outcome timeout --metrics ledger:sqlite:////var/lib/outcomes.db
    """
    from reconciler.adapters.clock import now
    from reconciler.adapters.ledger import Ledger

    url = _ledger_of(migration, repo, branch) if metrics is None else _given(metrics)
    Ledger(url).record(
        migration,
        Side(side),
        outcome,
        seconds=seconds,
        cost_usd=cost,
        at=at or now(),
        session=session,
        tokens=tokens,
    )
    return 0


def _given(metrics: str) -> str:
    if not metrics.startswith(_LEDGER):
        raise click.UsageError(f"--metrics is {metrics!r}, expected ledger:URL, e.g. ledger:sqlite:///outcomes.db")
    return metrics.removeprefix(_LEDGER)


def _ledger_of(migration: MigrationId, repo: str, branch: str) -> str:
    """Find the ledger in the environment's file; the migration's own file need not be in order for a task to count."""
    from reconciler.adapters.git import open_repository
    from reconciler.loop.tree import Blobs, Tree
    from reconciler.spec.environment import parse_environment
    from reconciler.spec.layout import environment_path

    with open_repository(repo, branch=branch) as repository:
        tree = Tree(Blobs(repository), repository.sync())
        path = environment_path(migration.environment)
        text = tree.read(path)
    if text is None or migration not in tree.migrations(migration.environment):
        raise ReconcilerError(f"{migration}: there is no such migration", hint="see: reconciler status")
    found = parse_environment(text, path).metrics
    if not isinstance(found, LedgerMetrics):
        where = "nothing" if found is None else f"a Prometheus at {found.url}"
        raise ReconcilerError(
            f"{path}: metrics names {where}, expected a ledger to write to",
            hint="give --metrics ledger:URL, or let the job report to Prometheus itself",
        )
    return found.url
