import json

import pytest

from reconciler.convert.gemini.matchers import LONGEST, matcher_to_claude, matcher_to_gemini
from reconciler.convert.gemini.reader import read
from reconciler.convert.parts import Handler, Hook
from reconciler.model.conversion import Outcome
from tests.convert.gemini.made import HERE, config, item, settings_of, written


@pytest.mark.parametrize(
    ("claude", "gemini"),
    [
        ("Edit|Write", "^(replace|write_file)$"),
        ("^(Edit|Write)$", "^(replace|write_file)$"),
        ("(Edit|Write)", "^(replace|write_file)$"),
        ("^Bash$", "^(run_shell_command)$"),
        ("mcp__(git|files)__.*", "^(mcp_(git|files)_.*)$"),
        ("mcp__git__(a|b)|Bash", "^(mcp_git_(a|b)|run_shell_command)$"),
        ("(Edit)|(Write)", "^(replace|write_file|write_todos)$"),
        ("Web.*", "^(web_fetch|google_web_search)$"),
        ("Notebook.*", None),
    ],
)
def test_a_matcher_is_written_out_as_the_tools_it_means(claude: str, gemini: str | None) -> None:
    assert matcher_to_gemini(claude) == gemini


@pytest.mark.parametrize(
    ("gemini", "claude"),
    [
        ("^(mcp_(git|files)_.*)$", "mcp__(git|files)__.*"),
        ("^(read|write)_file$", "Read|Write"),
        ("read_file|update_topic", "Read"),
        ("update_topic", None),
    ],
)
def test_a_matcher_is_read_as_the_tools_it_means(gemini: str, claude: str | None) -> None:
    found = matcher_to_claude(gemini)
    assert (found and sorted(found.split("|"))) == (claude and sorted(claude.split("|")))


INVOLVED = ["(" * 300, "(a+)+$", "(([a-zA-Z_]+)+)+!", ".*" * 20 + "!", "[[a]", "[", "\\", "a{1,9}", "B" * (LONGEST + 1)]


@pytest.mark.parametrize("matcher", INVOLVED)
def test_a_hook_for_an_involved_matcher_is_listed_and_never_run_for_another_tool(matcher: str) -> None:
    made = Hook("PreToolUse", matcher, HERE, Handler.COMMAND, "command", "true")
    result = written(config(hooks=(made,)))
    assert item(result, made.name).outcome is Outcome.DROPPED
    group = {"matcher": matcher, "hooks": [{"type": "command", "command": "true"}]}
    found = read({".gemini/settings.json": json.dumps({"hooks": {"BeforeTool": [group]}}).encode()})
    assert found.hooks == ()
    assert [one.name for one in found.unreadable] == [f"hook:PreToolUse:{matcher}"]


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ("Stop", Outcome.DROPPED),
        ("UserPromptSubmit", Outcome.DROPPED),
        ("PreToolUse", Outcome.DEGRADED),
        ("SessionStart", Outcome.DEGRADED),
    ],
)
def test_a_hook_without_its_script_does_not_stop_every_turn(event: str, outcome: Outcome) -> None:
    made = Hook(event, "", HERE, Handler.COMMAND, "command", "./gone.sh", missing_scripts=("gone.sh",))
    result = written(config(hooks=(made,)))
    assert item(result, made.name).outcome is outcome
    assert "gone.sh is not there" in item(result, made.name).reason.replace("gone.sh, which", "gone.sh")
    assert bool(settings_of(result)) is (outcome is not Outcome.DROPPED)


def test_a_hook_at_the_end_of_a_turn_says_which_exit_codes_block() -> None:
    made = Hook("Stop", "", HERE, Handler.COMMAND, "command", "true")
    assert "exit code" in item(written(config(hooks=(made,))), made.name).reason
