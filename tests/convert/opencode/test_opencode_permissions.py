"""OpenCode decides at least as strictly as the rules say, and every rule that is called kept comes back."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.convert.agent import AgentConfig, McpServer, Permission, PermissionRule, Role, Scope, Setting, Transport
from reconciler.convert.documents import Origin
from reconciler.convert.opencode.grammar import split
from reconciler.convert.opencode.permissions import rules_of
from reconciler.convert.opencode.reader import read
from reconciler.convert.opencode.wildcards import matches
from reconciler.convert.opencode.writer import write
from reconciler.convert.spoke import Wanted
from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli

STRENGTH = {Permission.ALLOW: 0, Permission.ASK: 1, Permission.DENY: 2}
WORDS = st.sampled_from(
    ["git", "git push", "git push --force", "git log", "npm", "npm run", "a?c", "rm", "a\\*b", "~/x"]
)
PATTERNS = st.one_of(
    WORDS,
    WORDS.map(lambda text: f"{text}:*"),
    WORDS.map(lambda text: f"{text} *"),
    WORDS.map(lambda text: f"{text}*"),
    st.sampled_from(["git * main", "git * main *", "* --force", "*", "git *:*"]),
)
COMMANDS = st.one_of(
    WORDS,
    st.builds(" ".join, st.tuples(WORDS, st.sampled_from(["main", "--force", "x", "x > y", "origin main"]))),
    st.sampled_from(["gitx", "abc", "a*b", "git log > ~/.bashrc", "git x main", "git push main y", "git x:y z"]),
)
RULES = st.lists(st.tuples(st.sampled_from(Permission), PATTERNS), max_size=6)
MODES = st.sampled_from(["default", "dontAsk", "acceptEdits", "plan", "auto"])
PATHS = st.sampled_from(
    [
        "src/**",
        "src/*.ts",
        "src/**/*.ts",
        ".env",
        "*.pem",
        "**/secret",
        "docs",
        "docs/a.md",
        "./a/b",
        "/a/**",
        "a/*/c",
        "x[ab]",
    ]
)
FILES = st.sampled_from(
    [
        *("src/a.ts", "src/x/a.ts", "src/x", ".env", "a/.env", "k.pem", "b/k.pem", "secret/y", "d/secret", "docs/a.md"),
        *("docs/b", "a/b", "a/q/c", "a/q/r/c", "xa", "z"),
    ]
)


def rule(decision: Permission, text: str) -> PermissionRule:
    return PermissionRule(decision, text, Origin(".claude/settings.json", 3), *split(text))


def agent(*rules: PermissionRule, mode: str = "default", servers: tuple[str, ...] = ()) -> AgentConfig:
    origin = Origin(".claude/settings.json", 2)
    return AgentConfig(
        cli=Cli.CLAUDE,
        permissions=rules,
        settings=(Setting("permissions.defaultMode", Role.MODE, origin, mode),) if mode else (),
        servers=tuple(McpServer(one, origin, Transport.STDIO, "stdio", command="x") for one in servers),
    )


def sheet_of(config: AgentConfig, standing: bytes = b"") -> dict[str, object]:
    files = {"opencode.json": standing} if standing else {}
    sheet = json.loads(write(config, files, Wanted()).files["opencode.json"])["permission"]
    return sheet if isinstance(sheet, dict) else {"*": sheet}


def opencode(sheet: dict[str, object], tool: str, what: str) -> Permission:
    """Decide as OpenCode 1.18 does: it allows, unless a rule matches, and of those the last decides."""
    decision = Permission.ALLOW
    for key, value in sheet.items():
        for pattern, found in value.items() if isinstance(value, dict) else [("*", value)]:
            if matches(key, tool) and matches(pattern, what):
                decision = Permission(str(found))
    return decision


def claude_covers(pattern: str, command: str) -> bool:
    """Decide as Claude Code 2.1 does whether a Bash pattern covers a command."""
    if pattern.endswith(":*"):
        return command == pattern[:-2] or command.startswith(f"{pattern[:-2]} ")
    escaped = re.escape(pattern.replace("\\*", "\0")).replace(r"\*", ".*").replace("\0", r"\*")
    if pattern.endswith(" *") and pattern.count("*") == 1:
        escaped = escaped[: -len(r"\ .*")] + "( .*)?"
    return re.fullmatch(escaped, command, re.DOTALL) is not None


def claude(rules: list[tuple[Permission, str]], command: str, default: Permission) -> Permission:
    found = [decision for decision, pattern in rules if claude_covers(pattern, command)]
    return max(found, key=STRENGTH.__getitem__, default=default)


@settings(max_examples=400, deadline=None)
@given(RULES, COMMANDS, MODES)
@example([(Permission.ALLOW, "git *:*")], "git x y", "default")
@example([(Permission.DENY, "~/x")], "~/x", "default")
def test_no_command_is_decided_more_weakly(rules: list[tuple[Permission, str]], command: str, mode: str) -> None:
    written = sheet_of(agent(*(rule(decision, f"Bash({pattern})") for decision, pattern in rules), mode=mode))
    default = Permission.DENY if mode == "dontAsk" else Permission.ASK
    expected = claude(rules, command, default)
    if mode == "dontAsk" and expected is Permission.ASK:
        expected = Permission.DENY
    assert STRENGTH[opencode(written, "bash", command)] >= STRENGTH[expected]


def ignored(pattern: str, path: str) -> bool:
    """Decide as gitignore does whether a pattern covers a file, or a folder that it is in."""
    bare = pattern.removeprefix("./").removeprefix("/")
    text = re.escape(bare).replace(r"\[", "[").replace(r"\]", "]")
    text = (
        text.replace(r"/\*\*/", "/(?:.*/)?")
        .replace(r"\*\*/", "(?:.*/)?")
        .replace(r"\*\*", ".*")
        .replace(r"\*", "[^/]*")
    )
    anywhere = "(?:.*/)?" if "/" not in pattern else ""
    return re.fullmatch(f"{anywhere}{text}(?:/.*)?", path) is not None


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(Permission), PATHS), max_size=5),
    FILES,
    st.sampled_from(["edit", "read"]),
    st.sampled_from(["", "home/me/project/"]),
)
def test_no_file_is_decided_more_weakly(rules: list[tuple[Permission, str]], path: str, tool: str, folder: str) -> None:
    name = {"edit": "Edit", "read": "Read"}[tool]
    written = sheet_of(agent(*(rule(decision, f"{name}({pattern})") for decision, pattern in rules)))
    found = [decision for decision, pattern in rules if ignored(pattern, path)]
    default = Permission.ASK if tool == "edit" else Permission.ALLOW
    expected = max(found, key=STRENGTH.__getitem__, default=default)
    assert STRENGTH[opencode(written, tool, folder + path)] >= STRENGTH[expected]


@settings(max_examples=300, deadline=None)
@given(
    RULES,
    st.lists(st.tuples(st.sampled_from(Permission), PATTERNS), max_size=4, unique_by=lambda one: one[1]),
    COMMANDS,
)
def test_rules_that_stand_are_not_weakened_and_neither_is_a_denial_of_ours(
    rules: list[tuple[Permission, str]], standing: list[tuple[Permission, str]], command: str
) -> None:
    theirs: dict[str, object] = {"bash": {pattern: str(decision) for decision, pattern in standing}}
    config = agent(*(rule(decision, f"Bash({pattern})") for decision, pattern in rules))
    merged = sheet_of(config, json.dumps({"permission": theirs}).encode())
    decision = opencode(merged, "bash", command)
    assert STRENGTH[decision] >= STRENGTH[opencode(theirs, "bash", command)]
    if claude(rules, command, Permission.ASK) is Permission.DENY:
        assert decision is Permission.DENY


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(Permission),
            st.one_of(
                PATTERNS.map(lambda text: f"Bash({text})"),
                PATHS.map(lambda text: f"Edit({text})"),
                PATHS.map(lambda text: f"Read({text})"),
                st.sampled_from(
                    ["Bash", "Edit", "Write", "Read", "WebFetch", "WebFetch(domain:a.example)", "WebSearch", "Skill(x)",
                     "Agent(explore)", "Task(explore)", "Read(~/.ssh/**)", "Edit(//etc/**)", "Monitor", "mcp__files",
                     "mcp__files__read", "mcp__files__*", "mcp__files_two__read", "Grep", "Grep(x)", "mcp__*"]
                ),
            ),
        ),
        max_size=7,
    ),
    MODES | st.just("bypassPermissions"),
)  # fmt: skip
def test_every_rule_that_is_called_kept_is_read_back(rules: list[tuple[Permission, str]], mode: str) -> None:
    config = agent(*(rule(decision, text) for decision, text in rules), mode=mode, servers=("files", "files_two"))
    written = write(config, {}, Wanted())
    back = {f"permission:{one.decision}:{one.text}" for one in read(written.files, Scope.PROJECT).permissions}
    kept = {item.item for item in written.items if item.outcome is Outcome.KEPT and item.item.startswith("permission:")}
    assert kept <= back
    assert all(item.reason for item in written.items if item.outcome is not Outcome.KEPT)


@pytest.mark.parametrize(
    ("text", "command", "decision"),
    [
        pytest.param("Bash(git push)", "git push --force", Permission.ASK, id="an-exact-allow-allows-no-more"),
        pytest.param("Bash(git push:*)", "git push", Permission.ALLOW, id="a-prefix-covers-the-bare-command"),
        pytest.param("Bash(git log:*)", "git log > notes", Permission.ASK, id="a-redirected-command-asks"),
        pytest.param("Bash", "git log > notes", Permission.ALLOW, id="unless-every-command-is-allowed"),
        pytest.param("Edit", "git log", Permission.ASK, id="what-no-rule-allows-asks"),
    ],
)
def test_an_allow_is_never_widened(text: str, command: str, decision: Permission) -> None:
    assert opencode(sheet_of(agent(rule(Permission.ALLOW, text))), "bash", command) is decision


@pytest.mark.parametrize(
    ("tool", "decision"),
    [
        ("files_read", Permission.ASK),
        ("edit", Permission.ASK),
        ("read", Permission.ALLOW),
        ("websearch", Permission.ASK),
    ],
)
def test_an_agent_without_rules_asks_as_it_did(tool: str, decision: Permission) -> None:
    config = agent(rule(Permission.DENY, "Bash(rm:*)"), mode="")
    assert opencode(sheet_of(config), tool, "x") is decision
    item = next(item for item in write(config, {}, Wanted()).items if item.item == "setting:permissions.defaultMode")
    assert "told to ask" in item.reason


@pytest.mark.parametrize("mode", ["default", "dontAsk", "bypassPermissions", "plan"])
def test_a_mode_comes_back(mode: str) -> None:
    back = read(write(agent(mode=mode), {}, Wanted()).files, Scope.PROJECT).last(Role.MODE)
    assert back is not None
    assert back.value == mode


def test_a_server_whose_name_begins_as_another_ones_is_not_opened_with_it() -> None:
    config = agent(rule(Permission.ALLOW, "mcp__files"), servers=("files", "files_two"))
    assert opencode(sheet_of(config), "files_two_read", "*") is Permission.ASK


def test_a_denied_tool_of_an_allowed_server_stays_denied() -> None:
    rules = [rule(Permission.DENY, "mcp__files__delete"), rule(Permission.ALLOW, "mcp__files")]
    sheet = sheet_of(agent(*rules, servers=("files",)))
    assert [opencode(sheet, f"files_{tool}", "*") for tool in ("delete", "read")] == [Permission.DENY, Permission.ALLOW]


@pytest.mark.parametrize(
    ("sheet", "texts", "lost"),
    [
        pytest.param({"bash": {"*": "ask", "git *": "allow"}}, ["allow Bash(git:*)"], [], id="asks-as-every-cli-does"),
        pytest.param(
            {"bash": {"rm *": "deny", "rm x": "allow"}}, ["deny Bash(rm:*)"], ["rm x"], id="the-stricter-rule-wins"
        ),
        pytest.param(
            {"bash": {"rm *": "deny", "ls *": "allow"}}, ["deny Bash(rm:*)", "allow Bash(ls:*)"], [], id="apart"
        ),
        pytest.param({"edit": {"*": "deny", "docs/*": "allow"}}, ["deny Edit"], ["docs/*"], id="an-exception-is-lost"),
        pytest.param(
            {"edit": "allow", "*": "ask"},
            ["ask Read", "ask Glob", "ask Grep", "ask Agent", "ask LSP"],
            [""],
            id="a-later-rule-for-all-tools-overrules",
        ),
        pytest.param(
            {"*": "deny", "read": "allow", "g*": "allow", "task": {"explore": "allow"}},
            ["deny Agent", "deny TodoWrite", "deny AskUserQuestion", "deny LSP", "deny ExitPlanMode", "allow Read"],
            ["", "explore"],
            id="what-is-denied-by-default-is-denied-where-it-would-not-ask",
        ),
        pytest.param({"web*": "deny"}, ["deny WebFetch", "deny WebSearch"], [], id="a-wildcard-over-tools"),
        pytest.param({"*": "allow", "*_*": "deny"}, ["deny mcp__*"], [], id="servers-beside-all-tools"),
        pytest.param(
            {"bash": "ask", "*_*": "allow"}, ["allow mcp__my", "allow mcp__my_db"], [], id="servers-that-are-open"
        ),
        pytest.param({"my_db_query": "deny"}, ["deny mcp__my_db__query"], [], id="a-server-by-its-longest-name"),
        pytest.param({"doom_loop": "deny"}, [], [""], id="no-counterpart"),
    ],
)
def test_the_last_match_becomes_the_strictest(sheet: dict[str, str], texts: list[str], lost: list[str]) -> None:
    found = rules_of(sheet, ["my", "my_db"])
    assert [f"{entry.decision} {text}" for text, entry in found.rules] == texts
    assert [entry.pattern for entry, _ in found.lost] == lost


def said(sheet: dict[str, object], servers: tuple[str, ...]) -> object:
    """Give all that the reader makes of a table of permissions, without its places."""
    table = {one: {"type": "local", "command": ["x"]} for one in servers}
    back = read({"opencode.json": json.dumps({"permission": sheet, "mcp": table}).encode()}, Scope.PROJECT)
    mode = back.last(Role.MODE)
    rules = {(one.decision, one.text) for one in back.permissions}
    return mode and mode.value, rules, {(one.name, one.reason) for one in back.unreadable}


DEFAULT_KEYS = ["*", "*_*", "edit", "bash", "webfetch", "webfetch*", "websearch", "skill"]
TAKEN = st.lists(st.sampled_from([(key, one) for key in DEFAULT_KEYS for one in ("", "*")]), min_size=1, max_size=3)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(Permission), st.sampled_from(
        ["Bash", "Bash(git:*)", "Edit", "Edit(src/**)", "WebFetch", "WebFetch(domain:a.example)", "Skill(x)", "mcp__*"]
    )), max_size=3),
    MODES | st.just("bypassPermissions"),
    st.sampled_from([(), ("files",)]),
    TAKEN,
    st.sampled_from([[], ["*"]]),
)  # fmt: skip
@example([], "default", (), [("*_*", "")], [])
@example([], "default", (), [("bash", ""), ("edit", "")], ["*"])
@example([], "default", ("files",), [("*", ""), ("*_*", "")], ["*"])
def test_a_default_that_was_taken_out_shows(
    rules: list[tuple[Permission, str]],
    mode: str,
    servers: tuple[str, ...],
    taken: list[tuple[str, str]],
    first: list[str],
) -> None:
    whole = sheet_of(agent(*(rule(decision, text) for decision, text in rules), mode=mode, servers=servers))
    whole = {**dict.fromkeys(first, "ask"), **{key: value for key, value in whole.items() if key not in first}}
    less: dict[str, object] = {}
    for key, value in whole.items():
        if isinstance(value, dict):
            less[key] = {pattern: one for pattern, one in value.items() if (key, pattern) not in taken}
        elif (key, "") not in taken:
            less[key] = value
    samples = [(key, "zzz") for key in ("edit", "bash", "webfetch", "websearch", "skill", "files_read", "read", "task")]
    if any(STRENGTH[opencode(less, *one)] < STRENGTH[opencode(whole, *one)] for one in samples):
        assert said(less, servers) != said(whole, servers)


@pytest.mark.parametrize(
    ("first", "second", "mode", "rules"),
    [
        pytest.param({"*_*": "ask", "bash": {"*": "ask"}}, {"bash": {"rm *": "deny"}},
                     "default", ["deny Bash(rm:*)"], id="patterns-are-joined"),
        pytest.param({"*": "deny"}, {"bash": "ask"}, "dontAsk", ["ask Bash"], id="a-tool-beside-all"),
        pytest.param({"bash": "deny"}, {"bash": {"rm *": "ask"}},
                     None, ["ask Bash(rm:*)", "allow Bash"], id="a-table-takes-the-place"),
    ],
)  # fmt: skip
def test_all_files_are_one_table_of_permissions(
    first: dict[str, object], second: dict[str, object], mode: str | None, rules: list[str]
) -> None:
    sheets = {"opencode.json": first, ".opencode/opencode.json": second}
    files = {path: json.dumps({"permission": sheet}).encode() for path, sheet in sheets.items()}
    back = read(files, Scope.PROJECT)
    found = back.last(Role.MODE)
    assert (found.value if found else None) == mode
    assert [text for text in (f"{one.decision} {one.text}" for one in back.permissions) if "Bash" in text] == rules


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (b'{"permission": {"bash": "ask", "edit": "ask"}}', ["WebFetch", "WebSearch", "Skill"]),
        (b'{"permission": {"bash": {"rm *": "deny"}, "*": "ask"}}', []),
        (b'{"model": "openai/gpt-5"}', []),
    ],
)
def test_what_a_file_with_permissions_leaves_open_is_open(text: bytes, allowed: list[str]) -> None:
    rules = read({"opencode.json": text}, Scope.PROJECT).permissions
    assert [rule.text for rule in rules if rule.decision is Permission.ALLOW] == allowed
