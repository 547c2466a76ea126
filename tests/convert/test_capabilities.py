import pytest

from reconciler.convert import SPOKES, Scope, convert
from reconciler.convert.agent import AgentConfig
from reconciler.convert.capabilities import capabilities, increases
from reconciler.model.migration import Cli
from tests.convert.folders import servers, settings

NOTHING = AgentConfig(Cli.CLAUDE)


def read(files: dict[str, bytes | str]) -> AgentConfig:
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return SPOKES[Cli.CLAUDE].read(data, Scope.PROJECT)


@pytest.mark.parametrize(
    ("files", "kind", "what"),
    [
        (servers(a={"command": "npx", "args": ["-y", "x"]}), "server", "a: npx -y x"),
        (servers(a={"type": "http", "url": "https://user@mcp.example.com/p"}), "host", "mcp.example.com"),
        (settings(permissions={"allow": ["Bash(make:*)"]}), "permission", "allow Bash(make:*)"),
        (settings(permissions={"defaultMode": "bypassPermissions"}), "permission", "mode bypassPermissions"),
        (settings(permissions={"additionalDirectories": ["../lib"]}), "permission", "../lib"),
        (settings(sandbox={"network": {"allowedDomains": ["a.example"]}}), "host", "a.example"),
        (settings(hooks={"Stop": [{"hooks": [{"type": "command", "command": "x.sh"}]}]}), "command", "Stop: x.sh"),
        ({"CLAUDE.md": "a\n\u200bb\n"}, "hidden character", "U+200B ZERO WIDTH SPACE"),
        ({".claude/commands/c.md": "do\u202e it\n"}, "hidden character", "U+202E RIGHT-TO-LEFT OVERRIDE"),
    ],
)
def test_everything_that_an_agent_may_do_is_seen(files: dict[str, bytes | str], kind: str, what: str) -> None:
    assert [(one.kind, one.what) for one in capabilities(read(files))] == [(kind, what)]


def test_a_hidden_character_is_named_with_its_line() -> None:
    assert [one.where for one in capabilities(read({"CLAUDE.md": "a\n\u200bb\n"}))] == ["CLAUDE.md:2"]


@pytest.mark.parametrize(
    "files",
    [
        {"CLAUDE.md": "\ufeffplain \U0001f468\u200d\U0001f469 text é\n"},
        settings(permissions={"deny": ["Bash(rm:*)"], "ask": ["Bash(git push:*)"], "defaultMode": "plan"}),
        {**servers(a={"command": "x"}), **settings(disabledMcpjsonServers=["a"])},
    ],
    ids=["a byte order mark and joined emoji", "what only forbids", "a server that is off"],
)
def test_what_adds_nothing_is_not_named(files: dict[str, bytes | str]) -> None:
    assert list(capabilities(read(files))) == []


def test_only_what_is_new_is_an_increase() -> None:
    before = read(settings(permissions={"allow": ["Bash(make:*)"]}))
    after = read(settings(permissions={"allow": ["Bash(make:*)", "Bash(git push:*)"]}))
    assert [one.what for one in increases(before, after)] == ["allow Bash(git push:*)"]
    assert increases(after, before) == ()


def test_a_conversion_says_what_is_new_to_the_target_and_a_second_one_nothing() -> None:
    files = {path: str(text).encode() for path, text in servers(a={"command": "npx", "args": ["x"]}).items()}
    first = convert(files, source=Cli.CLAUDE, target=Cli.CODEX)
    assert [(one.kind, one.what) for one in first.increases] == [("server", "a: npx x")]
    assert convert({**files, **first.files}, source=Cli.CLAUDE, target=Cli.CODEX).increases == ()
