"""The neutral configuration of an agent: what a reader fills and a writer turns into its CLI's own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.convert.documents import MemoryDocument, Origin
from reconciler.model.migration import Cli


@dataclass(frozen=True, slots=True)
class Secret:
    """Stands where a literal secret stood; the value itself never leaves the reader.

    Attributes:
        kind: What it looks like, e.g. ``GitHub token``.
        bearer: Whether it stood behind the word ``Bearer``.
    """

    kind: str
    bearer: bool = False


Value = str | Secret
"""A literal or a text with references, ``${NAME}`` or ``${NAME:-default}``; or the trace of a secret."""


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A literal secret was found here; ``variable`` is the environment variable to use in its place."""

    origin: Origin
    kind: str
    variable: str


class Permission(StrEnum):
    """What a permission rule decides."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class PermissionRule:
    """One rule: ``text`` as written, split into the tool and what stands in its brackets (None without brackets)."""

    decision: Permission
    text: str
    origin: Origin
    tool: str
    pattern: str | None


class Transport(StrEnum):
    """How an MCP server is reached."""

    STDIO = "stdio"
    HTTP = "http"
    SSE = "sse"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class McpServer:
    """One MCP server.

    Attributes:
        transport: UNKNOWN when the source names one that nobody else has; ``transport_name`` says which.
        timeout_ms: How long one tool call may take, in milliseconds.
        others: Keys without a place here, by name, with the line of each.
    """

    name: str
    origin: Origin
    transport: Transport
    transport_name: str
    command: Value = ""
    args: tuple[Value, ...] = ()
    cwd: Value = ""
    url: Value = ""
    env: Mapping[str, Value] = field(default_factory=dict)
    headers: Mapping[str, Value] = field(default_factory=dict)
    timeout_ms: int | None = None
    enabled: bool = True
    others: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EnvVariable:
    """A variable that the source sets for its tools; ``overridden_by`` names the file that sets it again."""

    name: str
    value: Value
    origin: Origin
    overridden_by: str = ""


class Role(StrEnum):
    """What a setting means, whatever the source calls it."""

    MODEL = "model"
    EFFORT = "effort"
    MODE = "mode"
    SERVER_CHOICE = "server choice"
    DISABLED_SERVERS = "disabled servers"
    SCHEMA = "schema"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the settings; ``value`` is empty when it is no plain text."""

    name: str
    role: Role
    origin: Origin
    value: str = ""


class PartKind(StrEnum):
    """The parts of an agent that are files or blocks of their own."""

    HOOK = "hook"
    COMMAND = "command"
    SUBAGENT = "subagent"
    SKILL = "skill"
    OUTPUT_STYLE = "output-style"


@dataclass(frozen=True, slots=True)
class Part:
    """One hook, command, subagent, skill or output style.

    Attributes:
        folder: The folder that is the part (skills); empty otherwise.
        files: The files that belong to it.
        front_matter: Its front matter, scalars as written.
        is_strict: Whether a strict YAML reader takes the front matter for what is meant.
    """

    kind: PartKind
    name: str
    origin: Origin
    folder: str = ""
    files: tuple[str, ...] = ()
    front_matter: Mapping[str, str] = field(default_factory=dict)
    is_strict: bool = True


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something the source CLI could not read either: what was found and what was expected."""

    name: str
    origin: Origin
    reason: str


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """One agent's whole configuration.

    Attributes:
        memory: In the order the source loads it.
        settings: In the order of precedence: a later one wins over an earlier one of the same role.
        workspace: Paths that no CLI reads by itself; they are part of the agent's folder and stay as they are.
    """

    cli: Cli
    memory: tuple[MemoryDocument, ...] = ()
    permissions: tuple[PermissionRule, ...] = ()
    servers: tuple[McpServer, ...] = ()
    env: tuple[EnvVariable, ...] = ()
    settings: tuple[Setting, ...] = ()
    parts: tuple[Part, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    secrets: tuple[FoundSecret, ...] = ()
    workspace: tuple[str, ...] = ()
