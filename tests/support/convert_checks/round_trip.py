"""Checks the way back: what was kept is read in the target, and comes home; a second run changes no byte."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.convert import SPOKES, convert
from reconciler.convert.agent import AgentConfig, Scope
from reconciler.model.conversion import Conversion, Outcome
from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import MODEL, Converted
from tests.support.convert_checks.atoms import without_number
from tests.support.convert_checks.layout import memory_files
from tests.support.convert_checks.markdown import edges
from tests.support.convert_checks.score import Score
from tests.support.convert_checks.values import Values, values


def idempotent(converted: Converted) -> Score:
    """Converting the agent again, with the target's files in its folder, changes no byte of them."""
    beside = {**converted.source, **converted.files}
    again = convert(beside, source=Cli.CLAUDE, target=converted.target, model=MODEL[converted.target]).files
    return Score.of(converted.files, [path for path, data in converted.files.items() if again.get(path, data) != data])


def deterministic(converted: Converted) -> Score:
    """Converting the agent once more gives the same bytes, so that recomputing notices any change to them."""
    again = convert(dict(converted.source), source=Cli.CLAUDE, target=converted.target, model=MODEL[converted.target])
    return Score.of(again.files, [path for path, data in again.files.items() if converted.files.get(path) != data])


def read_back(converted: Converted) -> Score:
    """The target's own reader gives every atom that the ledger calls kept, with the value it had."""
    before = values(read(Cli.CLAUDE, converted.source), converted.source)
    after = values(read(converted.target, converted.files), converted.files)
    return _compared(_kept(converted.result, before), before, after, _NAMED_BY_CLI)


def comes_home(converted: Converted) -> Score:
    """Claude Code's reader gives every atom that was kept on both ways, with the value it had."""
    home = convert(converted.files, source=converted.target, target=Cli.CLAUDE)
    before = values(read(Cli.CLAUDE, converted.source), converted.source)
    after = values(read(Cli.CLAUDE, home.files), home.files)
    lost = {without_number(item.item) for item in home.items if item.outcome is not Outcome.KEPT}
    kept = [name for name in _kept(converted.result, before) if name not in lost]
    return _compared(kept, before, after, _NAMED_BY_CLI)


def memory_comes_home(converted: Converted) -> Score:
    """Every line that Claude Code showed its model before is in its memory again, in the same folder."""
    home = convert(converted.files, source=converted.target, target=Cli.CLAUDE)
    before, after = (_lines(read(Cli.CLAUDE, files)) for files in (converted.source, home.files))
    imported = {edge.name.encode() for edge in edges(converted.source, memory_files(converted.source))}
    lines = [
        (folder, line)
        for folder, lines in before.items()
        for line in sorted(lines)
        if b"@" not in line and line not in imported  # what became of imports is on the ledger
    ]
    return Score.of(lines, [f"{folder}: {line[:60]!r}" for folder, line in lines if line not in after.get(folder, ())])


def read(cli: Cli, files: Mapping[str, bytes]) -> AgentConfig:
    """Read the files with this CLI's reader."""
    return SPOKES[cli].read(files, Scope.PROJECT)


def _kept(result: Conversion, before: Values) -> list[str]:
    lost = {without_number(item.item) for item in result.items if item.outcome is not Outcome.KEPT}
    names = {without_number(item.item) for item in result.items if item.outcome is Outcome.KEPT} - lost
    return sorted(name for name in names if name in before)


def _compared(names: list[str], before: Values, after: Values, passed: tuple[str, ...]) -> Score:
    wanted = [name for name in names if not name.startswith(passed)]
    return Score.of(
        wanted,
        [
            f"{name}: {_short(after.get(name))} for {_short(before[name])}"
            for name in wanted
            if after.get(name) != before[name]
        ],
    )


def _lines(config: AgentConfig) -> dict[str, set[bytes]]:
    found: dict[str, set[bytes]] = {}
    for document in config.memory:
        if document.loaded:
            found.setdefault(document.folder, set()).update(line.strip() for line in document.text.splitlines())
    return found


def _short(value: object) -> str:
    return repr(value)[:80]


_NAMED_BY_CLI = ("memory:",)
"""A memory file has another name in another CLI; its text is compared by the checks of the memory."""
