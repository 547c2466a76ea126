"""Puts the placeholders of a command into words, because nothing fills them in for Codex; and back. Pure."""

from __future__ import annotations

import re

SOURCE_KEY = "source-command"
"""The key below ``metadata`` that names the command a skill was."""

MANUAL = "disable-model-invocation"
MANUAL_FILE = "agents/openai.yaml"
MANUAL_TEXT = b"policy:\n  allow_implicit_invocation: false\n"
"""How Codex says that only a person calls a skill, and Claude Code's key for it."""


def in_words(body: bytes) -> bytes:
    """Put words in the place of what the source fills in itself; everything else stays byte for byte.

    >>> in_words(b"Fix $1 in $ARGUMENTS. See !`git diff` and @a.md.")
    b'Fix (argument 1 the user gave) in (the arguments the user gave). See (run `git diff` first and use its output) \
and @a.md.'
    """
    text = _ARGUMENTS.sub(_IN_WORDS, body)
    text = _ARGUMENT.sub(rb"(argument \1 the user gave)", text)
    return _SHELL.sub(rb"\1(run `\2` first and use its output)", text)


def out_of_words(body: bytes) -> bytes:
    """Take the placeholders back out of the words.

    >>> out_of_words(in_words(b"$1 !`a` $ARGUMENTS"))
    b'$1 !`a` $ARGUMENTS'
    """
    text = body.replace(_IN_WORDS, b"$ARGUMENTS")
    text = _ARGUMENT_WORDS.sub(rb"$\1", text)
    return _SHELL_WORDS.sub(rb"!`\1`", text)


def fillings(body: bytes) -> list[str]:
    """Say what the model has to do by itself with this body."""
    found = []
    if _ARGUMENTS.search(body) or _ARGUMENT.search(body):
        found.append("the model puts the arguments in")
    if _SHELL.search(body):
        found.append("the model runs the commands in it itself, inside the sandbox")
    if _FILE.search(body):
        found.append("the model opens the files it names with @ itself")
    return found


_IN_WORDS = b"(the arguments the user gave)"
_ARGUMENTS = re.compile(rb"\$ARGUMENTS\b")
_ARGUMENT = re.compile(rb"\$([1-9])(?!\d)")
_SHELL = re.compile(rb"(^|(?<=[^\w!]))!`([^`\n]+)`", re.MULTILINE)
_FILE = re.compile(rb"(?:^|(?<=\s))@[\w./~-]")
_ARGUMENT_WORDS = re.compile(rb"\(argument ([1-9]) the user gave\)")
_SHELL_WORDS = re.compile(rb"\(run `([^`\n]+)` first and use its output\)")
