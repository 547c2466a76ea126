"""Converts one agent's configuration, or one file, on disk. The rules live in ``reconciler.convert``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.errors import ReconcilerError
from reconciler.model.conversion import Conversion, Item, Outcome
from reconciler.model.migration import Cli

if TYPE_CHECKING:
    from reconciler.cli.folder import Folder

_CLIS = [cli.value for cli in Cli]
_FORMATS = ["toml", "json"]


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--to", "target", type=click.Choice(_CLIS + _FORMATS), required=True, help="The CLI, or file format.")
@click.option("--from", "origin", type=click.Choice(_CLIS), help="The CLI whose files these are; detected by default.")
@click.option("--model", default="", help="The target's model; by default the target decides.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write; SOURCE by default.")
@click.option(
    "--scope",
    type=click.Choice(["project", "user"]),
    default="project",
    help="Whether SOURCE is a project, or a home folder with a user's own configuration.",
)
@click.option(
    "--front-matter", type=click.Choice(["toml", "none"]), default="toml", help="Say in the memory file its origin."
)
@click.option("--strict", is_flag=True, help="Exit with 3 when something was dropped.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="How to print the ledger.")
def convert(
    source: Path,
    target: str,
    origin: str | None,
    model: str,
    out: Path | None,
    scope: str,
    front_matter: str,
    strict: bool,  # noqa: FBT001 - click passes options by name
    output: str,
) -> None:
    """Convert an agent's configuration, and say what became of every item of it.

    Reads SOURCE, a folder, writes the target's files beside it or to --out. Merges with files that stand in SOURCE,
    and never overwrites others. When SOURCE is a JSON or TOML file, that file is converted: --to toml or json.

    \b
    Examples:
      reconciler convert agents/rex --to codex
      reconciler convert agents/rex --to codex --out rex --output json | jq '.items[] | select(.outcome != "kept")'
      reconciler convert ~ --scope user --to codex
      reconciler convert settings.json --to toml
    """
    if source.is_file() or target in _FORMATS:
        _convert_file(source, target, out, strict=strict, output=output)
        return
    from reconciler.cli.folder import read_folder, write_folder
    from reconciler.convert import SPOKES, Scope, with_carried
    from reconciler.convert import convert as convert_files

    hidden = {".agents/", *(mark for spoke in SPOKES.values() for mark in spoke.marks if mark.startswith("."))}
    files, left_out = read_folder(source, tuple(hidden) if scope == "user" else ())
    for line in left_out:
        click.echo(f"not read: {_plain(line)}", err=True)
    found = _source_cli(source, files, Cli(target), origin)
    result = convert_files(
        files,
        source=found,
        target=Cli(target),
        model=model,
        front_matter=front_matter == "toml",
        scope=Scope(scope),
    )
    in_place = out is None or out.resolve() == source.resolve()
    if not in_place:
        result = with_carried(result, files)
    merged = files if in_place else {}
    written = write_folder(out or source, result.files, merged=merged, executables=files.executables())
    trust = SPOKES[Cli(target)].trust
    click.echo(
        _as_json(found, target, written, result) if output == "json" else _as_text(target, written, result, trust)
    )
    for problem in result.problems:
        click.echo(f"secret: {problem.where}: {problem.found}\nhint: {problem.hint}", err=True)
    if strict and any(item.outcome is Outcome.DROPPED for item in result.items):
        raise click.exceptions.Exit(3)


def _convert_file(source: Path, target: str, out: Path | None, *, strict: bool, output: str) -> None:
    from reconciler.cli.convert_file import convert_file

    if not source.is_file() or target not in _FORMATS:
        raise click.UsageError(
            f"--to {target} does not go with {source}: a folder goes to a CLI, a file to toml or json"
        )
    convert_file(source, target, out, strict=strict, output=output)


def _source_cli(source: Path, files: Folder, target: Cli, origin: str | None) -> Cli:
    from reconciler.convert import detect

    found = Cli(origin) if origin else detect(files, target)
    if found is None:
        expected = ", ".join(sorted(cli for cli in Cli if cli is not target))
        raise ReconcilerError(f"{source}: found no configuration of {expected}", hint="name the CLI with --from")
    if found is target:
        raise ReconcilerError(
            f"{source}: found --from {found} and --to {target}, expected two CLIs", hint="nothing has to be converted"
        )
    return found


def _as_json(source: Cli, target: str, written: list[str], result: Conversion) -> str:
    items = [
        {"item": one.item, "source": one.source, "outcome": one.outcome, "target": one.target, "reason": one.reason}
        for one in result.items
    ]
    increases = [{"kind": one.kind, "what": one.what, "where": one.where} for one in result.increases]
    misread = [{"where": one.where, "what": one.what} for one in result.misread]
    answer = {"from": source, "to": target, "written": written, "items": items}
    return json.dumps(answer | {"increases": increases, "misread": misread}, indent=2)


def _as_text(target: str, written: list[str], result: Conversion, trust: Iterable[str]) -> str:
    lines = [f"{item.outcome:<9} {_plain(item.item)}  {_plain(item.source)}{_arrow(item)}" for item in result.items]
    lines += ["", *(f"wrote {_plain(path)}" for path in written)] if written else ["", "nothing to write"]
    increases = [f"  {one.kind}: {_plain(one.what)} ({_plain(one.where)})" for one in result.increases]
    lines += ["", f"new to {target}, please review:", *increases] if increases else []
    misread = [f"  {_plain(str(one))}" for one in result.misread]
    lines += ["", f"what {target} would misread, please edit:", *misread] if misread else []
    for outcome in (Outcome.DEGRADED, Outcome.DROPPED):
        concerned = [item for item in result.items if item.outcome is outcome]
        lines += ["", f"{len(concerned)} {outcome}:"] if concerned else []
        lines += [f"  {_plain(item.item)} ({_plain(item.source)}): {_plain(item.reason)}" for item in concerned]
    return "\n".join([*lines, *(["", "next:", *(f"  {line}" for line in trust)] if trust else [])])


def _arrow(item: Item) -> str:
    return f" -> {_plain(item.target)}" if item.target else ""


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
