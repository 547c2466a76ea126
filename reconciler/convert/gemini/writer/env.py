"""Writes variables to ``.gemini/.env``, beside those that stand there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconciler.convert import ledger
from reconciler.convert.agent import EnvVariable, Secret
from reconciler.convert.gemini.dotenv import parse
from reconciler.convert.gemini.layout import ENV
from reconciler.convert.text import newline_of
from reconciler.model.conversion import Item


def write_env(env: Iterable[EnvVariable], files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Item]]:
    """Write the variables that the agent's tools see.

    Returns:
        The file, if there is anything to write, and a line for every variable.
    """
    standing = files.get(ENV, b"")
    there = {name: value for name, value, _ in parse(standing)}
    shadows = ".env" in files and ENV not in files
    lines: list[str] = []
    items = []
    for variable in env:
        name, origin = f"env:{variable.name}", variable.origin
        line = _line(variable)
        if why_not := _why_not(variable, line):
            items.append(ledger.dropped(name, origin, why_not))
        elif there.get(variable.name, variable.value) != variable.value:
            items.append(ledger.dropped(name, origin, f"{ENV} already says something else, and that stays"))
        else:
            reason = [f"Gemini CLI reads {ENV} in the place of .env, which stands there too"] if shadows else []
            items.append(ledger.settled(name, origin, f"{ENV}:{variable.name}", reason))
            lines += [] if variable.name in there else [line]
    if not any(item.target for item in items):
        return {}, items
    newline = newline_of(standing).decode()
    gap = newline if standing and not standing.endswith(b"\n") else ""
    return {ENV: standing + (gap + "".join(line + newline for line in lines)).encode()}, items


def _why_not(variable: EnvVariable, line: str) -> str:
    if isinstance(variable.value, Secret):
        return f"looks like a {variable.value.kind}: set it in Gemini CLI's environment"
    if variable.overridden_by:
        return f"{variable.overridden_by} sets it again"
    if variable.for_cli:
        return "sets up the source CLI itself"
    return "" if line else "no line of a .env file can hold it: set it in Gemini CLI's environment"


def _line(variable: EnvVariable) -> str:
    value = variable.value if isinstance(variable.value, str) else ""
    if _PLAIN.fullmatch(value):
        return f"{variable.name}={value}"
    for mark in ("'", "`", '"'):
        line = f"{variable.name}={mark}{value}{mark}"
        if [(variable.name, value, 1)] == parse(line.encode()):
            return line
    return ""


_PLAIN = re.compile(r"[\w./:@%+,=-]*", re.ASCII)
