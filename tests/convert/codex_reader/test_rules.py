"""Codex's rules files in Claude Code's grammar."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.agent import Permission, PermissionRule, Unreadable
from reconciler.convert.codex.reader.rules import read_rules
from reconciler.quoting import quote

PATH = ".codex/rules/a.rules"


def texts(source: str) -> list[str]:
    return [f"{one.decision} {one.text}" for one in rules(source)]


def rules(source: str) -> list[PermissionRule]:
    found = list(read_rules(PATH, source.encode()))
    assert all(isinstance(one, PermissionRule) for one in found), found
    return [one for one in found if isinstance(one, PermissionRule)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('prefix_rule(pattern=["git", "log"], decision="allow")', ["allow Bash(git log:*)"]),
        ('prefix_rule(pattern=["git", "push"], decision="prompt")', ["ask Bash(git push:*)"]),
        ('prefix_rule(pattern=["rm"], decision="forbidden", match=["rm x"])', ["deny Bash(rm:*)"]),
        ('prefix_rule(["ls"])', ["allow Bash(ls:*)"]),
        (
            'prefix_rule(pattern=["gh", ["pr", "issue"], "list"])',
            ["allow Bash(gh pr list:*)", "allow Bash(gh issue list:*)"],
        ),
        ('prefix_rule(pattern=["echo", "a b"], decision="forbidden")', ["deny Bash(echo 'a b':*)"]),
        ("# nothing\n", []),
    ],
)
def test_a_rule_is_a_prefix_of_a_shell_command(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


@pytest.mark.parametrize(
    ("text", "words", "decision"),
    [
        ("deny Bash(rm -rf:*)", ["rm", "-rf"], "forbidden"),
        ("deny Bash(git push * --force)", ["git", "push"], "forbidden"),
        ("ask Bash(npm publish)", ["npm", "publish"], "prompt"),
    ],
)
def test_a_rule_that_a_conversion_wrote_is_the_rule_it_was_written_for(
    text: str, words: list[str], decision: str
) -> None:
    pattern = ", ".join(map(quote, words))
    assert texts(f'prefix_rule(pattern=[{pattern}], decision="{decision}", justification={quote(text)})') == [text]


@pytest.mark.parametrize("text", ["ask Bash(rm -rf:*)", "deny Bash(rm)", "deny Read(rm)", "we never do this"])
def test_a_reason_that_says_something_else_changes_nothing(text: str) -> None:
    source = f'prefix_rule(pattern=["rm", "-rf"], decision="forbidden", justification="{text}")'
    assert texts(source) == ["deny Bash(rm -rf:*)"]


@pytest.mark.parametrize(
    "statement",
    [
        'words = ["rm"]',
        "prefix_rule(pattern=words)",
        'prefix_rule(pattern=["r" + "m"])',
        "prefix_rule(pattern=[])",
        'prefix_rule(pattern=["rm", 5])',
        'prefix_rule(pattern=["rm", []])',
        'prefix_rule(pattern=("rm",))',
        'prefix_rule(pattern=["rm"], decision="deny")',
        "prefix_rule()",
        'prefix_rule(**{"pattern": ["rm"]})',
        'network_rule(host="example.org", protocol="https", decision="deny")',
        '__import__("os").system("true")',
        'load("other.rules", "x")',
        'prefix_rule(pattern=["ls", "*.py"], decision="allow")',
        "prefix_rule(pattern=[" + '["a", "b"], ' * 20 + "])",
    ],
)
def test_what_is_no_plain_rule_is_listed_with_its_line_and_never_run(statement: str) -> None:
    found = list(read_rules(PATH, f'prefix_rule(["ls"])\n\n{statement}\nprefix_rule(["cat"])\n'.encode()))
    listed = [one for one in found if isinstance(one, Unreadable)]
    assert [(one.name, one.origin.line) for one in listed] == [(f"permission:{PATH}", 3)]
    assert [one.text for one in found if isinstance(one, PermissionRule)] == ["Bash(ls:*)", "Bash(cat:*)"]


@pytest.mark.parametrize(
    "data", [b"prefix_rule(", b"-" * 100_000 + b"1", b"a" + b".b" * 100_000, b'x = "\\*"', b"\xff", b"#" * 300_000]
)
def test_a_file_that_is_no_list_of_rules_is_named(data: bytes) -> None:
    (found,) = read_rules(PATH, data)
    assert isinstance(found, Unreadable)
    assert found.name == f"file:{PATH}"


WORD = st.text(st.characters(codec="utf-8", min_codepoint=33, exclude_characters='"'), min_size=1, max_size=6)


@given(st.lists(WORD, min_size=1, max_size=3), st.sampled_from(["allow", "prompt", "forbidden"]))
def test_an_allow_never_holds_a_wildcard_and_a_deny_is_never_lost(words: list[str], decision: str) -> None:
    pattern = ", ".join(map(quote, words))
    (found,) = read_rules(PATH, f'prefix_rule(pattern=[{pattern}], decision="{decision}")'.encode())
    if isinstance(found, PermissionRule):
        assert found.text == f"Bash({shlex.join(words)}:*)"
        assert found.decision is not Permission.ALLOW or not set("*$") & set("".join(words))
    else:
        assert decision == "allow" or not "".join(words).isprintable()
