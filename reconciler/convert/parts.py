"""The parts of an agent that are files or blocks of their own, in the form that every reader fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.convert.documents import Origin


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a part's front matter that has no place of its own: its text as written, and where it stands."""

    text: str
    origin: Origin


class Handler(StrEnum):
    """What a hook does."""

    COMMAND = "command"
    PROMPT = "prompt"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Hook:
    """One handler of one event.

    Attributes:
        event: Claude Code's name of the event; the source's own name when Claude Code has no such event.
        matcher: Regular expression over Claude Code's tool names (or over what the event is about); empty for all.
        handler_name: The handler's type as the source names it.
        command: The shell command; ``$CLAUDE_PROJECT_DIR`` stands for the project's folder.
        timeout_seconds: None leaves it to the CLI.
        scripts: Files of the agent's folder that the command runs.
        missing_scripts: Paths in the agent's folder that the command names and that are not there.
        others: Keys of the handler without a place here.
    """

    event: str
    matcher: str
    origin: Origin
    handler: Handler
    handler_name: str
    command: str = ""
    timeout_seconds: float | None = None
    is_async: bool = False
    status_message: str = ""
    scripts: tuple[str, ...] = ()
    missing_scripts: tuple[str, ...] = ()
    others: Mapping[str, Field] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the ledger, e.g. ``hook:PreToolUse:Bash``."""
        return f"hook:{self.event}:{self.matcher}" if self.matcher else f"hook:{self.event}"


@dataclass(frozen=True, slots=True)
class Command:
    """A prompt that a person calls by name.

    Attributes:
        name: Folders and file joined by colons, e.g. ``db:migrate``.
        body: The prompt in Claude Code's words: ``$ARGUMENTS``, ``$1``, ``!`command```, ``@file``.
        has_description: Whether the source says what it is for; Claude Code takes the first line otherwise.
        allowed_tools: Rules in Claude Code's grammar that hold while the command runs.
    """

    name: str
    origin: Origin
    body: bytes
    description: str = ""
    argument_hint: str = ""
    model: str = ""
    allowed_tools: tuple[str, ...] = ()
    others: Mapping[str, Field] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subagent:
    """A model with its own instructions that the main one hands work to.

    Attributes:
        body: Its instructions.
        tools: Claude Code's names of the tools it may use; None for all.
        mode: One of Claude Code's permission modes; empty for the main one's.
        model: As the source names it; ``inherit`` or empty for the main one's.
        lines: The line of each front matter key that has a place here, by the source's key.
    """

    name: str
    origin: Origin
    body: bytes
    description: str = ""
    tools: tuple[str, ...] | None = None
    model: str = ""
    effort: str = ""
    mode: str = ""
    others: Mapping[str, Field] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skill:
    """A folder with a ``SKILL.md``.

    Attributes:
        folder: The skill's folder in the source; ``files`` are the paths of all its files.
        keys: Its front matter, as written; ``lines`` holds the line of each key.
        body: What stands behind the front matter of ``SKILL.md``.
        is_strict: Whether a strict YAML reader takes the front matter for what is meant.
    """

    name: str
    origin: Origin
    folder: str
    files: tuple[str, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    body: bytes = b""
    is_strict: bool = True


@dataclass(frozen=True, slots=True)
class OutputStyle:
    """Instructions that set the tone; ``is_chosen`` tells the one in force, ``lines`` the line of each key."""

    name: str
    origin: Origin
    body: bytes
    description: str = ""
    is_chosen: bool = False
    others: Mapping[str, Field] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
