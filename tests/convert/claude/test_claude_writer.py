import json
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.convert.agent import (
    AgentConfig,
    EnvVariable,
    McpServer,
    Permission,
    PermissionRule,
    Role,
    Scope,
    Secret,
    Setting,
    Telemetry,
    Transport,
)
from reconciler.convert.claude.writer import write
from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.parts import Command, Field, Handler, Hook, OutputStyle, Skill, Subagent
from reconciler.convert.spoke import Wanted, Written
from reconciler.model.conversion import Item, Outcome
from reconciler.model.migration import Cli

SETTINGS = ".claude/settings.json"
HERE = Origin(".codex/config.toml", 7)


def written(files: Mapping[str, bytes] | None = None, model: str = "", **parts: Any) -> Written:
    return write(AgentConfig(**{"cli": Cli.CODEX} | parts), files or {}, Wanted(model=model))


def settings_of(result: Written) -> dict[str, Any]:
    return dict(json.loads(result.files.get(SETTINGS, b"{}")))


def item(result: Written, name: str) -> Item:
    [found] = [one for one in result.items if one.item == name]
    return found


def memory(
    text: bytes, name: str = "memory:AGENTS.md", kind: MemoryKind = MemoryKind.SHARED, **more: Any
) -> MemoryDocument:
    path = more.pop("path", "AGENTS.md")
    return MemoryDocument(name, Origin(path), more.pop("folder", ""), kind, text, **more)


def rule(decision: Permission, text: str) -> PermissionRule:
    tool, _, pattern = text.removesuffix(")").partition("(")
    return PermissionRule(decision, text, HERE, tool, pattern or None)


@pytest.mark.parametrize(
    ("role", "value", "expected", "outcome"),
    [
        (Role.MODEL, "anthropic/claude-sonnet-4-5", {"model": "claude-sonnet-4-5"}, "kept"),
        (Role.MODEL, "gpt-5.5", {}, "dropped"),
        (Role.EFFORT, "low", {"effortLevel": "low"}, "kept"),
        (Role.EFFORT, "max", {"effortLevel": "xhigh"}, "degraded"),
        (Role.EFFORT, "ultra", {}, "dropped"),
        (Role.MODE, "plan", {"permissions": {"defaultMode": "plan"}}, "kept"),
        (Role.MODE, "yolo", {}, "dropped"),
        (Role.SANDBOX, True, {"sandbox": {"enabled": True}}, "kept"),
        (Role.NETWORK_DOMAINS, ["a.test"], {"sandbox": {"network": {"allowedDomains": ["a.test"]}}}, "kept"),
        (Role.RETENTION_DAYS, 0, {}, "dropped"),
        (Role.THINKING, "yes", {}, "dropped"),
        (Role.SMALL_MODEL, "gpt-5.5-mini", {}, "dropped"),
        (Role.SCHEMA, "https://schemas.test/a.json", {}, "degraded"),
        (Role.OTHER, None, {}, "dropped"),
    ],
)
def test_a_setting_is_written_only_with_a_value_that_claude_takes(
    role: Role, value: Any, expected: dict[str, Any], outcome: str
) -> None:
    result = written(settings=(Setting("key", role, HERE, value),))
    assert settings_of(result) == expected
    assert item(result, "setting:key").outcome == outcome


def test_the_migrations_model_is_written_and_replaces_the_one_that_stands() -> None:
    standing = {SETTINGS: b'{\n  "model": "opus", "env": {"A": "1"}\n}\n'}
    result = written(standing, model="sonnet", settings=(Setting("model", Role.MODEL, HERE, "gpt-5.5"),))
    assert result.files[SETTINGS] == b'{\n  "model": "sonnet", "env": {"A": "1"}\n}\n'
    assert item(result, "setting:model").reason == "the target's model is sonnet"


def test_the_last_setting_of_a_role_wins() -> None:
    low, high = (Setting("effort", Role.EFFORT, Origin("a", line), word) for line, word in ((1, "low"), (2, "high")))
    result = written(settings=(low, high))
    assert settings_of(result) == {"effortLevel": "high"}
    assert [one.reason for one in result.items] == ["a:2 says it again and wins", ""]


def test_rules_are_written_once_each_under_their_decision() -> None:
    rules = [(Permission.DENY, "Bash(rm:*)"), (Permission.DENY, "Bash(rm:*)"), (Permission.ASK, "WebFetch")]
    result = written(permissions=tuple(rule(*one) for one in rules))
    assert settings_of(result)["permissions"] == {"ask": ["WebFetch"], "deny": ["Bash(rm:*)"]}
    assert {one.outcome for one in result.items} == {Outcome.KEPT}


def test_rules_join_those_that_stand_and_no_byte_of_them_is_lost() -> None:
    standing = b'{"permissions": {"deny": ["Read(./.env)"], "defaultMode": "plan"}}'
    result = written(
        {SETTINGS: standing},
        permissions=(rule(Permission.DENY, "Bash(rm:*)"),),
        settings=(Setting("approval", Role.MODE, HERE, "acceptEdits"),),
    )
    assert settings_of(result)["permissions"] == {"deny": ["Read(./.env)", "Bash(rm:*)"], "defaultMode": "plan"}
    found = item(result, "setting:approval")
    assert (found.outcome, "already says something else" in found.reason) == (Outcome.DEGRADED, True)


@pytest.mark.parametrize("standing", [b'{"permissions": {},}', b'// mine\n{"model": "opus"}', b"{", b"[]"])
def test_a_settings_file_that_claude_passes_over_is_left_alone_and_the_ledger_says_so(standing: bytes) -> None:
    result = written({SETTINGS: standing}, permissions=(rule(Permission.DENY, "Bash(rm:*)"),))
    assert result.files.get(SETTINGS, standing) == standing
    found = item(result, "permission:deny:Bash(rm:*)")
    assert (found.outcome, "no valid JSON" in found.reason) == (Outcome.DROPPED, True)


def test_a_deny_that_finds_no_place_is_said_to_be_dropped() -> None:
    result = written({SETTINGS: b'{"permissions": 5}'}, permissions=(rule(Permission.DENY, "Bash(rm:*)"),))
    assert item(result, "permission:deny:Bash(rm:*)").outcome is Outcome.DROPPED


def test_variables_are_written_and_no_secret_is() -> None:
    env = (
        EnvVariable("A", "1", HERE),
        EnvVariable("KEY", Secret("API key"), HERE),
        EnvVariable("GEMINI_X", "1", HERE, for_cli=True),
    )
    result = written(env=env)
    assert settings_of(result) == {"env": {"A": "1"}}
    assert item(result, "env:KEY").reason == "a literal (API key): set KEY in the agent's environment"


def test_telemetry_becomes_variables() -> None:
    telemetry = Telemetry(
        enabled=True,
        endpoint="http://localhost:4318",
        protocol="http/json",
        signals=frozenset({"metrics"}),
        headers={"x-team": "blue", "x-key": "${KEY}"},
        origins={"setting:otel.exporter": HERE, "setting:otel.headers": HERE},
    )
    result = written(telemetry=telemetry)
    assert settings_of(result)["env"] == {
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-team=blue",
    }
    assert item(result, "setting:otel.exporter").outcome is Outcome.KEPT
    assert item(result, "setting:otel.headers").reason.startswith("x-key left out")


def test_hooks_of_one_matcher_stand_in_one_group_and_their_scripts_come_along() -> None:
    hooks = tuple(
        Hook("PreToolUse", "Bash", HERE, Handler.COMMAND, "command", f"./{name}.sh", seconds, scripts=(f"{name}.sh",))
        for name, seconds in (("a", 5.0), ("b", None))
    )
    result = written({"a.sh": b"A", "b.sh": b"B"}, hooks=hooks)
    handlers = [{"type": "command", "command": "./a.sh", "timeout": 5}, {"type": "command", "command": "./b.sh"}]
    assert settings_of(result) == {"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": handlers}]}}
    assert result.files["a.sh"] == b"A"


@pytest.mark.parametrize(
    ("event", "handler", "reason"),
    [
        ("PreModelRequest", Handler.COMMAND, "Claude Code has no event PreModelRequest"),
        ("Stop", Handler.PROMPT, "Claude Code runs shell commands for a hook, not prompt"),
    ],
)
def test_a_hook_that_claude_cannot_run_is_dropped(event: str, handler: Handler, reason: str) -> None:
    result = written(hooks=(Hook(event, "", HERE, handler, handler.value, "x"),))
    assert (settings_of(result), item(result, f"hook:{event}").reason) == ({}, reason)


def test_a_server_is_written_with_references_in_the_place_of_secrets() -> None:
    server = McpServer(
        "api",
        HERE,
        Transport.HTTP,
        "http",
        url="https://api.test/mcp",
        headers={"Authorization": Secret("token", bearer=True), "X-A": "${A}"},
        timeout_ms=5000,
        others={"oauth": 9},
        lines={"url": 8, "headers.Authorization": 7},
    )
    result = written(servers=(server,))
    assert json.loads(result.files[".mcp.json"])["mcpServers"]["api"] == {
        "type": "http",
        "url": "https://api.test/mcp",
        "headers": {"Authorization": "Bearer ${API_AUTHORIZATION}", "X-A": "${A}"},
        "timeout": 5000,
    }
    outcomes = {one.item: one.outcome.value for one in result.items}
    assert outcomes == {
        "mcp:api": "kept",
        "mcp:api:url": "kept",
        "mcp:api:headers.Authorization": "degraded",
        "mcp:api:oauth": "dropped",
    }


@pytest.mark.parametrize(("scope", "path"), [(Scope.PROJECT, ".mcp.json"), (Scope.USER, ".claude.json")])
def test_a_server_that_is_switched_off_never_starts(scope: Scope, path: str) -> None:
    server = McpServer("s", HERE, Transport.STDIO, "stdio", command="x", enabled=False)
    result = written(scope=scope, servers=(server,))
    assert settings_of(result).get("disabledMcpjsonServers", []) == (["s"] if scope is Scope.PROJECT else [])
    assert (path in result.files) == (scope is Scope.PROJECT)


def test_a_server_that_stands_is_never_mixed_with_ours() -> None:
    standing = {".mcp.json": b'{"mcpServers": {"s": {"command": "mine"}}}'}
    result = written(standing, servers=(McpServer("s", HERE, Transport.STDIO, "stdio", command="x", args=("y",)),))
    assert result.files[".mcp.json"] == standing[".mcp.json"]
    assert item(result, "mcp:s").outcome is Outcome.DEGRADED


def test_an_agents_md_that_a_person_wrote_is_imported() -> None:
    result = written({"AGENTS.md": b"Be brief.\n"}, memory=(memory(b"Be brief.\n", kind=MemoryKind.STANDING),))
    assert result.files == {"AGENTS.md": b"Be brief.\n", "CLAUDE.md": b"@AGENTS.md\n"}
    assert item(result, "memory:AGENTS.md").outcome is Outcome.KEPT


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (b"Mine.\n", b"Mine.\n\n@AGENTS.md\n"),
        (b"Mine.\n@./AGENTS.md\n", b"Mine.\n@./AGENTS.md\n"),
        (b"Mine.\n\nBe brief.\n", b"Mine.\n\nBe brief.\n"),
    ],
)
def test_a_claude_md_that_stands_gets_the_import_when_it_does_not_say_it_yet(standing: bytes, expected: bytes) -> None:
    files = {"AGENTS.md": b"Be brief.\n", "CLAUDE.md": standing}
    result = written(files, memory=(memory(b"Be brief.\n", kind=MemoryKind.STANDING),))
    assert result.files["CLAUDE.md"] == expected


def test_sections_of_a_persons_file_stay_in_it_and_the_ledger_says_so() -> None:
    section = memory(b"Types.\n", "rule:ts", MemoryKind.RULE, globs=("*.ts",))
    result = written({"AGENTS.md": b"Be brief."}, memory=(memory(b"Be brief.\n", kind=MemoryKind.STANDING), section))
    assert set(result.files) == {"AGENTS.md", "CLAUDE.md"}
    assert item(result, "rule:ts").reason == (
        "its text stays in AGENTS.md, which CLAUDE.md imports: Claude Code always sees it, not only for *.ts"
    )


def test_what_a_conversion_wrote_goes_back_to_where_it_came_from() -> None:
    documents = (
        memory(b"Be brief.\r\n"),
        memory(b"Types.\n", "rule:web:ts", MemoryKind.RULE, globs=("src/**/*.ts", "*.{a,b}")),
        memory(b"Notes.\n", "memory:CLAUDE.local.md", MemoryKind.PERSONAL),
        memory(b"Web.\n", "memory:web/AGENTS.md", folder="web", path="web/AGENTS.md"),
    )
    result = written(memory=documents)
    assert result.files == {
        "CLAUDE.md": b"Be brief.\r\n",
        ".claude/rules/web/ts.md": b'---\npaths:\n  - "src/**/*.ts"\n  - "*.{a,b}"\n---\nTypes.\n',
        "CLAUDE.local.md": b"Notes.\n",
        "web/CLAUDE.md": b"Web.\n",
    }
    assert {one.outcome for one in result.items} == {Outcome.KEPT}


def test_a_users_memory_goes_to_the_users_file() -> None:
    document = memory(b"Be brief.\n", path=".codex/AGENTS.md", kind=MemoryKind.STANDING)
    assert written(scope=Scope.USER, memory=(document,)).files == {".claude/CLAUDE.md": b"Be brief.\n"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rule:..:..:..:x", MemoryKind.RULE),
        ("rule:/etc:x", MemoryKind.RULE),
        ("memory:../CLAUDE.md", MemoryKind.SHARED),
        ("memory:other/CLAUDE.md", MemoryKind.SHARED),
        ("memory:/CLAUDE.local.md", MemoryKind.PERSONAL),
    ],
)
def test_the_label_of_a_section_never_leads_out_of_its_folder(name: str, kind: MemoryKind) -> None:
    assert set(written(memory=(memory(b"x", name, kind),)).files) <= {"CLAUDE.md", ".claude/rules/etc/x.md"}


def test_a_name_with_an_at_sign_that_the_source_only_showed_is_degraded() -> None:
    files = {"docs/a.md": b"A"}
    result = written(files, memory=(memory(b"See @docs/a.md and @docs/b.md.\n"),))
    assert "loads docs/a.md" in item(result, "memory:AGENTS.md").reason
    assert written(memory=(memory(b"See @docs/a.md.\n"),)).items[0].outcome is Outcome.KEPT


def test_memory_that_stands_with_its_imports_is_not_written_twice() -> None:
    files = {"CLAUDE.md": b"A\n@b.md\n", "b.md": b"B\n"}
    assert written(files, memory=(memory(b"A\nB\n"),)).files == {"CLAUDE.md": files["CLAUDE.md"]}


def test_parts_are_written_with_front_matter_that_any_reader_takes() -> None:
    command = Command("db:fix", HERE, b"Fix $1\n", "Fix: it", "[issue]", "gpt-5.5", ("Bash(git add:*)", "Read"))
    subagent = Subagent("code reviewer", HERE, b"Review.\n", "Reviews code", ("Read",), "opus", "high", "plan")
    style = OutputStyle("terse", HERE, b"Short.\n", is_chosen=True)
    result = written(commands=(command,), subagents=(subagent,), output_styles=(style,))
    assert result.files[".claude/commands/db/fix.md"].decode().splitlines()[1:4] == [
        'description: "Fix: it"',
        'argument-hint: "[issue]"',
        "allowed-tools: Bash(git add:*), Read",
    ]
    assert result.files[".claude/agents/code-reviewer.md"].decode() == (
        "---\nname: code reviewer\ndescription: Reviews code\ntools: Read\nmodel: opus\neffort: high\n"
        "permissionMode: plan\n---\nReview.\n"
    )
    assert b"keep-coding-instructions: true" in result.files[".claude/output-styles/terse.md"]
    assert settings_of(result) == {"outputStyle": "terse"}
    assert item(result, "command:db:fix").reason == "Claude Code has no such model: the main one's holds"


def test_a_subagent_without_tools_gets_none_of_them() -> None:
    result = written(subagents=(Subagent("a", HERE, b"x", tools=()),))
    assert b"tools: none\n" in result.files[".claude/agents/a.md"]
    assert "passes over a subagent without a description" in item(result, "subagent:a").reason


def test_each_key_of_a_part_has_its_own_line() -> None:
    others = {"temperature": Field("0.1", Origin("a.md", 4))}
    subagent = Subagent("a", Origin("a.md"), b"x", "d", model="gpt-5.5", others=others, lines={"model": 3, "name": 2})
    found = {one.item: (one.source, one.outcome.value) for one in written(subagents=(subagent,)).items}
    assert found == {
        "subagent:a": ("a.md:1", "kept"),
        "subagent:a:name": ("a.md:2", "kept"),
        "subagent:a:model": ("a.md:3", "dropped"),
        "subagent:a:temperature": ("a.md:4", "dropped"),
    }


def test_a_part_that_stands_with_other_content_stays() -> None:
    files = {".claude/skills/pdf/SKILL.md": b"mine", "s/pdf/SKILL.md": b"ours", "s/pdf/bin.dat": b"\x00\xff"}
    skill = Skill("pdf", HERE, "s/pdf", ("s/pdf/SKILL.md", "s/pdf/bin.dat"), lines={"name": 2})
    result = written(files, skills=(skill,))
    assert result.files == {}
    assert {one.reason for one in result.items} == {".claude/skills/pdf/SKILL.md is there already, with other content"}
    del files[".claude/skills/pdf/SKILL.md"]
    assert set(written(files, skills=(skill,)).files) == {".claude/skills/pdf/SKILL.md", ".claude/skills/pdf/bin.dat"}


def test_a_body_that_looks_like_front_matter_stays_a_body() -> None:
    result = written(commands=(Command("a", HERE, b"---\nb: c\n---\nd\n"),))
    assert result.files[".claude/commands/a.md"] == b"---\n---\n---\nb: c\n---\nd\n"
