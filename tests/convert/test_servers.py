from typing import Any

import pytest

from reconciler.model.conversion import Outcome
from tests.convert.folders import config_of, item, servers, settings, to_codex

HTTP = {"type": "http", "url": "https://e.test/m"}


@pytest.mark.parametrize(
    ("server", "expected", "outcome"),
    [
        pytest.param({"command": "x"}, {"command": "x"}, "kept", id="stdio"),
        pytest.param(
            {"type": "stdio", "command": "x", "args": ["-y", "日本"], "cwd": "sub", "timeout": 45000},
            {"command": "x", "args": ["-y", "日本"], "cwd": "sub", "tool_timeout_sec": 45},
            "kept",
            id="stdio with all keys",
        ),
        pytest.param({"command": "x", "env": {}}, {"command": "x"}, "kept", id="empty env"),
        pytest.param(
            {"command": "x", "timeout": 1500}, {"command": "x", "tool_timeout_sec": 1.5}, "kept", id="seconds"
        ),
        pytest.param(
            {"command": "x", "env": {"someKey": "v", "N": 3}},
            {"command": "x", "env": {"someKey": "v", "N": "3"}},
            "kept",
            id="names of variables stay as they are",
        ),
        pytest.param(
            {"command": "x", "env": {"K": "${K}"}},
            {"command": "x", "env_vars": ["K"]},
            "kept",
            id="variable of the name",
        ),
        pytest.param(
            {"command": "x", "env": {"K": "${K:-d}"}},
            {"command": "sh", "args": ["-c", 'exec env K="${K:-d}" x'], "env_vars": ["K"]},
            "degraded",
            id="default",
        ),
        pytest.param(
            {"command": "x", "env": {"K": "${OTHER}"}},
            {"command": "sh", "args": ["-c", 'exec env K="${OTHER}" x'], "env_vars": ["OTHER"]},
            "degraded",
            id="other name",
        ),
        pytest.param(
            {"command": "x", "args": ["a b"], "cwd": "${D}", "env": {"U": "http://${H}/", "P": "p"}},
            {
                "command": "sh",
                "args": ["-c", 'cd "${D}" && exec env U="http://${H}/" x \'a b\''],
                "env": {"P": "p"},
                "env_vars": ["D", "H"],
            },
            "degraded",
            id="inside",
        ),
        pytest.param(HTTP, {"url": "https://e.test/m"}, "kept", id="http"),
        pytest.param({"url": "https://e.test/m"}, {"url": "https://e.test/m"}, "kept", id="http by its url"),
        pytest.param(
            HTTP | {"headers": {"Authorization": "Bearer ${T}", "X-One": "${K}", "X-camelCase": "v"}},
            {
                "url": "https://e.test/m",
                "bearer_token_env_var": "T",
                "env_http_headers": {"X-One": "K"},
                "http_headers": {"X-camelCase": "v"},
            },
            "kept",
            id="headers",
        ),
        pytest.param(
            HTTP | {"headers": {"authorization": "Bearer ${T:-none}"}},
            {"url": "https://e.test/m", "bearer_token_env_var": "T"},
            "kept",
            id="bearer with a default",
        ),
        pytest.param(
            HTTP | {"headers": {"Authorization": "Basic ${B}"}}, {"url": "https://e.test/m"}, "kept", id="basic"
        ),
        pytest.param(HTTP | {"headers": {"X": "${A}-${B}"}}, {"url": "https://e.test/m"}, "kept", id="two variables"),
        pytest.param(HTTP | {"headersHelper": "./h"}, {"url": "https://e.test/m"}, "kept", id="unknown key"),
        pytest.param({"type": "sse", "url": "https://e.test/s"}, None, "dropped", id="sse"),
        pytest.param({"type": "ws", "url": "wss://e.test/s"}, None, "dropped", id="unknown transport"),
        pytest.param(
            {"command": "${HOME}/x", "args": ["--a=${A:-1}"]},
            {"command": "sh", "args": ["-c", 'exec "${HOME}/x" "--a=${A:-1}"'], "env_vars": ["HOME", "A"]},
            "degraded",
            id="variables in the command line",
        ),
        pytest.param({"type": "http", "url": "https://${H}/"}, None, "dropped", id="variable in the url"),
        pytest.param({"type": "http"}, None, "dropped", id="no url"),
        pytest.param({"command": 3}, None, "dropped", id="wrong type"),
        pytest.param({"command": "x", "timeout": "soon"}, None, "dropped", id="wrong timeout"),
        pytest.param([], None, "dropped", id="no object"),
    ],
)
def test_a_server_becomes_a_table(server: Any, expected: dict[str, Any] | None, outcome: str) -> None:
    conversion = to_codex(servers(**{"my.server x": server, "other": {"command": "o"}}))
    tables = config_of(conversion)["mcp_servers"]
    assert tables.get("my.server x") == expected
    assert tables["other"] == {"command": "o"}
    found = item(conversion, "mcp:my.server x")
    assert (found.outcome, bool(found.reason)) == (outcome, outcome != "kept")


def test_no_reference_is_left_where_codex_puts_no_variables() -> None:
    server = HTTP | {"headers": {"Authorization": "Bearer ${T}", "X": "${K}", "Y": "a${Z}"}}
    conversion = to_codex(servers(a=server, b={"command": "x", "env": {"A": "${A}"}}))
    assert b"${" not in conversion.files[".codex/config.toml"]


@pytest.mark.parametrize(
    ("server", "outcomes"),
    [
        pytest.param(
            HTTP | {"headers": {"Authorization": "Bearer ${T:-d}", "X": "${A}-${B}", "Y": "v"}, "headersHelper": "h"},
            {
                "headers.Authorization": "degraded",
                "headers.X": "dropped",
                "headers.Y": "kept",
                "headersHelper": "dropped",
            },
            id="headers",
        ),
        pytest.param(
            {"command": "${A}", "args": ["b"], "env": {"C": "${C}", "D": "${A}"}, "timeout": 5},
            {"command": "degraded", "args": "degraded", "env.C": "kept", "env.D": "degraded", "timeout": "kept"},
            id="a shell",
        ),
        pytest.param(
            {"type": "sse", "url": "u"}, {"type": "dropped", "url": "dropped"}, id="a server that is left out"
        ),
        pytest.param(
            HTTP | {"args": ["a"], "env": {"K": "v"}},
            {"url": "kept", "args": "dropped", "env.K": "dropped"},
            id="unused",
        ),
    ],
)
def test_each_key_of_a_server_has_its_line(server: Any, outcomes: dict[str, str]) -> None:
    conversion = to_codex(servers(s=server))
    assert {key: item(conversion, f"mcp:s:{key}").outcome.value for key in outcomes} == outcomes


def test_a_disabled_server_is_switched_off() -> None:
    conversion = to_codex(servers(on={"command": "x"}, off={"command": "x"}) | settings(disabledMcpjsonServers=["off"]))
    assert config_of(conversion)["mcp_servers"] == {"on": {"command": "x"}, "off": {"command": "x", "enabled": False}}


def test_each_key_without_a_place_has_its_own_line() -> None:
    conversion = to_codex(servers(h=HTTP | {"oauth": {"scopes": "a"}, "description": "d"}))
    assert item(conversion, "mcp:h:oauth").outcome is Outcome.DROPPED
    assert item(conversion, "mcp:h:description").outcome is Outcome.DROPPED
    assert item(conversion, "mcp:h:oauth").source == ".mcp.json:6"


def test_a_server_that_stands_in_the_target_stays_as_it_is() -> None:
    standing = '# mine\n[mcp_servers.a] # here\ncommand = "mine"\n'
    conversion = to_codex(servers(a={"command": "x"}, b={"command": "y"}) | {".codex/config.toml": standing})
    assert conversion.files[".codex/config.toml"].decode().startswith(standing)
    assert config_of(conversion)["mcp_servers"] == {"a": {"command": "mine"}, "b": {"command": "y"}}
    assert "already says something else" in item(conversion, "mcp:a").reason
    assert item(conversion, "mcp:b").outcome is Outcome.KEPT
