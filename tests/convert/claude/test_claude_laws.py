import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.convert.agent import (
    AgentConfig,
    EnvVariable,
    McpServer,
    Permission,
    PermissionRule,
    Scope,
    Telemetry,
    Transport,
)
from reconciler.convert.claude.reader import read
from reconciler.convert.claude.writer import write
from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.parts import Command, Handler, Hook, Subagent
from reconciler.convert.spoke import Wanted
from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli

HERE = Origin("source", 1)
NAME = st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True)
LINE = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12).map(str.strip)
WORDS = LINE.filter(bool) | st.sampled_from(
    ["yes", "1e3", "a: b", "a # b", "'x", '"', "- a", "[a]", "|", "null", "@a", "*"]
)
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.encode)
BODY = st.just(b"") | TEXT | st.sampled_from([b"---\na: b\n---\nx\n", b"a\r\nb\r\n", b"---"])
TOOLS = st.lists(st.sampled_from(["Read", "Bash(git add:*)", "mcp__a__b", "Edit(/src/**)"]), unique=True).map(tuple)
RULE = st.builds(
    lambda decision, tool, pattern: PermissionRule(decision, f"{tool}({pattern})", HERE, tool, pattern),
    st.sampled_from(Permission),
    st.sampled_from(["Bash", "Read", "WebFetch"]),
    LINE,
)
HOOK = st.builds(
    Hook,
    event=st.sampled_from(["PreToolUse", "Stop"]),
    matcher=st.sampled_from(["", "Bash", "Edit|Write"]),
    origin=st.just(HERE),
    handler=st.just(Handler.COMMAND),
    handler_name=st.just("command"),
    command=LINE.filter(bool),
    timeout_seconds=st.none() | st.sampled_from([5.0, 0.5]),
    is_async=st.booleans(),
    status_message=LINE,
)
COMMAND = st.builds(
    Command,
    name=st.lists(NAME, min_size=1, max_size=3).map(":".join),
    origin=st.just(HERE),
    body=BODY,
    description=st.just("") | WORDS,
    argument_hint=st.just("") | WORDS,
    model=st.sampled_from(["", "opus", "claude-sonnet-4-5"]),
    allowed_tools=TOOLS,
)
SUBAGENT = st.builds(
    Subagent,
    name=NAME,
    origin=st.just(HERE),
    body=BODY,
    description=WORDS,
    tools=st.none() | TOOLS,
    model=st.sampled_from(["", "inherit", "opus"]),
    effort=st.sampled_from(["", "max"]),
    mode=st.sampled_from(["", "plan"]),
)
SERVER = st.builds(
    McpServer,
    name=NAME,
    origin=st.just(HERE),
    transport=st.just(Transport.STDIO),
    transport_name=st.just("stdio"),
    command=LINE.filter(bool),
    args=st.lists(NAME, max_size=3).map(tuple),
    env=st.dictionaries(NAME, st.sampled_from(["", "x", "${A}", "a${B:-c}"]), max_size=2),
    timeout_ms=st.none() | st.integers(1, 9999),
    enabled=st.booleans(),
)
TELEMETRY = st.builds(
    Telemetry,
    enabled=st.booleans(),
    endpoint=st.sampled_from(["", "http://localhost:4318"]),
    protocol=st.sampled_from(["", "grpc", "http/json"]),
    signals=st.frozensets(st.sampled_from(["metrics", "logs", "traces"])),
    log_prompts=st.booleans(),
    headers=st.dictionaries(NAME, NAME, max_size=2),
)
RULE_DOCUMENT = st.builds(
    lambda name, text, globs: MemoryDocument(f"rule:{name}", HERE, "", MemoryKind.RULE, text, globs=globs),
    NAME,
    TEXT.filter(lambda text: b"@" not in text),
    st.lists(st.sampled_from(["src/**/*.ts", "*.{a,b}", "a, b"]), unique=True).map(tuple),
)


def unique(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(parts, max_size=3, unique_by=lambda part: part.name).map(tuple)


CONFIG = st.builds(
    AgentConfig,
    cli=st.just(Cli.CODEX),
    scope=st.just(Scope.PROJECT),
    memory=unique(RULE_DOCUMENT),
    permissions=st.lists(RULE, max_size=4, unique_by=lambda rule: (rule.decision, rule.text)).map(tuple),
    servers=unique(SERVER),
    hooks=st.lists(HOOK, max_size=3).map(tuple),
    commands=unique(COMMAND),
    subagents=unique(SUBAGENT),
    env=st.dictionaries(NAME, LINE, max_size=2).map(lambda env: tuple(EnvVariable(*one, HERE) for one in env.items())),
    telemetry=st.none() | TELEMETRY,
)


def said(config: AgentConfig) -> list[list[str]]:
    """Say what the configuration means, without where it stands."""
    return [
        sorted(f"{one.decision} {one.text}" for one in config.permissions),
        sorted(f"{one.name} {one.value!r}" for one in config.env),
        sorted(f"{one.name} {one.text!r} {one.globs}" for one in config.memory),
        sorted(
            f"{one.name} {one.command} {one.timeout_seconds} {one.is_async} {one.status_message}"
            for one in config.hooks
        ),
        sorted(
            f"{one.name} {one.command} {one.args} {one.env} {one.timeout_ms} {one.enabled}" for one in config.servers
        ),
        sorted(
            repr((one.name, one.body, one.description, one.argument_hint, one.model, one.allowed_tools))
            for one in config.commands
        ),
        sorted(
            repr((one.name, one.body, one.description, one.tools, one.model, one.effort, one.mode))
            for one in config.subagents
        ),
        [repr((one.enabled, one.endpoint, one.protocol, sorted(one.signals), one.log_prompts, one.headers))]
        if (one := config.telemetry)
        else [],
    ]


@settings(max_examples=100)
@given(CONFIG)
def test_what_is_kept_is_read_back_as_it_was(config: AgentConfig) -> None:
    result = write(config, {}, Wanted())
    assert [one for one in result.items if one.outcome is not Outcome.KEPT] == []
    assert said(read(result.files, Scope.PROJECT)) == said(config)


@settings(max_examples=100)
@given(CONFIG)
def test_a_second_writing_changes_no_byte(config: AgentConfig) -> None:
    first = write(config, {}, Wanted(model="opus")).files
    assert write(config, first, Wanted(model="opus")).files == first


JSON = st.recursive(
    st.none() | st.integers() | LINE, lambda one: st.lists(one) | st.dictionaries(NAME, one), max_leaves=4
)
STANDING = st.dictionaries(
    st.sampled_from(["permissions", "hooks", "env", "model", "sandbox"]),
    JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(("deny", "allow", "ask"), JSON)),
).map(lambda keys: json.dumps(keys).encode()) | st.binary(max_size=12)


@given(st.lists(RULE, max_size=4), STANDING)
def test_a_deny_is_in_the_file_or_listed_as_dropped(rules: list[PermissionRule], standing: bytes) -> None:
    config = AgentConfig(cli=Cli.CODEX, permissions=tuple(rules))
    files = {".claude/settings.json": standing}
    result = write(config, files, Wanted())
    dropped = {one.item for one in result.items if one.outcome is Outcome.DROPPED}
    for rule in rules:
        if rule.decision is Permission.DENY and f"permission:deny:{rule.text}" not in dropped:
            assert rule.text in json.loads(result.files[".claude/settings.json"])["permissions"]["deny"]
