import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.formats.toml_merge import merge

NAME = st.text("aZ09._- \"'\\\n日🙂é=[]#", max_size=5)
VALUE: st.SearchStrategy[Any] = (
    st.text("ab\"'\\\n\t\r\x00\x7f日🙂${}", max_size=6) | st.booleans() | st.integers(0, 2**53)
)
SERVER = st.dictionaries(NAME, VALUE | st.lists(st.text(max_size=3), max_size=2), max_size=3)
TABLE = st.fixed_dictionaries(
    {},
    optional={
        "model": st.text(max_size=4),
        "sandbox_mode": st.just("read-only"),
        "mcp_servers": st.dictionaries(NAME, SERVER, max_size=3),
        "shell_environment_policy": st.fixed_dictionaries(
            {"set": st.dictionaries(NAME, st.text(max_size=4), max_size=3)}
        ),
    },
)
OTHER = st.dictionaries(NAME, VALUE | st.lists(SERVER, max_size=2), max_size=3)


@given(TABLE)
def test_what_is_written_reads_back(ours: dict[str, Any]) -> None:
    assert tomllib.loads(merge(None, ours).data.decode()) == ours


@given(TABLE, TABLE, OTHER)
def test_what_stands_in_the_file_stays(before: dict[str, Any], ours: dict[str, Any], other: dict[str, Any]) -> None:
    standing = tomlkit.dumps(other | before)
    merged = merge(standing.encode(), ours)
    after = tomllib.loads(merged.data.decode())
    for key, value in (other | before).items():
        if key not in ("model", "mcp_servers", "shell_environment_policy"):
            assert after[key] == value
    for name, server in before.get("mcp_servers", {}).items():
        assert after["mcp_servers"][name] == server
    assert merge(merged.data, ours).data == merged.data


@pytest.mark.parametrize(
    "standing",
    [
        "# head\n[mcp_servers.a]\ncommand = 'x'\n\n[tui]\ny = 1\n\n[mcp_servers.b] # tail\ncommand = 'z'\n",
        "mcp_servers = {a = {command = 'x'}}\n",
        "mcp_servers.a.command = 'x'\nz = 1\n",
        "[shell_environment_policy]\nset = {A = '1'}\n",
        "[[list]]\nx = 1\n",
        "no_newline_at_end = 1",
        "\r\n# CRLF\r\nx = 1\r\n",
    ],
)
def test_files_of_every_shape_are_merged(standing: str) -> None:
    ours = {"model": "m", "mcp_servers": {"new": {"command": "n"}}, "shell_environment_policy": {"set": {"B": "2"}}}
    merged = merge(standing.encode(), ours)
    after = tomllib.loads(merged.data.decode())
    assert (after["model"], after["mcp_servers"]["new"], merged.conflicts) == ("m", {"command": "n"}, ())
    assert after["shell_environment_policy"]["set"]["B"] == "2"
    for comment in ("# head", "# tail", "# CRLF"):
        assert (comment in merged.data.decode()) == (comment in standing)


def test_the_memory_limit_only_grows() -> None:
    assert merge(b"project_doc_max_bytes = 9", {"project_doc_max_bytes": 5}).data == b"project_doc_max_bytes = 9"
    assert merge(b"project_doc_max_bytes = 5", {"project_doc_max_bytes": 9}).data == b"project_doc_max_bytes = 9"
