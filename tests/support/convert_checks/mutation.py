"""Checks that damage is noticed: a line taken out of an output changes what the target's own reader sees."""

from __future__ import annotations

import random
from collections.abc import Iterator

from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.round_trip import read
from tests.support.convert_checks.score import NOTHING, Score
from tests.support.convert_checks.values import Values, values

DRAWS = 40
"""Lines taken out of the outputs of one agent, one at a time."""


def noticed(converted: Converted) -> Score:
    """Reading the target back gives another agent, or a fault, after one line of an output was taken out."""
    lines = list(_lines(converted))
    if not lines:
        return NOTHING
    drawn = random.Random(converted.agent.name).sample(lines, min(DRAWS, len(lines)))  # noqa: S311 - a seeded draw
    intact = _seen(converted.target, dict(converted.files))
    faults = []
    for path, number in drawn:
        kept = converted.files[path].splitlines(keepends=True)
        files = {**converted.files, path: b"".join(kept[:number] + kept[number + 1 :])}
        if _seen(converted.target, files) == intact:
            faults.append(f"{path}:{number + 1}: {kept[number][:60]!r}")
    return Score.of(drawn, faults)


def _lines(converted: Converted) -> Iterator[tuple[str, int]]:
    for path, data in converted.files.items():
        if converted.source.get(path) != data and b"\0" not in data:
            yield from ((path, number) for number, line in enumerate(data.splitlines()) if line.strip())


def _seen(target: Cli, files: dict[str, bytes]) -> tuple[Values, tuple[str, ...]]:
    config = read(target, files)
    return values(config, files), tuple(str(one) for one in config.unreadable)
