import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reconciler.cli.convert import convert
from reconciler.cli.folder import MAX_FILE_BYTES
from reconciler.errors import ReconcilerError


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    folder = tmp_path / "agent"
    (folder / ".claude").mkdir(parents=True)
    (folder / "CLAUDE.md").write_text("# Hello\n")
    (folder / ".claude" / "settings.json").write_text('{"statusLine": {}}')
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(convert, [str(argument) for argument in arguments])


def test_it_writes_beside_the_source_and_prints_the_ledger(agent: Path) -> None:
    result = run(agent, "--to", "codex", "--model", "gpt-5.5", "--output", "json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (answer["from"], answer["to"]) == ("claude", "codex")
    assert answer["written"] == [".codex/config.toml", "AGENTS.md"]
    assert answer["items"][0] == {
        "item": "setting:statusLine",
        "source": ".claude/settings.json:1",
        "outcome": "dropped",
        "target": "",
        "reason": "no counterpart in Codex",
    }
    assert (agent / "AGENTS.md").read_text().endswith("# Hello\n")


def test_a_second_run_writes_nothing(agent: Path) -> None:
    run(agent, "--to", "codex")
    assert json.loads(run(agent, "--to", "codex", "--output", "json").stdout)["written"] == []


def test_the_text_ends_with_the_losses_and_the_trust_step(agent: Path) -> None:
    text = run(agent, "--to", "codex").stdout
    assert "1 dropped:\n  setting:statusLine (.claude/settings.json:1)" in text
    assert 'trust_level = "trusted"' in text.partition("\nnext:\n")[2]


def test_strict_ends_with_three_when_something_was_dropped(agent: Path) -> None:
    assert run(agent, "--to", "codex", "--strict").exit_code == 3
    (agent / ".claude" / "settings.json").unlink()
    assert run(agent, "--to", "codex", "--strict").exit_code == 0


def test_a_file_of_somebody_else_is_not_overwritten_and_nothing_is_written(agent: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "AGENTS.md").write_text("mine")
    result = run(agent, "--to", "codex", "--model", "m", "--out", out)
    assert isinstance(result.exception, ReconcilerError)
    assert "AGENTS.md: has other content" in str(result.exception)
    assert [path.name for path in out.iterdir()] == ["AGENTS.md"]


def test_an_agents_md_of_the_source_is_merged(agent: Path) -> None:
    (agent / "AGENTS.md").write_text("mine\n")
    assert run(agent, "--to", "codex", "--front-matter", "none").exit_code == 0
    assert (agent / "AGENTS.md").read_text() == "mine\n\n\n## From CLAUDE.md\n\n# Hello\n"


def test_links_that_leave_large_files_and_git_are_not_read(agent: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("OUTSIDE")
    (agent / "link.md").symlink_to(tmp_path / "outside.md")
    (agent / "away").symlink_to(tmp_path)
    (agent / "nothing.md").symlink_to("gone.md")
    (agent / "big.bin").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    (agent / ".git").mkdir()
    (agent / ".git" / "config").write_text("x")
    (agent / "CLAUDE.md").write_text("@link.md\n@inside.md\n")
    (agent / "real.md").write_text("INSIDE")
    (agent / "inside.md").symlink_to("real.md")
    out = tmp_path / "out"
    result = run(agent, "--to", "codex", "--out", out, "--front-matter", "none")
    assert sorted(path.name for path in out.iterdir()) == ["AGENTS.md", "inside.md", "real.md"]
    assert (out / "AGENTS.md").read_text() == "@link.md\nINSIDE\n"
    for name in ("link.md", "away", "nothing.md", "big.bin"):
        assert f"not read: {name}: " in result.stderr


def test_a_link_gives_way_to_a_file_and_what_it_led_to_stays(agent: Path) -> None:
    (agent / "AGENTS.md").symlink_to("CLAUDE.md")
    (agent / "CLAUDE.md").write_text("@b.md\n")
    (agent / "b.md").write_text("B")
    assert run(agent, "--to", "codex", "--front-matter", "none").exit_code == 0
    assert (agent / "CLAUDE.md").read_text() == "@b.md\n"
    assert (agent / "AGENTS.md").read_text() == "B\n"
    assert not (agent / "AGENTS.md").is_symlink()


def test_a_link_that_leaves_the_folder_is_neither_followed_nor_replaced(agent: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("mine")
    (agent / "AGENTS.md").symlink_to(tmp_path / "mine.md")
    assert "AGENTS.md: a link" in str(run(agent, "--to", "codex").exception)
    assert (tmp_path / "mine.md").read_text() == "mine"


def test_a_link_to_the_same_text_needs_no_writing(agent: Path) -> None:
    (agent / "AGENTS.md").symlink_to("CLAUDE.md")
    assert json.loads(run(agent, "--to", "codex", "--output", "json").stdout)["written"] == []


def test_a_script_stays_executable(agent: Path, tmp_path: Path) -> None:
    (agent / "run.sh").write_text("#!/bin/sh\n")
    run(agent, "--to", "codex", "--out", tmp_path / "out")
    assert (tmp_path / "out" / "run.sh").stat().st_mode & 0o111


def test_a_helper_of_a_skill_that_could_be_executed_still_can(agent: Path) -> None:
    skill = agent / ".claude" / "skills" / "weigh"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: weigh\ndescription: d\n---\nWeigh.\n")
    for name, mode in (("weigh.py", 0o755), ("notes.py", 0o644)):
        (skill / name).write_text(f"# {name}\n")
        (skill / name).chmod(mode)
    run(agent, "--to", "codex")
    copies = agent / ".agents" / "skills" / "weigh"
    assert [bool((copies / name).stat().st_mode & 0o111) for name in ("weigh.py", "notes.py")] == [True, False]


def test_a_secret_is_named_on_stderr_and_its_value_nowhere(agent: Path) -> None:
    token = "ghp_" + "a1B2c3" * 6
    (agent / "CLAUDE.md").write_text(f"use {token}\n")
    result = run(agent, "--to", "codex")
    assert "secret: CLAUDE.md:1: looks like a GitHub token" in result.stderr
    assert token not in result.output + (agent / "AGENTS.md").read_text()


def test_control_characters_of_the_source_do_not_reach_the_terminal(agent: Path) -> None:
    (agent / ".mcp.json").write_text(json.dumps({"mcpServers": {"a\x1b[31m\n::error::x": {"command": "x"}}}))
    text = run(agent, "--to", "codex").stdout
    assert "\x1b" not in text
    assert "\n::error::" not in text


def test_a_folder_of_no_cli_asks_for_one(tmp_path: Path) -> None:
    result = run(tmp_path, "--to", "codex")
    assert "found no configuration of claude, gemini, opencode" in str(result.exception)


def test_a_large_project_is_not_read_for_a_conversion_beside_it(agent: Path) -> None:
    (agent / "src").mkdir()
    (agent / "src" / "secret.txt").write_text("ghp_" + "a1B2c3" * 6)
    (agent / "src" / "secret.txt").chmod(0)
    result = run(agent, "--to", "codex", "--output", "json")
    assert result.exit_code == 0
    assert not [item for item in json.loads(result.stdout)["items"] if item["source"].startswith("src/")]


def test_a_users_own_configuration_goes_to_the_targets_own_places(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "CLAUDE.md").write_text("# Mine\n")
    (tmp_path / "project").mkdir()
    for path in ("CLAUDE.md", "project/CLAUDE.md"):
        (tmp_path / path).write_text("# Not mine\n")
    result = run(tmp_path, "--to", "codex", "--scope", "user", "--front-matter", "none", "--output", "json")
    assert json.loads(result.stdout)["written"] == [".codex/AGENTS.md"]
    assert (tmp_path / ".codex" / "AGENTS.md").read_text() == "# Mine\n"


def test_what_is_new_to_the_target_is_shown_to_the_reviewer(agent: Path) -> None:
    (agent / ".mcp.json").write_text(json.dumps({"mcpServers": {"a": {"command": "npx", "args": ["x"]}}}))
    assert "new to codex, please review:\n  server: a: npx x (.codex/config.toml:" in run(agent, "--to", "codex").stdout
    assert "new to codex" not in run(agent, "--to", "codex").stdout


def test_two_times_the_same_cli_is_no_conversion(agent: Path) -> None:
    result = run(agent, "--from", "claude", "--to", "claude")
    assert "expected two CLIs" in str(result.exception)


def test_the_other_configuration_is_the_source_when_both_stand_there(agent: Path) -> None:
    (agent / ".codex").mkdir()
    (agent / ".codex" / "config.toml").write_text('model = "gpt-5.5"\n')
    assert json.loads(run(agent, "--to", "claude", "--output", "json").stdout)["from"] == "codex"


def test_a_folder_does_not_go_to_a_file_format(agent: Path) -> None:
    assert run(agent, "--to", "toml").exit_code == 2
