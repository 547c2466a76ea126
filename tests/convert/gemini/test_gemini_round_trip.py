from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.agent import EnvVariable, McpServer, Role, Scope, Secret, Setting, Telemetry, Transport
from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.gemini.dotenv import parse
from reconciler.convert.gemini.reader import read
from reconciler.convert.parts import Command, Field, Handler, Hook, OutputStyle, Skill, Subagent
from reconciler.model.conversion import Outcome
from tests.convert.gemini.made import HERE, back, config, item, settings_of, written

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=30)
NAME = st.from_regex(r"[a-z][a-z0-9_-]{0,12}", fullmatch=True)
REFERENCE = st.sampled_from(["${TOKEN}", "${HOST:-localhost}", "plain", "a b", "50%", "$HOME/x"])


@st.composite
def servers(draw: st.DrawFn) -> McpServer:
    is_local = draw(st.booleans())
    texts = st.dictionaries(st.sampled_from(["MODE", "LEVEL"]), REFERENCE, max_size=2)
    common: dict[str, Any] = {
        "name": draw(NAME),
        "origin": Origin(".mcp.json", 2),
        "timeout_ms": draw(st.none() | st.integers(1, 10**6)),
        "enabled": draw(st.booleans()),
    }
    if is_local:
        args = tuple(draw(st.lists(REFERENCE, max_size=3)))
        return McpServer(
            transport=Transport.STDIO, transport_name="stdio", command="run", args=args, env=draw(texts), **common
        )
    kind = draw(st.sampled_from([Transport.HTTP, Transport.SSE]))
    return McpServer(
        transport=kind, transport_name=str(kind), url="https://x.example/mcp", headers=draw(texts), **common
    )


@given(st.lists(servers(), max_size=3, unique_by=lambda one: one.name))
def test_every_kept_server_reads_back(made: list[McpServer]) -> None:
    result = written(config(servers=tuple(made)))
    found = {one.name: one for one in back(config(servers=tuple(made))).servers}
    for one in made:
        if item(result, f"mcp:{one.name}").outcome is Outcome.KEPT:
            again = found[one.name]
            assert (again.transport, again.command, again.args, again.url) == (
                one.transport, one.command, one.args, one.url,
            )  # fmt: skip
            assert (again.env, again.headers, again.timeout_ms, again.enabled) == (
                one.env, one.headers, one.timeout_ms, one.enabled,
            )  # fmt: skip


@given(TEXT, TEXT)
def test_every_kept_command_reads_back(body: str, description: str) -> None:
    made = Command("db:move", Origin(".claude/commands/db/move.md"), body.encode(), description)
    (again,) = back(config(commands=(made,))).commands
    if item(written(config(commands=(made,))), "command:db:move").outcome is Outcome.KEPT:
        assert (again.name, again.body, again.description) == (made.name, made.body, made.description)


@given(
    st.lists(
        st.sampled_from(["$ARGUMENTS", "$1", "!`git log`", "@src/a.py", "{{args}}", "!{", "@{", "word", "\n", " "])
    )
)
def test_a_command_that_is_not_read_back_alike_is_not_kept(pieces: list[str]) -> None:
    made = Command("go", Origin(".claude/commands/go.md"), "".join(pieces).encode())
    (again,) = back(config(commands=(made,))).commands
    is_kept = item(written(config(commands=(made,))), "command:go").outcome is Outcome.KEPT
    assert again.body == made.body or not is_kept


TOOLS = ["Read", "Write", "Bash", "NotebookEdit", "MultiEdit", "mcp__git__push", "mcp__git", "Bash(ls:*)"]


@given(TEXT, TEXT.filter(lambda text: text.strip()), st.none() | st.lists(st.sampled_from(TOOLS), unique=True))
def test_every_kept_subagent_reads_back(body: str, description: str, tools: list[str] | None) -> None:
    lines = {"name": 2, "description": 3, **({} if tools is None else {"tools": 4})}
    made = Subagent(
        "reviewer", Origin("r.md"), body.encode(), description, None if tools is None else tuple(tools), lines=lines
    )
    result = written(config(subagents=(made,)))
    (again,) = back(config(subagents=(made,))).subagents
    assert again.body == made.body
    if item(result, "subagent:reviewer:description").outcome is Outcome.KEPT:
        assert again.description == made.description
    if tools is not None and item(result, "subagent:reviewer:tools").outcome is Outcome.KEPT:
        assert again.tools == made.tools


@given(
    st.dictionaries(st.from_regex(r"[A-Z][A-Z_]{0,6}", fullmatch=True), TEXT, max_size=3), st.sampled_from(["", "A=1"])
)
def test_every_kept_variable_reads_back_beside_those_that_stand(values: dict[str, str], standing: str) -> None:
    env = tuple(EnvVariable(name, value, HERE) for name, value in values.items())
    result = written(config(env=env), {".gemini/.env": standing.encode()} if standing else {})
    found = {name: value for name, value, _ in parse(result.files.get(".gemini/.env", standing.encode()))}
    assert not standing or found["A"] == "1"
    for name, value in values.items():
        if item(result, f"env:{name}").outcome is Outcome.KEPT:
            assert found[name] == value


@pytest.mark.parametrize(
    ("event", "matcher", "there"),
    [
        ("PreToolUse", "Bash", "^(run_shell_command)$"),
        ("PostToolUse", "Edit|Write", "^(replace|write_file)$"),
        ("PreToolUse", "mcp__git__.*", "^(mcp_git_.*)$"),
        ("PreToolUse", "", None),
        ("SessionStart", "startup", "startup"),
        ("UserPromptSubmit", "", None),
    ],
)
def test_a_hook_reads_back(event: str, matcher: str, there: str | None) -> None:
    command = '"$CLAUDE_PROJECT_DIR"/.claude/hooks/guard.sh'
    scripts = (".claude/hooks/guard.sh",)
    made = Hook(event, matcher, HERE, Handler.COMMAND, "command", command, 2.5, scripts=scripts)
    files = {scripts[0]: b"#!/bin/sh\n"}
    (group,) = next(iter(settings_of(written(config(hooks=(made,)), files))["hooks"].values()))
    assert (group.get("matcher"), group["hooks"][0]["timeout"]) == (there, 2500)
    (again,) = back(config(hooks=(made,)), files).hooks
    assert (again.event, again.matcher, again.command, again.timeout_seconds, again.scripts) == (
        event, matcher, command, 2.5, scripts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "handler", "matcher"),
    [("PreToolUse", "prompt", ""), ("SubagentStop", "command", ""), ("PreToolUse", "command", "NotebookEdit")],
)
def test_a_hook_that_gemini_cannot_run_is_dropped_with_a_reason(event: str, handler: str, matcher: str) -> None:
    kind = Handler.COMMAND if handler == "command" else Handler.PROMPT
    made = Hook(event, matcher, HERE, kind, handler, "true")
    result = written(config(hooks=(made,)))
    assert item(result, made.name).outcome is Outcome.DROPPED
    assert item(result, made.name).reason


@pytest.mark.parametrize(
    ("role", "value", "outcome"),
    [
        (Role.MODE, "acceptEdits", Outcome.KEPT),
        (Role.MODE, "plan", Outcome.KEPT),
        (Role.MODE, "bypassPermissions", Outcome.DEGRADED),
        (Role.RETENTION_DAYS, 20, Outcome.KEPT),
        (Role.DISABLED_SERVERS, ["one"], Outcome.KEPT),
        (Role.DIRECTORIES, ["../more"], Outcome.DROPPED),
        (Role.SANDBOX, True, Outcome.DROPPED),
        (Role.OTHER, None, Outcome.DROPPED),
    ],
)
def test_a_setting_has_one_outcome_and_a_kept_one_reads_back(role: Role, value: Any, outcome: Outcome) -> None:
    made = config(settings=(Setting("some.key", role, HERE, value),))
    assert item(written(made), "setting:some.key").outcome is outcome
    again = back(made).last(role)
    if outcome is Outcome.KEPT:
        assert again is not None
        assert again.value == value


def test_the_model_is_the_one_that_is_asked_for() -> None:
    made = config(settings=(Setting("model", Role.MODEL, HERE, "opus"),))
    assert settings_of(written(made)) == {}
    assert settings_of(written(made, model="gemini-x"))["model"] == {"name": "gemini-x"}


def test_telemetry_goes_where_it_went() -> None:
    origins = {"env:OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "env:OTEL_EXPORTER_OTLP_HEADERS": HERE}
    made = config(telemetry=Telemetry(enabled=True, endpoint="http://sink:4317", protocol="grpc", origins=origins))
    again = back(made).telemetry
    assert again is not None
    assert (again.enabled, again.endpoint, again.protocol, again.log_prompts) == (
        True,
        "http://sink:4317",
        "grpc",
        False,
    )
    assert item(written(made), "env:OTEL_EXPORTER_OTLP_HEADERS").outcome is Outcome.DROPPED


def test_a_skill_is_copied_whole_and_reads_back() -> None:
    main = b"---\nname: pdf\ndescription: Reads PDF\n---\nDo it.\n"
    files = {".claude/skills/pdf/SKILL.md": main, ".claude/skills/pdf/run.py": b"\x00\x01"}
    keys = {"name": "pdf", "description": "Reads PDF"}
    lines = {"name": 2, "description": 3}
    made = Skill(
        "pdf", Origin(".claude/skills/pdf/SKILL.md"), ".claude/skills/pdf", tuple(files), keys, lines, b"Do it.\n"
    )
    result = written(config(skills=(made,)), files)
    assert result.files[".agents/skills/pdf/run.py"] == b"\x00\x01"
    assert item(result, "skill:pdf").outcome is Outcome.KEPT
    (again,) = read(result.files, Scope.PROJECT).skills
    assert (again.keys, again.body) == (keys, b"Do it.\n")


def test_a_skill_without_the_keys_that_gemini_wants_gets_them() -> None:
    path = ".claude/skills/pdf/SKILL.md"
    made = Skill("pdf", Origin(path), ".claude/skills/pdf", (path,), {}, {}, b"# Read PDF files\n")
    result = written(config(skills=(made,)), {path: b"# Read PDF files\n"})
    expected = b'---\nname: pdf\ndescription: "Read PDF files"\n---\n# Read PDF files\n'
    assert result.files[".agents/skills/pdf/SKILL.md"] == expected


def test_tools_that_a_subagent_must_not_use_are_denied_to_it() -> None:
    others = {"disallowedTools": Field("Bash, Write", Origin("r.md", 4))}
    made = Subagent("reviewer", Origin("r.md"), b"Review.\n", "Reviews", others=others)
    (again,) = back(config(subagents=(made,))).subagents
    assert again.others["disallowedTools"].text == "Bash, Write"


def test_a_secret_leaves_a_reference_behind() -> None:
    server = McpServer(
        "git",
        HERE,
        Transport.HTTP,
        "http",
        url="https://x.example",
        headers={"Authorization": Secret("token", bearer=True)},
    )
    result = written(config(servers=(server,), env=(EnvVariable("API_KEY", Secret("key"), HERE),)))
    assert settings_of(result)["mcpServers"]["git"]["headers"] == {"Authorization": "Bearer ${GIT_AUTHORIZATION}"}
    assert item(result, "env:API_KEY").outcome is Outcome.DROPPED
    assert ".gemini/.env" not in result.files


def test_what_stands_in_the_settings_stays() -> None:
    standing = b'{\n  // mine\n  "mcpServers": {"git": {"command": "mine"}},\n  "ui": {"theme": "x"}\n}\n'
    server = McpServer("git", HERE, Transport.STDIO, "stdio", command="ours", lines={"command": 3})
    result = written(config(servers=(server,)), {".gemini/settings.json": standing})
    assert b'"command": "mine"' in result.files[".gemini/settings.json"]
    assert b"// mine" in result.files[".gemini/settings.json"]
    assert item(result, "mcp:git").outcome is Outcome.DEGRADED


def test_a_user_s_memory_stands_in_the_gemini_folder() -> None:
    document = MemoryDocument(
        "memory:.claude/CLAUDE.md", Origin(".claude/CLAUDE.md"), "", MemoryKind.SHARED, b"Be kind.\n"
    )
    result = written(config(memory=(document,), scope=Scope.USER))
    assert result.files == {".gemini/GEMINI.md": b"Be kind.\n"}


def test_the_output_style_in_force_is_part_of_the_memory() -> None:
    style = OutputStyle("terse", Origin(".claude/output-styles/terse.md"), b"Be terse.\n", is_chosen=True)
    result = written(config(output_styles=(style,)))
    assert b"Be terse.\n" in result.files["GEMINI.md"]
    assert item(result, "output-style:terse").outcome is Outcome.DEGRADED
