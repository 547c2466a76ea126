import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.formats.json_merge import Merged, merge
from reconciler.convert.formats.strict_json import parse
from tests.convert.formats.json_texts import OBJECTS, documents

BOM = b"\xef\xbb\xbf"


@given(st.none() | documents(), OBJECTS, st.booleans())
def test_nothing_that_stands_is_lost(standing: str | None, ours: dict[str, Any], with_bom: bool) -> None:  # noqa: FBT001 - law
    before = None if standing is None else BOM * with_bom + standing.encode()
    merged = merge(before, ours, "settings.json")
    assert not merged.fault
    assert is_subsequence(before or b"", merged.data)
    after = parse(merged.data or b"{}", comments=True).plain()
    assert holds_all(after, parse(before, comments=True).plain() if before else {})
    assert not merged.conflicts or before
    assert merged.conflicts or holds_all(after, ours)


@given(documents(), OBJECTS)
def test_a_second_merge_changes_no_byte(standing: str, ours: dict[str, Any]) -> None:
    once = merge(standing.encode(), ours, "settings.json")
    assert merge(once.data, ours, "settings.json") == once


@given(documents(), OBJECTS)
def test_a_conflict_names_the_key_where_something_else_stands(standing: str, ours: dict[str, Any]) -> None:
    merged = merge(standing.encode(), ours, "settings.json")
    after = parse(merged.data, comments=True).plain()
    assert set(merged.conflicts) == set(differences(after, ours, ""))


def is_subsequence(part: bytes, whole: bytes) -> bool:
    rest = iter(whole)
    return all(byte in rest for byte in part)


def holds_all(whole: Any, part: Any) -> bool:
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and holds_all(whole[key], value) for key, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        there = [json.dumps(element, sort_keys=True) for element in whole]
        return all(json.dumps(element, sort_keys=True) in there for element in part)
    return json.dumps(whole) == json.dumps(part)


def differences(after: Any, ours: Any, path: str) -> list[str]:
    if isinstance(after, dict) and isinstance(ours, dict):
        return [one for key, value in ours.items() for one in differences(after[key], value, f"{path}.{key}")]
    return [] if holds_all(after, ours) else [path.removeprefix(".")]


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        pytest.param('{"x": 1}', '{"x": 1, "a": {"b": [1, 2]}}', id="on-one-line"),
        pytest.param('{"a": {"b": []}}', '{"a": {"b": [1, 2]}}', id="into-an-empty-list"),
        pytest.param("{}\n", '{\n  "a": {\n    "b": [\n      1,\n      2\n    ]\n  }\n}\n', id="empty-object"),
        pytest.param(
            '{\n\t"a": {\n\t\t"b": [2]\n\t}\n}\n', '{\n\t"a": {\n\t\t"b": [2, 1]\n\t}\n}\n', id="list-on-one-line"
        ),
        pytest.param(
            '{\r\n    "a": {}\r\n}', '{\r\n    "a": {\r\n        "b": [\r\n            1,\r\n            2\r\n'
            "        ]\r\n    }\r\n}",
            id="other-indent-and-newlines",
        ),
        pytest.param(
            '{\n  "a": {\n    "b": [\n      1, // one\n    ], // list\n  },\n}',
            '{\n  "a": {\n    "b": [\n      1, // one\n      2\n    ], // list\n  },\n}',
            id="comments-and-final-commas",
        ),
        pytest.param('{"a": {"b": [1, 2, 3]}}', '{"a": {"b": [1, 2, 3]}}', id="all-there-already"),
    ],
)  # fmt: skip
def test_what_is_inserted_looks_like_what_stands_around_it(standing: str, expected: str) -> None:
    assert merge(standing.encode(), {"a": {"b": [1, 2]}}, "x.json").data.decode() == expected


def test_a_new_file_has_two_spaces_and_a_final_newline() -> None:
    assert merge(None, {"a": ["ü"]}, "x.json").data.decode() == '{\n  "a": [\n    "ü"\n  ]\n}\n'
    assert merge(None, {}, "x.json") == Merged(b"")


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        pytest.param(b'{"a": 1,,}', "expected a key", id="no-json"),
        pytest.param(b"[]", "found a list, expected an object", id="no-object"),
        pytest.param(b'{"a": 1, "a": 2}', "a key twice", id="a-key-twice"),
        pytest.param(b"\xff\xfe{\0", "expected UTF-8", id="utf-16"),
        pytest.param(b"[" * 100_000, "more than 64 levels", id="deep"),
        pytest.param(b'{"a": 1 /* }', 'expected "," or "}"', id="open-comment"),
    ],
)
def test_a_file_that_cannot_be_read_stays_as_it_is(standing: bytes, reason: str) -> None:
    merged = merge(standing, {"a": 1}, "x.json")
    assert (merged.data, merged.conflicts) == (standing, ("",))
    assert merged.fault.startswith("x.json is no valid JSON: line 1: found")
    assert reason in merged.fault


@pytest.mark.parametrize("key", ["mcpServers", "mcp"])
def test_two_definitions_of_one_server_are_never_mixed(key: str) -> None:
    standing = json.dumps({key: {"files": {"command": "one", "args": ["-y"]}}}).encode()
    ours: Mapping[str, Any] = {key: {"files": {"command": "one", "args": ["--all"]}, "web": {"command": "two"}}}
    merged = merge(standing, ours, "x.json")
    assert merged.conflicts == (f"{key}.files",)
    assert json.loads(merged.data)[key] == {"files": {"command": "one", "args": ["-y"]}, "web": {"command": "two"}}
