import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from reconciler.convert.agent import AgentConfig, Role, Scope
from reconciler.convert.claude.reader import read
from reconciler.convert.documents import ImportStatus, Origin
from reconciler.convert.hooks import scripts_of
from reconciler.convert.parts import Handler, Hook, Subagent

SETTINGS = ".claude/settings.json"


def read_texts(files: Mapping[str, str], scope: Scope = Scope.PROJECT) -> AgentConfig:
    return read({path: text.encode() for path, text in files.items()}, scope)


def read_settings(**keys: Any) -> AgentConfig:
    return read_texts({SETTINGS: json.dumps(keys, indent=1)})


def hook_of(matcher: str | None = None, **handler: Any) -> Hook:
    group = {"hooks": [handler]} | ({} if matcher is None else {"matcher": matcher})
    return read_settings(hooks={"PreToolUse": [group]}).hooks[0]


def test_a_hook_is_read_with_all_that_its_handler_says() -> None:
    hook = hook_of("Bash", type="command", command="./a.sh", timeout=5, statusMessage="…", once=True, **{"async": True})
    assert (hook.name, hook.handler, hook.command) == ("hook:PreToolUse:Bash", Handler.COMMAND, "./a.sh")
    assert (hook.timeout_seconds, hook.is_async, hook.status_message) == (5.0, True, "…")
    assert hook.others["once"].text == "true"


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        ({"type": "prompt", "prompt": "ok?"}, Handler.PROMPT),
        ({"type": "http", "url": "https://hooks.test"}, Handler.OTHER),
        ({"command": "x"}, Handler.OTHER),
        ({}, Handler.OTHER),
    ],
)
def test_a_handler_that_runs_no_command_is_still_a_hook(handler: dict[str, Any], kind: Handler) -> None:
    assert hook_of(**handler).handler is kind


@pytest.mark.parametrize(("matcher", "read_as"), [("*", ""), ("", ""), (None, ""), ("Edit|Write", "Edit|Write")])
def test_a_star_matches_everything_as_no_matcher_does(matcher: str | None, read_as: str) -> None:
    assert hook_of(matcher, type="command", command="x").matcher == read_as


@pytest.mark.parametrize(
    ("command", "found", "missing"),
    [
        ("./guard.sh --all", ["guard.sh"], []),
        ('"$CLAUDE_PROJECT_DIR"/.claude/hooks/a.py', [".claude/hooks/a.py"], []),
        ("python3 ${CLAUDE_PROJECT_DIR:-.}/guard.sh", ["guard.sh"], []),
        ("cd x && python3 .claude/hooks/a.py; ./guard.sh|cat", [".claude/hooks/a.py", "guard.sh"], []),
        ("bash -c 'python3 .claude/hooks/a.py'", [".claude/hooks/a.py"], []),
        ("'my tools/b.sh'", ["my tools/b.sh"], []),
        ("python3 .claude/hooks/gone.py", [], [".claude/hooks/gone.py"]),
        ("$CLAUDE_PROJECT_DIR/gone.sh", [], ["gone.sh"]),
        ("npx prettier --write gone.sh ~/guard.sh /guard.sh", [], []),
        ("echo 'a quote that does not close ./guard.sh", ["guard.sh"], []),
    ],
)
def test_the_scripts_of_a_hook_are_found_in_its_command(command: str, found: list[str], missing: list[str]) -> None:
    there = ["guard.sh", ".claude/hooks/a.py", "my tools/b.sh"]
    assert scripts_of(command, there, Scope.PROJECT) == (tuple(found), tuple(missing))


def test_a_users_hook_names_its_script_from_home() -> None:
    assert scripts_of("~/.claude/a.sh $HOME/.claude/b.sh", [".claude/a.sh"], Scope.USER) == (
        (".claude/a.sh",),
        (".claude/b.sh",),
    )


def test_hooks_that_are_switched_off_are_listed_and_not_read() -> None:
    config = read_settings(hooks={"Stop": [{"hooks": [{"type": "command", "command": "x"}]}]}, disableAllHooks=True)
    assert config.hooks == ()
    assert [(one.name, one.reason) for one in config.unreadable] == [("hook:Stop", "switched off by disableAllHooks")]


def subagent_of(matter: str) -> Subagent:
    return read_texts({".claude/agents/a.md": f"---\nname: a\ndescription: d\n{matter}\n---\nDo it.\n"}).subagents[0]


@pytest.mark.parametrize(
    ("matter", "tools"),
    [
        ("color: red", None),
        ("tools: Read, Bash(git add:*)", ("Read", "Bash(git add:*)")),
        ("tools: Read Grep", ("Read", "Grep")),
        ("tools:\n  - Read\n  - mcp__a__b", ("Read", "mcp__a__b")),
        ("tools: [Read, Grep]", ("Read", "Grep")),
        ('tools: "*"', None),
        ("tools: []", None),
        ("tools:", None),
        ("tools: none", ()),
    ],
)
def test_a_subagent_has_the_tools_that_claude_gives_it(matter: str, tools: tuple[str, ...] | None) -> None:
    assert subagent_of(matter).tools == tools


def test_each_key_of_a_part_knows_its_line_and_an_unknown_one_its_text() -> None:
    subagent = subagent_of("model: opus\nhooks:\n  Stop:\n    - hooks: []\npermissionMode: plan")
    assert (subagent.model, subagent.mode, subagent.body) == ("opus", "plan", b"Do it.\n")
    assert subagent.lines == {"name": 2, "description": 3, "model": 4, "permissionMode": 8}
    assert subagent.others["hooks"].text == "\n  Stop:\n    - hooks: []"
    assert subagent.others["hooks"].origin == Origin(".claude/agents/a.md", 5)


def test_a_subagent_that_claude_passes_over_is_listed_or_a_plain_file() -> None:
    config = read_texts({".claude/agents/a.md": "---\nname: a\n---\nx", ".claude/agents/README.md": "about"})
    assert config.subagents == ()
    assert [one.reason for one in config.unreadable] == ["Claude Code passes over a subagent without description"]
    assert config.workspace == (".claude/agents/README.md",)


def test_a_command_is_read_with_its_rules() -> None:
    keys = "description: >\n  Fix\n  it\nargument-hint: [issue]\nallowed-tools: Bash(git add:*), Read\nagent: x\n"
    command = read_texts({".claude/commands/db/fix.md": f"---\n{keys}---\nFix $1\n"}).commands[0]
    assert (command.name, command.body, command.description) == ("db:fix", b"Fix $1\n", "Fix it")
    assert (command.argument_hint, command.allowed_tools) == ("[issue]", ("Bash(git add:*)", "Read"))
    assert (command.lines, command.others["agent"].text) == (
        {"description": 2, "argument-hint": 5, "allowed-tools": 6},
        "x",
    )


def test_an_output_style_is_chosen_by_its_own_name_or_its_files() -> None:
    files = {
        ".claude/output-styles/terse.md": "---\nname: Terse\n---\nShort.\n",
        ".claude/output-styles/long.md": "Long.",
    }
    for chosen, name in (("Terse", "Terse"), ("terse", "Terse"), ("long", "long")):
        config = read_texts(files | {SETTINGS: json.dumps({"outputStyle": chosen})})
        assert [one.name for one in config.output_styles if one.is_chosen] == [name]


@pytest.mark.parametrize(
    ("keys", "name", "role", "value"),
    [
        ({"sandbox": {"enabled": True}}, "sandbox.enabled", Role.SANDBOX, True),
        (
            {"sandbox": {"network": {"allowedDomains": ["a.test"]}}},
            "sandbox.network.allowedDomains",
            Role.NETWORK_DOMAINS,
            ["a.test"],
        ),
        ({"sandbox": {"failIfUnavailable": True}}, "sandbox.failIfUnavailable", Role.OTHER, None),
        ({"permissions": {"defaultMode": "plan"}}, "permissions.defaultMode", Role.MODE, "plan"),
        (
            {"permissions": {"additionalDirectories": ["../x"]}},
            "permissions.additionalDirectories",
            Role.DIRECTORIES,
            ["../x"],
        ),
        ({"cleanupPeriodDays": 20}, "cleanupPeriodDays", Role.RETENTION_DAYS, 20),
        ({"alwaysThinkingEnabled": False}, "alwaysThinkingEnabled", Role.THINKING, False),
        ({"effortLevel": "high"}, "effortLevel", Role.EFFORT, "high"),
        ({"effortLevel": "huge"}, "effortLevel", Role.OTHER, None),
        ({"statusLine": {"type": "command"}}, "statusLine", Role.OTHER, None),
        ({"sandbox": {}}, "sandbox", Role.OTHER, None),
    ],
)
def test_a_setting_has_a_meaning_and_a_value(keys: dict[str, Any], name: str, role: Role, value: object) -> None:
    [found] = read_settings(**keys).settings
    assert (found.name, found.role, found.value) == (name, role, value)


@pytest.mark.parametrize(
    "keys",
    [
        {"permissions": {"defaultMode": "huge"}},
        {"permissions": {"additionalDirectories": "x"}},
        {"sandbox": 5},
        {"sandbox": {"enabled": "x"}},
        {"alwaysThinkingEnabled": "x"},
        {"cleanupPeriodDays": 0},
        {"cleanupPeriodDays": 1.5},
        {"outputStyle": 5},
        {"disabledMcpjsonServers": [5]},
        {"env": []},
    ],
)
def test_a_wrong_type_makes_the_file_unreadable_as_it_does_for_claude(keys: dict[str, Any]) -> None:
    config = read_settings(**{"model": "opus"} | keys)
    assert [one.name for one in config.unreadable] == [f"file:{SETTINGS}"]
    assert config.settings == ()


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"env": {"A": None, "B": "1"}}, "env:A"),
        ({"permissions": {"allow": [5]}}, "permission:allow"),
        ({"hooks": []}, "setting:hooks"),
    ],
)
def test_what_claude_passes_over_alone_takes_no_deny_with_it(keys: dict[str, Any], name: str) -> None:
    permissions = {"deny": ["Bash(rm:*)"]} | keys.get("permissions", {})
    config = read_settings(**keys | {"permissions": permissions})
    assert [one.name for one in config.unreadable] == [name]
    assert [one.text for one in config.permissions] == ["Bash(rm:*)"]


def test_telemetry_is_taken_out_of_the_variables() -> None:
    env = {
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "console",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-team=blue",
        "DATABASE_URL": "x",
    }
    config = read_settings(env=env)
    telemetry = config.telemetry
    assert telemetry is not None
    assert (telemetry.enabled, telemetry.signals, telemetry.protocol) == (True, frozenset({"metrics"}), "http/json")
    assert (telemetry.endpoint, telemetry.headers) == ("http://localhost:4318", {"x-team": "blue"})
    assert {one.name: one.for_cli for one in config.env} == {"OTEL_LOGS_EXPORTER": True, "DATABASE_URL": False}
    assert {name.partition(":")[2] for name in telemetry.origins} | {one.name for one in config.env} == set(env)


def test_a_users_configuration_is_read_from_home() -> None:
    state = {"numStartups": 3, "mcpServers": {"s": {"command": "x", "env": {"A": "${A}"}}}}
    config = read_texts({".claude.json": json.dumps(state), ".claude/CLAUDE.md": "Be kind.\n"}, Scope.USER)
    assert [(one.name, one.folder, one.text) for one in config.memory] == [
        ("memory:.claude/CLAUDE.md", "", b"Be kind.\n")
    ]
    assert [(one.name, dict(one.lines)) for one in config.servers] == [("s", {"command": 1, "env.A": 1})]
    assert [one.name for one in config.unreadable] == ["file:.claude.json"]


class Noting(Mapping[str, bytes]):
    def __init__(self, files: dict[str, bytes]) -> None:
        self._files, self.read = files, set[str]()

    def __getitem__(self, path: str) -> bytes:
        self.read.add(path)
        return self._files[path]

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def test_no_file_is_read_that_claude_would_not_read() -> None:
    files = Noting({"CLAUDE.md": b"@docs/a.md\n", "docs/a.md": b"A", "big.bin": b"x", SETTINGS: b"{}", "guard.sh": b""})
    assert read(files, Scope.PROJECT).workspace == ("big.bin", "docs/a.md", "guard.sh")
    assert files.read == {"CLAUDE.md", "docs/a.md", SETTINGS}


def test_an_import_from_home_is_there_when_it_is_the_home_that_is_read() -> None:
    files = {".claude/CLAUDE.md": b"@~/.claude/style.md\n", ".claude/style.md": b"Be brief.\n"}
    assert [one.text for one in read(files, Scope.USER).memory] == [b"Be brief.\n"]
    assert [edge.status for one in read(files, Scope.PROJECT).memory for edge in one.imports] == [ImportStatus.HOME]
