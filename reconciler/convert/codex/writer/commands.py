"""Writes commands as skills, with their placeholders in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.convert import ledger
from reconciler.convert.codex.layout import SKILLS, file_name, taken
from reconciler.convert.codex.placeholders import MANUAL, MANUAL_FILE, MANUAL_TEXT, SOURCE_KEY, fillings, in_words
from reconciler.convert.parts import Command
from reconciler.convert.skills import first_line
from reconciler.convert.text import without_bom
from reconciler.model.conversion import Item
from reconciler.quoting import quote


def write_commands(
    commands: tuple[Command, ...], files: Mapping[str, bytes], skills: Mapping[str, bytes]
) -> tuple[dict[str, bytes], list[Item]]:
    """Write each command as a skill of its name.

    Args:
        commands: The source's commands.
        files: The source's files, none of which is ever replaced.
        skills: The files of the skills, which have the first choice of a name.

    Returns:
        The files by path, and a line for each command and each of its keys.
    """
    written: dict[str, bytes] = {}
    items: list[Item] = []
    for command in commands:
        name = f"command:{command.name}"
        choices = [_files(command, one) for one in _names(command)]
        made = next((one for one in choices if not taken(one, files, skills, written)), None)
        if made is None:
            reason = f"{next(iter(choices[-1]))} is there already, with other content"
            items.append(ledger.dropped(name, command.origin, reason))
            lost = dict.fromkeys(command.lines, reason)
            items += ledger.keyed(name, command.lines, command.origin, "", {}, lost)
        else:
            written |= made
            items += _items(name, command, next(iter(made)))
        for key, field in command.others.items():
            is_manual = made is not None and key == MANUAL
            items.append(
                ledger.settled(f"{name}:{key}", field.origin, next(iter(made or {}), ""), [_MANUAL_REASON])
                if is_manual
                else ledger.dropped(f"{name}:{key}", field.origin, "no counterpart in a skill of Codex")
            )
    return written, items


def _names(command: Command) -> tuple[str, str]:
    return file_name(command.name), file_name(f"command-{command.name}")


def _files(command: Command, name: str) -> dict[str, bytes]:
    lines = [f"name: {quote(name)}", f"description: {quote(_description(command))}"]
    lines += [f"argument-hint: {quote(command.argument_hint)}"] if command.argument_hint else []
    lines += ["metadata:", f"  {SOURCE_KEY}: {quote(command.name)}"]
    head = "\n".join(["---", *lines, "---", ""])
    made = {f"{SKILLS}/{name}/SKILL.md": head.encode() + in_words(without_bom(command.body))}
    manual = command.others.get(MANUAL)
    return made | ({f"{SKILLS}/{name}/{MANUAL_FILE}": MANUAL_TEXT} if manual and manual.text == "true" else {})


def _description(command: Command) -> str:
    return " ".join(command.description.split()) or first_line(command.body) or command.name


def _items(name: str, command: Command, path: str) -> list[Item]:
    differences = [f"a skill in Codex: called as ${path.split('/')[-2]}", *fillings(command.body)]
    if command.description and _description(command) != command.description:
        differences.append("its description stands in one line")
    changed = {"argument-hint": "stays in the file, but Codex does not act on it"}
    lost = {
        "allowed-tools": "a skill of Codex grants nothing: the sandbox holds",
        "model": "a skill of Codex runs on the model of the session",
    }
    return [
        ledger.degraded(name, command.origin, path, "; ".join(differences)),
        *ledger.keyed(name, command.lines, command.origin, path, changed, lost),
    ]


_MANUAL_REASON = f"{MANUAL_FILE} says it in Codex"
