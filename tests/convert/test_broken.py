import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert import convert, detect, with_carried
from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.convert.folders import config_of, item, servers, settings, to_codex


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b'{"a": 1,\n}', 2, 'found "}", expected a key in double quotes'),
        (b'{"a": 1,\n "a": 2}', 2, "found a key twice in one object, expected it once"),
        (b'{"a": NaN}', 1, 'found "N", expected a JSON value'),
        (b'{"a": 1e999}', 1, "expected a finite number"),
        (b"\n[" + b"[" * 70, 2, "found more than 64 levels, expected at most 64"),
        (b'{"permissions": []}', 1, "found a list, expected an object"),
        (b'{"permissions":\n{"deny": 5}}', 2, "found a number, expected a list"),
        (b'{"a": "\\ud800"}', 1, "expected a string without lone surrogates"),
        (b'{"a": "\xff"}', 1, "found the byte 0xff, expected UTF-8 text"),
        (b'{"a": 1} x', 1, 'found "x", expected the end of the file'),
        (b"", 1, "found the end of the file, expected a JSON value"),
        (b"// no\n{}", 1, 'found "/", expected a JSON value'),
    ],
)
def test_a_broken_settings_file_is_dropped_with_its_line_and_the_rest_is_converted(
    data: bytes, line: int, reason: str
) -> None:
    conversion = to_codex(servers(s={"command": "x"}) | {".claude/settings.json": data, "CLAUDE.md": "a"})
    found = item(conversion, "file:.claude/settings.json")
    assert (found.source, found.outcome) == (f".claude/settings.json:{line}", Outcome.DROPPED)
    assert reason in found.reason
    assert conversion.files["AGENTS.md"] == b"a"
    assert config_of(conversion)["mcp_servers"] == {"s": {"command": "x"}}


def test_a_broken_server_file_is_dropped_and_the_rest_is_converted() -> None:
    conversion = to_codex(settings(env={"A": "1"}) | {".mcp.json": "{"})
    assert item(conversion, "file:.mcp.json").outcome is Outcome.DROPPED
    assert item(conversion, "env:A").outcome is Outcome.KEPT


def test_a_memory_that_is_no_text_is_dropped_and_the_rest_is_converted() -> None:
    conversion = to_codex({"CLAUDE.md": b"a\n\xff", ".claude/CLAUDE.md": "b", ".claude/commands/c.md": b"\xff"})
    found = item(conversion, "memory:CLAUDE.md")
    assert (found.source, found.reason) == ("CLAUDE.md:2", "found the byte 0xff, expected UTF-8 text")
    assert conversion.files["AGENTS.md"] == b"b"
    assert item(conversion, "command:c").outcome is Outcome.DROPPED


def test_a_broken_target_file_stays_and_what_would_go_there_is_dropped() -> None:
    conversion = to_codex(servers(s={"command": "x"}) | {".codex/config.toml": "x = = 1"})
    assert conversion.files[".codex/config.toml"] == b"x = = 1"
    assert "no valid TOML" in item(conversion, "mcp:s").reason


KNOWN = ["permissions", "allow", "deny", "ask", "env", "hooks", "Stop", "model", "mcpServers", "command", "args"]
MORE = ["type", "url", "headers", "timeout", "disabledMcpjsonServers", "effortLevel", "defaultMode", "matcher"]
KEY = st.sampled_from(KNOWN + MORE) | st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=12,
)


@given(JSON, JSON, st.binary(max_size=30), st.binary(max_size=30))
def test_no_input_makes_the_conversion_fail(one: object, other: object, memory: bytes, rule: bytes) -> None:
    files = {
        ".claude/settings.json": json.dumps({"permissions": one, "env": other} if one else other).encode(),
        ".claude/settings.local.json": json.dumps(one).encode(),
        ".mcp.json": json.dumps({"mcpServers": {"s": one, "t": other}}).encode(),
        "CLAUDE.md": memory,
        ".claude/rules/r.md": b"---\npaths:" + rule,
        ".claude/skills/s/SKILL.md": b"---\n" + rule + b"\n---\n",
        ".codex/config.toml": rule,
    }
    conversion = to_codex(files, model="m", front_matter=True)
    places = [(found.item, found.source) for found in conversion.items]
    assert len(set(places)) == len(places)
    assert {source.rpartition(":")[0] for _, source in places} >= {"CLAUDE.md", ".mcp.json", ".claude/rules/r.md"}
    assert all(found.reason for found in conversion.items if found.outcome is not Outcome.KEPT)


@pytest.mark.parametrize("target", Cli)
@pytest.mark.parametrize("source", Cli)
def test_every_cli_goes_to_every_other(source: Cli, target: Cli) -> None:
    files = {"CLAUDE.md": b"text\n", "AGENTS.md": b"text\n", "GEMINI.md": b"text\n"}
    conversion = with_carried(convert(files, source=source, target=target), files)
    assert all(item.outcome is Outcome.KEPT for item in conversion.items if item.item.startswith("memory:"))
    assert b"text" in conversion.files[{Cli.CLAUDE: "CLAUDE.md", Cli.GEMINI: "GEMINI.md"}.get(target, "AGENTS.md")]


def test_the_same_cli_hands_the_files_through() -> None:
    files = {"CLAUDE.md": b"a", ".claude/settings.json": b"{", "x": b"\xff"}
    conversion = convert(files, source=Cli.CLAUDE, target=Cli.CLAUDE, model="")
    assert conversion.files == files
    assert [found.outcome for found in conversion.items] == [Outcome.KEPT] * 3


@pytest.mark.parametrize(
    ("paths", "cli"),
    [
        (["CLAUDE.md", "AGENTS.md"], Cli.CLAUDE),
        ([".claude/settings.json"], Cli.CLAUDE),
        (["AGENTS.md"], Cli.CODEX),
        ([".gemini/settings.json", "AGENTS.md"], Cli.GEMINI),
        (["opencode.json"], Cli.OPENCODE),
        (["README.md", "docs/CLAUDE.md"], None),
    ],
)
def test_the_source_is_detected_by_its_files(paths: list[str], cli: Cli | None) -> None:
    assert detect(dict.fromkeys(paths, b"")) is cli
