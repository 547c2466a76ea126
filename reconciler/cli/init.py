"""The command that makes a new GitOps repository."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import output_option, print_json
from reconciler.errors import ReconcilerError


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--environment", "environments", multiple=True, metavar="E", help="An environment; give it for each.")
@click.option("--agent", default="rex", show_default=True, help="The agent that each environment begins with.")
@click.option("--from", "source", default="claude", show_default=True, help="The CLI that the agent leaves.")
@click.option("--from-model", "source_model", default="claude-sonnet-4-5", show_default=True, help="Its model.")
@click.option("--to", "target", default="codex", show_default=True, help="The CLI that the agent goes to.")
@click.option("--to-model", "target_model", default="gpt-5.5", show_default=True, help="Its model.")
@click.option(
    "--metrics",
    metavar="URL|ledger:URL",
    default="http://prometheus.monitoring:9090",
    show_default=True,
    help="Where the agents' outcomes are read from.",
)
@click.option("--repository", metavar="URL", help="Where Argo CD will fetch it from; a placeholder without.")
@output_option
def init(
    directory: Path,
    environments: tuple[str, ...],
    agent: str,
    source: str,
    source_model: str,
    target: str,
    target_model: str,
    metrics: str,
    repository: str | None,
    output: str,
) -> int:
    """Make a new GitOps repository in DIRECTORY, git and first commit included.

    Writes only into DIRECTORY, which must be empty or not there yet.

    \b
    Examples:
      reconciler init agents-gitops
      reconciler init agents-gitops --environment staging --environment prod --agent kit
    """
    from reconciler.adapters.git_init import first_commit
    from reconciler.adapters.packaged import packaged_templates
    from reconciler.loop.sources import metrics_named
    from reconciler.model.migration import Cli
    from reconciler.render.scaffold import ScaffoldEnvironment, ScaffoldMigration, scaffold

    if unknown := [name for name in (source, target) if name not in set(Cli)]:
        raise click.UsageError(f"{unknown[0]!r} is no CLI that is known: {', '.join(Cli)}")
    if directory.exists() and any(directory.iterdir()):
        raise ReconcilerError(f"{directory}: is not empty, expected a new folder", hint="name another one")
    arms = (Cli(source), source_model, Cli(target), target_model)
    wanted = []
    for name in environments or ("staging", "prod"):
        migration = ScaffoldMigration(agent, *arms, f"{agent}.agents-{name}.svc.cluster.local")
        wanted.append(ScaffoldEnvironment(name, f"agents-{name}", metrics_named(metrics), (migration,)))
    files = scaffold(wanted, repository_url=repository, templates=packaged_templates())
    try:
        commit = first_commit(directory, files, "Begin: environments, policy and one agent each at planning")
    except OSError as error:
        raise ReconcilerError(
            f"{directory}: cannot be written ({error.strerror})", hint="name a folder where you may write"
        ) from None
    if output == "json":
        print_json({"directory": str(directory), "commit": commit, "files": sorted(files)})
        return 0
    for path in sorted(files):
        click.echo(path)
    click.echo(f"commit {commit[:12]}. Next: push it, point Argo CD at argocd/*.yaml, run: reconciler plan --rev HEAD")
    return 0
