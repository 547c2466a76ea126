import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.formats.strict_json import JsonFault, Node, parse
from tests.convert.formats.json_texts import VALUES, documents


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_it_reads_what_the_standard_reader_reads(document: Any, indent: int | None, ascii_only: bool) -> None:  # noqa: FBT001 - law
    assert parse(json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()).plain() == document


@given(st.text('{}[]:,"\\ \n0123456789.eE+-truefalsn', max_size=20))
def test_it_refuses_what_the_standard_reader_refuses(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(JsonFault):
            parse(text.encode())
        return
    try:
        assert parse(text.encode()).plain() == expected
    except JsonFault as fault:
        assert any(word in fault.reason for word in ("twice", "finite")), fault  # noqa: PT017 - either is right


def test_it_remembers_the_line_of_every_key_and_element() -> None:
    node = parse(b'\xef\xbb\xbf{\n "a": {\n  "b": [1,\n  2]},\r\n "c":\n null}')
    a, c = node.members()["a"], node.members()["c"]
    assert (a.line, a.members()["b"].line, c.line) == (2, 3, 5)
    assert [element.line for element in a.members()["b"].elements()] == [3, 4]


@given(documents(VALUES))
def test_it_remembers_where_every_value_begins_and_ends(text: str) -> None:
    def check(node: Node) -> None:
        assert parse(text[node.start : node.end].encode(), comments=True).plain() == node.plain()
        for inner in node.value.values() if isinstance(node.value, dict) else ():
            check(inner)
        for inner in node.value if isinstance(node.value, tuple) else ():
            check(inner)

    check(parse(text.encode(), comments=True))


@given(st.data(), VALUES)
def test_comments_and_final_commas_change_nothing(data: st.DataObject, document: Any) -> None:
    text = data.draw(documents(st.just(document)))
    assert parse(text.encode(), comments=True).plain() == document


@pytest.mark.parametrize("text", ["[1,,]", "[,]", "{,}", "[1 /* ]", "[1 / 2]", '{"a": 1,, }', "// only", '"/* */'])
def test_it_refuses_what_is_no_comment_and_no_final_comma(text: str) -> None:
    with pytest.raises(JsonFault):
        parse(text.encode(), comments=True)


@pytest.mark.parametrize("text", ["[1,]", '{"a": 1,}', "1 // one", "/* one */ 1"])
def test_strict_json_has_neither_comments_nor_final_commas(text: str) -> None:
    with pytest.raises(JsonFault):
        parse(text.encode())
