import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import RenderError
from reconciler.render.configmaps import (
    ANNOTATIONS_LIMIT,
    annotations_size,
    config_digest,
    decode_key,
    encode_key,
    refuse_oversize,
    split_files,
)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_a_key_gives_back_its_path_and_is_one_that_kubernetes_takes(path: str) -> None:
    try:
        key = encode_key(path)
    except RenderError:
        assert path == "." or path.startswith("..") or len(path.encode()) * 3 > 253
        return
    assert decode_key(key) == path
    assert re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", key)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("CLAUDE.md", "CLAUDE.md"),
        (".claude/commands/fix bug.md", ".claude_2fcommands_2ffix_20bug.md"),
        ("a_b", "a_5fb"),
        ("ü", "_c3_bc"),
    ],
)
def test_every_byte_but_letters_digits_dot_and_hyphen_is_escaped(path: str, key: str) -> None:
    assert encode_key(path) == key


@pytest.mark.parametrize("path", ["", ".", "..data", "a" * 254, "/" * 85, "\ud800"])
def test_a_path_without_a_key_is_refused(path: str) -> None:
    with pytest.raises(RenderError):
        encode_key(path)


def test_a_key_may_have_253_characters() -> None:
    assert decode_key(encode_key("a" * 253)) == "a" * 253
    assert len(encode_key("/" * 84 + "a")) == 253


@pytest.mark.parametrize("key", ["", "_", "_2F", "_2", "_61", "a/b", "_ff", "ü"])
def test_a_key_that_no_path_has_is_refused(key: str) -> None:
    with pytest.raises(RenderError):
        decode_key(key)


@pytest.mark.parametrize(
    ("content", "is_text"),
    [
        (b"", True),
        (b"a\tb\r\nc\n", True),
        ("ü ✅ \u2028 \x85".encode(), True),
        (b"\xff", False),
        (b"a\0b", False),
        (b"\x1b[31m", False),
        ("\uffff".encode(), False),
    ],
)
def test_text_is_kept_readable_and_all_else_in_base64(content: bytes, is_text: bool) -> None:  # noqa: FBT001 - a table
    text, binary = split_files({"file": content})
    assert (text, binary) == (
        ({"file": content.decode()}, {}) if is_text else ({}, {"file": base64.b64encode(content).decode()})
    )


def test_the_digest_knows_paths_and_contents_and_not_their_order() -> None:
    assert config_digest({"a": b"1", "b": b"2"}) == config_digest({"b": b"2", "a": b"1"})
    others = [
        {},
        {"a": b"12"},
        {"a": b"1", "b": b""},
        {"a": b"2", "b": b"1"},
        {"a1:1": b""},
        {"a": b"1:1"},
        {"a": b"1"},
    ]
    assert len({config_digest(files) for files in others}) == len(others)


@pytest.mark.parametrize(("size", "fits"), [(ANNOTATIONS_LIMIT, True), (ANNOTATIONS_LIMIT + 1, False)])
def test_the_limit_is_what_the_api_server_counts(size: int, fits: bool) -> None:  # noqa: FBT001 - a table
    def manifest(length: int) -> dict[str, object]:
        return {"metadata": {"annotations": {"a": "b"}}, "data": {"big": "x" * length}}

    exact = manifest(size - annotations_size(manifest(0)))
    assert annotations_size(exact) == size
    files = {"small": b"1", "big": b"x" * 1000, "middle": b"x" * 10, "tiny": b""}
    if fits:
        refuse_oversize(exact, files, "configmap-source.yaml")
    else:
        with pytest.raises(RenderError, match=r"262,145 B .* largest: big \(1,000 B\), middle \(10 B\), small \(1 B\)"):
            refuse_oversize(exact, files, "configmap-source.yaml")


@pytest.mark.parametrize(
    ("text", "size"),
    [("a", 1), ("é", 2), ('"', 2), ("\n", 2), ("<>&", 18), ("\u2028", 6), ("\f", 6), ("\\f", 3), ("\x01", 6)],
)
def test_the_size_is_that_of_json_as_go_writes_it(text: str, size: int) -> None:
    empty = annotations_size({"data": {"k": ""}})
    assert annotations_size({"data": {"k": text}}) - empty == size
    name = "kubectl.kubernetes.io/last-applied-configuration"
    assert empty == len(name) + len(json.dumps({"data": {"k": ""}}, separators=(",", ":"))) + 1
