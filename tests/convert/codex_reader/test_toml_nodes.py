"""TOML with the line of every value, and documents that mean harm."""

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.convert.codex.reader.toml_nodes import MAX_SIZE, parse
from reconciler.convert.formats.strict_json import MAX_DEPTH, JsonFault, Node

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=["Cc"]), max_size=5)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def plain(node: Node) -> Any:
    if isinstance(node.value, tuple):
        return [plain(one) for one in node.value]
    return {key: plain(one) for key, one in node.value.items()} if isinstance(node.value, dict) else node.value


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_the_values_are_those_of_toml(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    assert plain(parse(text.encode())) == tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("\n# note\na = 1\n", "a", 3),
        ('a = """\nb = 1\n"""\nb = 2\n', "b", 4),
        ("a = [\n  1,\n]\nb = 2\n", "b", 4),
        ("[a]\n[b]\nc = 1\n", "b.c", 3),
        ('["a.b".c]\nd = 1\n', "a.b/c/d", 2),
        ("a.b.c = 1\n", "a.b.c", 1),
        ("[[a]]\nb = 1\n[[a]]\nb = 2\n", "a.1.b", 4),
        ("[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n[a.d]\ne = 3\n", "a.0.d.e", 7),
        ("[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n", "a.0.b.1.c", 5),
        ("x = 1\r\ny = '''\r\n[z]\r\n'''\r\nz = 3\r\n", "z", 5),
        ("a = { b = 1 }", "a.b", 1),
        ("a = '#'\nb = 1 # \"\nc = 1", "c", 3),
        ('"a\\u0062" = 1', "ab", 1),
    ],
)
def test_every_value_knows_its_line(text: str, path: str, line: int) -> None:
    node = parse(text.encode())
    for key in path.split("/") if "/" in path else path.split("."):
        node = node.elements()[int(key)] if key.isdigit() else node.members()[key]
    assert node.line == line


@pytest.mark.parametrize(
    "text",
    [
        b"a = " + b"[" * 100_000,
        b"a = " + b"{a=" * 50_000,
        b"a." * 100_000 + b"a = 1",
        b"[" + b"a." * 100_000 + b"a]",
        b"x = {" + b"a." * 100_000 + b"a = 1}",
        b"a = " + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"a = " + b"9" * 5000,
        b'a = """' * 1000,
        b"#" * (MAX_SIZE + 1),
        b"a = 1\na = 2",
        b"a",
        b"\xff",
        b"a = 1\0",
        "a = 1".encode("utf-16"),
    ],
)
def test_a_document_that_is_none_is_named_at_once(text: bytes) -> None:
    with pytest.raises(JsonFault) as caught:
        parse(text)
    assert caught.value.line >= 1


def test_dates_are_their_text() -> None:
    assert parse(b"a = 2026-03-01").members()["a"].text() == "2026-03-01"
