"""What is written for OpenCode is what it loads, stands beside what was there, and is read back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Transport,
)
from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.opencode.reader import read
from reconciler.convert.opencode.writer import write
from reconciler.convert.parts import Command, Field, Handler, Hook, OutputStyle, Skill, Subagent
from reconciler.convert.spoke import Wanted, Written
from reconciler.model.conversion import Item, Outcome
from reconciler.model.migration import Cli

SETTINGS = Origin(".claude/settings.json", 2)
EMPTY = AgentConfig(cli=Cli.CLAUDE)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
BODIES = TEXTS.map(lambda text: f"{text}\n".encode())


def setting(role: Role, value: Any, name: str = "") -> AgentConfig:
    return replace(EMPTY, settings=(Setting(name or role.value, role, SETTINGS, value),))


def server(**keys: Any) -> McpServer:
    lines = dict.fromkeys(keys, 3)
    for table in ("env", "headers"):
        lines |= {f"{table}.{name}": 3 for name in keys.get(table, {})}
        lines.pop(table, None)
    transport = Transport.STDIO if "command" in keys else Transport.HTTP
    return McpServer("files", Origin(".mcp.json", 2), transport, transport.value, **keys, lines=lines)


def config_of(written: Written, path: str = "opencode.json") -> Any:
    return json.loads(written.files[path])


def item(written: Written, name: str) -> Item:
    (found,) = [one for one in written.items if one.item == name]
    return found


@pytest.mark.parametrize(
    ("made", "table"),
    [
        pytest.param(
            server(command="npx", args=("-y", "files"), env={"TOKEN": "${TOKEN}"}, cwd="tools", timeout_ms=4000),
            {"type": "local", "command": ["npx", "-y", "files"], "cwd": "tools", "timeout": 4000}
            | {"environment": {"TOKEN": "{env:TOKEN}"}},
            id="stdio",
        ),
        pytest.param(
            server(url="https://files.example/mcp", headers={"Authorization": "Bearer ${TOKEN}"}),
            {"type": "remote", "url": "https://files.example/mcp", "headers": {"Authorization": "Bearer {env:TOKEN}"}},
            id="http",
        ),
        pytest.param(
            replace(server(command="files"), enabled=False),
            {"type": "local", "command": ["files"], "enabled": False},
            id="disabled",
        ),
    ],
)
def test_a_server_is_started_as_it_was(made: McpServer, table: dict[str, Any]) -> None:
    written = write(replace(EMPTY, servers=(made,)), {}, Wanted())
    assert config_of(written)["mcp"] == {"files": table}
    (back,) = read(written.files, Scope.PROJECT).servers
    assert replace(back, origin=made.origin, lines=made.lines) == made
    assert {one.outcome for one in written.items if one.item.startswith("mcp:")} == {Outcome.KEPT}


@pytest.mark.parametrize(
    ("made", "name", "reason"),
    [
        pytest.param(
            server(command="a", args=("${PORT:-80}",)), "mcp:files:args", "no defaults: set PORT", id="default"
        ),
        pytest.param(
            server(command="a", env={"KEY": Secret("API key")}), "mcp:files:env.KEY", "set KEY in the", id="secret"
        ),
        pytest.param(
            replace(server(url="https://a.example"), transport=Transport.SSE, lines={"type": 2}),
            "mcp:files:type",
            "then SSE",
            id="sse",
        ),
        pytest.param(
            replace(server(url="wss://a.example"), transport=Transport.UNKNOWN, transport_name="ws"),
            "mcp:files",
            "not ws",
            id="unknown-transport",
        ),
        pytest.param(
            server(command="cat", args=("{file:~/.netrc}",)), "mcp:files", "would read a file", id="substitution"
        ),
        pytest.param(server(command="a", url="https://a.example"), "mcp:files:url", "unused with stdio", id="unused"),
        pytest.param(replace(server(command="a"), others={"note": 4}), "mcp:files:note", "no such key", id="other-key"),
    ],
)
def test_what_a_server_loses_is_said(made: McpServer, name: str, reason: str) -> None:
    written = write(replace(EMPTY, servers=(made,)), {}, Wanted())
    assert item(written, name).outcome is not Outcome.KEPT
    assert reason in item(written, name).reason


def test_a_secret_is_never_written() -> None:
    made = server(url="https://a.example", headers={"Authorization": Secret("token", bearer=True)})
    written = write(replace(EMPTY, servers=(made,)), {}, Wanted())
    assert config_of(written)["mcp"]["files"]["headers"] == {"Authorization": "Bearer {env:FILES_TOKEN}"}


@pytest.mark.parametrize(
    ("made", "wanted", "key", "value", "outcome"),
    [
        (setting(Role.MODEL, "claude-opus-4-1"), "", "model", "anthropic/claude-opus-4-1", Outcome.KEPT),
        (setting(Role.MODEL, "opus"), "", "model", None, Outcome.DROPPED),
        (setting(Role.MODEL, "opus"), "openai/gpt-5", "model", "openai/gpt-5", Outcome.DEGRADED),
        (setting(Role.SMALL_MODEL, "claude-haiku-4-5"), "", "small_model", "anthropic/claude-haiku-4-5", Outcome.KEPT),
        (setting(Role.EFFORT, "high"), "", "agent", {"build": {"variant": "high"}}, Outcome.DEGRADED),
        (setting(Role.OTHER, None), "", "other", None, Outcome.DROPPED),
        (setting(Role.SANDBOX, value=True), "", "sandbox", None, Outcome.DROPPED),
        (setting(Role.MODE, "plan"), "", "default_agent", "plan", Outcome.DEGRADED),
    ],
)
def test_a_setting_is_written_or_named(
    made: AgentConfig, wanted: str, key: str, value: object, outcome: Outcome
) -> None:
    written = write(made, {}, Wanted(model=wanted))
    assert config_of(written).get(key) == value
    assert item(written, f"setting:{made.settings[0].name}").outcome is outcome


@pytest.mark.parametrize(
    ("folder", "opened"), [("~/notes", ["~/notes"]), ("/srv/data/", ["/srv/data"]), ("../shared", None)]
)
def test_a_folder_outside_the_project_is_opened_by_its_whole_path(folder: str, opened: list[str] | None) -> None:
    written = write(setting(Role.DIRECTORIES, [folder]), {}, Wanted())
    back = read(written.files, Scope.PROJECT).last(Role.DIRECTORIES)
    assert (back.value if back else None) == opened
    assert (item(written, "setting:directories").outcome is Outcome.KEPT) is (opened is not None)


@settings(max_examples=100, deadline=None)
@given(TEXTS, BODIES)
def test_a_command_comes_back_byte_for_byte(description: str, body: bytes) -> None:
    command = Command("db:migrate", Origin(".claude/commands/db/migrate.md"), body, description.strip())
    written = write(replace(EMPTY, commands=(command,)), {}, Wanted())
    (back,) = read(written.files, Scope.PROJECT).commands
    assert (back.name, back.body, back.description) == (command.name, body, description.strip())
    assert "/db/migrate" in item(written, "command:db:migrate").reason


@settings(max_examples=100, deadline=None)
@given(TEXTS, BODIES, TEXTS)
def test_a_subagent_comes_back_whatever_its_name(name: str, body: bytes, description: str) -> None:
    subagent = Subagent(name.strip() or "a", Origin(".claude/agents/a.md"), body, description.strip())
    written = write(replace(EMPTY, subagents=(subagent,)), {}, Wanted())
    (path,) = [path for path in written.files if path.startswith(".opencode/agent/")]
    assert path.count("/") == 2
    (back,) = read(written.files, Scope.PROJECT).subagents
    assert (back.name, back.body, back.description) == (subagent.name, body, subagent.description)


def test_a_subagent_is_only_ever_given_less_than_the_agent() -> None:
    subagent = Subagent("reviewer", Origin("a.md"), b"Review.\n", "reviews", tools=("Read", "Bash", "mcp__files__read"))
    denial = PermissionRule(Permission.DENY, "Bash(rm:*)", SETTINGS, "Bash", "rm:*")
    config = replace(EMPTY, subagents=(subagent,), servers=(server(command="a"),), permissions=(denial,))
    text = write(config, {}, Wanted()).files[".opencode/agent/reviewer.md"].decode()
    assert '"edit": "deny"' in text
    assert '"files_*": "deny"\n  "files_read": "ask"' in text
    assert "bash" not in text
    assert "allow" not in text


def test_a_subagent_does_not_take_the_place_of_an_agent_that_opencode_has_itself() -> None:
    subagent = Subagent("plan", Origin("plan.md"), b"Plan.\n", "plans")
    written = write(replace(EMPTY, subagents=(subagent,)), {}, Wanted())
    assert ".opencode/agent/plan-subagent.md" in written.files
    assert "of its own" in item(written, "subagent:plan").reason


def test_a_skill_without_a_name_gets_one_because_opencode_passes_over_it() -> None:
    main = b"---\ndescription: Writes changes\n---\nList them.\n"
    folder = ".claude/skills/changes"
    files = {f"{folder}/SKILL.md": main, f"{folder}/run.sh": b"#!/bin/sh\n"}
    keys = {"description": "Writes changes"}
    skill = Skill(
        "changes", Origin(f"{folder}/SKILL.md"), folder, tuple(files), keys, {"description": 2}, b"List them.\n"
    )
    written = write(replace(EMPTY, skills=(skill,)), files, Wanted())
    assert written.files[".agents/skills/changes/run.sh"] == b"#!/bin/sh\n"
    (back,) = read(written.files, Scope.PROJECT).skills
    assert (back.name, back.body, back.keys["name"]) == ("changes", b"List them.\n", "changes")


def test_a_numbered_argument_and_a_front_matter_that_only_lenient_readers_take_are_seen_to() -> None:
    main = b"---\nname: changes\ndescription: adds: two\n---\nList: them.\n"
    files = {".claude/skills/changes/SKILL.md": main}
    keys = {"name": "changes", "description": "adds: two"}
    skill = Skill("changes", Origin(next(iter(files))), ".claude/skills/changes", tuple(files), keys, is_strict=False)
    command = Command("fix", Origin("fix.md"), b"Fix $1.\n")
    written = write(replace(EMPTY, skills=(skill,), commands=(command,)), files, Wanted())
    text = written.files[".agents/skills/changes/SKILL.md"]
    assert text == b'---\nname: "changes"\ndescription: "adds: two"\n---\nList: them.\n'
    assert "takes all that follow" in item(written, "command:fix").reason


def test_the_style_in_force_is_one_of_the_instructions() -> None:
    styles = (
        OutputStyle("Terse", Origin("terse.md"), b"Be terse.\n", is_chosen=True),
        OutputStyle("Chatty", Origin("chatty.md"), b"Chat.\n"),
    )
    written = write(replace(EMPTY, output_styles=styles), {}, Wanted())
    (path,) = config_of(written)["instructions"]
    assert written.files[path] == b"Be terse.\n"
    assert [item(written, f"output-style:{one.name}").outcome for one in styles] == [Outcome.DEGRADED, Outcome.DROPPED]
    assert b"Be terse." in b"".join(one.text for one in read(written.files, Scope.PROJECT).memory)


def test_hooks_and_variables_are_named_with_what_to_do() -> None:
    hook = Hook("PreToolUse", "Bash", SETTINGS, Handler.COMMAND, "command", "guard.sh")
    config = replace(EMPTY, hooks=(hook,), env=(EnvVariable("TOKEN", "x", SETTINGS),))
    written = write(config, {}, Wanted())
    assert "tool.execute.before" in item(written, "hook:PreToolUse:Bash").reason
    assert "set TOKEN where OpenCode is started" in item(written, "env:TOKEN").reason


EVERYTHING = replace(
    EMPTY,
    memory=(MemoryDocument("memory:CLAUDE.md", Origin("CLAUDE.md"), "", MemoryKind.SHARED, b"# Memory\n"),),
    permissions=(PermissionRule(Permission.DENY, "Bash(rm:*)", SETTINGS, "Bash", "rm:*"),),
    servers=(server(command="files"),),
    commands=(
        Command("fix", Origin("fix.md"), b"Fix $1.\n", "fixes", others={"agent": Field("x", Origin("fix.md", 3))}),
    ),
    settings=(Setting("model", Role.MODEL, SETTINGS, "claude-opus-4-1"),),
)


@pytest.mark.parametrize(
    "standing",
    [
        {},
        {"opencode.json": b'{\n\t"model": "openai/gpt-5",\n\t"permission": {"bash": {"rm x": "allow"}}\n}\n'},
        {"opencode.jsonc": b'{ // ours\n  "mcp": {"files": {"type": "local", "command": ["theirs"]}},\n}\n'},
        {"opencode.json": b'{"permission": "allow"}', ".opencode/command/fix.md": b"Theirs.\n"},
        {"opencode.json": b"{ broken"},
    ],
)
def test_a_second_run_changes_nothing_and_no_standing_line_is_lost(standing: dict[str, bytes]) -> None:
    first = write(EVERYTHING, standing, Wanted())
    again = write(EVERYTHING, {**standing, **first.files}, Wanted())
    assert {path: again.files.get(path) for path in first.files} == dict(first.files)
    assert [(one.item, one.outcome) for one in again.items] == [(one.item, one.outcome) for one in first.items]
    for path, data in standing.items():
        rest = iter(first.files.get(path, data))
        assert all(byte in rest for byte in data)


def test_what_stands_and_says_something_else_stays_and_is_named() -> None:
    written = write(
        EVERYTHING, {"opencode.json": b'{"model": "openai/gpt-5", "permission": {"bash": "allow"}}'}, Wanted()
    )
    assert config_of(written)["model"] == "openai/gpt-5"
    assert config_of(written)["permission"] == {"bash": "allow", "bash*": {"rm *": "deny"}}
    assert "already says something else" in item(written, "setting:model").reason
    assert item(written, "permission:deny:Bash(rm:*)").target == "opencode.json:permission.bash*"


def test_a_users_own_configuration_goes_to_their_home() -> None:
    written = write(replace(EVERYTHING, scope=Scope.USER), {}, Wanted())
    assert set(written.files) == {
        ".config/opencode/AGENTS.md",
        ".config/opencode/opencode.json",
        ".config/opencode/command/fix.md",
    }
    back = read(written.files, Scope.USER)
    assert [one.name for one in back.commands] == ["fix"]
    assert [one.text for one in back.memory] == [b"# Memory\n"]


@pytest.mark.parametrize(
    ("files", "seen"),
    [
        ({"AGENTS.md": b"a", "CLAUDE.md": b"c"}, [b"a"]),
        ({"CLAUDE.md": b"c", "CONTEXT.md": b"x"}, [b"c"]),
        ({"AGENTS.md": b"a", "web/CLAUDE.md": b"w"}, [b"a", b"w"]),
        ({"AGENTS.md": b"a", "docs/y/x.md": b"d", "opencode.json": b'{"instructions": ["docs/*.md"]}'}, [b"a"]),
        ({"docs/y/x.md": b"d", "opencode.json": b'{"instructions": ["**/x.md"]}'}, [b"d"]),
        ({"AGENTS.md": b"a", "docs/x.md": b"d", "opencode.json": b'{"instructions": ["docs/*.md"]}'}, [b"a", b"d"]),
    ],
)
def test_the_memory_is_what_opencode_shows_to_its_model(files: dict[str, bytes], seen: list[bytes]) -> None:
    assert [one.text for one in read(files, Scope.PROJECT).memory] == seen


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b'{"permission": {"bash": "perhaps"}}', "file:opencode.json"),
        (b'{"mcp": {"a": {"type": "local"}}}', "mcp:a"),
        (b'{"instructions": ["https://a.example/rules.md"]}', "setting:instructions:https://a.example/rules.md"),
        (b"[]", "file:opencode.json"),
    ],
)
def test_what_cannot_be_read_is_named(text: bytes, name: str) -> None:
    assert [one.name for one in read({"opencode.json": text}, Scope.PROJECT).unreadable] == [name]


def test_commands_and_agents_in_a_configuration_file_are_read_as_their_own_files_are() -> None:
    table = {
        "agent": {
            "reviewer": {"description": "reviews", "prompt": "{file:./prompts/review.md}", "model": "openai/gpt-5"}
            | {"permission": {"edit": "deny", "webfetch": "deny"}, "temperature": 0.1},
            "build": {"variant": "high"},
            "old": {"prompt": "x", "disable": True},
            "main": {"prompt": "x", "mode": "primary"},
        },
        "command": {"db/migrate": {"template": "Migrate $ARGUMENTS.", "description": "migrates", "subtask": True}},
    }
    files = {"opencode.json": json.dumps(table, indent=1).encode(), "prompts/review.md": b"Review.\n\n"}
    config = read(files, Scope.PROJECT)
    (reviewer,), (command,) = config.subagents, config.commands
    assert (reviewer.name, reviewer.body, reviewer.description, reviewer.model) == (
        *("reviewer", b"Review.\n", "reviews", "gpt-5"),
    )
    assert reviewer.tools is not None
    assert not {"Edit", "WebFetch"} & set(reviewer.tools)
    assert (reviewer.others["temperature"].text, reviewer.lines["tools"]) == ("0.1", 7)
    assert (command.name, command.body, list(command.others)) == ("db:migrate", b"Migrate $ARGUMENTS.\n", ["subtask"])
    assert [one.name for one in config.unreadable] == ["subagent:old", "subagent:main"]
    assert [one.name for one in config.settings] == ["agent.build.variant"]


@pytest.mark.parametrize("path", ["/etc/passwd", "~/.netrc", "../x.md", "a/../../x.md", "nowhere.md", ""])
def test_a_prompt_is_never_read_outside_the_folder(path: str) -> None:
    text = json.dumps({"agent": {"a": {"prompt": f"{{file:{path}}}"}}, "instructions": [f"{{file:{path}}}", path]})
    config = read({"opencode.json": text.encode()}, Scope.PROJECT)
    assert not config.subagents
    assert not config.memory
    assert {one.name.partition(":")[0] for one in config.unreadable} == {"subagent", "setting"}


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "~/x", "a\nb", "", "..", "a\\..\\b"])
def test_a_name_that_leaves_its_folder_is_no_part(name: str) -> None:
    text = json.dumps({"agent": {name: {"prompt": "x"}}, "command": {name: {"template": "x"}}})
    config = read({"opencode.json": text.encode()}, Scope.PROJECT)
    assert not config.subagents
    assert not config.commands
    assert len(config.unreadable) == 2
    command = Command(name, Origin("a.toml"), b"x\n")
    written = write(replace(EMPTY, commands=(command,)), {}, Wanted())
    assert not any(path.startswith(".opencode/command") for path in written.files)


def test_a_part_that_a_file_of_its_own_says_again_is_named() -> None:
    text = b'{"agent": {"a": {"prompt": "x"}}, "command": {"b/c": {"template": "x"}}}'
    files = {"opencode.json": text, ".opencode/agent/a.md": b"A.\n", ".opencode/commands/b/c.md": b"B.\n"}
    config = read(files, Scope.PROJECT)
    assert ([one.body for one in config.subagents], [one.body for one in config.commands]) == ([b"A.\n"], [b"B.\n"])
    assert [one.name for one in config.unreadable] == ["command:b:c", "subagent:a"]


@pytest.mark.parametrize(
    ("permission", "tools", "is_listed"),
    [
        pytest.param({"bash": {"*": "deny", "git *": "allow"}}, {"Bash"}, True, id="all-but-some-is-all"),
        pytest.param({"bash": {"rm *": "deny"}}, set(), True, id="some-is-listed"),
        pytest.param({"bash": "ask"}, set(), True, id="a-question-is-listed"),
        pytest.param({"bash": "deny", "edit": "deny"}, {"Bash", "Edit"}, False, id="whole-tools"),
        pytest.param({"*": "deny", "read": "allow"}, {"Bash", "Edit", "Grep"}, False, id="all-but-one-tool"),
        pytest.param({"*": "deny", "bash": "allow"}, {"Edit", "Read"}, True, id="a-tool-that-would-ask"),
        pytest.param("deny", {"Bash", "Read"}, False, id="nothing-at-all"),
        pytest.param({"my tool": {"*": "deny"}, "bash": "deny"}, {"Bash"}, True, id="a-key-that-is-no-tool"),
    ],
)
def test_a_subagents_permissions_take_away_more_or_are_listed(
    permission: object, tools: set[str], *, is_listed: bool
) -> None:
    text = json.dumps({"agent": {"a": {"prompt": "x", "permission": permission}}})
    (subagent,) = read({"opencode.json": text.encode()}, Scope.PROJECT).subagents
    assert tools.isdisjoint(subagent.tools or ())
    assert (subagent.tools is None) is (not tools)
    assert ("permission" in subagent.others) is is_listed
    assert ("tools" in subagent.lines) is not is_listed


@pytest.mark.parametrize(
    ("tools", "more"), [(("Edit",), "with Edit it gets Write"), (("Write", "Read"), "with Write it gets Edit")]
)
def test_an_agent_that_gets_more_than_the_editor_it_names_is_told(tools: tuple[str, ...], more: str) -> None:
    subagent = Subagent("a", Origin("a.md"), b"x\n", tools=tools, lines={"tools": 3})
    assert more in item(write(replace(EMPTY, subagents=(subagent,)), {}, Wanted()), "subagent:a:tools").reason
    both = replace(subagent, tools=("Edit", "Write"))
    assert "gets" not in item(write(replace(EMPTY, subagents=(both,)), {}, Wanted()), "subagent:a:tools").reason


def test_a_part_does_not_take_the_place_of_one_that_stands_in_the_configuration() -> None:
    standing = {
        "opencode.json": b'{"command": {"fix": {"template": "Theirs."}}, "agent": {"a": {"prompt": "Theirs."}}}'
    }
    parts = replace(EVERYTHING, subagents=(Subagent("a", Origin("a.md"), b"Ours.\n"),))
    written = write(parts, standing, Wanted())
    assert not any(path.startswith(".opencode/") for path in written.files)
    assert "opencode.json has one of this name" in item(written, "command:fix").reason
    assert item(written, "subagent:a").outcome is Outcome.DROPPED


def test_an_agents_own_denials_and_those_that_have_no_form_are_both_in_the_ledger() -> None:
    text = b'---\nmode: subagent\npermission:\n  edit: deny\n  bash:\n    "rm *": deny\n---\nx\n'
    (back,) = read({".opencode/agent/a.md": text}, Scope.PROJECT).subagents
    assert back.mode == "plan"
    assert "permission" in back.others
