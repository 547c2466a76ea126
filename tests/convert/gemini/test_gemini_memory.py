import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert import convert
from reconciler.convert.agent import Scope
from reconciler.convert.claude.reader import read as read_claude
from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.gemini.reader import read
from reconciler.convert.gemini.references import escape, tokens, unescape
from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
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
    assert all(token.startswith("\\") for token in tokens(escaped))
    assert unescape(escaped) == text.encode()


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


TEXT = st.text("@a./ `\n\\#", min_size=1).map(lambda text: f"{text}.\n".encode())


@given(TEXT, st.none() | TEXT, st.none() | TEXT)
def test_converted_memory_and_the_style_in_force_come_home_as_they_were(
    text: bytes, notes: bytes | None, style: bytes | None
) -> None:
    files = {"CLAUDE.md": b"# Ours\n" + text}
    if notes is not None:
        files["CLAUDE.local.md"] = b"# Mine\n" + notes
    if style is not None:
        files[".claude/output-styles/terse.md"] = b"# Terse\n" + style
        files[".claude/settings.json"] = b'{"outputStyle": "terse"}'
    there = convert(files, source=Cli.CLAUDE, target=Cli.GEMINI).files
    home = convert(there, source=Cli.GEMINI, target=Cli.CLAUDE).files
    expanded = {one.name: one.text for one in read_claude(files).memory if one.text.strip()}
    assert {one.name: one.text for one in read_claude(home).memory if one.text.strip()} == expanded
    assert (b'"outputStyle": "terse"' in home.get(".claude/settings.json", b"")) == (style is not None)
    if style is not None:
        assert home[".claude/output-styles/terse.md"].endswith(style)


def test_a_backslash_that_a_person_wrote_stays() -> None:
    (document,) = read({"GEMINI.md": b"Ask \\@ana.\n"}, Scope.PROJECT).memory
    assert document.text == b"Ask \\@ana.\n"


@pytest.mark.parametrize("text", ["`" * 100, "` `` `a", "``` `` ```a`", "`a``b```c``", "`" * 7 + " ` `` ````", "a`b"])
def test_code_is_what_stands_between_equal_runs_of_backticks(text: str) -> None:
    filled = re.sub("(?=[^`])|$", " @x ", text).encode()
    spans = [match.span() for match in re.finditer(rb"(`+)[\s\S]*?\1", filled)]
    words = [match.start() for match in re.finditer(rb"@x", filled)]
    outside = [start for start in words if not any(first <= start < end for first, end in spans)]
    assert len(tokens(filled)) == len(outside)
