"""The options that commands share, and how they become values."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from reconciler.errors import ReconcilerError
from reconciler.model.migration import MigrationId

F = TypeVar("F", bound=Callable[..., Any])


class Moment(click.ParamType[datetime]):
    """A moment: RFC 3339 with a zone, e.g. ``2026-03-01T10:00:00Z``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the text; UTC to the second comes out."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time, expected e.g. 2026-03-01T10:00:00Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no zone, expected e.g. 2026-03-01T10:00:00Z", param, ctx)
        return moment.astimezone(UTC).replace(microsecond=0)


class Identity(click.ParamType[MigrationId]):
    """A migration: ENVIRONMENT/NAME."""

    name = "environment/name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> MigrationId:
        """Split the text at its one slash."""
        if isinstance(value, MigrationId):
            return value
        environment, slash, name = str(value).partition("/")
        if not (environment and slash and name) or "/" in name:
            self.fail(f"{value!r} names no migration, expected ENVIRONMENT/NAME, e.g. prod/rex", param, ctx)
        return MigrationId(environment, name)


def repository_options(function: F) -> F:
    """Add --repo and --branch."""
    function = click.option("--branch", default="main", show_default=True, help="The branch that Argo CD follows.")(
        function
    )
    return click.option(
        "--repo",
        default=".",
        show_default=True,
        metavar="PATH_OR_URL",
        help="The repository: a bare path or URL is the remote itself, a clone means its origin.",
    )(function)


def scope_options(function: F) -> F:
    """Add --environment and --migration."""
    function = click.option("--migration", metavar="NAME", help="Act on this migration only.")(function)
    return click.option("--environment", metavar="E", help="Act on this environment only.")(function)


def pass_options(function: F) -> F:
    """Add --metrics and --at."""
    function = click.option(
        "--at", type=Moment(), help="The pass's one moment (default: now); replays with plan --rev R --at T."
    )(function)
    return click.option(
        "--metrics", metavar="URL|ledger:URL", help="Ask this source instead of the one in environment.yaml."
    )(function)


def output_option(function: F) -> F:
    """Add --output."""
    return click.option(
        "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Result on stdout."
    )(function)


def print_json(document: object) -> None:
    """Print one JSON document on stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    raise ReconcilerError(f"{type(value).__name__} cannot be printed as JSON")
