"""Draws thousands of migrations and prints how often the engine decides wrongly and how soon it finds a fault.

Run it with ``make bench-decisions``; it ends with 1 when a bound is missed. The rules of others are judged on the same
tasks; they are our models of them, described in ``peers.py``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from time import perf_counter

import numpy as np

from tests.bench.decisions import advances, rollbacks, speed, steps
from tests.bench.decisions.board import Row, as_document, as_text
from tests.bench.decisions.cells import Cell
from tests.bench.decisions.judging import Outcome


def main() -> int:
    """Read the options, do what they say; 0 when every bound was kept, or none was to be."""
    options = _options()
    begun = perf_counter()
    groups = (rollbacks.cells(), advances.cells(), steps.cells())
    chosen = [(number, cell) for number, cell in enumerate(cell for group in groups for cell in group)]
    if options.only:
        chosen = [(number, cell) for number, cell in chosen if options.only in f"{cell.group}: {cell.name}"]
    rows = sorted(_measured(chosen, options), key=lambda row: row.group)
    if not options.only:
        rows += speed.rows(options.seed)
    print(json.dumps(as_document(rows), indent=2) if options.json else as_text(rows))  # noqa: T201 - the answer
    _say(f"{len(rows)} cells, {perf_counter() - begun:.0f} s, seed {options.seed}")
    missed = [row for row in rows if not row.is_kept]
    return 1 if missed and not options.quick else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-decisions", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 runs a cell, no bound enforced")
    parser.add_argument("--json", action="store_true", help="print for a machine")
    parser.add_argument("--only", default="", metavar="TEXT", help="cells with this text in their group or name")
    parser.add_argument("--seed", type=int, default=20260301)
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def _measured(cells: list[tuple[int, Cell]], options: argparse.Namespace) -> Iterator[Row]:
    with ProcessPoolExecutor(options.processes) as pool:
        asked = [(cell, _ask(pool, number, cell, options)) for number, cell in cells]
        try:
            for cell, batches in asked:
                row = cell.row([batch.result() for batch in batches])
                _say(f"{cell.group[:2].strip()} {row.name}{'' if row.is_kept else ': MISSED'}")
                yield row
        finally:
            pool.shutdown(cancel_futures=True)  # after a fault nobody waits for the other cells


def _ask(pool: ProcessPoolExecutor, number: int, cell: Cell, options: argparse.Namespace) -> list[Future[Outcome]]:
    runs = min(cell.runs, 200) if options.quick else cell.runs
    starts = range(0, runs, cell.batch)
    return [
        pool.submit(cell.measure, min(cell.batch, runs - start), np.random.default_rng([options.seed, number, start]))
        for start in starts
    ]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress


if __name__ == "__main__":
    sys.exit(main())
