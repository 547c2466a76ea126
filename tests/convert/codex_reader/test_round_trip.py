"""The law of the reader: what the writer says it kept is read back as it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.convert import convert
from reconciler.convert.agent import Permission, Scope
from reconciler.convert.claude.reader import read as read_claude
from reconciler.convert.codex.reader import read
from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import Agent, converted, own_agents, shared_agents
from tests.support.convert_checks.round_trip import read_back

RULES = st.sampled_from(
    [
        *(
            "Bash(rm -rf:*)",
            "Bash(git push)",
            "Bash(git push * --force)",
            "Bash(npm run *)",
            "Bash(echo 'a b':*)",
            "Bash",
        ),
        *(
            "Read(./.env)",
            "Read(**/*.pem)",
            "Read(./secrets/**)",
            "Read(//etc/shadow)",
            "Read(~/.ssh/**)",
            "Read(keys)",
        ),
        *("Edit(./docs)", "Edit(./docs/**)", "Write(*.lock)", "WebSearch", "WebFetch(domain:example.org)", "WebFetch"),
        *("mcp__db", "mcp__db__drop", "mcp__web__*", "mcp__gone__x", "Task", "Frobnicate(x)", "not a rule"),
    ]
)
WORDS = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=12)
REFERENCES = WORDS | st.sampled_from(["${TOKEN_PATH}", "${PORT:-80}", "x${HOST}y"])
SERVERS = st.fixed_dictionaries(
    {"command": WORDS.filter(str.strip)},
    optional={
        "args": st.lists(REFERENCES, max_size=2),
        "env": st.dictionaries(st.sampled_from(["MODE", "PORT", "A_B"]), REFERENCES, max_size=2),
        "timeout": st.integers(1, 99_999),
    },
) | st.fixed_dictionaries(
    {"type": st.just("http"), "url": st.just("https://mcp.example.org/")},
    optional={"headers": st.dictionaries(st.sampled_from(["X-Team", "X-Port"]), REFERENCES, max_size=2)},
)
HOOKS = st.fixed_dictionaries(
    {"type": st.just("command"), "command": WORDS | st.just('"$CLAUDE_PROJECT_DIR"/check.sh')},
    optional={"timeout": st.integers(1, 99), "async": st.booleans(), "statusMessage": WORDS},
)
GROUPS = st.fixed_dictionaries(
    {"hooks": st.lists(HOOKS, min_size=1, max_size=2)},
    optional={"matcher": st.sampled_from(["Bash", "Edit|Write", "mcp__.*", ""])},
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "permissions": st.fixed_dictionaries(
            {},
            optional={
                **{str(one): st.lists(RULES, max_size=4, unique=True) for one in Permission},
                "defaultMode": st.sampled_from(["default", "plan", "acceptEdits", "dontAsk", "bypassPermissions"]),
            },
        ),
        "env": st.dictionaries(st.sampled_from(["PORT", "MODE", "A"]), WORDS, max_size=2),
        "hooks": st.dictionaries(
            st.sampled_from(["PreToolUse", "Stop", "SessionStart", "Notification"]),
            st.lists(GROUPS, max_size=2),
            max_size=2,
        ),
        "effortLevel": st.sampled_from(["low", "high", "max"]),
        "model": st.just("opus"),
    },
)
BODIES = st.sampled_from(
    ["Do it.\n", "Fix $1 in $ARGUMENTS.\r\n", "Look: !`git diff` @docs/a.md", "(argument 1 the user gave)\n"]
)
HEADS = st.sampled_from(
    ["", "---\ndescription: Says it.\n---\n", '---\ndescription: "A: b"\nargument-hint: "[x]"\n---\n']
)
AGENTS = st.sampled_from(["tools: Read, Grep\n", "effort: high\n", "permissionMode: plan\n", "model: opus\n", ""])


@st.composite
def folders(draw: st.DrawFn) -> dict[str, bytes]:
    texts: dict[str, str] = {
        "CLAUDE.md": "# Shop\n",
        "check.sh": "true\n",
        ".claude/settings.json": json.dumps(draw(SETTINGS)),
        ".mcp.json": json.dumps({"mcpServers": draw(st.dictionaries(st.sampled_from(["db", "web"]), SERVERS))}),
        ".claude/commands/db/migrate.md": draw(HEADS) + draw(BODIES),
        ".claude/skills/pdf/SKILL.md": draw(HEADS) + draw(BODIES),
        ".claude/agents/ada.md": f"---\nname: ada\ndescription: Reviews.\n{draw(AGENTS)}---\n{draw(BODIES)}",
    }
    return {path: text.encode() for path, text in texts.items()}


@settings(max_examples=150, deadline=None)
@given(folders())
def test_what_the_ledger_calls_kept_is_read_back_equal(files: dict[str, bytes]) -> None:
    score = read_back(converted(Agent("drawn", Path(), files), Cli.CODEX))
    assert not score.faults


@settings(max_examples=150, deadline=None)
@given(folders())
def test_no_allow_comes_back_that_was_not_there(files: dict[str, bytes]) -> None:
    written = convert(files, source=Cli.CLAUDE, target=Cli.CODEX).files
    before = {one.text for one in read_claude(files, Scope.PROJECT).permissions if one.decision is Permission.ALLOW}
    after = {one.text for one in read(written, Scope.PROJECT).permissions if one.decision is Permission.ALLOW}
    assert after <= before | {one.removesuffix("__*") for one in before}


@settings(max_examples=100, deadline=None)
@given(folders())
def test_what_the_writer_wrote_is_readable(files: dict[str, bytes]) -> None:
    assert read(convert(files, source=Cli.CLAUDE, target=Cli.CODEX).files, Scope.PROJECT).unreadable == ()


@pytest.mark.parametrize("agent", [*own_agents(), *shared_agents()], ids=lambda agent: agent.name)
def test_every_agent_keeps_what_its_ledger_calls_kept(agent: Agent) -> None:
    faults = read_back(converted(agent, Cli.CODEX)).faults
    assert not [fault for fault in faults if not fault.startswith(_ONCE)]


_ONCE = "rule:"
"""A rule that a memory file imports too stands there once, and is no document of its own any more."""


@pytest.mark.parametrize(
    "body", ["Fix $1 in $ARGUMENTS.\n", "Look: !`git diff --stat` first.\n", "Plain.\n", "(argument 2 the user gave)"]
)
def test_a_command_comes_back_as_a_command(body: str) -> None:
    text = f'---\ndescription: "Fixes: all"\nargument-hint: "[n]"\n---\n{body}'
    written = convert({".claude/commands/db/fix.md": text.encode()}, source=Cli.CLAUDE, target=Cli.CODEX).files
    (found,) = read(written, Scope.PROJECT).commands
    assert (found.name, found.description, found.argument_hint) == ("db:fix", "Fixes: all", "[n]")
    assert found.body.decode() == body.replace("(argument 2 the user gave)", "$2")


@pytest.mark.parametrize("changed", ["files", "keys"])
def test_a_skill_that_was_a_command_and_holds_more_by_now_is_a_skill(changed: str) -> None:
    written: dict[str, Any] = dict(
        convert({".claude/commands/fix.md": b"Fix it.\n"}, source=Cli.CLAUDE, target=Cli.CODEX).files
    )
    main = ".agents/skills/fix/SKILL.md"
    if changed == "files":
        written[".agents/skills/fix/run.py"] = b""
    else:
        written[main] = written[main].replace(b"metadata:", b"license: MIT\nmetadata:")
    found = read(written, Scope.PROJECT)
    assert [one.name for one in found.skills] == ["fix"]
    assert not found.commands
