"""What is made of a metric source that is broken, slow, partial or lying. Never health, and never later than agreed."""

from __future__ import annotations

import json
import math
import re
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.adapters.prometheus import PrometheusSource
from reconciler.errors import ReconcilerError, SourceFault
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Histogram, Observations, SideObservations, Slice, Unknown
from reconciler.model.stage import Side
from tests.adapters.prometheus.faults import Asked, Behaviour, http, series, serving, success
from tests.support.prometheus import free_port

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEP = timedelta(minutes=1)
START = AT - timedelta(minutes=5)
REX = MigrationId("prod", "rex")
DEADLINE = timedelta(seconds=5)
SHORT_DEADLINE = timedelta(seconds=1)
GRACE = 2.0
SIDES = tuple(side.value for side in Side)
METRICS = (
    "agent_tasks_total",
    "agent_task_cost_usd_total",
    "agent_task_tokens_total",
    "agent_sessions_total",
    "agent_task_duration_seconds_bucket",
)
QUERIES = 7


def observe(url: str, *, within: timedelta = DEADLINE, **queries: str) -> Observations:
    asked_at = time.monotonic()
    try:
        return PrometheusSource(url, "prod", queries, within).observe({REX: START}, at=AT, step=STEP)[REX]
    finally:
        assert time.monotonic() - asked_at < within.total_seconds() + GRACE


def rows(asked: Asked) -> list[dict[str, object]]:
    """Answer each of the queries: two completed tasks and one failed with an error a minute."""
    if asked.query.startswith("label_replace("):
        newest = f"{asked.moments[0] - 5:.3f}"
        return [series(asked, [newest], side=side, indicator=metric) for side in SIDES for metric in METRICS]
    if asked.query.startswith(LAST_SEEN):
        return [series(asked, [f"{asked.moments[0] - 5:.3f}"], side="source")]
    if asked.query.startswith("group"):
        return [series(asked, ["1"], side=side, le=le) for side in SIDES for le in ("5", "10", "+Inf")]
    (metric,) = set(re.findall(r"agent_\w+", asked.query))
    return [
        series(asked, [count] * len(asked.moments), side=side, **labels)
        for side in SIDES
        for labels, count in EACH_MINUTE[metric]
    ]


LAST_SEEN = "max by (environment, migration, side) (max_over_time("
EACH_MINUTE: dict[str, list[tuple[dict[str, str], str]]] = {
    "agent_tasks_total": [({"outcome": "completed"}, "2"), ({"outcome": "error"}, "1")],
    "agent_task_cost_usd_total": [({}, "0.25")],
    "agent_task_tokens_total": [({}, "1200")],
    "agent_sessions_total": [({}, "2")],
    "agent_task_duration_seconds_bucket": [({"le": "10"}, "1"), ({"le": "+Inf"}, "3")],
}


def well(asked: Asked) -> None:
    asked.send(http(success(asked, rows(asked))))


def saying(body: bytes, **how: object) -> Behaviour:
    return lambda asked: asked.send(http(body, **how))  # type: ignore[arg-type]


def answering(change: Callable[[Asked], bytes]) -> Behaviour:
    return lambda asked: asked.send(http(change(asked)))


def drip(head: bytes, body: bytes) -> Behaviour:
    def behave(asked: Asked) -> None:
        asked.send(head)
        for start in range(0, len(body), 2):
            if asked.stopped.wait(1.0):
                return
            asked.send(body[start : start + 2])

    return behave


def silent(asked: Asked) -> None:
    asked.stopped.wait()


def hang_up(_: Asked) -> None:
    return


def half_of_it(asked: Asked) -> None:
    body = success(asked, rows(asked))
    asked.send(http(body[: len(body) // 2], length=len(body)))


def cut_off_chunks(asked: Asked) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    asked.send(head + b'10\r\n{"status":"succe\r\n')


def gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()


def bomb(asked: Asked) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(1024**2)) for _ in range(100)) + packer.flush()
    asked.send(http(packed, more="Content-Encoding: gzip\r\n"))


def three_hundred_thousand_series(asked: Asked) -> None:
    row = json.dumps(series(asked, ["1"], side="source", indicator="agent_tasks_total", pod="x" * 20)).encode()
    many = b",".join([row] * 1000)
    body = b'{"status":"success","data":{"resultType":"vector","result":['
    asked.send(http(body, length=len(body) + 300 * (len(many) + 1)))
    for _ in range(300):
        asked.send(many + b",")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
IN_PARTS = '"data":{"resultType":"vector","result":[]}'


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        pytest.param(hang_up, "the connection failed or broke off", id="hangs-up"),
        pytest.param(half_of_it, "the connection failed or broke off", id="truncated"),
        pytest.param(cut_off_chunks, "the connection failed or broke off", id="cut-off-in-a-chunk"),
        pytest.param(saying(b"<h1>Log in</h1>", kind="text/html"), "the answer is text/html, expected", id="html"),
        pytest.param(saying(b"<h1>Log in</h1>"), "no strict JSON", id="html-that-says-it-is-json"),
        pytest.param(saying(b"", kind="text/html", status="502 Bad Gateway"), "HTTP 502, expected 200", id="502"),
        pytest.param(
            saying(b'{"error":"too many\\nsamples"}', status="422 Unprocessable"),
            "HTTP 422, expected 200: too many samples",
            id="422-with-a-reason",
        ),
        pytest.param(
            saying(b"", status="302 Found", more="Location: /elsewhere\r\n"),
            "redirects are not followed",
            id="redirect",
        ),
        pytest.param(bomb, "larger than 32 MiB", id="gzip-bomb"),
        pytest.param(
            saying(gzip(b"{}")[:-4], more="Content-Encoding: gzip\r\n"), "gzip stream is cut off", id="half-a-gzip"
        ),
        pytest.param(saying(b"{}", more="Content-Encoding: gzip\r\n"), "says it is gzip and is not", id="no-gzip"),
        pytest.param(saying(b"{}", more="Content-Encoding: br\r\n"), "that nobody asked for", id="unasked-encoding"),
        pytest.param(three_hundred_thousand_series, "larger than 32 MiB", id="300000-series"),
        pytest.param(saying(b"\xff\xfe"), "no strict JSON .not UTF-8.", id="not-utf-8"),
        pytest.param(saying(b'{"status":NaN}'), "NaN is no JSON number", id="nan-literal"),
        pytest.param(saying(b'{"status":1,"status":"success"}'), "a key stands twice", id="repeated-key"),
        pytest.param(saying(b"[" * 100_000), "no strict JSON", id="nested-without-end"),
        pytest.param(saying(b"[]"), "no object", id="no-object"),
        pytest.param(
            saying(b'{"status":"error","error":"timed out"}'), "status is error: timed out", id="error-with-200"
        ),
        pytest.param(saying(b'{"status":"success"}'), "holds no series", id="no-data"),
        pytest.param(
            saying(b'{"status":"success","data":{"resultType":"scalar","result":[0,"1"]}}'),
            "holds no series",
            id="scalar",
        ),
        pytest.param(
            saying(f'{{"status":"success",{IN_PARTS},"warnings":["one store did not answer"]}}'.encode()),
            "the answer is partial: .*one store did not answer",
            id="partial",
        ),
        pytest.param(answering(lambda asked: success(asked, [7])), "something else than a series", id="no-series"),
        pytest.param(
            answering(lambda asked: success(asked, [{"metric": {"side": 1}, "value": [0, "1"]}])),
            "something else than a series",
            id="label-that-is-no-string",
        ),
        pytest.param(
            answering(lambda asked: success(asked, [{"metric": {}, "value": [0, 1]}])),
            "a point that is no pair",
            id="value-that-is-no-string",
        ),
        pytest.param(
            answering(lambda asked: success(asked, [{"metric": {}, "value": [0, "many"]}])),
            "a value that is no number",
            id="value-that-is-no-number",
        ),
        pytest.param(
            answering(lambda asked: success(asked, [{**series(asked, ["1"], side="source"), "value": [0, "1"]}])),
            "a moment that nobody asked about",
            id="another-moment",
        ),
    ],
)
def test_a_source_that_cannot_be_trusted_is_a_fault(behave: Behaviour, message: str) -> None:
    with serving(behave) as server, pytest.raises(SourceFault, match=message) as caught:
        observe(server.url)

    assert caught.value.message.startswith(f"{server.url}: newest samples: ")
    assert "query=" not in str(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(silent, id="never-answers"),
        pytest.param(drip(HEAD, b" " * 1000), id="two-bytes-a-second"),
        pytest.param(drip(b"", HEAD), id="headers-two-bytes-a-second"),
    ],
)
def test_a_source_that_takes_its_time_is_given_up_at_the_deadline(behave: Behaviour) -> None:
    with serving(behave) as server, pytest.raises(SourceFault, match="no whole answer within 1 s"):
        observe(server.url, within=SHORT_DEADLINE)


def test_a_source_that_refuses_is_a_fault() -> None:
    with pytest.raises(SourceFault, match="the connection failed: Connection refused"):
        observe(f"http://127.0.0.1:{free_port()}")


def test_the_deadline_is_for_all_queries_together() -> None:
    def slow(asked: Asked) -> None:
        asked.stopped.wait(0.4)
        well(asked)

    with serving(slow) as server, pytest.raises(SourceFault, match="no whole answer within 1 s"):
        observe(server.url, within=SHORT_DEADLINE)

    assert len(server.asked) < 4


def test_a_source_that_is_well_is_understood() -> None:
    with serving(well) as server:
        seen = observe(server.url)

    durations = Histogram((5.0, 10.0, math.inf), (0.0, 1.0, 2.0))
    each = tuple(Slice(AT - ago * STEP, 3, 1, 2, 0.25, durations, tokens=1200, sessions=2) for ago in (4, 3, 2, 1, 0))
    assert seen == Observations(STEP, SideObservations(each), SideObservations(each))


def test_prometheus_may_remark_on_a_query_without_making_its_answer_partial() -> None:
    remarks = {"infos": ["PromQL info: metric might not be a counter"], "warnings": []}
    with serving(answering(lambda asked: success(asked, rows(asked), **remarks))) as server:
        assert isinstance(observe(server.url).target, SideObservations)


@pytest.mark.parametrize(
    ("metric", "field"),
    [
        ("agent_task_cost_usd_total", "cost_usd"),
        ("agent_task_tokens_total", "tokens"),
        ("agent_sessions_total", "sessions"),
        ("agent_task_duration_seconds_bucket", "durations"),
    ],
)
def test_what_a_side_does_not_report_is_none_and_the_rest_is_known(metric: str, field: str) -> None:
    def silent_about_it(_: Asked, found: list[dict[str, object]]) -> list[dict[str, object]]:
        return [one for one in found if one["metric"].get("indicator") != metric]  # type: ignore[attr-defined]

    with serving(changed("label_replace", silent_about_it)) as server:
        seen = observe(server.url).target

    assert isinstance(seen, SideObservations)
    assert {
        name: getattr(seen.slices[-1], name) is None for name in ("cost_usd", "tokens", "sessions", "durations")
    } == {name: name == field for name in ("cost_usd", "tokens", "sessions", "durations")}


def test_a_thousand_migrations_need_no_more_queries_than_one() -> None:
    starts = {MigrationId("prod", f"agent-{number}"): START for number in range(1000)}
    with serving(well) as server:
        seen = PrometheusSource(server.url, "prod", {}, DEADLINE).observe(starts | {REX: START}, at=AT, step=STEP)
        observe(server.url)

    assert len(server.asked) == (QUERIES + 1) + QUERIES  # some are not seen: one look for when they were
    assert isinstance(seen[REX].source, SideObservations)
    assert isinstance(seen[MigrationId("prod", "agent-7")].source, Unknown)


def test_an_answer_may_be_as_large_as_the_number_of_migrations_explains() -> None:
    padding = "x" * (33 * 1024**2)
    large = answering(lambda asked: success(asked, rows(asked), padding=padding))
    many = {MigrationId("prod", f"agent-{number}"): START for number in range(300)}
    with serving(large) as server:
        with pytest.raises(SourceFault, match="larger than 32 MiB"):
            observe(server.url)
        seen = PrometheusSource(server.url, "prod", {}, 6 * DEADLINE).observe(many | {REX: START}, at=AT, step=STEP)

    assert isinstance(seen[REX].source, SideObservations)


def test_every_query_names_the_environment_and_the_moment_and_groups_by_side() -> None:
    with serving(well) as server:
        observe(server.url)

    ranges = [asked for asked in server.asked if asked.path == "/api/v1/query_range"]
    instants = [asked for asked in server.asked if asked.path == "/api/v1/query"]
    assert {asked.parameters["time"] for asked in instants} == {f"{AT.timestamp():.3f}"}
    assert [asked.moments for asked in ranges] == [[AT.timestamp() - ago * 60 for ago in (4, 3, 2, 1, 0)]] * 5
    assert len(ranges) + len(instants) == len(server.asked)
    for asked in server.asked:
        selectors = re.findall(r"agent_\w+\{(.*?)\}", asked.query)
        assert selectors
        assert all(selector.startswith('environment="prod"') for selector in selectors)
        assert "by (environment, migration, side" in asked.query
        assert "rex" not in asked.query


def changed(which: str, change: Callable[[Asked, list[dict[str, object]]], list[dict[str, object]]]) -> Behaviour:
    """Answer all queries well but one, recognised by what stands in it."""
    return answering(lambda asked: success(asked, change(asked, rows(asked)) if which in asked.query else rows(asked)))


def target_says(number: str, **labels: str) -> Callable[[Asked, list[dict[str, object]]], list[dict[str, object]]]:
    """Add a series of the target that says this number at every moment."""
    return lambda asked, found: [*found, series(asked, [number] * len(asked.moments), side="target", **labels)]


def target_seen(seconds: float) -> Behaviour:
    def change(asked: Asked, found: list[dict[str, object]]) -> list[dict[str, object]]:
        seen = f"{asked.moments[0] + seconds:.3f}"
        source = [one for one in found if one["metric"]["side"] == "source"]  # type: ignore[index]
        return [*source, series(asked, [seen], side="target", indicator="agent_tasks_total")]

    return changed("label_replace", change)


def without_target(_: Asked, found: list[dict[str, object]]) -> list[dict[str, object]]:
    return [one for one in found if one["metric"]["side"] == "source"]  # type: ignore[index]


def target_says_only(number: str) -> Callable[[Asked, list[dict[str, object]]], list[dict[str, object]]]:
    return lambda asked, found: target_says(number)(asked, without_target(asked, found))


TASKS, COST, TOKENS, SESSIONS, DURATIONS = (
    "sum by (environment, migration, side, outcome)",
    "last_over_time(agent_task_cost_usd_total{",
    "last_over_time(agent_task_tokens_total{",
    "last_over_time(agent_sessions_total{",
    "sum by (environment, migration, side, le)",
)
LONG_GONE = AT - timedelta(seconds=181)
FIRST = AT - 4 * STEP


@pytest.mark.parametrize(
    ("behave", "reason", "since"),
    [
        pytest.param(changed(TASKS, target_says("NaN", outcome="failed")), "a value is nan", FIRST, id="nan"),
        pytest.param(changed(TASKS, target_says("+Inf", outcome="failed")), "a value is inf", FIRST, id="infinite"),
        pytest.param(
            changed(TASKS, target_says("-1", outcome="failed")), "a value is -1, expected", FIRST, id="negative"
        ),
        pytest.param(changed(TASKS, target_says("1.5", outcome="failed")), "is not whole", FIRST, id="half-a-task"),
        pytest.param(changed(TASKS, target_says("1", outcome="error")), "series came twice", FIRST, id="duplicate"),
        pytest.param(
            changed(TASKS, target_says("1", outcome="bored")), "an outcome is none of", FIRST, id="new-outcome"
        ),
        pytest.param(changed(TASKS, target_says("1")), "an outcome is none of", FIRST, id="no-outcome"),
        pytest.param(
            changed(COST, target_says_only("NaN")), "agent_task_cost_usd_total: a value is nan", FIRST, id="nan-cost"
        ),
        pytest.param(changed(COST, target_says("1")), "series came twice", FIRST, id="duplicate-cost"),
        pytest.param(changed(TOKENS, target_says_only("-7")), "a value is -7, expected", FIRST, id="negative-tokens"),
        pytest.param(changed(SESSIONS, target_says_only("0.5")), "a count is not whole", FIRST, id="half-a-session"),
        pytest.param(
            changed(DURATIONS, target_says("1", le="wide")), "a bucket's bound is no number", FIRST, id="bad-bucket"
        ),
        pytest.param(changed(DURATIONS, target_says("-Inf", le="20")), "a value is -inf", FIRST, id="infinite-bucket"),
        pytest.param(
            changed("group by", target_says("1", le="wide")), "a bucket's bound is no number", None, id="bad-layout"
        ),
        pytest.param(changed("label_replace", without_target), "no sample for this side", AT, id="absent"),
        pytest.param(
            target_seen(-181), "the newest sample is 181 s old, expected at most 180 s", LONG_GONE, id="stale"
        ),
        pytest.param(target_seen(60), "lies 60 s in the future", None, id="future"),
        pytest.param(target_seen(float("nan")), "a value is nan", None, id="seen-at-no-time"),
        pytest.param(target_seen(-AT.timestamp() - 1), "a value is -1, expected", None, id="a-counter-below-zero"),
    ],
)
def test_a_side_with_nonsense_is_unknown_and_the_other_is_not(
    behave: Behaviour, reason: str, since: datetime | None
) -> None:
    with serving(behave) as server:
        seen = observe(server.url)

    assert isinstance(seen.target, Unknown)
    assert reason in seen.target.reason
    assert seen.target.since == since
    assert isinstance(seen.source, SideObservations)


@pytest.mark.parametrize(
    ("last_seen", "since"),
    [
        pytest.param(-7200.5, AT - timedelta(seconds=7200.5), id="two-hours-ago"),
        pytest.param(None, AT, id="nobody-says-so-its-newest-task-does"),
        pytest.param(60, AT, id="in-the-future-so-its-newest-task-does"),
    ],
)
def test_a_side_that_is_gone_says_when_it_was_last_seen(last_seen: float | None, since: datetime) -> None:
    def gone(asked: Asked) -> bytes:
        if asked.query.startswith("label_replace"):
            return success(asked, without_target(asked, rows(asked)))
        if asked.query.startswith(LAST_SEEN) and last_seen is None:
            return b"{}"
        if asked.query.startswith(LAST_SEEN):
            return success(asked, [series(asked, [f"{asked.moments[0] + (last_seen or 0):.3f}"], side="target")])
        return success(asked, rows(asked))

    with serving(answering(gone)) as server:
        target = observe(server.url).target

    assert isinstance(target, Unknown)
    assert target.since == since


def test_nonsense_from_before_a_migration_began_does_not_doubt_it() -> None:
    def once(asked: Asked, found: list[dict[str, object]]) -> list[dict[str, object]]:
        one: dict[str, object] = {"values": [[asked.moments[0], "NaN"]]}
        labels = {"environment": "prod", "side": "target", "outcome": "failed"}
        return [*found, *({**one, "metric": labels | {"migration": name}} for name in ("rex", "max"))]

    starts = {REX: START, MigrationId("prod", "max"): AT - 3 * STEP}
    newest = [{"migration": name, "side": side} for name in ("rex", "max") for side in SIDES]

    def behave(asked: Asked) -> bytes:
        if asked.query.startswith("label_replace"):
            seen = f"{asked.moments[0]:.3f}"
            return success(asked, [series(asked, [seen], indicator="agent_tasks_total", **one) for one in newest])
        return success(asked, once(asked, rows(asked)) if TASKS in asked.query else rows(asked))

    with serving(answering(behave)) as server:
        seen = PrometheusSource(server.url, "prod", {}, DEADLINE).observe(starts, at=AT, step=STEP)

    assert isinstance(seen[REX].target, Unknown)
    assert isinstance(seen[MigrationId("prod", "max")].target, SideObservations)


def test_what_is_said_about_others_changes_nothing() -> None:
    others = (
        {"environment": "staging", "side": "target", "outcome": "error"},
        {"migration": "max", "side": "target", "outcome": "error"},
        {"side": "shadow", "outcome": "error"},
        {"outcome": "error"},
    )
    noisy = changed(
        TASKS, lambda asked, found: [*found, *(series(asked, ["9"] * len(asked.moments), **one) for one in others)]
    )
    with serving(noisy) as loud, serving(well) as quiet:
        assert observe(loud.url) == observe(quiet.url)


def test_a_broken_query_of_a_team_leaves_its_own_indicator_unknown_only() -> None:
    def refuse(asked: Asked) -> None:
        if asked.query != "sum(":
            return well(asked)
        return asked.send(http(b'{"status":"error","error":"parse error"}', status="400 Bad Request"))

    with serving(refuse) as server:
        seen = observe(server.url, toxicity="sum(").target

    assert isinstance(seen, SideObservations)
    assert seen.readings == {"toxicity": Unknown(f"{server.url}: query toxicity: HTTP 400, expected 200: parse error")}


def test_credentials_come_from_the_environment_and_proxies_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_METRICS_TOKEN", "moon-shine")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with serving(well) as server:
        observe(server.url)

    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer moon-shine"}


def test_a_password_file_of_the_machine_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password moon-shine", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(well) as server:
        observe(server.url)

    assert all("authorization" not in asked.headers for asked in server.asked)


def test_a_refused_token_is_not_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_METRICS_TOKEN", "moon-shine")
    with (
        serving(saying(b"denied", kind="text/plain", status="401 Unauthorized")) as server,
        pytest.raises(SourceFault, match="HTTP 401") as caught,
    ):
        observe(server.url)

    assert "moon-shine" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://me:secret@prometheus:9090", "http://prometheus:9090/?token=secret", "prometheus:9090", "file:///secret",
     "http://", "http://[secret", "http://host:secret"],
)  # fmt: skip
def test_a_url_that_we_would_not_ask_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(ReconcilerError, match="the Prometheus URL") as caught:
        PrometheusSource(url, "prod", {}, DEADLINE)

    assert "secret" not in str(caught.value)
