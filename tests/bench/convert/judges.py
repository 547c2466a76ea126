"""Lets the real CLIs judge what was converted: what they load, and what they would let a model do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.convert import convert
from reconciler.model.migration import Cli
from tests.bench.convert.board import Row
from tests.support import agent_clis
from tests.support.convert_checks import memory, permissions, servers
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.score import Score
from tests.support.desk import Desk, set_up
from tests.support.model_stub import model_stub

PROGRAMS = Path(agent_clis.__file__).parents[1] / "agent_clis" / "node_modules" / ".bin"
Judge = Callable[[Converted, Desk], Iterator[tuple[int, str, Score]]]


def judged(converted: Converted, clis: frozenset[Cli]) -> Iterator[Row]:
    """Give a row for everything that the target's own CLI says of this agent."""
    if converted.target in clis:
        with _desk(_without_telemetry(converted.files)) as desk:
            yield from _rows(converted, converted.target, _JUDGES[converted.target](converted, desk))
    if converted.target is Cli.CODEX and Cli.CLAUDE in clis:
        home = convert(converted.files, source=Cli.CODEX, target=Cli.CLAUDE)
        with _desk(home.files) as desk:
            yield from _rows(converted, Cli.CLAUDE, _by_claude(converted, desk))


def missing_programs(clis: frozenset[Cli]) -> list[str]:
    """List the CLIs that are asked for and not installed."""
    return sorted(cli for cli in clis if not (PROGRAMS / cli).exists())


def _by_codex(converted: Converted, desk: Desk) -> Iterator[tuple[int, str, Score]]:
    yield 1, STARTS, _without_fault("" if _was_at_fault(converted) else agent_clis.codex_fault(desk))
    yield 1, _WHOLE, memory.loaded_from(converted, agent_clis.codex_memory(desk).encode())
    seen = {name: {**server, **server.get("transport", {})} for name, server in agent_clis.codex_servers(desk).items()}
    yield 5, "MCP servers judged by Codex", servers.all_seen(converted, seen)
    yield 5, "MCP variables judged by Codex", servers.variables_named(converted, seen)
    rules = sorted((desk.project / ".codex" / "rules").glob("*.rules"))
    decide = lambda words: agent_clis.codex_decision(desk, rules, words) if rules else ""  # noqa: E731 - one use
    yield 6, "permission truth table, by execpolicy", permissions.truth_table(converted, decide)


def _by_gemini(converted: Converted, desk: Desk) -> Iterator[tuple[int, str, Score]]:
    with model_stub() as model:
        ended = agent_clis.gemini_turn(desk, model, hooks=False)  # the programs of an agent's hooks are not at hand
        complaints = agent_clis.gemini_complaints(ended) if ended.code == 0 else [ended.stderr]
        yield 1, STARTS, _without_fault("\n".join(complaints))
        yield 1, _WHOLE, memory.loaded_from(converted, model.text.encode())


def _by_opencode(converted: Converted, desk: Desk) -> Iterator[tuple[int, str, Score]]:
    with model_stub() as model:
        events = agent_clis.opencode_turn(desk, model)
        yield 1, STARTS, _without_fault("\n".join(str(one) for one in events if one.get("type") == "error"))
        yield 1, _WHOLE, memory.loaded_from(converted, model.text.encode())


def _by_claude(converted: Converted, desk: Desk) -> Iterator[tuple[int, str, Score]]:
    with model_stub() as model:
        loaded = agent_clis.claude_loaded(desk, model)
        yield (
            10,
            "home again, whole instruction set",
            memory.loaded_from(converted, model.text.encode(), strips_comments=True),
        )
    named = {one["name"] for one in loaded["mcp_servers"]}
    wanted = [name for name, server in servers.written(converted).items() if server.get("enabled", True)]
    yield 10, "home again, MCP servers", Score.of(wanted, [name for name in wanted if name not in named])


def _without_telemetry(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out where Gemini CLI sends its telemetry: nobody listens there, and it complains."""
    path = ".gemini/settings.json"
    if path not in files:
        return dict(files)
    settings = {key: value for key, value in json.loads(files[path]).items() if key != "telemetry"}
    return {**files, path: json.dumps(settings).encode()}


def _was_at_fault(converted: Converted) -> bool:
    """Whether Codex complains of the configuration that stood there, which stays as it is."""
    if ".codex/config.toml" not in converted.source:
        return False
    with _desk({".codex/config.toml": converted.source[".codex/config.toml"]}) as desk:
        return bool(agent_clis.codex_fault(desk))


def _rows(converted: Converted, cli: Cli, found: Iterator[tuple[int, str, Score]]) -> Iterator[Row]:
    for number, name, score in found:
        yield Row(number, name, cli, 1.0, {converted.agent.name: score} if score.total else {})


def _without_fault(fault: str) -> Score:
    return Score(int(not fault), 1, (fault[:300],) if fault else ())


@contextmanager
def _desk(files: Mapping[str, bytes]) -> Iterator[Desk]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield set_up(Path(folder), files)


STARTS = "starts without a complaint"
_WHOLE = "whole instruction set, judged by the CLI"
_JUDGES: dict[Cli, Judge] = {Cli.CODEX: _by_codex, Cli.GEMINI: _by_gemini, Cli.OPENCODE: _by_opencode}
