"""The neutral configuration of an agent: what a reader fills and a writer turns into its CLI's own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.convert.documents import MemoryDocument, Origin
from reconciler.convert.parts import Command, Hook, OutputStyle, Skill, Subagent
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
        lines: The line of each key that has a place here; ``env.NAME`` and ``headers.NAME`` for their members.
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
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EnvVariable:
    """A variable that the source sets for its tools.

    Attributes:
        overridden_by: The file that sets it again; empty for the one in force.
        for_cli: Whether it sets up the source CLI itself, and means nothing to its tools.
    """

    name: str
    value: Value
    origin: Origin
    overridden_by: str = ""
    for_cli: bool = False


class Role(StrEnum):
    """What a setting means, whatever the source calls it; its value has the shape given here.

    ``MODE`` is one of Claude Code's words: default, acceptEdits, plan, bypassPermissions, dontAsk, auto.
    """

    MODEL = "model"  # text, as the source names it
    SMALL_MODEL = "small model"  # text
    EFFORT = "effort"  # low, medium, high, xhigh or max
    THINKING = "thinking"  # truth value
    MODE = "mode"
    SANDBOX = "sandbox"  # truth value: whether shell commands run in a sandbox
    NETWORK_DOMAINS = "network domains"  # list of texts: what a sandboxed command may reach
    DIRECTORIES = "directories"  # list of texts: folders beside the project that tools may use
    OUTPUT_STYLE = "output style"  # text: the name of the style in force
    RETENTION_DAYS = "retention days"  # whole number
    SERVER_CHOICE = "server choice"
    DISABLED_SERVERS = "disabled servers"
    SCHEMA = "schema"
    OTHER = "other"


Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the settings, dotted when it stands in a table; ``value`` is None when its role has no use for it."""

    name: str
    role: Role
    origin: Origin
    value: Plain = None


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Where the CLI sends its own telemetry by OTLP, and the variables or settings that said so.

    Attributes:
        endpoint: Base URL without a signal's path; empty leaves it to the exporter.
        protocol: ``grpc``, ``http/json`` or ``http/protobuf``; empty when nothing is said.
        signals: Which of ``metrics``, ``logs`` and ``traces`` are sent.
        origins: The name and place of each variable or setting it was read from, for the ledger.
    """

    enabled: bool
    endpoint: str = ""
    protocol: str = ""
    signals: frozenset[str] = frozenset()
    log_prompts: bool = False
    headers: Mapping[str, Value] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something the source CLI could not read either: what was found and what was expected."""

    name: str
    origin: Origin
    reason: str


class Scope(StrEnum):
    """Whose configuration it is: one project's, or a user's for all of theirs."""

    PROJECT = "project"
    USER = "user"


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """One agent's whole configuration.

    Attributes:
        memory: In the order the source loads it.
        permissions: In Claude Code's grammar and order of strength: deny before ask before allow.
        settings: In the order of precedence: a later one wins over an earlier one of the same role.
        workspace: Paths that no CLI reads by itself; they stay as they are.
    """

    cli: Cli
    scope: Scope = Scope.PROJECT
    memory: tuple[MemoryDocument, ...] = ()
    permissions: tuple[PermissionRule, ...] = ()
    servers: tuple[McpServer, ...] = ()
    hooks: tuple[Hook, ...] = ()
    commands: tuple[Command, ...] = ()
    subagents: tuple[Subagent, ...] = ()
    skills: tuple[Skill, ...] = ()
    output_styles: tuple[OutputStyle, ...] = ()
    env: tuple[EnvVariable, ...] = ()
    telemetry: Telemetry | None = None
    settings: tuple[Setting, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    secrets: tuple[FoundSecret, ...] = ()
    workspace: tuple[str, ...] = ()

    def last(self, role: Role) -> Setting | None:
        """Give the setting of this role that is in force."""
        return next((one for one in reversed(self.settings) if one.role is role), None)
