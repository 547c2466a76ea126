import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.gemini.writer.memory import escape, tokens
from reconciler.model.conversion import Outcome
from tests.convert.gemini.made import config, item, written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"ask @ana", b"ask \\@ana"),
        (b"@ana first", b"\\@ana first"),
        (b"    @Override", b"    \\@Override"),
        (b"<!-- @docs/a.md -->", b"<!-- \\@docs/a.md -->"),
        (b"`@ana` and **@bo** and (@cy) and a@b.c", b"`@ana` and **@bo** and (@cy) and a@b.c"),
        (b"```\n@dec\n```\n", b"```\n@dec\n```\n"),
        (b"~~~\n@dec\n~~~\n", b"~~~\n\\@dec\n~~~\n"),
        (b"@~/x @_y @1", b"@~/x @_y @1"),
    ],
)
def test_no_word_is_taken_for_an_import(text: bytes, expected: bytes) -> None:
    assert escape(text) == expected


@given(st.text("@a./ `\n\\*"))
def test_what_is_escaped_holds_no_import_and_loses_nothing(text: str) -> None:
    escaped = escape(text.encode())
    assert tokens(escaped) == []
    assert escape(escaped) == escaped
    assert re.sub(rb"\\(?=@)", b"", escaped) == re.sub(rb"\\(?=@)", b"", text.encode())


def test_a_memory_with_escaped_words_is_degraded_and_names_them() -> None:
    document = MemoryDocument("memory:CLAUDE.md", Origin("CLAUDE.md"), "", MemoryKind.SHARED, b"Ask @ana.\n")
    result = written(config(memory=(document,)))
    assert result.files == {"GEMINI.md": b"Ask \\@ana.\n"}
    assert item(result, "memory:CLAUDE.md").outcome is Outcome.DEGRADED
    assert "@ana." in item(result, "memory:CLAUDE.md").reason


def test_the_memory_that_gemini_has_keeps_its_imports() -> None:
    document = MemoryDocument("memory:CLAUDE.md", Origin("CLAUDE.md"), "", MemoryKind.SHARED, b"Ours.\n")
    result = written(config(memory=(document,)), {"GEMINI.md": b"See @docs/mine.md\n"})
    assert result.files["GEMINI.md"].startswith(b"See @docs/mine.md\n")
    assert b"Ours.\n" in result.files["GEMINI.md"]
