"""Converts one agent's configuration on disk. The rules live in ``reconciler.convert``."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import click

from reconciler.errors import ReconcilerError
from reconciler.model.conversion import Conversion, Item, Outcome
from reconciler.model.migration import Cli

MAX_FILE_BYTES = 1024 * 1024
_SKIPPED_FOLDERS = frozenset({".git", "node_modules"})
_CLIS = click.Choice([cli.value for cli in Cli])


@click.command()
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--to", "target", type=_CLIS, required=True, help="The CLI to convert to.")
@click.option("--from", "origin", type=_CLIS, help="The CLI whose files these are; detected by default.")
@click.option("--model", default="", help="The target's model; by default the target decides.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to write; SOURCE by default.")
@click.option(
    "--front-matter", type=click.Choice(["toml", "none"]), default="toml", help="Say in AGENTS.md its origin."
)
@click.option("--strict", is_flag=True, help="Exit with 3 when something was dropped.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="How to print the ledger.")
def convert(
    source: Path,
    target: str,
    origin: str | None,
    model: str,
    out: Path | None,
    front_matter: str,
    strict: bool,  # noqa: FBT001 - click passes options by name
    output: str,
) -> None:
    """Convert an agent's configuration, and say what became of every item of it.

    Reads SOURCE, writes the target's files beside it or to --out. Merges with files that stand in SOURCE, and never
    overwrites others.

    \b
    Examples:
      reconciler convert agents/rex --to codex
      reconciler convert agents/rex --to codex --out rex --output json | jq '.items[] | select(.outcome != "kept")'
    """
    from reconciler.convert import convert as convert_files
    from reconciler.convert import detect

    files, left_out = read_folder(source)
    for line in left_out:
        click.echo(f"not read: {line}", err=True)
    others = {cli for cli in Cli if cli.value != target}
    found = Cli(origin) if origin else detect(files)
    if found is None:
        expected = ", ".join(sorted(others))
        raise ReconcilerError(f"{source}: found no configuration of {expected}", hint="name the CLI with --from")
    result = convert_files(files, source=found, target=Cli(target), model=model, front_matter=front_matter == "toml")
    in_place = out is None or out.resolve() == source.resolve()
    written = write_folder(source if out is None else out, result.files, merged=files if in_place else {})
    click.echo(_as_json(found, target, written, result) if output == "json" else _as_text(target, written, result))
    for problem in result.problems:
        click.echo(f"secret: {problem.where}: {problem.found}\nhint: {problem.hint}", err=True)
    if strict and any(item.outcome is Outcome.DROPPED for item in result.items):
        raise click.exceptions.Exit(3)


def read_folder(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """Read the regular files of a folder.

    Returns:
        Bytes by POSIX path from the folder, and a line for each file that was left out. A link to a file is followed
        when it stays in the folder; ``.git`` and ``node_modules`` are passed over.
    """
    root = folder.resolve()
    files: dict[str, bytes] = {}
    left_out: list[str] = []
    for parent, folders, names in os.walk(root):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        left_out += [f"{_relative(Path(parent, name), root)}: a link to a folder" for name in sorted(links)]
        for name in sorted(names):
            path = Path(parent, name)
            if why := _why_not(path, root):
                left_out.append(f"{_relative(path, root)}: {why}")
            else:
                files[_relative(path, root)] = path.read_bytes()
    return files, left_out


def write_folder(folder: Path, files: Mapping[str, bytes], *, merged: Mapping[str, bytes]) -> list[str]:
    """Write the files that are not there yet, all or none.

    Args:
        folder: Where to write; made when it is missing.
        files: Bytes by path from the folder.
        merged: The files the conversion has read; one of them may change when it still is what was read.

    Returns:
        The paths that were written, in order.

    Raises:
        ReconcilerError: A file with other content stands in the way, or a path leaves the folder.
    """
    new = {path: data for path, data in sorted(files.items()) if _standing(folder / path) != data}
    in_the_way = [f"{path}: {why}" for path in new if (why := _in_the_way(folder, path, merged))]
    if in_the_way:
        listed = "\n".join(f"  {line}" for line in in_the_way)
        raise ReconcilerError(
            f"{folder}: found {len(in_the_way)} files that a conversion would overwrite, expected none; "
            f"nothing was written\n{listed}",
            hint="move them away, or name an empty folder with --out",
        )
    for path, data in new.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        if data.startswith(b"#!"):
            place.chmod(place.stat().st_mode | 0o111)
    return list(new)


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _why_not(path: Path, root: Path) -> str:
    try:
        target = path.resolve(strict=True)
        status = target.stat()
    except (OSError, RuntimeError):
        return "a link to nothing"
    if not target.is_relative_to(root) or any(part in _SKIPPED_FOLDERS for part in target.relative_to(root).parts):
        return "a link that leaves the folder"
    if not stat.S_ISREG(status.st_mode):
        return "no regular file"
    return f"{status.st_size} bytes, over {MAX_FILE_BYTES}" if status.st_size > MAX_FILE_BYTES else ""


def _standing(place: Path) -> bytes | None:
    return place.read_bytes() if place.is_file() else None


def _in_the_way(folder: Path, path: str, merged: Mapping[str, bytes]) -> str:
    place = folder / path
    root = folder.resolve()
    if not place.parent.resolve().is_relative_to(root):
        return "its folder is a link that leaves the folder"
    if place.is_symlink():
        return "a link"
    blocked = next((one for one in place.relative_to(folder).parents if (folder / one).is_file()), None)
    if blocked is not None:
        return f"{blocked.as_posix()} is a file"
    if not place.exists() or (place.is_file() and merged.get(path) == _standing(place)):
        return ""
    return "has other content" if place.is_file() else "no regular file"


def _as_json(source: Cli, target: str, written: list[str], result: Conversion) -> str:
    items = [
        {"item": one.item, "source": one.source, "outcome": one.outcome, "target": one.target, "reason": one.reason}
        for one in result.items
    ]
    return json.dumps({"from": source, "to": target, "written": written, "items": items}, indent=2)


def _as_text(target: str, written: list[str], result: Conversion) -> str:
    lines = [f"{item.outcome:<9} {_plain(item.item)}  {_plain(item.source)}{_arrow(item)}" for item in result.items]
    lines += ["", *(f"wrote {_plain(path)}" for path in written)] if written else ["", "nothing to write"]
    for outcome in (Outcome.DEGRADED, Outcome.DROPPED):
        concerned = [item for item in result.items if item.outcome is outcome]
        lines += ["", f"{len(concerned)} {outcome}:"] if concerned else []
        lines += [f"  {_plain(item.item)} ({_plain(item.source)}): {_plain(item.reason)}" for item in concerned]
    return "\n".join([*lines, *_TRUST.get(Cli(target), ())])


def _arrow(item: Item) -> str:
    return f" -> {_plain(item.target)}" if item.target else ""


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


_TRUST = {
    Cli.CODEX: (
        "",
        "next: Codex reads .codex/ of a trusted project only. In the user's config.toml:",
        '  [projects."<absolute path>"]',
        '  trust_level = "trusted"',
    )
}
