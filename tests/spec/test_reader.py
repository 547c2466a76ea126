"""The one reader of YAML reads what all readers read alike, and names everything else."""

from __future__ import annotations

import contextlib
import io
import math
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from reconciler.errors import Mistake, SpecError
from reconciler.quoting import plain_or_quoted, quote
from reconciler.spec import limits
from reconciler.spec.core_types import Plain
from reconciler.spec.document import KeyPath
from reconciler.spec.reader import read
from tests.spec.examples import MIGRATION


def mistakes(text: str | bytes, *, most_bytes: int = limits.BLOB_BYTES) -> tuple[Mistake, ...]:
    with pytest.raises(SpecError) as caught:
        read(text.encode() if isinstance(text, str) else text, "a.yaml", most_bytes=most_bytes)
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("no", "no", id="no-is-a-string"),
        pytest.param("on", "on", id="on-is-a-string"),
        pytest.param("Yes", "Yes", id="yes-is-a-string"),
        pytest.param("y", "y", id="y-is-a-string"),
        pytest.param("1:30", "1:30", id="sexagesimal-is-a-string"),
        pytest.param("2026-03-01", "2026-03-01", id="a-date-is-a-string"),
        pytest.param("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", id="a-moment-is-a-string"),
        pytest.param("1_000", "1_000", id="underscores-make-a-string"),
        pytest.param("0b101", "0b101", id="binary-is-a-string"),
        pytest.param("12e4567a", "12e4567a", id="a-commit-is-a-string"),
        pytest.param("true", True, id="true"),
        pytest.param("FALSE", False, id="false"),
        pytest.param("~", None, id="tilde-is-null"),
        pytest.param("", None, id="nothing-is-null"),
        pytest.param("NULL", None, id="null"),
        pytest.param("0", 0, id="zero"),
        pytest.param("+12", 12, id="plus"),
        pytest.param("-7", -7, id="minus"),
        pytest.param("0o17", 15, id="octal"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("1e3", 1000.0, id="exponent"),
        pytest.param("-.5", -0.5, id="fraction-alone"),
        pytest.param("3.", 3.0, id="point-at-the-end"),
        pytest.param("'5'", "5", id="quotes-make-a-string"),
        pytest.param('"null"', "null", id="quoted-null-is-a-string"),
        pytest.param("[]", [], id="empty-list"),
        pytest.param("{}", {}, id="empty-mapping"),
        pytest.param("|\n  b\n  c\n", "b\nc\n", id="block"),
    ],
)
def test_scalars_have_the_types_of_yaml_1_2(written: str, value: Plain) -> None:
    found = read(f"a: {written}".encode(), "a.yaml").value
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("a: 1\nb: 2\na: 3", 3, 'key "a" stands here again, first on line 1', id="duplicate-key"),
        pytest.param('a: 1\n"a": 3', 2, 'key "a" stands here again', id="duplicate-key-in-quotes"),
        pytest.param("a: &x 1", 1, "&x is an anchor", id="anchor"),
        pytest.param("a: [1, *x]", 1, "*x is an alias", id="alias"),
        pytest.param("a: !!str 1", 1, '"tag:yaml.org,2002:str" is a tag', id="tag"),
        pytest.param("a: !x {}", 1, '"!x" is a tag', id="own-tag"),
        pytest.param("a: ! x", 1, '"!" is a tag', id="empty-tag"),
        pytest.param("a: {<<: {b: 1}}", 1, "<< merges", id="merge-key"),
        pytest.param("a: 1\n---\nb: 2", 2, "second document", id="second-document"),
        pytest.param("%YAML 1.1\n---\na: 1", 1, "directive", id="yaml-directive"),
        pytest.param("%TAG ! tag:x,2000:\n---\na: 1", 1, "directive", id="tag-directive"),
        pytest.param("1: x", 1, "key 1 is no string", id="number-as-key"),
        pytest.param("null: x", 1, "key null is no string", id="null-as-key"),
        pytest.param("?\n: x", 1, "key (empty) is no string", id="empty-key"),
        pytest.param("? [a]\n: x", 1, "a key is a mapping or a list", id="list-as-key"),
        pytest.param("a: 010", 1, "without a leading zero", id="octal-or-decimal"),
        pytest.param("a: .nan", 1, "finite", id="nan"),
        pytest.param("a: -.INF", 1, "finite", id="infinity"),
        pytest.param("a: 1e999", 1, "finite", id="infinity-by-exponent"),
        pytest.param("a: [", 2, "not YAML", id="open-bracket"),
        pytest.param("a: b\n c: d: e", 2, "not YAML", id="bad-indentation"),
        pytest.param("a: @x", 1, "not YAML", id="reserved-character"),
        pytest.param('a: "\\ud800"', 1, "not YAML", id="half-a-character"),
        pytest.param('a: "\\0"', 1, "control character", id="escaped-control-character"),
        pytest.param("a: 1\nb: \x07", 2, "U+0007 is a control character", id="bell"),
        pytest.param("a: \x7f", 1, "U+007F is a control character", id="delete"),
        pytest.param("a: x\u2028b: 2", 1, "U+2028 is a line break for some", id="line-separator"),
        pytest.param("a: x\u2029b: 2", 1, "U+2029 is a line break for some", id="paragraph-separator"),
        pytest.param("a: x\x85b: 2", 1, "U+0085 is a line break for some", id="next-line"),
        pytest.param("a: 1\n\ufeffb: 2", 2, "U+FEFF", id="byte-order-mark-inside"),
    ],
)
def test_what_readers_disagree_about_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    (mistake,) = mistakes(text)
    assert (mistake.path, mistake.line) == ("a.yaml", line)
    assert says in mistake.message


def test_bytes_that_are_not_utf_8_are_named_with_their_line() -> None:
    (mistake,) = mistakes(b"a: 1\nb: \xff\n")
    assert (mistake.line, mistake.message) == (2, "byte 0xff is not UTF-8, the file must be UTF-8")
    assert mistakes("a: 1".encode("utf-16"))


def test_one_byte_order_mark_is_tolerated() -> None:
    assert read(b"\xef\xbb\xbfa: 1", "a.yaml").value == {"a": 1}


def test_all_mistakes_of_a_file_come_together_in_the_order_of_lines() -> None:
    assert [mistake.line for mistake in mistakes("a: &x 1\nb: *x\nc: 010\na: !t 2\n")] == [1, 2, 3, 4, 4]


def test_of_very_many_mistakes_the_first_ones_are_shown() -> None:
    found = mistakes("\n".join(f"k{number}: 01" for number in range(2000)))
    assert len(found) == limits.MISTAKES + 1
    assert found[-1].message == f"{2000 - limits.MISTAKES} more mistakes are not shown"


def test_every_entry_knows_its_line_and_its_text() -> None:
    document = read(b"a: {b: [x,\n  'y z']}\nc:\n  - d: |\n      long\n\n# end\n", "a.yaml")
    texts: dict[KeyPath, tuple[int, str]] = {
        where: (place.line, document.text[place.start : place.end]) for where, place in document.places.items()
    }
    assert texts["a", "b", 1] == (2, "'y z'")
    assert texts["a", "b"] == (1, "[x,\n  'y z']")
    assert texts["c", 0, "d"][0] == 4
    assert texts["c",] == (3, "- d: |\n      long\n\n")
    assert document.line(("c", 0, "missing", "deeper")) == 4


LIMITS = [
    pytest.param(limits.BLOB_BYTES, lambda size: "a: 1\n" + "#" * (size - 5), "bytes", id="blob"),
    pytest.param(limits.DEPTH, lambda size: "[" * size + "]" * size, "nested deeper", id="depth"),
    pytest.param(limits.DEPTH, lambda size: "".join(f"{' ' * n}a:\n" for n in range(size)), "nested", id="block-depth"),
    pytest.param(limits.EVENTS, lambda size: f"[{'a,' * (size - 6)}]", "parts", id="events"),
    pytest.param(limits.SCALAR_BYTES, lambda size: f"a: {'x' * size}", "bytes", id="scalar"),
    pytest.param(limits.SCALAR_BYTES // 2, lambda size: f"a: {'é' * size}", "bytes", id="scalar-in-bytes"),
    pytest.param(limits.INTEGER - 1, lambda size: f"a: {size}", "2^53", id="integer"),
    pytest.param(limits.INTEGER - 1, lambda size: f"a: -{size}", "2^53", id="negative-integer"),
    pytest.param(limits.INTEGER - 1, lambda size: f"a: 0x{size:x}", "2^53", id="hexadecimal-integer"),
]


@pytest.mark.parametrize(("limit", "text", "says"), LIMITS)
def test_limits_hold_to_the_last_step(limit: int, text: Callable[[int], str], says: str) -> None:
    assert read(text(limit - 1).encode(), "a.yaml")
    assert read(text(limit).encode(), "a.yaml")
    assert says in mistakes(text(limit + 1))[0].message


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param("[" * 200_000, id="brackets"),
        pytest.param("{a: " * 100_000, id="braces"),
        pytest.param("- " * 200_000, id="dashes"),
        pytest.param("? " * 200_000, id="question-marks"),
        pytest.param("a: " + "9" * 60_000, id="digits"),
        pytest.param("a: " + "1:59" * 10_000 + "\nb: 010", id="sexagesimal"),
        pytest.param("a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]", id="aliases"),
        pytest.param("\n".join(f'"{n}": 01' for n in range(50_000)), id="mistakes"),
    ],
)
def test_a_bomb_is_a_mistake_like_any_other(bomb: str) -> None:
    assert mistakes(bomb)


def test_without_the_c_library_nothing_is_read_slowly() -> None:
    program = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from reconciler.spec.reader import read\n"
        "try: read(b'a: 1', 'a.yaml')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ReconcilerError PyYAML was installed without libyaml")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=12)
values: st.SearchStrategy[Plain] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**52), 2**52) | texts.filter(lambda text: not has_control(text)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex("[a-z]{1,5}", fullmatch=True), inner),
    max_leaves=8,
)


def has_control(text: str) -> bool:
    return any(ord(character) < 32 and character not in "\t\n\r" for character in text)


def written(value: Plain) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return quote(value)
        case list():
            return f"[{', '.join(map(written, value))}]"
        case dict():
            return f"{{{', '.join(f'{plain_or_quoted(key)}: {written(part)}' for key, part in value.items())}}}"
        case _:
            return str(value)


@given(values)
def test_what_was_written_is_what_is_read(value: Plain) -> None:
    assert read(f"a: {written(value)}".encode(), "a.yaml").value == {"a": value}


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_named(data: bytes) -> None:
    with contextlib.suppress(SpecError):
        read(data, "a.yaml")


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "a",
            "b: ",
            "- ",
            "\n",
            "  ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            ": ",
            "'",
            '"',
            "#",
            "|",
            ">",
            "1",
            "no",
            "? ",
            "\t",
            "é",
        ]
    ),
    max_size=14,
).map("".join)


@given(FRAGMENTS)
def test_an_independent_reader_sees_the_same_document(text: str) -> None:
    try:
        found = read(text.encode(), "a.yaml").value
    except SpecError:
        return
    try:
        theirs = YAML(typ="safe", pure=True).load(io.StringIO(text))
    except YAMLError:
        return  # it refuses tabs where YAML 1.2 allows them
    assert found == theirs or (isinstance(found, float) and math.isclose(found, theirs))


@given(st.integers(0, len(MIGRATION) - 1), FRAGMENTS)
def test_damage_anywhere_in_a_migration_is_read_or_named(place: int, damage: str) -> None:
    with contextlib.suppress(SpecError):
        read((MIGRATION[:place] + damage + MIGRATION[place:]).encode(), "a.yaml")
