"""Converts every agent there is and prints the scoreboard; ends with 1 when a goal is missed.

Run it with ``make bench-convert``. RECONCILER_SHARED names the folder with the public agents; without it the project's
own examples are converted alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator

from reconciler.model.migration import Cli
from tests.bench.convert import judges, speed
from tests.bench.convert.board import Row, as_document, as_text
from tests.support.convert_checks.agents import TARGETS, Agent, Converted, converted, own_agents, shared_agents
from tests.support.convert_checks.score import Score
from tests.support.convert_checks.table import CHECKS


def main() -> int:
    """Read the options, do what they say; 0 when every goal was reached."""
    options = _options()
    agents = [agent for agent in (*own_agents(), *shared_agents()) if options.repository in ("", agent.name)]
    if not agents:
        _say(f"found no agent {options.repository!r}, expected one of those in $RECONCILER_SHARED/corpus")
        return 2
    if not shared_agents():
        _say(
            "RECONCILER_SHARED does not name a folder with public agents: only the project's own examples are converted"
        )
    clis = frozenset(Cli) if options.clis == "all" else frozenset(Cli(name) for name in options.clis.split(",") if name)
    if missing := judges.missing_programs(clis):
        _say(f"not installed, so not asked: {', '.join(missing)}; tests/agent_clis/install fetches them")
    only = {int(number) for number in options.only.split(",") if number}
    rows = _table(agents, clis - set(missing), only)
    timed = agents[: speed.MOST_AGENTS] if not only or speed.CHECK in only else []
    time = speed.measure(timed, judges.PROGRAMS / "ruler") if timed else None
    if options.json:
        print(json.dumps({"rows": as_document(rows), "speed": time and str(time)}, indent=2))  # noqa: T201
    else:
        print(as_text(rows, faults=options.faults), *([time] if time else []), sep="\n")  # noqa: T201 - the answer
    return 0 if all(row.is_reached for row in rows) and (time is None or time.is_reached) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-convert", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print for a machine, with every fault")
    parser.add_argument("--only", default="", metavar="N,…", help="acceptance checks, from 1 to 10")
    parser.add_argument("--repository", default="", metavar="NAME", help="one agent only")
    parser.add_argument("--clis", default="all", help="which real CLIs judge: all, or names with commas, or nothing")
    parser.add_argument("--faults", type=int, default=5, help="how many faults to print of a missed goal")
    return parser.parse_args()


def _table(agents: list[Agent], clis: frozenset[Cli], only: set[int]) -> list[Row]:
    rows: dict[tuple[int, str, str], Row] = {}
    for number, agent in enumerate(agents, 1):
        _say(f"{number}/{len(agents)} {agent.name}")
        for row in _rows(agent, clis, only):
            key = (row.number, row.name, row.target)
            rows.setdefault(key, Row(*key, row.goal)).scores.update(row.scores)
    return sorted(rows.values(), key=lambda row: row.number)


def _rows(agent: Agent, clis: frozenset[Cli], only: set[int]) -> Iterator[Row]:
    for target in TARGETS:
        checks = [check for check in CHECKS if target in check.targets and (not only or check.number in only)]
        try:
            one = converted(agent, target)
        except Exception as error:  # noqa: BLE001 - any fault of the converter is what we are here to count
            yield Row(1, _CONVERTS, target, 1.0, {agent.name: Score(0, 1, (repr(error)[:200],))})
            continue
        yield Row(1, _CONVERTS, target, 1.0, {agent.name: Score(1, 1)})
        for check in checks:
            row = Row(check.number, check.name, target, check.goal)
            row.add(agent.name, _attempt(check.score, one))
            yield row
        if not only or only & {1, 5, 6, 10}:
            yield from (row for row in _judged(one, clis) if not only or row.number in only)


def _judged(one: Converted, clis: frozenset[Cli]) -> Iterator[Row]:
    try:
        yield from judges.judged(one, clis)
    except Exception as error:  # noqa: BLE001 - a CLI that hangs or dies is a fault of this agent, not of the run
        fault = f"{type(error).__name__}: {error}"[:300]
        yield Row(1, judges.STARTS, one.target, 1.0, {one.agent.name: Score(0, 1, (fault,))})


def _attempt(score: Callable[[Converted], Score], one: Converted) -> Score:
    try:
        return score(one)
    except Exception as error:  # noqa: BLE001 - a broken output must not hide what the other checks say
        return Score(0, 1, (f"{type(error).__name__}: {error}"[:200],))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress


_CONVERTS = "converted without an exception"

if __name__ == "__main__":
    sys.exit(main())
