import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.agent import Permission, Role, Scope, Setting
from reconciler.convert.gemini.reader import read
from reconciler.model.conversion import Outcome
from tests.convert.gemini.made import HERE, back, config, decide, item, rule, settings_of, written

POLICIES = ".gemini/policies/reconciler.toml"
ALLOW, ASK, DENY = Permission.ALLOW, Permission.ASK, Permission.DENY


def rules_of(*permissions: tuple[Permission, str], servers: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    made = config(permissions=tuple(rule(*one) for one in permissions), servers=servers)
    return list(tomllib.loads(written(made).files.get(POLICIES, b"").decode()).get("rule", []))


@pytest.mark.parametrize(
    ("decision", "text", "tool", "args", "expected"),
    [
        (DENY, "Bash(rm -rf:*)", "run_shell_command", {"command": "rm -rf /"}, "deny"),
        (DENY, "Bash(rm -rf:*)", "run_shell_command", {"command": "rm -rf"}, "deny"),
        (DENY, "Bash(rm -rf:*)", "run_shell_command", {"command": "rm -rfv"}, ""),
        (DENY, "Bash(touch bad*)", "run_shell_command", {"command": "touch bad1"}, "deny"),
        (DENY, "Bash", "run_shell_command", {"command": "ls"}, "deny"),
        (DENY, 'Bash(echo "a.b":*)', "run_shell_command", {"command": 'echo "a.b" c'}, "deny"),
        (ASK, "Bash", "run_shell_command", {"command": "ls"}, "ask_user"),
        (ASK, "Bash(git push:*)", "run_shell_command", {"command": "git push origin"}, "ask_user"),
        (ALLOW, "Bash(git status)", "run_shell_command", {"command": "git status"}, "allow"),
        (ALLOW, "Bash(git status)", "run_shell_command", {"command": "git status -s"}, ""),
        (ALLOW, "Bash(git status)", "run_shell_command", {"command": 'git status"'}, ""),
        (ALLOW, "Bash(git * main)", "run_shell_command", {"command": "git push origin main"}, "allow"),
        (ALLOW, "Bash(git * main)", "run_shell_command", {"command": "git push main2"}, ""),
        (ALLOW, "Bash(git * main)", "run_shell_command", {"command": "git x", "description": "a main"}, ""),
        (ALLOW, "Bash(a.b)", "run_shell_command", {"command": "axb"}, ""),
        (DENY, "Read(./.env)", "read_file", {"file_path": "/home/ann/.env"}, "deny"),
        (DENY, "Read(./.env)", "read_file", {"file_path": ".envrc"}, ""),
        (DENY, "Read(./.env)", "read_many_files", {"include": ["a", ".env"]}, "deny"),
        (DENY, "Read(./.env)", "grep_search", {"pattern": "KEY", "include_pattern": ".env"}, "deny"),
        (DENY, "Read(./.env)", "run_shell_command", {"command": "cat\t.env"}, "deny"),
        (DENY, "Read(./.env)", "run_shell_command", {"command": "head -1 <.env"}, "deny"),
        (DENY, "Read(./.env)", "run_shell_command", {"command": "cat my.env"}, ""),
        (DENY, "Read(~/.ssh/**)", "read_file", {"file_path": "/home/ann/.ssh/id"}, "deny"),
        (DENY, "Read(//etc/passwd)", "read_file", {"file_path": "/etc/passwd"}, "deny"),
        (DENY, "Read(secrets)", "list_directory", {"dir_path": "a/secrets"}, "deny"),
        (DENY, "Read(**/*.pem)", "read_file", {"file_path": "deep/down/key.pem"}, "deny"),
        (DENY, "Read(./{a,b}.key)", "read_file", {"file_path": "a.key"}, "deny"),
        (DENY, "Edit(src/**)", "write_file", {"file_path": "src/a/b.py", "content": ""}, "deny"),
        (DENY, "Edit(src/**)", "replace", {"file_path": "./src/a.py"}, "deny"),
        (DENY, "Edit(src/**)", "run_shell_command", {"command": "sed -i s/a/b/ src/a.py"}, "ask_user"),
        (ALLOW, "Edit(./src/**)", "replace", {"file_path": "src/a.py"}, "allow"),
        (ALLOW, "Edit(./src/**)", "replace", {"file_path": "src/../../x"}, ""),
        (ALLOW, "Edit(./src/**)", "replace", {"file_path": "/src/x"}, ""),
        (ALLOW, "Edit(./src/a.py)", "replace", {"file_path": "src/a.py.bak"}, ""),
        (DENY, "WebFetch(domain:example.com)", "web_fetch", {"prompt": "read https://EXAMPLE.com/x"}, "deny"),
        (DENY, "WebFetch(domain:example.com)", "web_fetch", {"prompt": "https://notexample.com/"}, ""),
        (ASK, "Agent(reviewer)", "reviewer", {}, "ask_user"),
        (DENY, "Skill(deploy)", "activate_skill", {"name": "deploy"}, "deny"),
    ],
)
def test_a_rule_decides_as_its_source_does(
    decision: Permission, text: str, tool: str, args: dict[str, Any], expected: str
) -> None:
    assert decide(rules_of((decision, text)), tool, args) == expected


@pytest.mark.parametrize(
    ("decision", "text", "tool", "expected"),
    [
        (DENY, "mcp__git__push", "push", "deny"),
        (DENY, "mcp__git__push", "pull", ""),
        (DENY, "mcp__git", "pull", "deny"),
        (DENY, "mcp__git__p*", "other", "deny"),
        (ALLOW, "mcp__git__p*", "push", ""),
        (DENY, "mcp__*", "push", "deny"),
    ],
)
def test_a_rule_for_a_server_decides_as_its_source_does(
    decision: Permission, text: str, tool: str, expected: str
) -> None:
    assert decide(rules_of((decision, text)), tool, {}, "git") == expected


def test_a_deny_outranks_an_ask_and_an_ask_outranks_an_allow() -> None:
    rules = rules_of((ALLOW, "Bash(git:*)"), (ASK, "Bash(git push:*)"), (DENY, "Bash(git push --force:*)"))
    commands = ("git log", "git push", "git push --force")
    decided = [decide(rules, "run_shell_command", {"command": one}) for one in commands]
    assert decided == ["allow", "ask_user", "deny"]


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        (ALLOW, "Read(~/notes/**)"),
        (ALLOW, "WebFetch(domain:example.com)"),
        (ALLOW, "Edit(//etc/hosts)"),
        (ALLOW, "Edit(src/[ab].py)"),
        (DENY, "NotebookEdit"),
        (DENY, "mcp__odd name__x"),
        (DENY, "no rule at all"),
    ],
)
def test_what_no_policy_can_say_is_dropped_with_a_reason(decision: Permission, text: str) -> None:
    result = written(config(permissions=(rule(decision, text),)))
    dropped = item(result, f"permission:{decision}:{text}")
    assert (dropped.outcome, POLICIES in result.files) == (Outcome.DROPPED, False)
    assert dropped.reason


def test_an_allow_never_holds_in_plan_mode() -> None:
    assert "plan" not in rules_of((ALLOW, "Bash(make:*)"))[0]["modes"]


def test_a_project_loads_its_policies_and_still_the_user_s() -> None:
    made = config(permissions=(rule(DENY, "Bash(rm:*)"),))
    assert settings_of(written(made))["policyPaths"] == ["~/.gemini/policies", ".gemini/policies"]


def test_a_denied_file_is_kept_out_of_searches_too() -> None:
    made = config(permissions=(rule(DENY, "Read(./.env)"), rule(DENY, "Read(~/.ssh/**)")))
    assert written(made, {".geminiignore": b"build"}).files[".geminiignore"] == b"build\n/.env\n"


def test_a_policy_file_of_somebody_else_stays() -> None:
    made = config(permissions=(rule(DENY, "Bash(rm:*)"),))
    result = written(made, {POLICIES: b"# mine\n"})
    assert POLICIES not in result.files
    assert ".gemini/policies/reconciler1.toml" in result.files


def test_policies_that_will_not_load_are_no_kept_permissions() -> None:
    made = config(permissions=(rule(DENY, "Bash(rm:*)"),))
    result = written(made, {".gemini/settings.json": b'{"policyPaths": "elsewhere"}'})
    assert item(result, "permission:deny:Bash(rm:*)").outcome is Outcome.DROPPED


def test_dont_ask_denies_what_no_rule_allows_and_reads_back() -> None:
    mode = Setting("permissions.defaultMode", Role.MODE, HERE, "dontAsk")
    made = config(permissions=(rule(ALLOW, "Bash(make:*)"),), settings=(mode,))
    rules = tomllib.loads(written(made).files[POLICIES].decode())["rule"]
    assert decide(rules, "run_shell_command", {"command": "make x"}) == "allow"
    assert decide(rules, "run_shell_command", {"command": "curl x"}) == "deny"
    read_back = back(made).last(Role.MODE)
    assert read_back is not None
    assert read_back.value == "dontAsk"


def test_a_policy_of_a_project_that_gemini_passes_over_is_unreadable() -> None:
    files = {".gemini/policies/a.toml": b'[[rule]]\ntoolName = "glob"\ndecision = "deny"\npriority = 1\n'}
    found = read(files, Scope.PROJECT)
    assert (found.permissions, [one.name for one in found.unreadable]) == ((), ["file:.gemini/policies/a.toml"])


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            'toolName = "run_shell_command"\ncommandPrefix = ["rm", "dd"]\ndecision = "deny"',
            ["Bash(rm:*)", "Bash(dd:*)"],
        ),
        ('toolName = ["read_file", "glob"]\ndecision = "ask_user"', ["Read", "Glob"]),
        ('mcpName = "git"\ntoolName = "push"\ndecision = "allow"', ["mcp__git__push"]),
        ('mcpName = "*"\ntoolName = "*"\ndecision = "deny"', ["mcp__*"]),
        ('toolName = "web_fetch"\nargsPattern = "x"\ndecision = "deny"', []),
        ('toolName = "glob"\nmodes = ["yolo"]\ndecision = "allow"', []),
        ('name = "allow Bash"\ntoolName = "glob"\ndecision = "deny"', ["Glob"]),
    ],
)
def test_a_person_s_policy_is_read_by_what_it_says(table: str, expected: list[str]) -> None:
    found = read({".gemini/policies/a.toml": f"[[rule]]\n{table}\npriority = 1\n".encode()}, Scope.USER)
    assert [one.text for one in found.permissions] == expected
    assert bool(found.unreadable) is not bool(expected)


@pytest.mark.parametrize(
    ("table", "read_as", "listed"),
    [
        ('toolName = "glob"\nmodes = ["default", "autoEdit", "yolo"]\ndecision = "allow"', ["allow Glob"], []),
        ('toolName = "glob"\nmodes = ["default"]\ndecision = "allow"', [], ["permission:allow:Glob"]),
        ('toolName = "glob"\ninteractive = true\ndecision = "allow"', [], ["permission:allow:Glob"]),
        ('toolName = "glob"\nmodes = ["plan"]\ndecision = "deny"', [], ["permission:deny:Glob"]),
        (
            'toolName = "glob"\nmodes = ["default", "plan"]\ndecision = "deny"',
            ["deny Glob"],
            ["permission:deny:Glob:modes default, plan"],
        ),
        (
            'toolName = "glob"\ninteractive = false\ndecision = "ask_user"',
            ["ask Glob"],
            ["permission:ask:Glob:interactive false"],
        ),
        ('toolName = "glob"\nmodes = ["default", "autoEdit", "plan", "yolo"]\ndecision = "deny"', ["deny Glob"], []),
        ('toolName = "write_file"\ncommandPrefix = "ls"\ndecision = "allow"', [], ["permission:allow:Bash(ls:*)"]),
        ('toolName = "run_shell_command"\ncommandPrefix = []\ndecision = "allow"', [], []),
        (
            'mcpName = "git"\ntoolName = "run_shell_command"\ncommandPrefix = "ls"\ndecision = "allow"',
            [],
            ["permission:allow:mcp__git__run_shell_command"],
        ),
        ('toolName = "glob"\nsubagent = "a"\nmodes = ["plan"]\ndecision = "deny"', [], ["permission:deny:Glob"]),
        ('name = "mode dontAsk"\ntoolName = "glob"\ndecision = "allow"', ["allow Glob"], []),
    ],
)
def test_a_rule_for_some_times_only_allows_nothing_more_and_is_listed(
    table: str, read_as: list[str], listed: list[str]
) -> None:
    found = read({".gemini/policies/a.toml": f"[[rule]]\n{table}\npriority = 1\n".encode()}, Scope.USER)
    assert [f"{one.decision} {one.text}" for one in found.permissions] == read_as
    assert [one.name for one in found.unreadable] == listed
    assert found.settings == ()


@pytest.mark.parametrize(
    "bad",
    [
        'toolName = "glob"\ndecision = "deny"',
        'toolName = "glob"\ndecision = "deny"\npriority = 1000',
        'toolName = "glob"\ndecision = "deny"\npriority = "1"',
        'decision = "deny"\npriority = 1',
        'toolName = "glob"\ndecision = "never"\npriority = 1',
        'toolName = "glob"\ndecision = "deny"\npriority = 1\nmodes = "plan"',
        'toolName = "glob"\ndecision = "deny"\npriority = 1\nmodes = ["auto"]',
        'toolName = ["glob", 1]\ndecision = "deny"\npriority = 1',
        'toolName = "run_shell_command"\ndecision = "deny"\npriority = 1\ncommandPrefix = 1',
        "a" + ".a" * 100_000 + " = 1",
    ],
)
def test_a_file_that_gemini_refuses_gives_no_rule_at_all(bad: str) -> None:
    good = '[[rule]]\ntoolName = "write_file"\ndecision = "allow"\npriority = 1\n'
    found = read({".gemini/policies/a.toml": f"{good}[[rule]]\n{bad}\n".encode()}, Scope.USER)
    assert found.permissions == ()
    assert [one.name for one in found.unreadable] == ["file:.gemini/policies/a.toml"]


WORDS = st.sampled_from(["git", "push", "rm -rf", "*", ":*", '"', "a.b", "(x)", "\\", "$HOME", "é", "|"])
SHELL = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)


@given(SHELL, SHELL)
def test_a_denied_command_is_always_denied(pattern: str, command: str) -> None:
    rules = rules_of((DENY, f"Bash({pattern})"))
    body = pattern.strip()
    glob = f"{body.removesuffix(':*')}*" if body.endswith(":*") else body
    if _like(glob, command) and (not body.endswith((":*", " *")) or _like(f"{glob[:-1].rstrip()} *", command)):
        assert decide(rules, "run_shell_command", {"command": command, "description": "x"}) == "deny"


@given(SHELL, SHELL)
def test_only_what_is_allowed_is_allowed(pattern: str, command: str) -> None:
    rules = rules_of((ALLOW, f"Bash({pattern})"))
    body = pattern.strip()
    glob = f"{body.removesuffix(':*')}*" if body.endswith(":*") else body
    loose = f"{glob[:-1].rstrip()}*" if body.endswith((":*", "*")) else glob
    if decide(rules, "run_shell_command", {"command": command, "description": "x"}) == "allow":
        assert _like(loose, command)


def _like(glob: str, text: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in glob.split("*")), text, re.DOTALL) is not None


@given(st.lists(st.tuples(st.sampled_from(list(Permission)), SHELL), min_size=1, max_size=4, unique=True))
def test_every_kept_rule_reads_back(rules: list[tuple[Permission, str]]) -> None:
    made = config(permissions=tuple(rule(decision, f"Bash({text})") for decision, text in rules))
    kept = {one.item for one in written(made).items if one.outcome is Outcome.KEPT}
    found = {f"permission:{one.decision}:{one.text}" for one in back(made).permissions}
    assert kept == found


def test_gemini_takes_no_repeated_group() -> None:
    refused = re.compile(r"\([^)]*[*+?{].*\)[*+?{]")
    texts = ["Read(./a(b)*/**/c?.ts)", "Edit(src/**)", "Bash(git (a)* *)", "WebFetch(domain:*.a.io)"]
    for one in rules_of(*((DENY, text) for text in texts)):
        assert not refused.search(one.get("argsPattern") or one.get("commandRegex") or "")
