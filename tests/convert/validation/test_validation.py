from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.convert import SPOKES, convert, with_carried
from reconciler.convert.validation import CATALOGUE, ModelEntry, read_codex_catalogue, validate
from reconciler.convert.validation.validator import APPLY_LIMIT, OBJECT_LIMIT
from reconciler.model.migration import Cli
from reconciler.model.validation import ValidationResult
from tests.convert.folders import servers, settings

MEMORY: dict[str, bytes | str] = {"CLAUDE.md": "# Memory\n"}


def judged(files: Mapping[str, bytes | str], *, target: Cli = Cli.CODEX, model: str = "gpt-5.5") -> ValidationResult:
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    conversion = with_carried(convert(data, source=Cli.CLAUDE, target=target, model=model), data)
    return validate(conversion, data, SPOKES[Cli.CLAUDE], SPOKES[target], model=model)


@pytest.mark.parametrize("target", [Cli.CODEX, Cli.GEMINI, Cli.OPENCODE])
def test_a_plain_agent_is_valid_everywhere(target: Cli) -> None:
    model = {Cli.CODEX: "gpt-5.5", Cli.GEMINI: "gemini-2.5-pro", Cli.OPENCODE: "anthropic/claude-sonnet-4-5"}[target]
    assert judged(MEMORY, target=target, model=model).errors == ()


@pytest.mark.parametrize(
    ("target", "model", "message"),
    [
        (Cli.CODEX, "gemini-2.5-pro", "target.model: gemini-2.5-pro is a model of gemini, not of codex"),
        (Cli.CODEX, "claude-sonnet-4-5", "target.model: claude-sonnet-4-5 is a model of claude, not of codex"),
        (Cli.GEMINI, "gpt-5.5", "target.model: gpt-5.5 is a model of codex, not of gemini"),
        (Cli.OPENCODE, "gpt-5.5", "target.model: found gpt-5.5, expected provider/model"),
    ],
)
def test_a_model_of_another_cli_is_an_error(target: Cli, model: str, message: str) -> None:
    assert str(judged(MEMORY, target=target, model=model).errors[0]).startswith(message)


def test_a_model_that_nobody_knows_is_a_warning_because_the_table_ages() -> None:
    result = judged(MEMORY, model="gpt-99")
    assert result.is_valid
    assert any("gpt-99 is not among the models known in" in one.what for one in result.warnings)


def test_an_effort_that_the_model_does_not_know_is_an_error() -> None:
    data = {"CLAUDE.md": b"x\n", ".codex/config.toml": b'model = "gpt-5.5"\nmodel_reasoning_effort = "max"\n'}
    conversion = with_carried(convert(data, source=Cli.CLAUDE, target=Cli.CODEX, model="gpt-5.5"), data)
    found = validate(conversion, data, SPOKES[Cli.CLAUDE], SPOKES[Cli.CODEX], model="gpt-5.5").errors
    assert [one.what for one in found] == ["effort max: gpt-5.5 knows low, medium, high, xhigh"]


def test_the_installed_codex_may_know_more_than_the_table() -> None:
    listed = b'{"models": [{"slug": "new", "context_window": 9, "supported_reasoning_levels": [{"effort": "low"}]}]}'
    assert read_codex_catalogue(listed) == {"new": ModelEntry(9, ("low",))}


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"models": 3}', b"\xff", b'{"models": [{}]}', b"[" * 100_000])
def test_an_answer_that_is_no_list_of_models_is_no_list(answer: bytes) -> None:
    assert read_codex_catalogue(answer) == {}


def test_what_was_written_and_cannot_be_read_is_an_error() -> None:
    data = {"CLAUDE.md": b"x\n"}
    conversion = convert(data, source=Cli.CLAUDE, target=Cli.CODEX)
    damaged = replace(conversion, files={**conversion.files, ".codex/config.toml": b"model = \n"})
    result = validate(damaged, data, SPOKES[Cli.CLAUDE], SPOKES[Cli.CODEX], model="gpt-5.5")
    assert [one.where for one in result.errors] == [".codex/config.toml:1"]


def test_what_the_target_passed_over_before_is_a_warning() -> None:
    result = judged({**MEMORY, ".codex/config.toml": 'profile = "x"\n'})
    assert result.is_valid
    assert any("Codex takes it from the user's file only" in one.what for one in result.warnings)


def test_what_the_target_needs_from_outside_is_said() -> None:
    files = {**MEMORY, **servers(files={"command": "npx", "args": ["x"], "env": {"TOKEN": "${TOKEN}"}})}
    said = [one.what for one in judged(files).warnings]
    assert "codex signs in with OPENAI_API_KEY (codex login --with-api-key)" in said[0]
    assert "mcp:files needs TOKEN" in said
    assert "needs the program npx" in said


def test_a_tool_that_the_target_has_not_is_named_with_who_counts_on_it() -> None:
    agent = "---\nname: notes\ndescription: d\ntools: Read, NotebookEdit\n---\nbody\n"
    said = [one.what for one in judged({**MEMORY, ".claude/agents/notes.md": agent}).warnings]
    assert "subagent:notes counts on NotebookEdit, which codex has not" in said


def test_a_hook_script_that_is_not_there_and_a_folder_outside_are_said() -> None:
    hook = {"type": "command", "command": '"$CLAUDE_PROJECT_DIR"/.claude/hooks/gone.sh'}
    said = [one.what for one in judged({**MEMORY, **settings(hooks={"Stop": [{"hooks": [hook]}]})}).warnings]
    assert any(".claude/hooks/gone.sh, which is not in the agent's folder" in one for one in said)


@pytest.mark.parametrize(
    ("size", "errors", "warnings"),
    [
        (APPLY_LIMIT // 2, 0, 0),
        (APPLY_LIMIT, 0, 1),
        (OBJECT_LIMIT + 1, 1, 0),
    ],
)
def test_the_size_of_a_configmap_is_judged_before_it_is_applied(size: int, errors: int, warnings: int) -> None:
    result = judged({"CLAUDE.md": "x\n", "docs/big.txt": "y" * size})
    assert len([one for one in result.errors if one.where == "configmap-target.yaml"]) == errors
    assert len([one for one in result.warnings if one.where == "configmap-target.yaml"]) == warnings


@pytest.mark.parametrize(("tokens", "is_said"), [(20_000, False), (30_000, True)])
def test_a_memory_that_fills_the_model_is_said(tokens: int, is_said: bool) -> None:  # noqa: FBT001 - table
    said = [one.what for one in judged({"CLAUDE.md": "word" * tokens}).warnings]
    assert any("of the 272000 tokens that gpt-5.5 can hold" in one for one in said) is is_said


def test_the_table_names_no_model_twice() -> None:
    names = [name for models in CATALOGUE.values() for name in models]
    assert len(names) == len(set(names))


def test_a_result_with_an_error_is_not_valid() -> None:
    result = judged(MEMORY)
    assert result.is_valid
    assert not replace(result, errors=(result.warnings[0],)).is_valid
