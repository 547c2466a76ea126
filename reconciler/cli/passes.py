"""The commands of a pass: plan and reconcile."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import output_option, pass_options, print_json, repository_options, scope_options
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.adapters.git import Repository
    from reconciler.loop.plan import Plan
    from reconciler.loop.ports import Pass
    from reconciler.loop.reconcile import Outcome

NOT_PUSHED, ROLLED_BACK, DEGRADED, SOMETHING_TO_DO = 13, 11, 12, 10


@click.command()
@repository_options
@scope_options
@pass_options
@output_option
@click.option("--rev", help="Judge this revision instead of the files as they lie (a clone) or the branch (a remote).")
@click.option("--base", help="Compare with this revision, e.g. origin/main to judge a pull request.")
@click.option("--exit-code", is_flag=True, help="Exit 10 when there is something to do.")
def plan(
    repo: str,
    branch: str,
    environment: str | None,
    migration: str | None,
    metrics: str | None,
    at: datetime | None,
    output: str,
    rev: str | None,
    base: str | None,
    exit_code: bool,  # noqa: FBT001 - click passes flags so
) -> int:
    """Show what the next pass would commit, and why.

    Reads Git and the metrics; changes neither.

    \b
    Examples:
      reconciler plan --environment staging
      reconciler plan --output json | jq '.migrations[].decision'
    """
    from reconciler.adapters.git import open_repository
    from reconciler.loop.plan import make_plan

    with open_repository(repo, branch=branch) as repository:
        revision = revision_to_judge(repository, rev)
        this = new_pass(environment, migration, metrics, at)()
        made = make_plan(repository, this, revision=revision, base=repository.resolve(base) if base else None)
    _print(made, None, output)
    something = exit_code and bool(made.commits or made.proposals)
    return DEGRADED if made.degraded else SOMETHING_TO_DO if something else 0


@click.command()
@repository_options
@scope_options
@pass_options
@output_option
@click.option("--watch", metavar="INTERVAL", help="Go on for ever, a pass every INTERVAL, e.g. 15s.")
def reconcile(
    repo: str,
    branch: str,
    environment: str | None,
    migration: str | None,
    metrics: str | None,
    at: datetime | None,
    output: str,
    watch: str | None,
) -> int:
    """Do one pass: commit and push what is decided.

    Reads Git and the metrics, pushes to the branch that Argo CD follows; never force-pushes.

    \b
    Examples:
      reconciler reconcile --repo https://git.example/agents.git
      reconciler reconcile --watch 15s
    """
    if watch and at:
        raise click.UsageError("--watch goes on with the clock, --at is one moment: give one of them")

    def one_pass() -> int:
        from reconciler.adapters.git import open_repository
        from reconciler.loop.reconcile import reconcile as act

        with open_repository(repo, branch=branch) as repository:
            outcome = act(repository, new_pass(environment, migration, metrics, at))
        _print(outcome.plan, outcome, output)
        return _exit_code(outcome)

    return _repeat(one_pass, _interval(watch)) if watch else one_pass()


def revision_to_judge(repository: Repository, rev: str | None) -> str:
    """Give the commit to look at: the one asked for, the files of a clone as they lie, or the remote's newest."""
    if rev:
        return repository.resolve(rev)
    lying = repository.worktree_revision()
    if lying is None:
        return repository.sync()
    click.echo("judging the files as they lie, uncommitted ones too (--rev HEAD judges the commit)", err=True)
    return lying


def new_pass(
    environment: str | None, migration: str | None, metrics: str | None, at: datetime | None
) -> Callable[[], Pass]:
    """Give a maker of passes; each one has its own moment, unless ``at`` fixes it, and its own unique ids."""
    from reconciler.adapters.clock import now, unique_ids
    from reconciler.loop.ports import Pass, Scope
    from reconciler.loop.sources import source_of

    def make() -> Pass:
        moment = at or now()
        return Pass(moment, Scope(environment, migration), source_of(metrics), unique_ids(moment))

    return make


def _print(made: Plan, outcome: Outcome | None, output: str) -> None:
    from reconciler.loop.report import plan_json, plan_lines

    if output == "json":
        print_json(plan_json(made, outcome))
    else:
        for line in plan_lines(made, outcome):
            click.echo(line)
        if not made.migrations:
            click.echo("no migrations")
    for one in made.migrations:
        if one.degraded:
            hint = getattr(one.decision, "hint", "")
            why = one.health.fault or one.decision.reason
            click.echo(f"error: {one.id}: {why}" + (f"\nhint: {hint}" if hint else ""), err=True)
    if outcome and outcome.refused is not None:
        click.echo(f"error: the remote refused the push: {outcome.refused}", err=True)
        for migration, branch in outcome.branches.items():
            click.echo(f"hint: merge {branch} for {migration}", err=True)


def _exit_code(outcome: Outcome) -> int:
    from reconciler.model.decision import word

    if outcome.refused is not None:
        return NOT_PUSHED
    if any(word(one.decision) == "rollback" and one.steps for one in outcome.plan.migrations):
        return ROLLED_BACK
    return DEGRADED if outcome.plan.degraded else 0


def _repeat(one_pass: Callable[[], int], interval: timedelta) -> int:
    """Do passes until a signal asks to stop; an error of one pass is told and the next one tries again."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            one_pass()
        except ReconcilerError as error:
            click.echo(f"error: {error}", err=True)
        stop.wait(interval.total_seconds())
    return 0


def _interval(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})(s|m|h)", text)
    if not found or int(found[1]) == 0:
        raise click.UsageError(f"--watch is {text!r}, expected an interval such as 15s or 5m")
    return timedelta(**{{"s": "seconds", "m": "minutes", "h": "hours"}[found[2]]: int(found[1])})
