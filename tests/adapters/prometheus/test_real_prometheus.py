"""What a real Prometheus says about a history of which every task is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import nan
from pathlib import Path

import pytest

from reconciler.adapters.ledger import Ledger
from reconciler.adapters.prometheus import PrometheusSource
from reconciler.errors import SourceFault
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Histogram, Observations, SideObservations, Unknown
from reconciler.model.stage import Side
from tests.adapters.prometheus.history import BEGIN, BOUNDS, REX, SCRAPE, TOKENS, Process, Task, counters, moment, tasks
from tests.support.prometheus import open_metrics, prometheus_on

pytestmark = pytest.mark.real

HOUR = 3600
STEP = timedelta(minutes=1)
PATIENCE = timedelta(seconds=60)
NEW = MigrationId("prod", "new")
GONE = MigrationId("prod", "gone")
FREE = MigrationId("prod", "free")
BELOW = MigrationId("prod", "below")
NONSENSE = MigrationId("prod", "nonsense")
GAP = range(2700, 3120, SCRAPE)

DONE = (*tasks(Side.SOURCE, -1800, HOUR, every=19), *tasks(Side.TARGET, 600, HOUR, every=37))
PROCESSES = (
    Process("a", Side.SOURCE, -1800, 1200),
    Process("a", Side.SOURCE, 1200, HOUR),  # restarted under the same name: its counters begin at 0
    Process("b", Side.TARGET, 600, 1800),
    Process("c", Side.TARGET, 1800, HOUR),  # replaced by a pod of another name
)
OLD = tuple(Task(-5000, Side.SOURCE, "completed", 5.0, 0.25) for _ in range(400))
LATE = tasks(Side.SOURCE, 1800, HOUR, every=31)


def history() -> str:
    families = counters(DONE, PROCESSES, unscraped=frozenset(at + SCRAPE for at in GAP))
    first_seen_late = counters(
        (*OLD, *LATE), [Process("n", Side.SOURCE, -5010, HOUR)], unscraped=range(-5010, 1815), migration="new"
    )
    fell_silent = counters(DONE, [Process("g", Side.SOURCE, -1800, HOUR - 200)], migration="gone")
    free = counters(DONE, [Process("f", Side.SOURCE, -1800, HOUR)], migration="free")
    free |= {"agent_task_cost_usd": [], "agent_task_tokens": [], "agent_sessions": []}
    below, nonsense = (
        counters(DONE, [Process("x", Side.SOURCE, -1800, HOUR)], migration=one.name) for one in (BELOW, NONSENSE)
    )
    below["agent_task_cost_usd"] = [(name, at, -cost) for name, at, cost in below["agent_task_cost_usd"]]
    nonsense["agent_tasks"] = [
        (name, at, nan if at > BEGIN + 1800 else count) for name, at, count in nonsense["agent_tasks"]
    ]
    everything = (families, first_seen_late, fell_silent, free, below, nonsense)
    return open_metrics({family: [one for part in everything for one in part[family]] for family in families})


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus_on(history(), tmp_path_factory.mktemp("prometheus")) as address:
        yield address


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    written = Ledger(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'outcomes.db'}")
    for one in DONE:
        # A counter tells when a task ended; without its length a ledger knows no more.
        written.record(REX, one.side, one.outcome, seconds=None, cost_usd=one.cost_usd, at=moment(one.at))
    return written


def source(url: str, queries: Mapping[str, str] | None = None) -> PrometheusSource:
    return PrometheusSource(url, "prod", queries or {}, PATIENCE)


def known(side: SideObservations | Unknown) -> SideObservations:
    assert isinstance(side, SideObservations), side
    return side


def counts(side: SideObservations | Unknown) -> list[tuple[int, int, int, float | None]]:
    return [(one.tasks, one.errors, one.completed, one.cost_usd or 0.0) for one in known(side).slices]


def totals(side: SideObservations | Unknown) -> tuple[float, ...]:
    return tuple(sum(number or 0 for number in column) for column in zip(*counts(side), strict=True))


def observed(
    url: str, *, at: float = HOUR, since: float = 0, step: timedelta = STEP
) -> Mapping[MigrationId, Observations]:
    starts = dict.fromkeys((REX, NEW, GONE, FREE, BELOW, NONSENSE), moment(since))
    return source(url).observe(starts, at=moment(at), step=step)


@pytest.mark.parametrize(("at", "since"), [(2700, 0), (1260, 1140), (1260, 0), (2700, 1800), (705, 590)], ids=str)
def test_prometheus_and_ledger_agree_to_the_task(url: str, ledger: Ledger, at: int, since: int) -> None:
    starts = {REX: moment(since)}

    scraped = source(url).observe(starts, at=moment(at), step=STEP)[REX]
    written = ledger.observe(starts, at=moment(at), step=STEP)[REX]

    assert counts(scraped.source) == counts(written.source)
    assert counts(scraped.target) == counts(written.target)
    assert sum(one.tasks for one in known(scraped.source).slices) > 0


def test_what_was_counted_in_a_gap_of_the_scrapes_comes_behind_it(url: str, ledger: Ledger) -> None:
    starts = {REX: moment(0)}

    scraped = source(url).observe(starts, at=moment(HOUR), step=STEP)[REX]
    written = ledger.observe(starts, at=moment(HOUR), step=STEP)[REX]

    assert totals(scraped.source) == totals(written.source)
    assert totals(scraped.target) == totals(written.target)
    assert counts(scraped.source) != counts(written.source)


def test_durations_come_in_all_buckets(url: str) -> None:
    scraped = known(source(url).observe({REX: moment(0)}, at=moment(2400), step=STEP)[REX].source)

    for index, seen in enumerate(scraped.slices):
        begin = index * STEP.total_seconds()
        seconds = tuple(
            one.seconds for one in DONE if one.side is Side.SOURCE and begin < one.at <= begin + STEP.total_seconds()
        )
        assert seen.durations == Histogram(tuple(float(bound) for bound in BOUNDS), tuple(_bucket_counts(seconds)))


def test_tokens_of_all_kinds_and_new_sessions_are_counted(url: str) -> None:
    for side in Side:
        rex = observed(url, at=2400)[REX]
        seen = known(rex.source if side is Side.SOURCE else rex.target)
        ended = [one for one in DONE if one.side is side and 0 < one.at <= 2400]

        assert sum(one.tokens or 0 for one in seen.slices) == sum(TOKENS.values()) * len(ended)
        assert sum(one.sessions or 0 for one in seen.slices) == sum(one.new_session for one in ended)


def _bucket_counts(seconds: tuple[float, ...]) -> Iterator[float]:
    lower = 0.0
    for bound in BOUNDS:
        yield sum(lower < one <= float(bound) for one in seconds)
        lower = float(bound)


def test_a_long_standing_counter_that_is_seen_for_the_first_time_counts_from_there(url: str) -> None:
    seen = known(observed(url)[NEW].source)

    first_slice_with_a_sample = 1860
    assert sum(one.tasks for one in seen.slices) == sum(one.at > first_slice_with_a_sample for one in LATE)


def test_short_steps_add_up_to_the_same(url: str) -> None:
    by_minute = observed(url, at=2400)[REX]
    by_scrape = observed(url, at=2400, step=timedelta(seconds=SCRAPE))[REX]
    by_blink = observed(url, at=2400, since=1200, step=timedelta(seconds=2))[REX]

    assert totals(by_scrape.source) == totals(by_minute.source)
    assert totals(by_scrape.target) == totals(by_minute.target)
    assert totals(by_blink.source) == totals(observed(url, at=2400, since=1200)[REX].source)


def test_slices_are_whole_end_at_the_moment_and_do_not_begin_before_the_start(url: str) -> None:
    slices = known(observed(url, at=2000.5, since=1000)[REX].source).slices

    assert slices[-1].end == moment(2000.5)
    assert slices[0].end - STEP >= moment(1000)
    assert len(slices) == 16


def test_a_side_that_is_not_there_is_unknown(url: str) -> None:
    before_it_came = observed(url, at=540)[REX]

    assert before_it_came.target == Unknown("agent_tasks_total: no sample for this side within the last minutes")
    assert isinstance(before_it_came.source, SideObservations)


def test_a_side_that_is_gone_says_when_it_was_last_seen_even_if_it_did_nothing_for_long(url: str) -> None:
    gone = observed(url, at=HOUR + 4 * HOUR, since=HOUR + 3 * HOUR)[REX]

    reason = "agent_tasks_total: no sample for this side within the last minutes"
    assert gone.source == gone.target == Unknown(reason, moment(HOUR))


def test_a_side_that_fell_silent_is_stale(url: str) -> None:
    silent = observed(url)[GONE].source
    just_seen = observed(url, at=HOUR - 60)[GONE].source

    last_scrape = moment(HOUR - 210)
    assert silent == Unknown("agent_tasks_total: the newest sample is 210 s old, expected at most 180 s", last_scrape)
    assert isinstance(just_seen, SideObservations)


def test_cost_tokens_and_sessions_that_nobody_reports_are_none(url: str) -> None:
    slices = known(observed(url)[FREE].source).slices

    assert {(one.cost_usd, one.tokens, one.sessions) for one in slices if one.tasks} == {(None, None, None)}
    assert sum(one.tasks for one in slices) > 0


def test_a_counter_below_zero_or_that_is_no_number_makes_its_side_unknown(url: str) -> None:
    seen = observed(url)
    before = observed(url, at=1200)

    assert isinstance(below := seen[BELOW].source, Unknown)
    assert "expected a number from 0" in below.reason
    first_nonsense = moment(1800 + 60)
    nan_reason = "agent_tasks_total: a value is nan, expected a finite number"
    assert seen[NONSENSE].source == Unknown(nan_reason, first_nonsense)
    assert isinstance(before[NONSENSE].source, SideObservations)


def test_own_queries_answer_by_side(url: str) -> None:
    share = 'sum by (environment, migration, side) (agent_tasks_total{outcome="error"})'
    queries = {
        "all_errors": share,
        "nan": f"{share} * NaN",
        "broken": "sum(",
        "scalar": "1",
        "unnamed": f"sum({share})",
    }

    rex = source(url, queries).observe({REX: moment(0)}, at=moment(2400), step=STEP)[REX]

    source_side, target_side = known(rex.source), known(rex.target)
    errors = sum(one.outcome == "error" and one.side is Side.SOURCE and 1200 < one.at <= 2400 for one in DONE)
    assert source_side.readings["all_errors"] == errors
    assert target_side.readings["all_errors"] != errors
    assert {
        name: type(answer) for name, answer in source_side.readings.items() if name != "all_errors"
    } == dict.fromkeys(("nan", "broken", "scalar", "unnamed"), Unknown)
    broken = source_side.readings["broken"]
    assert isinstance(broken, Unknown)
    assert "query broken: HTTP 400, expected 200: " in broken.reason


def test_a_stage_that_began_long_ago_is_asked_for_no_more_than_prometheus_answers(url: str) -> None:
    rex = observed(url, at=HOUR, since=HOUR - 14 * 24 * HOUR)[REX]

    assert len(known(rex.source).slices) == 11_000


def test_another_environment_is_not_seen(url: str) -> None:
    elsewhere = PrometheusSource(url, "staging", {}, PATIENCE)
    starts = {MigrationId("staging", "rex"): moment(0)}

    (seen,) = elsewhere.observe(starts, at=moment(HOUR), step=STEP).values()

    assert isinstance(seen.source, Unknown)
    assert isinstance(seen.target, Unknown)


def test_a_prometheus_that_stopped_is_a_fault(tmp_path: Path) -> None:
    with prometheus_on(open_metrics({"agent_tasks": [("agent_tasks_total", BEGIN, 1)]}), tmp_path) as url:
        pass

    with pytest.raises(SourceFault, match="newest samples: the connection failed: Connection refused"):
        source(url).observe({REX: moment(0)}, at=moment(HOUR), step=STEP)
