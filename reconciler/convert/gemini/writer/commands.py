"""Writes commands as TOML files. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.convert import ledger
from reconciler.convert.gemini.layout import COMMANDS
from reconciler.convert.gemini.prompts import to_claude, to_gemini
from reconciler.convert.parts import Command
from reconciler.convert.text import without_bom
from reconciler.model.conversion import Item
from reconciler.quoting import quote


def write_commands(commands: Iterable[Command], files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Item]]:
    """Write each command; a file of that name with other content stays as it is.

    Returns:
        The files, and a line for each command and each key of its front matter.
    """
    written: dict[str, bytes] = {}
    items: list[Item] = []
    for command in commands:
        name, path = f"command:{command.name}", f"{COMMANDS}{command.name.replace(':', '/')}.toml"
        data, differences = _toml(command)
        lines = {**command.lines, **{key: one.origin.line for key, one in command.others.items()}}
        if files.get(path, data) != data or written.get(path, data) != data:
            reason = f"{path} is there already, with other content"
            items.append(ledger.dropped(name, command.origin, reason))
            items += ledger.keyed(name, lines, command.origin, path, {}, dict.fromkeys(lines, reason))
            continue
        written[path] = data
        ignored = [key for key in lines if key != "description"]
        whole = [*differences, *([f"Gemini CLI does not act on {', '.join(ignored)}"] if ignored else [])]
        items.append(ledger.settled(name, command.origin, path, whole))
        lost = {key: _LOST.get(key, "Gemini CLI's commands have no such key") for key in ignored}
        items += ledger.keyed(name, lines, command.origin, path, {}, lost)
    return written, items


def _toml(command: Command) -> tuple[bytes, list[str]]:
    source = without_bom(command.body).decode(errors="replace")
    prompt, differences = to_gemini(source)
    if not differences and to_claude(prompt) != source:
        differences = ["read back, its prompt is written a little differently"]
    head = f"description = {quote(command.description)}\n" if command.description else ""
    return f"{head}prompt = {_text(prompt)}\n".encode(), differences


def _text(text: str) -> str:
    """Write a text over several lines where TOML gives it back as it is."""
    is_plain = all(char >= " " or char in "\n\t" for char in text) and "\x7f" not in text
    if "\n" in text and is_plain and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    return quote(text)


_LOST = {
    "argument-hint": "Gemini CLI shows no hint for arguments",
    "model": "Gemini CLI runs a command on the session's model",
    "allowed-tools": "Gemini CLI has no permissions for one command only: it asks",
}
