"""Translates what a command's prompt fills in: arguments, output of a shell command, files. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable


def to_gemini(body: str) -> tuple[str, list[str]]:
    """Translate Claude Code's prompt.

    Returns:
        The prompt, and how it differs.

    >>> to_gemini("Fix $ARGUMENTS in @src/a.py after !`git diff`.")
    ('Fix {{args}} in @{src/a.py} after !{git diff}.', [])
    """
    differences = []
    if found := _MEANS_MORE.findall(body):
        differences.append(f"{', '.join(sorted(set(found)))} would be filled in: a blank stands inside")
    body = _MEANS_MORE.sub(lambda match: f"{match[0][0]} {match[0][1:]}", body)
    if _POSITION.search(body):
        differences.append("Gemini CLI has no $1: all the arguments stand in its place")
    pieces = []
    for piece in _SHELL_SPLIT.split(body):
        if shell := _SHELL.fullmatch(piece):
            text, difference = _shell(shell[1])
            pieces.append(text)
            differences += [difference] if difference else []
        else:
            pieces.append(_FILE.sub(_file, _ARGUMENTS.sub("{{args}}", piece)))
    return "".join(pieces), list(dict.fromkeys(differences))


def to_claude(prompt: str) -> str:
    """Translate Gemini CLI's prompt.

    >>> to_claude("Fix {{args}} in @{src/a.py} after !{git diff}.")
    'Fix $ARGUMENTS in @src/a.py after !`git diff`.'
    """
    prompt = _in_braces(prompt, "@{", lambda path: f"@{path}")
    prompt = _in_braces(prompt, "!{", lambda command: f"!`{command}`")
    return prompt.replace("{{args}}", "$ARGUMENTS")


def _shell(command: str) -> tuple[str, str]:
    depth = 0
    for char in command:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if depth < 0:
            break
    if depth != 0:
        return (
            f"(run `{command}` first and use what it prints)",
            "a command with an odd brace is not run, but asked for",
        )
    if not _ARGUMENTS.search(command):
        return f"!{{{command}}}", ""
    return f"!{{{_ARGUMENTS.sub('{{args}}', command)}}}", "inside a command, the arguments are quoted as one word"


def _file(match: re.Match[str]) -> str:
    path = match[1].rstrip(".,;:!?)")
    return f"@{{{path}}}{match[1][len(path) :]}" if path and "{{" not in path else match[0]


def _in_braces(text: str, trigger: str, say: Callable[[str], str]) -> str:
    pieces, position = [], 0
    while (start := text.find(trigger, position)) >= 0:
        depth, end = 1, start + len(trigger)
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        if depth:
            break
        pieces += [text[position:start], say(text[start + len(trigger) : end - 1].strip())]
        position = end
    return "".join([*pieces, text[position:]])


_ARGUMENTS = re.compile(r"\$ARGUMENTS(?:\[\d+\])?|\$\d+\b")
_POSITION = re.compile(r"\$\d+\b|\$ARGUMENTS\[\d+\]")
_SHELL_SPLIT = re.compile(r"(!`[^`\n]+`)")
_SHELL = re.compile(r"!`([^`\n]+)`")
_FILE = re.compile(r"(?:(?<=\s)|(?<!.))@([\w./~-][^\s`]*)", re.DOTALL)
_MEANS_MORE = re.compile(r"\{\{args\}\}|!\{|@\{")
