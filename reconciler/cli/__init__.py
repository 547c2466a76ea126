"""The command line: thin commands, exit codes, text or JSON. No rule lives here."""

from __future__ import annotations

import sys
from importlib import import_module

import click

_COMMANDS = {
    "init": ("init", "Make a new GitOps repository with an Argo CD Application per environment."),
    "validate": ("look", "Check every file against its schema, its law and its CLI."),
    "plan": ("passes", "Show what the next pass would commit, and why."),
    "reconcile": ("passes", "Do one pass (or a loop): commit and push."),
    "verify": ("look", "Recompute every commit of the reconciler from the files beside it."),
    "status": ("look", "Show where each migration stands and what comes next."),
    "history": ("look", "Show the transitions, from git."),
    "advance": ("orders", "Ask for the next stage of a migration."),
    "rollback": ("orders", "Route everything to the source, at once."),
    "hold": ("orders", "Stop a migration where it stands."),
    "resume": ("orders", "Lift a hold; evidence counts from now on."),
    "simulate": ("simulate", "Lead a migration through virtual time, with injected faults."),
    "convert": ("convert", "Convert one agent's configuration, with its loss ledger."),
    "record": ("record", "Write one task's outcome to the ledger."),
    "dashboard": ("dashboard", "Write what Prometheus shows and watches."),
    "schema": ("look", "Print the JSON Schema of a file format."),
    "demo": ("demo", "See one agent move and another come back, on real parts."),
}
"""Name to module and help; the modules are imported only when their command runs, so --help is instant."""


class _LazyGroup(click.Group):
    """Knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"reconciler.cli.{_COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"reconciler.cli.{_COMMANDS[cmd_name][0]}.{cmd_name} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="agent-reconciler", prog_name="reconciler")
def cli() -> None:
    """Move a coding agent from one CLI to another by GitOps.

    Git says what should be, Prometheus says what is; the reconciler decides the next small step and commits it.

    \b
    Exit codes: 0 done or nothing to do, 1 the user can fix it, 2 wrong usage, 3 an unaccepted loss (convert
    --strict), 10 there is something to do (plan --exit-code), 11 this pass rolled something back,
    12 degraded: some migration could not be judged, 13 decided but could not push.
    """


def main() -> None:
    """Run the command line; an error that the user can fix goes to stderr without a traceback."""
    from reconciler.errors import ReconcilerError

    try:
        code = cli.main(standalone_mode=False)
    except ReconcilerError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    sys.exit(code if isinstance(code, int) else 0)
