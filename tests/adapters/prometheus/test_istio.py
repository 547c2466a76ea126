"""What is made of what a mesh saw: the worse of two reporters, failures without an answer, nobody else's requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.istio import Mesh, service
from reconciler.adapters.istio_requests import Counts, blame, failed, worse
from reconciler.adapters.prometheus import PrometheusSource
from reconciler.loop.sources import source_of
from reconciler.model.migration import Environment, MigrationId, PrometheusMetrics
from reconciler.model.migration import Mesh as Kind
from reconciler.model.observation import Histogram, Observations, Route, SideObservations, Slice, Unknown
from reconciler.model.stage import Side
from tests.adapters.prometheus.faults import Asked, Behaviour, http, serving, success
from tests.support.prometheus import open_metrics, prometheus_on

BEGIN = 1_790_000_040
SCRAPE = 15
MINUTES = 60
STEP = timedelta(minutes=1)
PATIENCE = timedelta(seconds=60)
BOTH = ("source", "destination")
CLIENT = ("source",)
SERVER = ("destination",)
MILLISECONDS = (1000.0, 60_000.0, float("inf"))


@dataclass(frozen=True)
class Request:
    """A request that ended so many minutes after the begin, and who reported it."""

    minute: float
    version: str
    code: str = "200"
    grpc: str = ""
    reporters: tuple[str, ...] = BOTH
    milliseconds: float = 20_000.0
    host: str = "rex"
    namespace: str = "agents"

    @property
    def labels(self) -> str:
        return (
            f'destination_service_namespace="{self.namespace}",destination_service_name="{self.host}"'
            f',destination_version="{self.version}",response_code="{self.code}",grpc_response_status="{self.grpc}"'
        )


def every(minutes: int, version: str, *, begin: int = 0, end: int = MINUTES, **how: object) -> list[Request]:
    """Let a request end half-way through every so many minutes."""
    return [Request(minute + 0.5, version, **how) for minute in range(begin, end, minutes)]  # type: ignore[arg-type]


def moment(minute: float) -> datetime:
    return datetime.fromtimestamp(BEGIN, UTC) + timedelta(minutes=minute)


def history(requests: list[Request]) -> str:
    """Scrape what the proxies counted; a series is there from its first request on."""
    counters: dict[str, list[float]] = {}
    buckets: dict[str, list[float]] = {}
    for request in requests:
        for reporter in request.reporters:
            name = f'{{reporter="{reporter}",{request.labels}'
            counters.setdefault(f"istio_requests_total{name}}}", []).append(request.minute)
            for bound in MILLISECONDS:
                le = "+Inf" if bound == float("inf") else f"{bound:g}"
                ended = buckets.setdefault(f'istio_request_duration_milliseconds_bucket{name},le="{le}"}}', [])
                ended += [request.minute] if request.milliseconds <= bound else []
    return open_metrics({"istio_requests": scraped(counters), "istio_request_duration_milliseconds": scraped(buckets)})


def scraped(counted: Mapping[str, list[float]]) -> Iterator[tuple[str, float, float]]:
    for name, ended in sorted(counted.items()):
        for at in range(SCRAPE, MINUTES * 60 + 1, SCRAPE):
            if (number := sum(minute * 60 <= at for minute in ended)) or "le=" in name:
                yield name, BEGIN + at, number


HEALTHY = every(1, "claude")
TARGET = every(3, "codex", milliseconds=500.0)
REX = [
    *HEALTHY,
    *TARGET,
    *every(6, "codex", begin=1, code="503"),
    *every(10, "codex", begin=2, code="0", reporters=CLIENT),
    *every(1, "codex", code="503", host="rex-shadow"),
    *every(1, "codex", code="503", namespace="elsewhere"),
    *every(1, "gemini", code="503"),
]
DEAD = [
    *[Request(one.minute, one.version, host="dead") for one in HEALTHY],
    *every(5, "codex", begin=10, code="500", host="dead"),
]
GRPC = [
    *every(1, "claude", grpc="0", host="grpc"),
    *every(4, "codex", grpc="14", host="grpc"),
    *every(4, "codex", begin=1, grpc="5", host="grpc"),
]
NO_PODS = [
    *every(1, "claude", host="no-pods"),
    *every(3, "codex", end=30, host="no-pods"),
    *every(3, "unknown", begin=30, code="503", reporters=CLIENT, host="no-pods"),
]
FLAPPING = [
    *every(1, "claude", host="flapping"),
    *every(1, "codex", host="flapping"),
    *every(2, "unknown", code="503", reporters=CLIENT, host="flapping"),
]
MIRRORED = [*every(1, "claude", host="mirrored"), *every(5, "codex", reporters=SERVER, host="mirrored")]
HOSTS = ("rex", "dead", "grpc", "no-pods", "flapping", "mirrored", "never-seen")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    everything = [*REX, *DEAD, *GRPC, *NO_PODS, *FLAPPING, *MIRRORED]
    with prometheus_on(history(everything), tmp_path_factory.mktemp("prometheus")) as address:
        yield address


def observe(url: str, host: str, *, weight: int = 10, since: float = 1, at: float = MINUTES) -> Observations:
    starts = {MigrationId("prod", name): moment(since) for name in HOSTS}
    routes = {one: Route(f"{one.name}.agents.svc.cluster.local", "claude", "codex", weight) for one in starts}
    mesh = Mesh("agents", routes)
    return PrometheusSource(url, "prod", {}, PATIENCE, mesh).observe(starts, at=moment(at), step=STEP)[
        MigrationId("prod", host)
    ]


def known(side: SideObservations | Unknown) -> SideObservations:
    assert isinstance(side, SideObservations), side
    return side


def counts(side: SideObservations | Unknown) -> list[tuple[int, int]]:
    return [(one.tasks, one.errors) for one in known(side).slices]


def expected(
    requests: list[Request], *, host: str, bad: tuple[str, ...] = ("503", "0", "500")
) -> list[tuple[int, int]]:
    mine = [one for one in requests if one.host == host and one.namespace == "agents" and one.version == "codex"]
    minutes = [[one for one in mine if minute < one.minute <= minute + 1] for minute in range(1, MINUTES)]
    return [(len(each), sum(one.code in bad for one in each)) for each in minutes]


@pytest.mark.real
def test_the_reporter_that_saw_more_errors_is_believed_and_nobody_else_is_counted(url: str) -> None:
    seen = observe(url, "rex")

    assert counts(seen.target) == expected(REX, host="rex")
    assert counts(seen.source) == [(1, 0)] * (MINUTES - 1)


@pytest.mark.real
def test_a_side_that_only_fails_is_all_errors_and_not_silence(url: str) -> None:
    seen = observe(url, "dead")

    assert counts(seen.target) == expected(DEAD, host="dead")
    assert sum(errors for _, errors in counts(seen.target)) == sum(tasks for tasks, _ in counts(seen.target)) == 10


@pytest.mark.real
def test_a_version_that_had_no_request_yet_did_nothing_while_its_host_is_seen(url: str) -> None:
    assert counts(observe(url, "dead", at=10).target) == [(0, 0)] * 9


@pytest.mark.real
def test_grpc_failures_ride_on_http_200(url: str) -> None:
    target = counts(observe(url, "grpc").target)

    assert sum(errors for _, errors in target) == sum(one.minute > 1 and one.grpc == "14" for one in GRPC)
    assert sum(tasks for tasks, _ in target) == sum(one.minute > 1 and one.version == "codex" for one in GRPC)


@pytest.mark.real
def test_durations_are_in_seconds_in_all_buckets(url: str) -> None:
    seen = known(observe(url, "mirrored").source).slices[-1]

    assert seen.durations == Histogram((1.0, 60.0, float("inf")), (0.0, 1.0, 0.0))
    assert (seen.cost_usd, seen.costs, seen.tokens, seen.sessions) == (None, None, None, None)


@pytest.mark.real
def test_mirrored_requests_are_seen_by_the_server_alone(url: str) -> None:
    assert sum(tasks for tasks, _ in counts(observe(url, "mirrored", weight=0).target)) == 11


@pytest.mark.real
@pytest.mark.parametrize(
    ("weight", "source", "target"), [(10, 0, 10), (100, 0, 10), (0, 10, 0)], ids=["split", "all", "none"]
)
def test_requests_that_found_no_pod_are_errors_of_the_side_they_were_meant_for(
    url: str, weight: int, source: int, target: int
) -> None:
    seen = observe(url, "no-pods", weight=weight)

    assert sum(errors for _, errors in counts(seen.source)) == source
    assert sum(errors for _, errors in counts(seen.target)) == target


@pytest.mark.real
def test_requests_without_a_pod_that_could_be_either_sides_leave_both_unknown(url: str) -> None:
    seen = observe(url, "flapping")

    for side in (seen.source, seen.target):
        assert isinstance(side, Unknown)
        assert "found no pod" in side.reason
        assert "nobody can say whose they were" in side.reason


@pytest.mark.real
def test_a_host_that_the_mesh_does_not_see_is_unknown(url: str) -> None:
    seen = observe(url, "never-seen")

    assert isinstance(seen.source, Unknown)
    assert "no sample for host never-seen.agents.svc.cluster.local" in seen.source.reason
    assert seen.source.since is None


@pytest.mark.real
def test_a_host_that_is_not_seen_any_more_says_since_when(url: str) -> None:
    seen = observe(url, "rex", since=30, at=MINUTES + 30)

    assert isinstance(seen.target, Unknown)
    assert seen.target.since == moment(MINUTES)


def rows(asked: Asked) -> list[dict[str, object]]:
    """Answer each query: ten requests of each version a minute, none failed."""
    first = asked.moments[0]
    if asked.query.startswith("label_replace("):
        return [row(asked, [f"{first - 5:.3f}"], indicator="istio_requests_total")]
    sides = [
        {"destination_version": version, "reporter": reporter} for version in ("claude", "codex") for reporter in BOTH
    ]
    if asked.query.startswith("group"):
        return [row(asked, ["1"], le=le, **side) for le in ("1000", "+Inf") for side in sides]
    if "le)" in asked.query:
        return [row(asked, ["10"] * len(asked.moments), le="1000", **side) for side in sides]
    return [row(asked, ["10"] * len(asked.moments), response_code="200", **side) for side in sides]


def row(asked: Asked, values: list[str], **labels: str) -> dict[str, object]:
    points = [[moment, value] for moment, value in zip(asked.moments, values, strict=True)]
    shape = {"values": points} if asked.path.endswith("_range") else {"value": points[0]}
    return {"metric": {"destination_service_name": "rex", **labels}, **shape}


def with_target(number: str, **labels: str) -> Behaviour:
    def behave(asked: Asked) -> None:
        more = []
        if asked.path.endswith("_range") and ("le)" in asked.query) == ("le" in labels):
            here = {"destination_version": "codex", "reporter": "destination", **labels}
            more = [row(asked, [number] * len(asked.moments), **here)]
        asked.send(http(success(asked, [*rows(asked), *more])))

    return behave


def ask(behave: Behaviour, routed: str = "rex") -> Observations:
    rex, at = MigrationId("prod", "rex"), moment(0)
    known_routes = {MigrationId("prod", routed): Route(routed, "claude", "codex", 10)}
    with serving(behave) as server:
        source = PrometheusSource(server.url, "prod", {"satisfaction": "up"}, PATIENCE, Mesh("agents", known_routes))
        seen = source.observe({rex: at - 2 * STEP}, at=at, step=STEP)[rex]
    assert len(server.asked) == 5
    for asked in server.asked:
        if asked.query != "up":
            assert "istio_re" in asked.query
            assert '{destination_service_namespace="agents"}' in asked.query
            assert "rex" not in asked.query
    return seen


def well(asked: Asked) -> None:
    asked.send(http(success(asked, rows(asked))))


def test_what_a_mesh_does_not_see_is_unknown_and_says_what_to_add() -> None:
    seen = known(ask(well).target)

    assert seen.slices[-1] == Slice(moment(0), 10, 0, 0, durations=Histogram((1.0, float("inf")), (10.0, 0.0)))
    for indicator in ("completion_rate", "cost_per_completed_task", "cost_total"):
        reading = seen.readings[indicator]
        assert isinstance(reading, Unknown)
        assert "metrics.queries" in reading.reason


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        pytest.param(with_target("NaN", response_code="500"), "a value is nan", id="nan"),
        pytest.param(with_target("-3", response_code="500"), "a value is -3", id="negative"),
        pytest.param(with_target("0.5", response_code="500"), "a number of requests is not whole", id="half-a-request"),
        pytest.param(with_target("1"), "a response_code is no number", id="no-code"),
        pytest.param(with_target("1", response_code="200"), "the same series came twice", id="duplicate"),
        pytest.param(with_target("1", le="wide"), "a bucket's bound is no number", id="bad-bucket"),
    ],
)
def test_nonsense_leaves_the_host_unknown(behave: Behaviour, reason: str) -> None:
    seen = ask(behave)

    assert isinstance(seen.target, Unknown)
    assert reason in seen.target.reason
    assert seen.target.since == moment(0) - STEP


def test_a_migration_whose_route_nobody_knows_is_unknown() -> None:
    seen = ask(well, routed="max")

    assert isinstance(seen.source, Unknown)
    assert "nobody says which host" in seen.source.reason


def test_an_environment_with_the_profile_istio_is_measured_by_its_mesh() -> None:
    rex, at = MigrationId("prod", "rex"), moment(0)
    with serving(well) as server:
        environment = Environment("prod", "agents", mesh=Kind.ISTIO, metrics=PrometheusMetrics(server.url, "istio"))
        source = source_of(None)(environment, {rex: Route("rex", "claude", "codex", 10)})
        seen = source.observe({rex: at - STEP}, at=at, step=STEP)[rex]

    assert known(seen.target).slices[-1].tasks == 10


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("rex", "rex"),
        ("rex.agents", "rex"),
        ("rex.agents.svc", "rex"),
        ("rex.agents.svc.cluster.local", "rex"),
        ("rex.elsewhere.svc.cluster.local", "rex.elsewhere.svc.cluster.local"),
        ("api.example.com", "api.example.com"),
    ],
)
def test_a_host_is_known_to_istio_by_its_service(host: str, name: str) -> None:
    assert service(host, "agents") == name


@pytest.mark.parametrize("outcome", ["500/", "504/", "0/", "200/2", "200/4", "200/13", "200/14", "503/0"])
def test_a_server_fault_a_broken_connection_and_a_failed_grpc_call_are_failures(outcome: str) -> None:
    assert failed(outcome)


@pytest.mark.parametrize("outcome", ["200/", "301/", "404/", "429/", "200/0", "200/1", "200/3", "200/5", "200/16"])
def test_what_the_caller_did_wrong_is_no_failure(outcome: str) -> None:
    assert not failed(outcome)


@given(
    client=st.dictionaries(st.integers(0, 9), st.builds(Counts, st.integers(5, 9), st.integers(0, 5))),
    server=st.dictionaries(st.integers(0, 9), st.builds(Counts, st.integers(5, 9), st.integers(0, 5))),
)
def test_no_reporter_saw_more_errors_than_the_one_that_is_believed(
    client: dict[int, Counts], server: dict[int, Counts]
) -> None:
    reports = {"source": client, "destination": server}
    errors = {name: sum(one.errors for one in report.values()) for name, report in reports.items()}
    assert errors[worse(reports)] == max(errors.values())


@given(
    unanswered=st.dictionaries(st.integers(0, 9), st.integers(1, 5)),
    source=st.sets(st.integers(0, 12)),
    target=st.sets(st.integers(0, 12)),
    weight=st.sampled_from([0, 10, 25, 50, 100]),
)
def test_a_request_without_an_answer_is_blamed_once_or_unclear(
    unanswered: dict[int, int], source: set[int], target: set[int], weight: int
) -> None:
    found = blame(unanswered, {Side.SOURCE: source, Side.TARGET: target}, weight)

    blamed = sum(sum(errors.values()) for errors in found.errors.values())
    assert blamed + found.unclear == sum(unanswered.values())
    if weight in (0, 100):
        assert not found.unclear
        assert not found.errors[Side.SOURCE if weight else Side.TARGET]


@pytest.mark.parametrize(
    ("source", "target", "side"),
    [
        pytest.param({5, 6}, {9}, Side.TARGET, id="the-target-answered-last-earlier"),
        pytest.param({9}, {5}, Side.SOURCE, id="the-source-answered-last-earlier"),
        pytest.param({5}, set(), Side.TARGET, id="the-target-never-answered"),
        pytest.param(set(), {5}, Side.SOURCE, id="the-source-never-answered"),
        pytest.param({5, 0}, {6, 1}, Side.TARGET, id="what-came-later-does-not-matter"),
        pytest.param({5}, {5}, None, id="both-answered-at-the-same-time"),
        pytest.param(set(), set(), None, id="nobody-ever-answered"),
    ],
)
def test_the_side_that_has_not_answered_for_longer_is_to_blame(
    source: set[int], target: set[int], side: Side | None
) -> None:
    found = blame({4: 3}, {Side.SOURCE: source, Side.TARGET: target}, 25)

    assert found.unclear == (0 if side else 3)
    assert {one: errors for one, errors in found.errors.items() if errors} == ({side: {4: 3}} if side else {})
