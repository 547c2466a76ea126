"""The commands that write what Prometheus shows and watches."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import repository_options
from reconciler.errors import ReconcilerError

_DEGRADED = 12
_STDOUT = "-"


@click.group()
def dashboard() -> None:
    """Write what Prometheus shows and watches, out of the files that the reconciler itself decides by.

    \b
    Examples:
      reconciler dashboard rules --environment prod
    """


@dashboard.command()
@repository_options
@click.option("--environment", metavar="E", help="Write the rules of this environment only.")
@click.option("--rev", help="Read this revision instead of the files as they lie (a clone) or the branch (a remote).")
@click.option("--out", metavar="FILE|-", default=_STDOUT, show_default=True, help="Where the rules go; - is stdout.")
def rules(repo: str, branch: str, environment: str | None, rev: str | None, out: str) -> int:
    """Write one Prometheus rule file: a recording rule for every check's value and limit, and the alerts on them.

    Reads Git only. Write the file anew after a transition: it knows from the status files where a migration stands.
    Exits 12 when a migration's files cannot be read; the others have their rules.

    \b
    Examples:
      reconciler dashboard rules --out reconciler.rules.yml
      reconciler dashboard rules --environment prod | promtool check rules
    """
    from reconciler.adapters.git import open_repository
    from reconciler.cli.passes import revision_to_judge
    from reconciler.loop.rules import gather_rules
    from reconciler.render.rules import render_rules

    with open_repository(repo, branch=branch) as repository:
        gathered = gather_rules(repository, revision_to_judge(repository, rev), environment)
    text = render_rules(gathered.sheets)
    if out == _STDOUT:
        click.echo(text, nl=False)
    else:
        _write(Path(out), text)
        watched = sum(len(sheet.migrations) for sheet in gathered.sheets)
        click.echo(f"wrote {out}: {watched} migrations are watched", err=True)
    for name, error in gathered.errors:
        click.echo(f"error: {name}: {error}", err=True)
    return _DEGRADED if gathered.errors else 0


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReconcilerError(f"{file}: cannot be written: {error.strerror}", hint="give --out another file") from None
