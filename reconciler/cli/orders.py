"""The commands that make a person's commit: advance, rollback, hold, resume."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Identity, Moment, output_option, print_json, repository_options
from reconciler.cli.passes import NOT_PUSHED
from reconciler.model.migration import MigrationId

if TYPE_CHECKING:
    from reconciler.loop.commands import Write


def _order(name: str) -> click.Command:
    sentences = {
        "advance": "Ask for the next stage. The next pass does it, past soak and proof, not past a failed check.",
        "rollback": "Route everything to the source, at once. Needs git alone, no metrics.",
        "hold": "Stop a migration where it stands; a failed check still rolls it back.",
        "resume": "Lift a person's hold and the reconciler's own; evidence counts from now on.",
    }

    @click.command(name, help=f"{sentences[name]}\n\n\b\nExample:\n  reconciler {name} prod/rex --reason 'on call'")
    @click.argument("migration", type=Identity())
    @click.option("--reason", required=True, help="Why; it stands in the commit.")
    @click.option("--by", default=getpass.getuser, help="Who asks (default: your user name).")
    @click.option("--at", type=Moment(), help="The moment (default: now).")
    @repository_options
    @output_option
    def order(
        migration: MigrationId, reason: str, by: str, at: datetime | None, repo: str, branch: str, output: str
    ) -> int:
        from reconciler.adapters.clock import now, unique_ids
        from reconciler.adapters.git import open_repository
        from reconciler.loop import commands

        write: Write = getattr(commands, name)
        moment = at or now()
        request = commands.Request(migration, reason, by, moment, unique_ids(moment))
        with open_repository(repo, branch=branch) as repository:
            ordered = commands.command(repository, write, request)
        commits = list(ordered.pushed.oids) if ordered.branch is None else []
        if output == "json":
            print_json({"id": str(migration), "commits": commits, "branch": ordered.branch})
        elif ordered.branch is None:
            click.echo(f"{migration}: {name}: {' '.join(commits)}")
        if ordered.branch is None:
            return 0
        click.echo(f"error: the remote refused the push: {ordered.pushed.refused}", err=True)
        click.echo(f"hint: merge {ordered.branch}", err=True)
        return NOT_PUSHED

    return order


advance = _order("advance")
rollback = _order("rollback")
hold = _order("hold")
resume = _order("resume")
