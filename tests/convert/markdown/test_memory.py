import pytest

from reconciler.convert.codex.writer import SIZE_LIMIT
from reconciler.model.conversion import Outcome
from tests.convert.folders import config_of, item, to_codex


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"CLAUDE.md": "a\n"}, "a\n", id="CLAUDE.md alone"),
        pytest.param(
            {".claude/CLAUDE.md": "b\n", "CLAUDE.md": "a\n"},
            "a\n\n\n## From .claude/CLAUDE.md\n\nb\n",
            id="both places",
        ),
        pytest.param({"CLAUDE.md": "@AGENTS.md\n", "AGENTS.md": "x\n"}, "x\n", id="only a pointer"),
        pytest.param(
            {"CLAUDE.md": "# C\n@AGENTS.md\n", "AGENTS.md": "x\n"}, "x\n\n\n## From CLAUDE.md\n\n# C\n\n", id="more"
        ),
        pytest.param({"CLAUDE.md": "@AGENTS.md\n", "AGENTS.md": "x\n@b.md\n", "b.md": "B"}, "x\nB\n", id="through it"),
        pytest.param({"CLAUDE.md": "c\n", "AGENTS.md": "x\n"}, "x\n\n\n## From CLAUDE.md\n\nc\n", id="merged"),
        pytest.param({"CLAUDE.md": "x\n", "AGENTS.md": "x\n"}, "x\n", id="the same AGENTS.md"),
        pytest.param(
            {"CLAUDE.md": "# m\n", "AGENTS.md": "# memory\n"}, "# memory\n\n\n## From CLAUDE.md\n\n# m\n", id="a word"
        ),
        pytest.param({"AGENTS.md": "x\n@b.md\n", "b.md": "B\n"}, "x\nB\n", id="AGENTS.md without CLAUDE.md"),
        pytest.param(
            {"CLAUDE.md": "a", "CLAUDE.local.md": "l\n"}, "a\n\n## From CLAUDE.local.md\n\nl\n", id="local notes"
        ),
        pytest.param(
            {"CLAUDE.md": "a\n", ".claude/rules/r.md": "r\n"}, "a\n\n\n## From .claude/rules/r.md\n\nr\n", id="rule"
        ),
        pytest.param(
            {"CLAUDE.md": "a\n", ".claude/rules/ts.md": '---\npaths:\n  - "src/**/*.ts"\n  - "*.tsx"\n---\nr\n'},
            "a\n\n\n## From .claude/rules/ts.md (only for files that match src/**/*.ts, *.tsx)\n\nr\n",
            id="a rule for some files",
        ),
        pytest.param(
            {"CLAUDE.md": "\ufeffa\n", ".claude/CLAUDE.md": "\ufeffb\n"},
            "\ufeffa\n\n\n## From .claude/CLAUDE.md\n\nb\n",
            id="BOM",
        ),
        pytest.param(
            {"CLAUDE.md": "a\r\n", ".claude/CLAUDE.md": "b\r\n"},
            "a\r\n\r\n\r\n## From .claude/CLAUDE.md\r\n\r\nb\r\n",
            id="CRLF",
        ),
    ],
)
def test_the_memory_of_a_folder_becomes_one_agents_md(files: dict[str, str], expected: str) -> None:
    assert to_codex(files).files["AGENTS.md"].decode() == expected


@pytest.mark.parametrize(
    "files",
    [
        {"CLAUDE.md": "a\n@b.md\nsee @b.md\n", "b.md": "B\n", "CLAUDE.local.md": "l"},
        {"CLAUDE.md": "# C\n@AGENTS.md\n", "AGENTS.md": "x\nsee @b.md here\n", "b.md": "B\n"},
        {"CLAUDE.md": "c", "AGENTS.md": "x", ".claude/rules/r.md": "---\npaths: src/**\n---\nr"},
        {"CLAUDE.md": "@AGENTS.md", "AGENTS.md": "x"},
        {"CLAUDE.md": "\ufeffa\r\n", "AGENTS.md": "\ufeffx\r\n"},
    ],
)
@pytest.mark.parametrize("front_matter", [True, False])
def test_a_second_conversion_changes_no_byte(files: dict[str, str], front_matter: bool) -> None:  # noqa: FBT001 - table
    first = to_codex(files, model="m", front_matter=front_matter).files
    second = to_codex({**files, **first}, model="m", front_matter=front_matter).files
    assert second == first


def test_the_front_matter_names_source_digest_and_sandbox() -> None:
    files = {"CLAUDE.md": "a\n", ".claude/settings.json": '{"permissions": {"defaultMode": "acceptEdits"}}'}
    lines = to_codex(files, front_matter=True).files["AGENTS.md"].decode().splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["+++", "source", "digest", "sandbox", "+++", "a"]


def test_what_we_wrote_ourselves_follows_the_source_and_does_not_pile_up() -> None:
    first = to_codex({"CLAUDE.md": "old\n"}, front_matter=True).files["AGENTS.md"]
    second = to_codex({"CLAUDE.md": "new\n", "AGENTS.md": first}, front_matter=True).files["AGENTS.md"]
    assert second.endswith(b"+++\nnew\n")


def test_our_own_file_is_kept_when_the_source_points_at_it() -> None:
    first = to_codex({"CLAUDE.md": "old\n"}, front_matter=True).files["AGENTS.md"]
    assert to_codex({"CLAUDE.md": "@AGENTS.md\n", "AGENTS.md": first}, front_matter=True).files["AGENTS.md"] == first


def test_what_a_person_added_to_our_file_is_not_lost() -> None:
    first = to_codex({"CLAUDE.md": "old\n"}, front_matter=True).files["AGENTS.md"]
    second = to_codex({"CLAUDE.md": "new\n", "AGENTS.md": first + b"mine\n"}, front_matter=True).files["AGENTS.md"]
    assert second.endswith(b"+++\nold\nmine\n\n\n## From CLAUDE.md\n\nnew\n")


def test_a_nested_memory_becomes_an_agents_md_beside_it() -> None:
    files = {"CLAUDE.md": "root\n", "web/CLAUDE.md": "web\n@../shared.md\n", "shared.md": "S\n", "web/AGENTS.md": "x\n"}
    conversion = to_codex(files)
    assert conversion.files["web/AGENTS.md"] == b"x\n\n\n## From web/CLAUDE.md\n\nweb\nS\n"
    assert item(conversion, "memory:web/CLAUDE.md").target == "web/AGENTS.md"
    assert conversion.files["shared.md"] == b"S\n"


def test_memory_over_the_limit_raises_the_limit() -> None:
    conversion = to_codex({"CLAUDE.md": "x" * SIZE_LIMIT, "web/CLAUDE.md": "y"})
    assert config_of(conversion)["project_doc_max_bytes"] == 2 * SIZE_LIMIT
    assert "project_doc_max_bytes" not in config_of(to_codex({"CLAUDE.md": "x" * SIZE_LIMIT}))


def test_an_override_file_hides_the_memory_and_the_ledger_says_so() -> None:
    found = item(to_codex({"CLAUDE.md": "a", "AGENTS.override.md": "o"}), "memory:CLAUDE.md")
    assert (found.outcome, found.reason) == (
        Outcome.DROPPED,
        "Codex reads AGENTS.override.md in the place of AGENTS.md",
    )


def test_a_plain_file_stays_where_it_is() -> None:
    conversion = to_codex({"CLAUDE.md": "a", "docs/x.bin": b"\xff\x00", ".claude/hooks/guard.sh": "#!/bin/sh\n"})
    assert conversion.files["docs/x.bin"] == b"\xff\x00"
    assert item(conversion, "file:docs/x.bin").outcome is Outcome.KEPT
    assert item(conversion, "file:.claude/hooks/guard.sh").target == ".claude/hooks/guard.sh"


def test_a_memory_that_is_a_link_to_agents_md_stands_there_once_with_its_imports() -> None:
    text = "# Both\n@b.md\n"
    assert to_codex({"CLAUDE.md": text, "AGENTS.md": text, "b.md": "B\n"}).files["AGENTS.md"] == b"# Both\nB\n"
