"""The commands that only look: status, history, verify, validate, schema."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.cli.options import (
    Identity,
    output_option,
    pass_options,
    print_json,
    repository_options,
)
from reconciler.errors import Mistake
from reconciler.model.migration import MigrationId


@click.command()
@click.argument("migration", type=Identity(), required=False)
@repository_options
@pass_options
@output_option
def status(
    migration: MigrationId | None, repo: str, branch: str, metrics: str | None, at: datetime | None, output: str
) -> int:
    """Show where each migration stands and what comes next.

    Reads Git (the remote's newest commit) and the metrics; changes neither.

    \b
    Examples:
      reconciler status
      reconciler status prod/rex
    """
    from reconciler.adapters.git import open_repository
    from reconciler.cli.passes import new_pass
    from reconciler.loop.plan import make_plan
    from reconciler.loop.standing import long_lines, short_line, standing_json, standings

    environment = migration.environment if migration else None
    this = new_pass(environment, migration.name if migration else None, metrics, at)()
    with open_repository(repo, branch=branch) as repository:
        plan = make_plan(repository, this, revision=repository.sync())
        found = list(standings(repository, plan, ways_back=migration is not None))
    if output == "json":
        print_json([standing_json(one) for one in found])
        return 0
    for one in found:
        for line in long_lines(one, this.at) if migration else [short_line(one, this.at)]:
            click.echo(line)
    return 0


@click.command()
@click.argument("migration", type=Identity(), required=False)
@repository_options
@output_option
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Stop after so many.")
def history(migration: MigrationId | None, repo: str, branch: str, output: str, limit: int) -> int:
    """Show the transitions of a migration (or all), from git, the newest first.

    Reads the history of the branch; fetches more of it where it has only a part.

    \b
    Examples:
      reconciler history prod/rex
      reconciler history --output json | jq '.[].transition'
    """
    from itertools import islice

    from reconciler.adapters.git import open_repository
    from reconciler.loop.history import read_history
    from reconciler.loop.ports import Scope

    scope = Scope(migration.environment, migration.name) if migration else Scope()
    with open_repository(repo, branch=branch) as repository:
        events = list(islice(read_history(repository, repository.sync(), scope), limit))
    if output == "json":
        print_json(
            [
                {
                    "id": str(event.migration),
                    "commit": event.commit,
                    "at": event.at,
                    "transition": event.transition,
                    "trigger": event.trigger,
                    "by": event.by,
                    "subject": event.subject,
                }
                for event in events
            ]
        )
        return 0
    for event in events:
        click.echo(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.commit[:12]}  {event.trigger:<14}  {event.subject}")
    return 0


@click.command()
@repository_options
@output_option
@click.option("--rev", help="Verify up to this revision (default: the remote's newest commit).")
@click.option("--since", metavar="REV", help="Verify only the commits after this one.")
def verify(repo: str, branch: str, output: str, rev: str | None, since: str | None) -> int:
    """Recompute every commit of the reconciler from the files beside it, and its verdicts from its evidence.

    Reads Git only. Exits 1 when a commit of ours is not what its tree renders to; reports what people changed.

    \b
    Examples:
      reconciler verify
      reconciler verify --since HEAD~20
    """
    from collections import Counter

    from reconciler.adapters.git import open_repository
    from reconciler.loop.verify import Finding
    from reconciler.loop.verify import verify as recompute

    with open_repository(repo, branch=branch) as repository:
        revision = repository.sync() if rev is None else repository.resolve(rev)
        lines = list(recompute(repository, revision, since=repository.resolve(since) if since else None))
    counts = Counter(line.finding for line in lines)
    if output == "json":
        print_json(
            [
                {"commit": line.commit, "id": str(line.migration), "finding": line.finding.value, "reason": line.reason}
                for line in lines
            ]
        )
    else:
        for line in lines:
            if line.finding is not Finding.VERIFIED:
                click.echo(f"{line.commit[:12]}  {line.migration}  {line.finding}  {line.reason}")
        click.echo(", ".join(f"{count} {finding}" for finding, count in sorted(counts.items())) or "nothing to verify")
    return 1 if counts[Finding.WRONG] else 0


@click.command()
@repository_options
@output_option
@click.option("--rev", help="Validate this revision instead of the files as they lie.")
@click.option("--base", help="Compare with this revision, e.g. origin/main to judge a pull request.")
def validate(repo: str, branch: str, output: str, rev: str | None, base: str | None) -> int:
    """Check every file against its schema, its law and its CLI; all mistakes at once, with their lines.

    Reads the files as they lie in a clone, uncommitted ones too.

    \b
    Examples:
      reconciler validate
      reconciler validate --rev HEAD --base origin/main
    """
    from reconciler.adapters.agent_cli import codex_models
    from reconciler.adapters.git import open_repository
    from reconciler.cli.passes import revision_to_judge
    from reconciler.convert.validation import CATALOGUE, read_codex_catalogue
    from reconciler.loop.validate import validate as check
    from reconciler.model.migration import Cli

    installed = read_codex_catalogue(codex_models())
    catalogue = {**CATALOGUE, Cli.CODEX: installed} if installed else CATALOGUE
    with open_repository(repo, branch=branch) as repository:
        revision = revision_to_judge(repository, rev)
        found = check(repository, revision, base=repository.resolve(base) if base else None, catalogue=catalogue)
    if output == "json":
        print_json({"mistakes": [mistake_json(one) for one in found.mistakes], "notes": list(found.notes)})
    else:
        for mistake in found.mistakes:
            click.echo(f"error: {mistake}")
        for note in found.notes:
            click.echo(f"note: {note}")
        click.echo(f"{found.files} files, {len(found.mistakes)} mistakes")
    return 1 if found.mistakes else 0


def mistake_json(mistake: Mistake) -> dict[str, object]:
    """Give the JSON of one mistake."""
    return {"path": mistake.path, "line": mistake.line, "message": mistake.message, "hint": mistake.hint}


@click.command()
@click.argument("kind", type=click.Choice(["migration", "policy", "environment"]))
def schema(kind: str) -> int:
    """Print the JSON Schema of a file format, for editors and checks.

    \b
    Examples:
      reconciler schema migration
      reconciler schema policy > policy.schema.json
    """
    from reconciler.spec.schema import json_schema

    print_json(json_schema(kind))
    return 0
