import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.codex.prefix import command_prefix
from tests.convert.folders import config_of, item, settings, to_codex

RULES = ".codex/rules/reconciler.rules"


@pytest.mark.parametrize(
    ("pattern", "words", "same"),
    [
        pytest.param("rm:*", ["rm"], True, id="old prefix"),
        pytest.param("rm *", ["rm"], True, id="new prefix"),
        pytest.param("rm -rf:*", ["rm", "-rf"], True, id="prefix of two words"),
        pytest.param("git push", ["git", "push"], False, id="exact"),
        pytest.param("git push --force*", ["git", "push"], False, id="half a word"),
        pytest.param("git push * --force", ["git", "push"], False, id="in the middle"),
        pytest.param("curl * | bash", ["curl"], False, id="a pipe"),
        pytest.param("a && b", ["a"], False, id="a compound command"),
        pytest.param('git commit -m "a b":*', ["git", "commit", "-m", "a b"], True, id="quotes"),
        pytest.param('git commit -m "a b*', ["git", "commit", "-m"], False, id="a quote that does not close"),
        pytest.param("rm $HOME:*", ["rm"], False, id="a variable"),
        pytest.param("C:\\tools\\x:*", [], False, id="backslashes"),
        pytest.param("* --force", [], False, id="nothing literal"),
        pytest.param("", [], False, id="empty"),
    ],
)
def test_the_longest_literal_prefix(pattern: str, words: list[str], same: bool) -> None:  # noqa: FBT001 - table
    found, difference = command_prefix(pattern)
    assert (found, difference == "") == (words, same)


WORD = st.sampled_from(["git", "push", "--force", "x*", "*", "'a b'", "|", "-rf", "a.b", "$X", "日本"])


@given(st.lists(WORD, max_size=6).map(" ".join), st.sampled_from(["", ":*", " *"]))
def test_a_denied_command_is_at_least_as_strictly_forbidden(words: str, tail: str) -> None:
    prefix, difference = command_prefix(words + tail)
    without_tail = re.sub(r"(:\*| \*)$", "", words + tail)
    literal = without_tail.replace("'", "").split()
    flat = " ".join(prefix).split()
    assert flat == literal[: len(flat)]
    assert difference or flat == literal


def test_denied_and_asked_commands_become_rules() -> None:
    conversion = to_codex(settings(permissions={"deny": ["Bash(rm -rf:*)"], "ask": ["Bash(git push *)"], "allow": []}))
    lines = conversion.files[RULES].decode().splitlines()
    assert [re.sub(", justification.*", "", line) for line in lines[1:]] == [
        'prefix_rule(pattern = ["rm", "-rf"], decision = "forbidden"',
        'prefix_rule(pattern = ["git", "push"], decision = "prompt"',
    ]


@pytest.mark.parametrize(
    ("decision", "rule", "outcome", "reason"),
    [
        ("deny", "Bash(rm:*)", "kept", ""),
        ("deny", "Bash(git push)", "degraded", 'Codex forbids every "git push …"'),
        ("ask", "Bash(git * main)", "degraded", 'Codex asks before every "git …"'),
        ("deny", "Bash", "degraded", "no shell then"),
        ("deny", "Bash(*)", "degraded", "no shell then"),
        ("ask", "Bash", "degraded", "the sandbox is read-only"),
        ("deny", "Bash(* --force)", "dropped", "nothing in Codex forbids it"),
        ("deny", "Read(./.env)", "kept", ""),
        ("ask", "Edit", "degraded", "read-only"),
        ("deny", "WebSearch", "kept", ""),
        ("ask", "WebSearch", "degraded", "does not search at all"),
        ("deny", "WebFetch(domain:e.test)", "degraded", "web search, which is off"),
        ("deny", "mcp__danger__*", "dropped", "no such server"),
        ("deny", "Task", "dropped", "nothing forbids it"),
        ("deny", "KillShell", "dropped", "nothing to forbid"),
        ("deny", "Brandnew(x)", "dropped", "nothing forbids it"),
        ("allow", "Bash(make:*)", "degraded", "needs no rule"),
        ("allow", "WebSearch", "degraded", "without asking by default"),
        ("allow", "Skill(a)", "dropped", "its own defaults"),
        ("allow", "Edit(/docs/**)", "degraded", "needs no rule"),
        ("allow", "WebFetch(domain:e.test)", "dropped", "no tool that fetches"),
        ("allow", "Edit:*", "dropped", "not a rule"),
    ],
)
def test_what_becomes_of_a_permission(decision: str, rule: str, outcome: str, reason: str) -> None:
    conversion = to_codex(settings(permissions={decision: [rule]}))
    found = item(conversion, f"permission:{decision}:{rule}")
    assert found.outcome == outcome
    assert reason in found.reason


def test_no_allow_rule_is_written_because_it_would_leave_the_sandbox() -> None:
    conversion = to_codex(settings(permissions={"allow": ["Bash(make:*)", "Bash"]}))
    assert RULES not in conversion.files
    assert config_of(conversion)["sandbox_mode"] == "workspace-write"


@pytest.mark.parametrize(
    ("permissions", "sandbox"),
    [
        ({}, None),
        ({"deny": ["Bash(rm:*)"]}, None),
        ({"defaultMode": "acceptEdits"}, "workspace-write"),
        ({"defaultMode": "default"}, "workspace-write"),
        ({"defaultMode": "plan", "allow": ["Bash"]}, "read-only"),
        ({"defaultMode": "bypassPermissions"}, "danger-full-access"),
        ({"defaultMode": "bypassPermissions", "deny": ["Edit"]}, "read-only"),
        ({"defaultMode": "bypassPermissions", "deny": ["Read(./.env)"]}, None),
        ({"defaultMode": "dontAsk", "allow": ["Read"]}, "read-only"),
        ({"defaultMode": "dontAsk", "allow": ["Edit"]}, "workspace-write"),
        ({"ask": ["Bash"], "defaultMode": "acceptEdits"}, "read-only"),
    ],
)
def test_the_sandbox_follows_the_mode_and_the_narrowest_rule(
    permissions: dict[str, object], sandbox: str | None
) -> None:
    assert config_of(to_codex(settings(permissions=permissions))).get("sandbox_mode") == sandbox


def test_only_the_modes_that_never_ask_become_a_policy_that_never_asks() -> None:
    modes = ("default", "acceptEdits", "plan", "bypassPermissions", "dontAsk", "auto")
    found = {mode: config_of(to_codex(settings(permissions={"defaultMode": mode}))) for mode in modes}
    assert [mode for mode in modes if "approval_policy" in found[mode]] == ["bypassPermissions", "dontAsk"]


def test_a_permission_profile_of_the_target_stays_in_charge() -> None:
    standing = {".codex/config.toml": 'default_permissions = "dev"\n'}
    conversion = to_codex(settings(permissions={"defaultMode": "acceptEdits"}) | standing)
    assert conversion.files[".codex/config.toml"].decode() == standing[".codex/config.toml"]
    assert "already says something else" in item(conversion, "setting:permissions.defaultMode").reason
