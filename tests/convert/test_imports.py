from itertools import pairwise

import pytest

from reconciler.convert.documents import ImportStatus
from reconciler.convert.markdown.imports import MAX_IMPORTS, Imports
from reconciler.convert.markdown.scanner import tokens
from tests.convert.folders import item, to_codex


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("@a.md", ["a.md"], id="at the start"),
        pytest.param("see @a.md and @./b.md now", ["a.md", "./b.md"], id="after a blank"),
        pytest.param("- @a.md\n2. @b.md\n> @c.md", ["a.md", "b.md", "c.md"], id="after a list or quote mark"),
        pytest.param("**@a.md** and *@b.md* and __@c.md__", ["a.md", "b.md", "c.md"], id="inside emphasis"),
        pytest.param("**see @a.md**", ["a.md"], id="at the end of emphasis"),
        pytest.param("# @a.md\n| @b.md |", ["a.md", "b.md"], id="in a heading or table"),
        pytest.param("see @a.md, or @b.md.", ["a.md,", "b.md."], id="punctuation belongs to the name"),
        pytest.param("@with\\ space.md", ["with space.md"], id="an escaped space"),
        pytest.param("(@a.md) \"@b.md\" x@c.md '@d.md' [@e.md](x)", [], id="after anything else"),
        pytest.param("`@a.md` ``x ` @b.md``", [], id="in a code span"),
        pytest.param("`@a.md\n@b.md`", [], id="in a code span over two lines"),
        pytest.param("` @a.md\n\n`", ["a.md"], id="a code span ends with its paragraph"),
        pytest.param("\\` @a.md `", ["a.md"], id="an escaped backtick opens nothing"),
        pytest.param("```\n@a.md\n```\n@b.md", ["b.md"], id="in a fence"),
        pytest.param("~~~~\n@a.md\n~~~\n@b.md\n~~~~\n@c.md", ["c.md"], id="a shorter mark closes no fence"),
        pytest.param("```\n@a.md", [], id="in a fence that never closes"),
        pytest.param("- x\n  ```\n  @a.md\n  ```\n  @b.md", ["b.md"], id="in a fence of a list item"),
        pytest.param("- ```\n  @a.md\n  ```\n- @b.md", ["b.md"], id="in a fence that begins a list item"),
        pytest.param("- x\ntext\n```\n@a.md\n```", [], id="a fence after a lazy line belongs to no list"),
        pytest.param("> ```\n> @a.md\n@b.md", ["b.md"], id="a fence ends with its quote"),
        pytest.param("text\n\n    @a.md\n", [], id="in indented code"),
        pytest.param("text\n    @a.md\n", ["a.md"], id="an indented line goes on with its paragraph"),
        pytest.param("- x\n\n    @a.md\n", ["a.md"], id="an indented line of a list item"),
        pytest.param("<!-- @a.md -->\n@b.md", ["b.md"], id="in a comment"),
        pytest.param("<!--\n\n@a.md\n\n-->\n@b.md", ["b.md"], id="in a comment over lines"),
        pytest.param("x <!-- @a.md --> @b.md", ["b.md"], id="in a comment within a line"),
        pytest.param("@ @! @#x @@y @/", [], id="no name"),
        pytest.param("\ufeff@a.md\r\n@b.md\r\n", ["a.md", "b.md"], id="after a byte order mark and CRLF"),
    ],
)
def test_a_token_is_found_where_claude_finds_it(text: str, names: list[str]) -> None:
    assert [token.name for token in tokens(text.encode())] == names


FILES = {
    "CLAUDE.md": "",
    "a.md": "A\n",
    "b.md": "B @a.md\n",
    "loop.md": "LOOP\n@CLAUDE.md\n",
    "docs/c.md": "C\n@../a.md\n",
    "pic.png": "\udcff",
    **{f"d{n}.md": f"D{n}\n@d{n + 1}.md\n" for n in range(1, 8)},
}


@pytest.mark.parametrize(
    ("text", "expected", "statuses"),
    [
        pytest.param("x\n@a.md\ny\n", "x\nA\ny\n", "inlined", id="alone on its line"),
        pytest.param("@a.md", "A", "inlined", id="without a final newline"),
        pytest.param(
            "see @a.md now\nand then\n\nend\n",
            "see a.md now\nand then\n\nContents of a.md:\n\nA\n\nend\n",
            "inlined",
            id="in a sentence",
        ),
        pytest.param("- @a.md\n- z\n", "- a.md\n\nContents of a.md:\n\nA\n\n- z\n", "inlined", id="in a list item"),
        pytest.param("@a.md\r\nx\r\n", "A\r\nx\r\n", "inlined", id="with CRLF"),
        pytest.param("@a.md\n@a.md\n", "A\na.md\n", "inlined, repeated", id="twice"),
        pytest.param("@a.md#part\n", "A\n", "inlined", id="with a fragment"),
        pytest.param("@docs/c.md\n", "C\nA\n", "inlined, inlined", id="relative to the importing file"),
        pytest.param("@loop.md\n", "LOOP\nCLAUDE.md\n", "inlined, cycle", id="in a circle"),
        pytest.param(
            "@d1.md\n",
            "D1\nD2\nD3\nD4\nD5\nd6.md\n",
            "inlined, inlined, inlined, inlined, inlined, too deep",
            id="deep",
        ),
        pytest.param("@~/x.md\n", "~/x.md\n", "home", id="in a home folder"),
        pytest.param("@/etc/hosts\n", "/etc/hosts\n", "absolute", id="absolute"),
        pytest.param("@docs/../../x.md\n", "docs/../../x.md\n", "outside", id="outside"),
        pytest.param("@docs\n", "@docs\n", "directory", id="a folder"),
        pytest.param("@gone.md\n", "@gone.md\n", "missing", id="missing"),
        pytest.param("@a.md,\n", "@a.md,\n", "missing", id="with a comma"),
        pytest.param("@pic.png\n", "@pic.png\n", "not text", id="a picture"),
        pytest.param(
            "@acme/pkg and @Injectable()\n",
            "@acme/pkg and @Injectable()\n",
            "not an import, not an import",
            id="a package and a decorator",
        ),
    ],
)
def test_each_import_ends_with_one_status(text: str, expected: str, statuses: str) -> None:
    files = {path: body.encode(errors="surrogateescape") for path, body in (FILES | {"CLAUDE.md": text}).items()}
    expanded = Imports(files).expand("CLAUDE.md")
    assert expanded.text.decode() == expected
    assert [edge.status.value for edge in expanded.imports] == statuses.split(", ")


def test_two_hundred_imports_are_inlined_and_not_one_more() -> None:
    names = [f"f{n}.md" for n in range(MAX_IMPORTS + 1)]
    text = "".join(f"@{name}\n" for name in names).encode()
    expanded = Imports({"CLAUDE.md": text} | dict.fromkeys(names, b"x")).expand("CLAUDE.md")
    assert [edge.status for edge in expanded.imports] == [ImportStatus.INLINED] * MAX_IMPORTS + [ImportStatus.TOO_MANY]


def test_at_most_one_mebibyte_is_inlined() -> None:
    files = {"CLAUDE.md": b"@a.md\n@b.md\n", "a.md": b"a" * 700_000, "b.md": b"b" * 700_000}
    statuses = [edge.status for edge in Imports(files).expand("CLAUDE.md").imports]
    assert statuses == [ImportStatus.INLINED, ImportStatus.TOO_MANY]


def test_an_import_that_leaves_the_folder_is_dropped_and_says_so() -> None:
    found = item(to_codex({"CLAUDE.md": "x\n@../other/secret.md\n"}), "import:../other/secret.md")
    assert (found.source, found.outcome, found.reason.split(":")[0]) == ("CLAUDE.md:2", "dropped", "outside")


@pytest.mark.parametrize(
    "piece",
    [b"@a ", b"`", b"` `` ", b"<!--", b"- ", b"> ", b"* * ", b"```\n", b"\\`", b"*@", b"  - x\n", b"[", b"~~~\n"],
)
def test_the_scan_takes_linear_time_on_hostile_texts(piece: bytes) -> None:
    work = [_steps(piece * (size // len(piece))) for size in (20_000, 40_000, 80_000)]
    assert all(larger < 3 * smaller + 2000 for smaller, larger in pairwise(work)), work


def _steps(text: bytes) -> int:
    import sys  # noqa: PLC0415 - only this count needs it

    count = 0

    def trace(*_: object) -> object:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        tokens(text)
    finally:
        sys.settrace(None)
    return count
