import json
from typing import Any

import pytest

from tests.convert.folders import item, settings, to_codex

HOOKS = ".codex/hooks.json"
FOLDER = "$(git rev-parse --show-toplevel 2>/dev/null || pwd)"


def convert(event: str, handler: dict[str, Any], matcher: str = "", **files: bytes | str) -> tuple[Any, Any]:
    group = {"matcher": matcher, "hooks": [handler]} if matcher else {"hooks": [handler]}
    conversion = to_codex(settings(hooks={event: [group]}) | files)
    written = json.loads(conversion.files[HOOKS])["hooks"] if HOOKS in conversion.files else None
    return written, item(conversion, f"hook:{event}:{matcher}" if matcher else f"hook:{event}")


def command(line: str = "x", **keys: Any) -> dict[str, Any]:
    return {"type": "command", "command": line, **keys}


@pytest.mark.parametrize(
    ("event", "matcher", "handler", "expected"),
    [
        ("PreToolUse", "Bash", command(timeout=5), command(timeout=5)),
        ("Stop", "", command(statusMessage="s"), command(statusMessage="s")),
        ("PostToolUse", "mcp__db__.*", command("x", **{"async": True}), command("x", **{"async": True})),
        ("SessionStart", "startup|resume", command(), command()),
        ("PreToolUse", ".*", command(), command()),
        ("PreToolUse", "^Bash$", command(), command()),
        (
            "PreToolUse",
            "Bash",
            command('"$CLAUDE_PROJECT_DIR"/a.sh ${CLAUDE_PROJECT_DIR}/b'),
            command(f'"{FOLDER}"/a.sh {FOLDER}/b'),
        ),
    ],
)
def test_a_hook_that_codex_has_too_is_kept(event: str, matcher: str, handler: Any, expected: Any) -> None:
    written, found = convert(event, handler, matcher, **{"a.sh": "", "b": ""})
    assert written == {event: [({"matcher": matcher} if matcher else {}) | {"hooks": [expected]}]}
    assert found.outcome == "kept"


@pytest.mark.parametrize(
    ("event", "matcher", "handler", "reason"),
    [
        ("Notification", "", command(), "no event Notification"),
        ("Stop", "", {"type": "prompt", "prompt": "p"}, "does not run prompt hooks"),
        ("Stop", "", {"type": "http", "url": "u"}, "does not run http hooks"),
        ("Stop", "", command(" "), "no command"),
        ("PreToolUse", "Read|Grep", command(), "no such tool"),
        ("PreToolUse", "(?!Bash).*", command(), "look-around"),
        ("PreToolUse", "^(Read|WebFetch)$", command(), "no such tool"),
        ("PreToolUse", "(" * 900 + ")" * 900, command(), "regular expression"),
        ("PreToolUse", "(" * 480 + ")" * 480, command(), "regular expression"),
        ("PreToolUse", "(", command(), "regular expression"),
    ],
)
def test_a_hook_that_codex_would_never_run_is_named(event: str, matcher: str, handler: Any, reason: str) -> None:
    written, found = convert(event, handler, matcher)
    assert written is None
    assert found.outcome == "dropped"
    assert reason in found.reason


@pytest.mark.parametrize(
    ("event", "matcher", "handler", "reason"),
    [
        ("PostToolUse", "Edit|MultiEdit", command(), "there is no file_path"),
        ("PreToolUse", "Bash|Read", command(), "no tool Read"),
        ("Stop", "", command(timeout=1.5), "whole seconds: 2"),
        ("Stop", "", command("$CLAUDE_PROJECT_DIR/gone.sh"), "there is no file gone.sh"),
        ("Stop", "", command("./uses.sh"), "sets no CLAUDE_PROJECT_DIR"),
        ("PreToolUse", "Bash", command("x", **{"if": "Bash(rm *)"}), "does not know if"),
        ("SessionEnd", "", command(timeout=60), "3 seconds at most"),
    ],
)
def test_a_hook_that_codex_runs_otherwise_is_degraded(event: str, matcher: str, handler: Any, reason: str) -> None:
    written, found = convert(event, handler, matcher, **{"uses.sh": "cd $CLAUDE_PROJECT_DIR"})
    assert written[event][0]["hooks"][0]["type"] == "command"
    assert found.outcome == "degraded"
    assert reason in found.reason


def test_a_timeout_is_always_a_whole_number_because_another_breaks_the_whole_file() -> None:
    written, _ = convert("Stop", command(timeout=0.2))
    assert written["Stop"][0]["hooks"] == [command(timeout=1)]


@pytest.mark.parametrize(
    ("keys", "seconds", "outcome"), [({"timeout": 2}, 2, "kept"), ({"timeout": 60}, 3, "degraded"), ({}, 3, "degraded")]
)
def test_at_the_end_of_a_session_a_hook_gets_what_codex_gives_at_most(
    keys: dict[str, Any], seconds: int, outcome: str
) -> None:
    written, found = convert("SessionEnd", command(**keys))
    assert written["SessionEnd"][0]["hooks"] == [command(timeout=seconds)]
    assert found.outcome == outcome


@pytest.mark.parametrize(("name", "outcome"), [("hooks", "degraded"), ("codex_hooks", "degraded"), ("goals", "kept")])
def test_a_hook_beside_a_configuration_that_switches_hooks_off_is_named(name: str, outcome: str) -> None:
    standing = f"[features]\n{name} = false\n"
    _, found = convert("Stop", command(), **{".codex/config.toml": standing})
    assert found.outcome == outcome
    assert ("switches hooks off" in found.reason) == (outcome == "degraded")


def test_hooks_stay_off_when_the_source_has_switched_them_off() -> None:
    conversion = to_codex(settings(hooks={"Stop": [{"hooks": [command()]}]}, disableAllHooks=True))
    assert HOOKS not in conversion.files
    assert item(conversion, "hook:Stop").outcome == "dropped"


def test_standing_hooks_stay_and_a_second_run_adds_nothing() -> None:
    standing = json.dumps({"hooks": {"Stop": [{"hooks": [command("mine")]}]}})
    source = settings(hooks={"Stop": [{"hooks": [command("ours")]}]})
    once = to_codex(source | {HOOKS: standing})
    commands = [group["hooks"][0]["command"] for group in json.loads(once.files[HOOKS])["hooks"]["Stop"]]
    assert commands == ["mine", "ours"]
    assert to_codex(source | dict(once.files)).files[HOOKS] == once.files[HOOKS]


@pytest.mark.parametrize("standing", ["{", '{"hooks": []}', '{"hooks": {"Stop": 3}}'])
def test_hooks_that_find_no_place_are_named(standing: str) -> None:
    conversion = to_codex(settings(hooks={"Stop": [{"hooks": [command()]}]}) | {HOOKS: standing})
    assert conversion.files[HOOKS].decode() == standing
    assert item(conversion, "hook:Stop").outcome == "dropped"
