from typing import Any

import pytest

from tests.convert.folders import config_of, item, servers, settings, to_codex

OUTCOMES = ("kept", "degraded", "dropped")


def convert(**permissions: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    both = servers(**{"my db": {"command": "d"}, "a": {"command": "a"}, "a__b": {"command": "b"}})
    conversion = to_codex(both | settings(permissions=permissions))
    rules = [(decision, text) for decision, texts in permissions.items() for text in texts]
    outcomes = {text: item(conversion, f"permission:{decision}:{text}").outcome.value for decision, text in rules}
    return config_of(conversion)["mcp_servers"], outcomes


@pytest.mark.parametrize(
    ("decision", "rule", "server", "keys", "outcome"),
    [
        ("deny", "mcp__a__drop", "a", {"disabled_tools": ["drop"]}, "kept"),
        ("deny", "mcp__a", "a", {"enabled": False}, "degraded"),
        ("deny", "mcp__a__*", "a", {"enabled": False}, "degraded"),
        ("deny", "mcp__a__get_*", "a", {"enabled": False}, "degraded"),
        ("deny", "mcp__a__b__t", "a__b", {"disabled_tools": ["t"]}, "kept"),
        ("deny", "mcp__my_db__t", "my db", {"disabled_tools": ["t"]}, "kept"),
        ("ask", "mcp__a__t", "a", {"tools": {"t": {"approval_mode": "prompt"}}}, "kept"),
        ("ask", "mcp__a", "a", {"default_tools_approval_mode": "prompt"}, "kept"),
        ("ask", "mcp__a__get_*", "a", {"default_tools_approval_mode": "prompt"}, "degraded"),
        ("allow", "mcp__a__t", "a", {"tools": {"t": {"approval_mode": "approve"}}}, "kept"),
        ("allow", "mcp__a", "a", {"default_tools_approval_mode": "approve"}, "kept"),
        ("allow", "mcp__a__get_*", "a", {}, "dropped"),
        ("deny", "mcp__other__t", "a", {}, "dropped"),
        ("allow", "mcp__a__t(x)", "a", {}, "dropped"),
    ],
)
def test_a_rule_for_a_tool_goes_to_its_server(
    decision: str, rule: str, server: str, keys: dict[str, Any], outcome: str
) -> None:
    tables, outcomes = convert(**{decision: [rule]})
    assert {key: value for key, value in tables[server].items() if key != "command"} == keys
    assert outcomes == {rule: outcome}


def test_no_server_starts_when_all_are_denied() -> None:
    tables, _ = convert(deny=["mcp__*"])
    assert [table["enabled"] for table in tables.values()] == [False, False, False]


def test_a_stronger_rule_wins_whatever_the_order() -> None:
    tables, outcomes = convert(allow=["mcp__a__t", "mcp__a__u", "mcp__my_db__t"], ask=["mcp__a", "mcp__my_db__t"])
    assert tables["a"] == {"command": "a", "default_tools_approval_mode": "prompt"}
    assert tables["my db"]["tools"] == {"t": {"approval_mode": "prompt"}}
    assert outcomes["mcp__a__t"] == outcomes["mcp__a__u"] == "degraded"


def test_a_rule_for_a_server_that_stands_otherwise_in_the_target_is_named() -> None:
    standing = {".codex/config.toml": '[mcp_servers.a]\ncommand = "mine"\n'}
    conversion = to_codex(
        servers(a={"command": "a"}) | settings(permissions={"deny": ["mcp__a__t"], "allow": ["mcp__a__u"]}) | standing
    )
    assert config_of(conversion)["mcp_servers"] == {"a": {"command": "mine"}}
    assert item(conversion, "permission:deny:mcp__a__t").outcome == "dropped"
    assert item(conversion, "permission:allow:mcp__a__u").outcome == "degraded"
