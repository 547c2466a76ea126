import json
import tomllib
from datetime import date
from random import Random
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.convert.formats.key_paths import KeyPaths
from reconciler.convert.formats.strict_json import JsonFault
from reconciler.convert.formats.strict_toml import TomlFault
from reconciler.convert.formats.toml_json import ConfigConverter
from reconciler.model.conversion import Outcome
from tests.convert.formats.json_texts import KEYS, OBJECTS

PLAIN = ConfigConverter()
DEEP = 60
MOST_LEVELS = 4
SCALARS = (
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(["2026-01-02", "07:32:00", "1979-05-27T07:32:00Z", "inf", "true", "'''", '"""', "# no", "\r\n"])
)  # fmt: skip
TOML_OBJECTS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.lists(st.dictionaries(KEYS, inner, max_size=3), max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)  # fmt: skip


def dumped(value: Any) -> str:
    """Tell types, signs of zero and the order of keys apart."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


@given(TOML_OBJECTS)
def test_json_to_toml_and_back_is_the_same_document_in_the_same_order(document: dict[str, Any]) -> None:
    goes_there_and_back(document)


@settings(max_examples=20_000, deadline=None)
@given(st.integers(0, 2**64))
def test_twenty_thousand_documents_come_back_the_same(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - drawn outside Hypothesis, which takes ten times as long
    goes_there_and_back(some_table(chance, 0))


def goes_there_and_back(document: dict[str, Any]) -> None:
    there = PLAIN.to_toml(dumped(document).encode())
    assert there.losses == ()
    assert dumped(tomllib.loads(there.text)) == dumped(document)
    back = PLAIN.to_json(there.text.encode())
    assert (back.text, back.losses) == (dumped(document), ())


@given(OBJECTS)
def test_what_is_not_in_the_toml_is_listed_and_everything_else_is_there(document: dict[str, Any]) -> None:
    there = PLAIN.to_toml(dumped(document).encode())
    assert dumped(tomllib.loads(there.text)) == dumped(without_losses(document))
    assert len(there.losses) == losses_in(document)
    assert all(loss.outcome is Outcome.DROPPED and loss.line for loss in there.losses)


def some_key(chance: Random) -> str:
    return "".join(chance.choices("ab.\"'\\#= \n\x7f日🙂", k=chance.randrange(4)))


def some_value(chance: Random, depth: int) -> Any:
    match chance.randrange(9 if depth < MOST_LEVELS else 5):
        case 0:
            return "".join(chance.choices("ab\"'\\#\n\r\t\0\x7f\x85\u2028日🙂", k=chance.randrange(6)))
        case 1:
            return chance.choice([-1, 1]) * chance.getrandbits(chance.randrange(64))
        case 2:
            return chance.choice([-1, 1]) * chance.random() * 10.0 ** chance.randrange(-320, 308)
        case 3:
            return chance.choice(["2026-01-02", "07:32:00", "1979-05-27T07:32:00Z", "inf", "nan", "true", ""])
        case 4:
            return chance.choice([True, False])
        case 5:
            return [some_value(chance, depth + 1) for _ in range(chance.randrange(4))]
        case 6:
            return [some_table(chance, depth + 1) for _ in range(chance.randrange(4))]
        case _:
            return some_table(chance, depth + 1)


def some_table(chance: Random, depth: int) -> dict[str, Any]:
    return {some_key(chance): some_value(chance, depth) for _ in range(chance.randrange(4))}


def is_lost(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not -(2**63) <= value < 2**63)


def without_losses(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_losses(member) for key, member in value.items() if not is_lost(member)}
    return [without_losses(one) for one in value if not is_lost(one)] if isinstance(value, list) else value


def losses_in(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return is_lost(value) + sum(losses_in(one) for one in inner)


@given(TOML_OBJECTS)
@settings(deadline=None)
def test_another_reader_finds_the_same_document(document: dict[str, Any]) -> None:
    text = PLAIN.to_toml(dumped(document).encode()).text
    assert dumped(tomlkit.parse(text).unwrap()) == dumped(document)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param("{}", "", id="empty"),
        pytest.param('{"": {"": 1}}', '[""]\n"" = 1\n', id="empty-keys"),
        pytest.param('{"a.b": {"c d": 1}, "e": 2}', '"a.b" = {"c d" = 1}\ne = 2\n', id="dots-and-blanks-in-keys"),
        pytest.param('{"\\"": {"\\\\\\n": 1}}', '["\\""]\n"\\\\\\n" = 1\n', id="quotes-in-keys"),
        pytest.param('{"é日🙂": {"ключ": 1}}', '["é日🙂"]\n"ключ" = 1\n', id="other-scripts"),
        pytest.param('{"a": 1, "b": {"c": 2}}', "a = 1\n\n[b]\nc = 2\n", id="table-last"),
        pytest.param('{"b": {"c": 2}, "a": 1}', "b = {c = 2}\na = 1\n", id="table-before-a-value"),
        pytest.param('{"a": {"b": {"c": 1}}}', "[a.b]\nc = 1\n", id="table-in-table"),
        pytest.param('{"a": {}, "b": {"c": {}}}', "[a]\n\n[b.c]\n", id="empty-tables"),
        pytest.param('{"a": [{"b": 1}, {}]}', "[[a]]\nb = 1\n\n[[a]]\n", id="list-of-tables"),
        pytest.param('{"a": [{"b": [{"c": 1}]}]}', "[[a]]\n\n[[a.b]]\nc = 1\n", id="list-of-tables-in-one"),
        pytest.param('{"a": [{"b": {"c": 1}, "d": 2}]}', "[[a]]\nb = {c = 1}\nd = 2\n", id="table-first-in-a-list"),
        pytest.param('{"a": [[{"b": 1}], []]}', "a = [[{b = 1}], []]\n", id="lists-of-lists-of-tables"),
        pytest.param('{"a": [1, "1", 1.0, true, {"b": []}]}', 'a = [1, "1", 1.0, true, {b = []}]\n', id="mixed-list"),
        pytest.param('{"a": [{"b": 1}, 2]}', "a = [{b = 1}, 2]\n", id="list-of-a-table-and-a-value"),
        pytest.param('{"a": "\\u0000\\u001f\\u007f\\u0085"}', 'a = "\\u0000\\u001f\\u007f\\u0085"\n', id="control"),
        pytest.param('{"a": "\\ud83d\\ude42 \\u2028"}', 'a = "🙂 \\u2028"\n', id="surrogate-pair"),
        pytest.param('{"a": "x\\r\\ny\\n"}', 'a = "x\\r\\ny\\n"\n', id="line-breaks"),
        pytest.param('{"a": "\'\'\'\\"\\"\\"# x"}', 'a = "\'\'\'\\"\\"\\"# x"\n', id="quotes-in-a-text"),
        pytest.param('{"a": "2026-01-02", "b": "07:32"}', 'a = "2026-01-02"\nb = "07:32"\n', id="like-dates"),
        pytest.param('{"true": "true", "1": "1"}', 'true = "true"\n1 = "1"\n', id="like-other-types"),
        pytest.param('{"a": 9223372036854775807}', "a = 9223372036854775807\n", id="greatest-whole-number"),
        pytest.param('{"a": -9223372036854775808}', "a = -9223372036854775808\n", id="least-whole-number"),
        pytest.param('{"a": -0.0, "b": 5e-324}', "a = -0.0\nb = 5e-324\n", id="small-floats"),
        pytest.param('{"a": 1.7976931348623157e308}', "a = 1.7976931348623157e+308\n", id="greatest-float"),
        pytest.param('{"a": 1E5, "b": 0.1}', "a = 100000.0\nb = 0.1\n", id="floats-stay-floats"),
        pytest.param(f'{{"a": "{"n." * 80}"}}', f'a = "{"n." * 80}"\n', id="many-dots-in-a-text"),
    ],
)
def test_a_document_in_toml(document: str, expected: str) -> None:
    there = PLAIN.to_toml(document.encode())
    assert (there.text, there.losses) == (expected, ())
    assert PLAIN.to_json(there.text.encode()).text == dumped(json.loads(document))


@pytest.mark.parametrize(
    ("opening", "closing"), [pytest.param('{"a":', "}", id="tables"), pytest.param("[", "]", id="lists")]
)
def test_a_deep_document_survives(opening: str, closing: str) -> None:
    document = f'{{"a": {opening * DEEP}1{closing * DEEP}}}'
    assert json.loads(PLAIN.to_json(PLAIN.to_toml(document.encode()).text.encode()).text) == json.loads(document)


@pytest.mark.parametrize(
    ("document", "expected", "losses"),
    [
        pytest.param('{"a": null, "b": 1}', "b = 1\n", ["a:1 TOML has no null"], id="null"),
        pytest.param(
            '{"a": [\nnull, {"b c": null}]}', "[[a]]\n",
            ["a[0]:2 TOML has no null; the elements behind it move up", 'a[1]."b c":2 TOML has no null'],
            id="null-in-a-list",
        ),
        pytest.param(
            '{"a": 9223372036854775808}', "", ["a:1 TOML's whole numbers have 64 bits"], id="one-too-many"
        ),
        pytest.param(
            '{"a": [-9223372036854775809, 1]}', "a = [1]\n",
            ["a[0]:1 TOML's whole numbers have 64 bits; the elements behind it move up"], id="one-too-few",
        ),
    ],
)  # fmt: skip
def test_what_toml_cannot_say_is_left_out_and_listed(document: str, expected: str, losses: list[str]) -> None:
    there = PLAIN.to_toml(document.encode())
    assert there.text == expected
    assert [f"{loss.key}:{loss.line} {loss.reason}" for loss in there.losses] == losses


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(b"[1]", "found a list, expected an object", id="root-list"),
        pytest.param(b'"a"', "found a single value, expected an object", id="root-text"),
        pytest.param(b"null", "found a single value, expected an object", id="root-null"),
        pytest.param(b'{"a": 1e400}', "expected a finite number", id="infinite"),
        pytest.param(b'{"a": NaN}', "expected a JSON value", id="nan"),
        pytest.param(b'{"a": "\\ud800"}', "expected a string without lone surrogates", id="lone-surrogate"),
        pytest.param(b'{"a": 1, "a": 2}', "found a key twice", id="key-twice"),
        pytest.param(b'{"a": 1} // b', "expected the end", id="comment"),
        pytest.param(b"[" * 100_000, "more than 64 levels", id="deep"),
        pytest.param(b'{"a": "\xff"}', "expected UTF-8", id="no-utf-8"),
    ],
)
def test_what_is_no_json_object_is_refused(document: bytes, reason: str) -> None:
    with pytest.raises(JsonFault, match=reason):
        PLAIN.to_toml(document)


@pytest.mark.parametrize(
    ("document", "expected", "losses"),
    [
        pytest.param("a = 0xff\nb = 1_000\n", {"a": 255, "b": 1000}, [], id="other-ways-to-write-numbers"),
        pytest.param("a = inf\nb = [nan, 1.0]\n", {"b": [1.0]}, ["a", "b[0]"], id="no-finite-numbers"),
        pytest.param("a = 1e400\n", {}, ["a"], id="a-number-out-of-range"),
        pytest.param("a = 1979-05-27T07:32:00Z\n", {"a": "1979-05-27T07:32:00Z"}, ["a"], id="moment"),
        pytest.param(
            "a = 1979-05-27 07:32:00.5\nb = 07:32:00\n",
            {"a": "1979-05-27T07:32:00.500000", "b": "07:32:00"}, ["a", "b"], id="local-times",
        ),
        pytest.param("a.b.c = 1\na.d = 2\n", {"a": {"b": {"c": 1}, "d": 2}}, [], id="dotted-keys"),
        pytest.param("[a]\n[a.b]\n[[c]]\n[[c]]\nd = {}\n", {"a": {"b": {}}, "c": [{}, {"d": {}}]}, [], id="tables"),
        pytest.param("a = '''\nx\\'''\nb = \"\"\"\\\n  y\"\"\"", {"a": "x\\", "b": "y"}, [], id="long-texts"),
        pytest.param('# x\na = "#" # y\n"b#" = \'\'\'#\'\'\'', {"a": "#", "b#": "#"}, ["", ""], id="comments"),
        pytest.param("\ufeffa = 1\r\n", {"a": 1}, [], id="byte-order-mark"),
    ],
)  # fmt: skip
def test_a_document_in_json(document: str, expected: Any, losses: list[str]) -> None:
    there = PLAIN.to_json(document.encode())
    assert there.text == dumped(expected)
    assert [loss.key for loss in there.losses] == losses


@pytest.mark.parametrize(
    ("document", "line"),
    [
        pytest.param("a = 1\nb = s3cret-value\n", 2, id="no-value"),
        pytest.param('a = "s3cret-value', 1, id="open-text"),
        pytest.param("a = 1\na = 2\n", 2, id="key-twice"),
        pytest.param("a.b = 1\na = 2\n", 2, id="table-and-value"),
        pytest.param(f"a = {'1' * 5000}\n", 1, id="endless-number"),
        pytest.param("a = 2026-13-45\n", 1, id="no-date"),
        pytest.param("a = " + "[" * 100_000, 1, id="deep-lists"),
        pytest.param("a = " + "{a=" * 100_000, 1, id="deep-tables"),
        pytest.param("\n" + ".".join("a" * 100_000) + " = 1", 2, id="deep-key"),
        pytest.param("[" + '."a"' * 100_000 + "]", 1, id="deep-heading"),
        pytest.param("a = '\0'", 1, id="nul"),
    ],
)
def test_what_is_no_toml_is_refused_without_repeating_it(document: str, line: int) -> None:
    with pytest.raises(TomlFault) as refused:
        PLAIN.to_json(document.encode())
    assert refused.value.line == line
    assert "s3cret" not in str(refused.value)


SERVERS = ConfigConverter(
    schema_keys=KeyPaths(["mcpServers", "mcpServers.*.timeoutMs", "mcpServers.*.envVars", "hooks.*.runAs"]),
    dates=KeyPaths(["since", "mcpServers.*.checkedAt"]),
)


def test_only_the_keys_of_the_format_change_their_spelling() -> None:
    document = dumped({"mcpServers": {"myServer": {"timeoutMs": 1, "envVars": {"myVar": 2}}}, "myKey": [{"runAs": 3}]})
    there = SERVERS.to_toml(document.encode())
    assert tomllib.loads(there.text) == {
        "mcp_servers": {"myServer": {"timeout_ms": 1, "env_vars": {"myVar": 2}}},
        "myKey": [{"runAs": 3}],
    }
    assert SERVERS.to_json(there.text.encode()).text == document


def test_two_spellings_of_one_key_are_never_merged() -> None:
    document = dumped({"mcpServers": {"a": 1}, "mcp_servers": {"b": 2}})
    there = SERVERS.to_toml(document.encode())
    assert tomllib.loads(there.text) == json.loads(document)
    assert [(loss.key, loss.outcome) for loss in there.losses] == [("mcpServers", Outcome.DEGRADED)]
    assert SERVERS.to_json(there.text.encode()).text == document


def test_a_text_becomes_a_date_only_where_the_format_has_one_and_the_way_back_is_the_same() -> None:
    document = dumped({"since": "2026-01-02", "until": "2026-01-02", "mcpServers": {"a": {"checkedAt": "yesterday"}}})
    there = SERVERS.to_toml(document.encode())
    assert tomllib.loads(there.text)["since"] == date(2026, 1, 2)
    assert tomllib.loads(there.text)["until"] == "2026-01-02"
    assert [loss.key for loss in there.losses] == ["mcpServers.a.checkedAt"]
    assert SERVERS.to_json(there.text.encode()).text == document
