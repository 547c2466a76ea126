"""Prints what judging 10, 100 and 1,000 migrations costs beside the bare queries: their number, time and memory."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter

from reconciler.adapters.prometheus import PrometheusSource
from reconciler.health.judge import judge
from reconciler.model.migration import MigrationId
from reconciler.model.observation import SideObservations
from reconciler.model.stage import Stage
from reconciler.spec.policy import parse_policy
from tests.bench.fleet import END, HOURS, write_fleet
from tests.support.prometheus import prometheus_in

FLEETS = (10, 100, 1_000)
STEP = timedelta(minutes=1)
POLICY = Path(__file__).parents[2] / "policies" / "default.yaml"
MOST_TIMES_THE_QUERIES = 3.0
_MIB = 1024
_MEGABYTE = 1e6


@dataclass(frozen=True)
class Cost:
    """What one observation took."""

    migrations: int
    tasks: int
    queries: int
    bare_seconds: float
    seconds: float
    judging: float
    bytes: int
    peak_mib: float

    @property
    def ratio(self) -> float:
        return (self.seconds + self.judging) / self.bare_seconds


def measure(url: str, migrations: int) -> Cost:
    """Observe and judge a fleet, then ask the same again without looking at the answers."""
    starts = {MigrationId("prod", f"agent-{number:04}"): END - timedelta(hours=HOURS) for number in range(migrations)}
    source = PrometheusSource(url, "prod", {}, timedelta(minutes=10))
    source.observe(starts, at=END - timedelta(hours=HOURS - 1), step=STEP)  # so that both find the blocks in memory
    with _recorded() as asked:
        begun = time.perf_counter()
        seen = source.observe(starts, at=END, step=STEP)
        seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    policy = parse_policy(POLICY.read_bytes(), "policies/default.yaml")
    for migration, one in seen.items():
        judge(policy, one, stage=Stage.CANARY, since=starts[migration], now=END, baseline=None)
    judging = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB
    tasks = 0
    for one in seen.values():
        for side in (one.source, one.target):
            assert isinstance(side, SideObservations), side
            tasks += sum(found.tasks for found in side.slices)
    bare, size = _bare(asked)
    return Cost(migrations, tasks, len(asked), bare, seconds, judging, size, peak)


@contextmanager
def _recorded() -> Iterator[list[str]]:
    asked: list[str] = []
    send = HTTPAdapter.send

    def recording(self: HTTPAdapter, request: requests.PreparedRequest, **how: object) -> requests.Response:
        asked.append(str(request.url))
        return send(self, request, **how)  # type: ignore[arg-type]

    HTTPAdapter.send = recording  # type: ignore[method-assign,assignment]
    try:
        yield asked
    finally:
        HTTPAdapter.send = send  # type: ignore[method-assign]


def _bare(asked: list[str]) -> tuple[float, int]:
    begun, size = time.perf_counter(), 0
    with requests.Session() as session:
        session.trust_env = False
        for url in asked:
            size += len(session.get(url, headers={"Accept-Encoding": "gzip"}).content)
    return time.perf_counter() - begun, size


def main() -> int:
    """Measure each fleet in a process of its own, so that its peak of memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fleets", type=int, nargs="*", default=FLEETS)
    parser.add_argument("--keep", type=Path, help="Keep the histories here, and use what is there.")
    arguments = parser.parse_args()
    _say(f"{HOURS} h of history, scraped every 15 s, observed by the minute, judged by policies/default.yaml\n")
    _say("migrations   tasks  queries     bare  observe    judge  ratio  answers  peak memory")
    costs = []
    with tempfile.TemporaryDirectory() as scratch, get_context("spawn").Pool(1, maxtasksperchild=1) as alone:
        for migrations in arguments.fleets:
            folder = (arguments.keep or Path(scratch)) / f"f{migrations}"
            if not (folder / "data").exists():
                folder.mkdir(parents=True, exist_ok=True)
                alone.apply(write_fleet, (folder, migrations))
            with prometheus_in(folder) as url:
                cost = alone.apply(measure, (url, migrations))
            costs.append(cost)
            _say(_line(cost))
    same = len({cost.queries for cost in costs}) == 1
    quick = all(cost.ratio <= MOST_TIMES_THE_QUERIES for cost in costs)
    _say(f"\nqueries do not grow with the migrations: {'yes' if same else 'NO'}")
    _say(f"at most {MOST_TIMES_THE_QUERIES:g} times the bare queries: {'yes' if quick else 'NO'}")
    return 0 if same and quick else 1


def _line(cost: Cost) -> str:
    times = f"{cost.bare_seconds:6.2f} s {cost.seconds:6.2f} s {cost.judging:6.2f} s {cost.ratio:5.2f}x"
    sizes = f"{cost.bytes / _MEGABYTE:5.1f} MB {cost.peak_mib:8.0f} MiB"
    return f"{cost.migrations:10,} {cost.tasks:7,} {cost.queries:8} {times} {sizes}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
