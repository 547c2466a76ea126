import json

import pytest

from reconciler.model.conversion import Outcome
from tests.convert.folders import CONFIG, config_of, item, settings, to_codex


def test_variables_of_the_tools_are_set_and_those_of_the_cli_are_not() -> None:
    env = {"fooBar": "x", "N": 3, "B": True, "OTEL_X": "1", "ANTHROPIC_MODEL": "m", "CLAUDE_CODE_X": "1"}
    conversion = to_codex(settings(env=env))
    assert config_of(conversion) == {"shell_environment_policy": {"set": {"fooBar": "x", "N": "3", "B": "true"}}}
    outcomes = {name: item(conversion, f"env:{name}").outcome.value for name in env}
    assert outcomes == dict.fromkeys(["fooBar", "N", "B"], "kept") | dict.fromkeys(
        ["OTEL_X", "ANTHROPIC_MODEL", "CLAUDE_CODE_X"], "dropped"
    )


def test_the_local_file_wins_over_the_shared_one() -> None:
    local = {".claude/settings.local.json": json.dumps({"env": {"A": "2"}, "effortLevel": "high"})}
    conversion = to_codex(settings(env={"A": "1", "B": "1"}, effortLevel="low") | local)
    assert config_of(conversion)["shell_environment_policy"]["set"] == {"A": "2", "B": "1"}
    assert config_of(conversion)["model_reasoning_effort"] == "high"
    shared = [one for one in conversion.items if one.item == "env:A" and one.source.startswith(".claude/settings.json")]
    assert shared[0].reason == ".claude/settings.local.json sets it again and wins"


@pytest.mark.parametrize(
    ("model", "outcome", "config"),
    [("gpt-5.5", Outcome.DEGRADED, {"model": "gpt-5.5"}), ("", Outcome.DROPPED, {})],
)
def test_the_model_is_the_migrations(model: str, outcome: Outcome, config: dict[str, str]) -> None:
    conversion = to_codex(settings(model="opus"), model=model)
    assert config_of(conversion) == config
    assert item(conversion, "setting:model").outcome is outcome


def test_the_migrations_model_replaces_the_one_that_stands_and_the_file_keeps_the_rest() -> None:
    conversion = to_codex({CONFIG: '# mine\nmodel = "old" # why\n[tui]\nx = 1\n'}, model="new")
    assert conversion.files[CONFIG].decode() == '# mine\nmodel = "new" # why\n[tui]\nx = 1\n'
    assert item(conversion, f"file:{CONFIG}").reason == "model is now the migration's"


@pytest.mark.parametrize(
    ("effort", "written", "outcome"),
    [("high", "high", "kept"), ("max", "xhigh", "degraded"), ("huge", None, "dropped")],
)
def test_effort_keeps_its_word_where_codex_has_it(effort: str, written: str | None, outcome: str) -> None:
    conversion = to_codex(settings(effortLevel=effort))
    assert config_of(conversion).get("model_reasoning_effort") == written
    assert item(conversion, "setting:effortLevel").outcome == outcome


def test_every_other_key_has_a_line() -> None:
    keys = {"statusLine": {}, "apiKeyHelper": "x", "cleanupPeriodDays": 20, "newKey": None}
    conversion = to_codex(settings(**keys, permissions={"additionalDirectories": ["../x"]}))
    assert {one.item: one.outcome.value for one in conversion.items} == {
        "setting:permissions.additionalDirectories": "degraded",
        **{f"setting:{key}": "dropped" for key in keys},
    }


def test_every_hook_handler_has_a_line() -> None:
    one = {"type": "command", "command": "x"}
    hooks = {"PreToolUse": [{"matcher": "Bash", "hooks": [one, one]}], "Stop": [{"hooks": [one]}], "Odd": "x"}
    names = [found.item for found in to_codex(settings(hooks=hooks)).items]
    assert names == ["hook:PreToolUse:Bash", "hook:PreToolUse:Bash", "hook:Stop", "hook:Odd"]


def test_items_that_stand_on_one_line_under_one_name_are_told_apart() -> None:
    text = '{"hooks": {"Stop": [{"hooks": [{"type": "command"}, {"type": "command"}]}]}}'
    names = [found.item for found in to_codex({".claude/settings.json": text}).items]
    assert names == ["hook:Stop", "hook:Stop#2"]
