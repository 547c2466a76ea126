import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.agent import AgentConfig
from reconciler.convert.documents import MemoryDocument, MemoryKind, Origin
from reconciler.convert.markdown.memory_file import MemoryLayout, read_memory, write_memory
from reconciler.convert.markdown.sections import (
    Preset,
    join,
    kind_of,
    labelled,
    name_of,
    path_of,
    split,
    with_origin,
    without_origin,
)
from reconciler.model.migration import Cli

LAYOUT = MemoryLayout("AGENTS.md", "AGENTS.md", "Codex")
LINES = ["a", "", " ", "# head", "```", "- item", "ünï", "## From somewhere", "+++", "trailing  "]
TEXT = st.tuples(st.lists(st.sampled_from(LINES), max_size=6).map("\n".join), st.sampled_from(["", "\n", "\n\n"])).map(
    lambda parts: "".join(parts).encode()
)
RULE_NAMES = ["memory:.claude/CLAUDE.md", "rule:ts", "rule:db:tables", "memory:CLAUDE.local.md"]


def document(name: str, text: bytes, globs: tuple[str, ...] = ()) -> MemoryDocument:
    path = path_of(name)
    return MemoryDocument(name, Origin(path), "", kind_of(path), text, globs=globs)


@given(TEXT.filter(bytes.strip), st.lists(st.tuples(st.sampled_from(RULE_NAMES), TEXT), max_size=4))
def test_what_is_joined_is_split_into_the_same_texts(head: bytes, rest: list[tuple[str, bytes]]) -> None:
    text = head
    for name, part in rest:
        text = join(text, labelled(document(name, part)))
    sections = split(text)
    assert [(one.path, one.text) for one in sections] == [("", head), *((path_of(name), part) for name, part in rest)]


def test_a_label_says_for_which_files_a_rule_is() -> None:
    rule = document("rule:ts", b"Use types.\n", ("src/**/*.{ts,tsx}", "*.mts"))
    assert split(labelled(rule))[0].globs == ("src/**/*.{ts,tsx}", "*.mts")


@pytest.mark.parametrize("name", [*RULE_NAMES, "memory:CLAUDE.md", "memory:web/CLAUDE.md"])
def test_a_name_and_its_path_are_one_thing(name: str) -> None:
    assert name_of(path_of(name)) == name


@pytest.mark.parametrize("body", [b"", b"a", b"a\r\nb\r\n", b"\xef\xbb\xbfa\n", b"+++\nx\n+++\n"])
@pytest.mark.parametrize("merged", [True, False])
def test_the_origin_block_comes_off_as_it_went_on(body: bytes, merged: bool) -> None:  # noqa: FBT001 - table
    found = without_origin(with_origin(body, Preset(Cli.CLAUDE, "read-only"), merged=merged))
    assert (found.text, found.is_ours, found.is_merged) == (body, True, merged)


def test_a_text_that_somebody_changed_is_not_ours() -> None:
    assert not without_origin(with_origin(b"a\n", Preset(Cli.CLAUDE), merged=False) + b"b\n").is_ours


@given(TEXT.filter(bytes.strip), TEXT.filter(bytes.strip))
def test_written_memory_is_read_back_as_the_documents_it_came_from(memory: bytes, rule: bytes) -> None:
    documents = (document("memory:CLAUDE.md", memory), document("rule:ts", rule, ("*.ts",)))
    written, items = write_memory(AgentConfig(Cli.CLAUDE, memory=documents), {}, LAYOUT, Preset(Cli.CLAUDE))
    found, unreadable = read_memory(written, LAYOUT, ["AGENTS.md"], expands=False)
    assert unreadable == ()
    assert [item.target for item in items] == ["AGENTS.md", "AGENTS.md"]
    if len(found) > 1:  # a rule that says what the memory says already stands there once
        assert [(one.text, one.globs, one.kind) for one in found] == [
            (memory, (), MemoryKind.SHARED),
            (rule, ("*.ts",), MemoryKind.RULE),
        ]


def test_a_file_that_a_person_wrote_is_read_as_one_standing_text() -> None:
    found, _ = read_memory({"AGENTS.md": b"# Ours\n"}, LAYOUT, ["AGENTS.md"], expands=False)
    assert [(one.kind, one.text) for one in found] == [(MemoryKind.STANDING, b"# Ours\n")]


def test_a_section_is_named_by_the_line_of_its_label() -> None:
    text = with_origin(b"a\n\n\n## From .claude/rules/r.md\n\nb\n", Preset(Cli.CLAUDE), merged=False)
    found, _ = read_memory({"AGENTS.md": text}, LAYOUT, ["AGENTS.md"], expands=False)
    assert [str(one.origin) for one in found] == ["AGENTS.md:5", "AGENTS.md:8"]
    assert text.split(b"\n")[7] == b"## From .claude/rules/r.md"


def test_an_agents_md_of_another_cli_is_neither_read_into_the_memory_nor_lost() -> None:
    other = MemoryDocument("memory:AGENTS.md", Origin("AGENTS.md"), "", MemoryKind.STANDING, b"x\n", loaded=False)
    layout = MemoryLayout("GEMINI.md", "GEMINI.md", "Gemini CLI")
    written, items = write_memory(AgentConfig(Cli.CLAUDE, memory=(other,)), {"AGENTS.md": b"x\n"}, layout, None)
    assert written == {"AGENTS.md": b"x\n"}
    assert [(item.item, item.target) for item in items] == [("memory:AGENTS.md", "AGENTS.md")]
