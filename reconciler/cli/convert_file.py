"""Turns one JSON file into TOML or back, and says what did not come through."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.errors import ReconcilerError
from reconciler.model.conversion import Outcome

if TYPE_CHECKING:
    from reconciler.convert.formats.toml_json import Loss, Translation

MAX_FILE_BYTES = 1024 * 1024
STDOUT = "-"


def convert_file(source: Path, target: str, out: Path | None, strict: bool, output: str) -> None:  # noqa: FBT001 - click passes options by name
    """Convert SOURCE and write it beside SOURCE, or to ``out``.

    Args:
        source: A file that ends in ``.json`` or ``.toml``.
        target: The other format, ``toml`` or ``json``.
        out: A file or a folder; ``-`` writes the document to stdout, and the list of losses to stderr.
        strict: Whether to exit with 3 when something was dropped.
        output: How to print the list: ``text`` or ``json``.

    Raises:
        ReconcilerError: The file cannot be read, or another one stands where ours would go.
    """
    from reconciler.convert.secrets import find
    from reconciler.convert.text import Lines

    data = _read(source, target)
    translation = _translate(source, target, data)
    text = translation.text.encode()
    place = None if out is not None and str(out) == STDOUT else _place(source, target, out)
    if place is None:
        click.echo(text, nl=False)
    is_new = place is not None and _write(place, text)
    if output == "json":
        click.echo(_as_json(source, target, [str(place)] if is_new else [], translation.losses), err=place is None)
    else:
        click.echo("".join(f"{_line(source, loss)}\n" for loss in translation.losses), nl=False, err=True)
        click.echo(f"wrote {place}\n" if is_new else "nothing to write\n" if place else "", nl=False)
    for secret in find(data):
        click.echo(f"secret: {source}:{Lines(data).of(secret.start)}: looks like a {secret.kind}", err=True)
    if strict and any(loss.outcome is Outcome.DROPPED for loss in translation.losses):
        raise click.exceptions.Exit(3)


def _read(source: Path, target: str) -> bytes:
    wanted = _OTHER[target]
    if source.suffix.lower() != wanted:
        raise ReconcilerError(f"{source}: found {source.suffix or 'no ending'}, expected {wanted} for --to {target}")
    try:
        if not source.is_file():
            raise ReconcilerError(f"{source}: found no regular file, expected a {wanted} file")
        if (size := source.stat().st_size) > MAX_FILE_BYTES:
            raise ReconcilerError(f"{source}: found {size} bytes, expected at most {MAX_FILE_BYTES}")
        return source.read_bytes()
    except OSError as error:
        raise ReconcilerError(f"{source}: cannot be read: {error.strerror}") from None


def _translate(source: Path, target: str, data: bytes) -> Translation:
    from reconciler.convert.formats.strict_json import JsonFault
    from reconciler.convert.formats.strict_toml import TomlFault
    from reconciler.convert.formats.toml_json import ConfigConverter

    converter = ConfigConverter()
    try:
        return converter.to_toml(data) if target == "toml" else converter.to_json(data)
    except (JsonFault, TomlFault) as fault:
        raise ReconcilerError(f"{source}:{fault.line}: {fault.reason}", hint="nothing was written") from None


def _place(source: Path, target: str, out: Path | None) -> Path:
    beside = source.with_suffix(f".{target}")
    if out is None:
        return beside
    return out / beside.name if out.is_dir() else out


def _write(place: Path, data: bytes) -> bool:
    try:
        if place.is_file() and place.read_bytes() == data:
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise ReconcilerError(
            f"{place}: found a file with other content, expected none; nothing was written",
            hint="move it away, or name another file with --out",
        ) from None
    except OSError as error:
        raise ReconcilerError(f"{place}: cannot be written: {error.strerror}") from None
    return True


def _as_json(source: Path, target: str, written: list[str], losses: Iterable[Loss]) -> str:
    items = [
        {"item": _item(loss), "source": _source(source, loss), "outcome": loss.outcome, "reason": loss.reason}
        for loss in losses
    ]
    return json.dumps({"from": _OTHER[target][1:], "to": target, "written": written, "items": items}, indent=2)


def _line(source: Path, loss: Loss) -> str:
    return f"{loss.outcome:<9} {_item(loss)}  {_source(source, loss)}: {loss.reason}"


def _item(loss: Loss) -> str:
    return f"key:{loss.key}" if loss.key else "comment"


def _source(source: Path, loss: Loss) -> str:
    return f"{source}:{loss.line}" if loss.line else str(source)


_OTHER = {"toml": ".json", "json": ".toml"}
