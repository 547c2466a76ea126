import re

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.convert.markdown.imports import Imports
from reconciler.convert.text import BOM
from tests.convert.folders import to_codex

CLASSES = [
    "a", "Z", "9", " ", "\t", "\n", "\r\n", "\r", "\f", "\v", "`", "```", "~~~", "*", "_", "#", "- ", "1. ", "> ",
    "    ",
    "|", "\\", "<!--", "-->", "[x](y)", "{{x}}", "${X}", "+++", "---", "é", "日本", "🙂", "\u2028", "\u00a0", "\u200b",
    "\ufeff", "\ufffd", "'", '"', "$", "%", "&", ";", "\x1b",
]  # fmt: skip
TEXT = st.lists(st.sampled_from(CLASSES), max_size=40).map("".join)


@given(text=TEXT, bom=st.booleans())
@example(text="x", bom=True)
@example(text="trailing   \r\n\r\n", bom=False)
def test_a_memory_without_imports_arrives_byte_for_byte(text: str, bom: bool) -> None:  # noqa: FBT001 - from the law
    data = (BOM if bom else b"") + text.encode()
    assert to_codex({"CLAUDE.md": data}).files["AGENTS.md"] == data


@given(TEXT, st.booleans())
def test_the_front_matter_is_all_that_is_added(text: str, bom: bool) -> None:  # noqa: FBT001 - from the law
    data = (BOM if bom else b"") + text.encode()
    written = to_codex({"CLAUDE.md": data}, front_matter=True).files["AGENTS.md"]
    block = re.compile(rb"\+\+\+\r?\nsource = \"claude\"\r?\ndigest = \"sha256:[0-9a-f]{64}\"\r?\n\+\+\+\r?\n")
    assert written == data or block.sub(b"", written, count=1) == data
    assert written.startswith(BOM) == data.startswith(BOM)


@given(TEXT, TEXT)
def test_an_import_changes_nothing_but_its_token(before: str, behind: str) -> None:
    head, tail = f"{before}\n".encode(), f"\n{behind}".encode()
    text = head + b"@a.md" + tail
    expanded = Imports({"CLAUDE.md": text, "a.md": b"IMPORTED\n"}).expand("CLAUDE.md")
    assert expanded.text == (head + b"IMPORTED" + tail if expanded.imports else text)


@given(TEXT, TEXT)
def test_an_import_in_a_sentence_keeps_every_line_of_the_text(before: str, behind: str) -> None:
    text = f"{before} @a.md {behind}".encode()
    expanded = Imports({"CLAUDE.md": text, "a.md": b"IMPORTED\n"}).expand("CLAUDE.md")
    kept = [line.strip() for line in expanded.text.split(b"\n") if line.strip()]
    for line in text.split(b"\n"):
        assert (
            not line.strip()
            or line.strip() in kept
            or line.strip().replace(b"@a.md", b"a.md") in kept
            or line.strip().replace(b"@a.md", b"IMPORTED") in kept
        )
