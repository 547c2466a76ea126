"""The command demo: the story of a migration on real parts, on this one machine."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler.cli.options import output_option, print_json

if TYPE_CHECKING:
    from reconciler.demo.result import Result


@click.command()
@output_option
@click.option("--keep", is_flag=True, help="Keep the directory with the repository and the logs.")
def demo(output: str, keep: bool) -> None:  # noqa: FBT001 - click passes flags so
    """See one agent move to another CLI and another one come back by itself, on real parts.

    Runs for a minute or two: a bare Git repository, small agent servers, a real Envoy that follows the main branch,
    a Prometheus if there is one (else the SQLite ledger), real traffic and the real loop. Everything stays on this
    machine, in a new directory that is removed at the end unless something went wrong.

    \b
    Examples:
      reconciler demo
      reconciler demo --keep
      reconciler demo --output json | jq '.stages[]'
    """
    from reconciler.demo.envoy import envoy_binary
    from reconciler.demo.result import result_json
    from reconciler.demo.story import tell
    from reconciler.demo.table import watching

    envoy_binary()
    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    try:
        with watching() as audience:
            result = tell(folder, audience)
    except Exception:
        click.echo(f"everything that was written is kept: {folder}", err=True)
        raise
    except BaseException:
        _tidy(folder, keep=keep)
        raise
    if output == "json":
        print_json(result_json(result))
    else:
        _print(result, folder, keep=keep)
    _tidy(folder, keep=keep)


def _print(result: Result, folder: Path, *, keep: bool) -> None:
    click.echo("what stands on main, the newest first:")
    for line in result.log:
        click.echo(f"  {line.commit}  {line.subject}   ({line.why})")
    revert = result.revert
    click.echo(
        f"kit came back {revert.breach_to_push_seconds:.1f} s after its breach was seen, by one commit that undoes"
        f" {len(revert.reverts)}; a person's revert of rex stood. {result.seconds:.0f} s in all, measured by"
        f" {'Prometheus' if result.metrics == 'prometheus' else 'the SQLite ledger'}."
    )
    click.echo("look at next:")
    if keep:
        click.echo(f"  git -C {folder / 'remote.git'} log -p     every commit with its numbers and its way back")
        click.echo(f"  reconciler history --repo {folder / 'remote.git'}     every step and what made it")
    else:
        click.echo("  reconciler demo --keep     the same, and the repository stays for you to read")
    click.echo("  reconciler init DIR        a repository of your own")


def _tidy(folder: Path, *, keep: bool) -> None:
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


def _end(*_: object) -> NoReturn:
    sys.exit(143)
