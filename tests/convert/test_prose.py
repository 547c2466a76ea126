import pytest

from reconciler.convert import convert
from reconciler.model.migration import Cli
from tests.convert.folders import to_codex


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Keep CLAUDE.md short.", "CLAUDE.md"),
        ("Rules stand in `.claude/rules`.", ".claude/"),
        ("You are Claude Code.", "Claude Code"),
        ("Run `claude mcp list` first.", "command claude"),
        ("Write a list with TodoWrite.", "tool TodoWrite"),
        ("Give it to the Task tool.", "Task tool"),
    ],
)
def test_what_a_reader_of_the_target_would_misread_is_listed_and_not_rewritten(text: str, name: str) -> None:
    conversion = to_codex({"CLAUDE.md": f"# Memory\n\n{text}\n"})
    [found] = conversion.misread
    what = f"speaks of {name} in line 3: not codex's, and the words stay as they are"
    assert (found.where, found.what) == ("CLAUDE.md:3", what)
    assert text.encode() in conversion.files["AGENTS.md"]


@pytest.mark.parametrize("text", ["Ask claude.ai.", "The plugin claude-plugin-foo.", "See ~/.claude.", "@x/CLAUDE.mdx"])
def test_other_words_are_left_alone(text: str) -> None:
    assert to_codex({"CLAUDE.md": text}).misread == ()


def test_one_text_has_one_line_for_each_thing_and_names_the_first_places() -> None:
    [found] = to_codex({"CLAUDE.md": "Claude Code\n" * 8}).misread
    assert "in lines 1, 2, 3, 4, 5 and 3 more:" in found.what


def test_texts_of_every_part_and_of_imports_are_looked_at() -> None:
    files: dict[str, bytes | str] = {
        "CLAUDE.md": "@docs/a.md\n",
        "docs/a.md": "Claude Code\n",
        ".claude/commands/c.md": "Claude Code\n",
        ".claude/agents/s.md": "---\nname: s\ndescription: d\n---\nClaude Code\n",
    }
    places = [one.where for one in to_codex(files).misread]
    assert places == [".claude/agents/s.md:5", ".claude/commands/c.md:1", "docs/a.md:1"]


def test_a_name_that_both_clis_share_is_no_matter() -> None:
    files = {"AGENTS.md": b"Keep AGENTS.md short, and .codex/config.toml too.\n"}
    [found] = convert(files, source=Cli.CODEX, target=Cli.OPENCODE).misread
    assert "speaks of .codex/ in line 1" in found.what
