import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.strict_json import JsonFault, Node, parse

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('ab"\\\n日🙂', max_size=4), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def plain(node: Node) -> Any:
    if isinstance(node.value, Mapping):
        return {key: plain(member) for key, member in node.value.items()}
    return [plain(element) for element in node.value] if isinstance(node.value, tuple) else node.value


@given(DOCUMENTS, st.sampled_from([None, 1]), st.booleans())
def test_it_reads_what_the_standard_reader_reads(document: Any, indent: int | None, ascii_only: bool) -> None:  # noqa: FBT001 - law
    assert plain(parse(json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode())) == document


@given(st.text('{}[]:,"\\ \n0123456789.eE+-truefalsn', max_size=20))
def test_it_refuses_what_the_standard_reader_refuses(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(JsonFault):
            parse(text.encode())
        return
    try:
        assert plain(parse(text.encode())) == expected
    except JsonFault as fault:
        assert any(word in fault.reason for word in ("twice", "finite")), fault  # noqa: PT017 - either is right


def test_it_remembers_the_line_of_every_key_and_element() -> None:
    node = parse(b'\xef\xbb\xbf{\n "a": {\n  "b": [1,\n  2]},\r\n "c":\n null}')
    a, c = node.members()["a"], node.members()["c"]
    assert (a.line, a.members()["b"].line, c.line) == (2, 3, 5)
    assert [element.line for element in a.members()["b"].elements()] == [3, 4]
