"""Draws JSON values, and writes them as people do: with comments, trailing commas and any blanks."""

import json
from typing import Any

from hypothesis import strategies as st

KEYS = st.text('ab."\\/* \n日🙂', max_size=4)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
_GAPS = ["", "", " ", "\n", "\r\n\t", "\n  ", " /* , } */ ", '// ] "\u00a0\n']


@st.composite
def documents(draw: st.DrawFn, values: st.SearchStrategy[Any] = OBJECTS) -> str:
    """Write a value as JSONC."""

    def gap() -> str:
        return draw(st.sampled_from(_GAPS))

    def written(value: Any) -> str:
        if not isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=draw(st.booleans()))
        if isinstance(value, dict):
            parts = [f"{json.dumps(key)}{gap()}:{gap()}{written(member)}" for key, member in value.items()]
        else:
            parts = [written(element) for element in value]
        inner = ",".join(f"{gap()}{part}{gap()}" for part in parts)
        has_comma = draw(st.booleans())
        comma = f",{gap()}" if parts and has_comma else ""
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        return f"{opening}{inner or gap()}{comma}{closing}"

    return f"{gap()}{written(draw(values))}{gap()}"
