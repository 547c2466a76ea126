import itertools
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.demo.envoy import Envoy, EnvoyError
from reconciler.demo.rds import route_configuration
from reconciler.model.migration import Migration
from reconciler.model.stage import Stage
from reconciler.render.manifests import render_routing
from tests.demo.loopback import HOST, Answer, Backend, ask, ask_side_by_side
from tests.render.examples import BUCKET, COOKIE, PROD, TEMPLATES, migration

pytestmark = pytest.mark.real

Sides = tuple[Backend, Backend]
SPLITS = [Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50]


def follow(envoy: Envoy, wanted: Migration, stage: Stage, *, attempt: int = 1, version: str | None = None) -> None:
    document = yaml.safe_load(render_routing(wanted, PROD, stage, attempt, TEMPLATES))
    envoy.apply(route_configuration({"rex": document}, version=version or f"{stage}-{attempt}"))


def share(answers: list[Answer]) -> float:
    assert {answer.status for answer in answers} == {200}
    return sum(answer.side == "target" for answer in answers) / len(answers)


def within_four_deviations(measured: float, percent: int, requests: int) -> bool:
    wanted = percent / 100
    return abs(measured - wanted) <= 4 * math.sqrt(wanted * (1 - wanted) / requests)


def eventually(condition: Callable[[], bool], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_the_share_that_arrives_is_the_share_that_was_rendered(envoy: Envoy, sides: Sides) -> None:
    requests = 2000
    for stage in Stage:
        follow(envoy, migration(None, mirror=0), stage)
        for backend in sides:
            backend.arrived.clear()
        measured = share(ask_side_by_side(envoy.port, [{}] * requests))
        assert within_four_deviations(measured, stage.target_weight, requests), (stage, measured)
        assert [len(backend.arrived) for backend in sides] == [
            round(requests * (1 - measured)),
            round(requests * measured),
        ]


@pytest.mark.parametrize(
    "wanted", [migration(None), migration(COOKIE), migration(BUCKET)], ids=["plain", "cookie", "bucket"]
)
def test_the_forced_header_wins_in_every_stage(envoy: Envoy, wanted: Migration) -> None:
    for stage in Stage:
        follow(envoy, wanted, stage)
        for side in ("source", "target"):
            other = {"cookie": "agent-side=source-1", "x-agent-bucket": "99" if side == "target" else "0"}
            answers = ask(envoy.port, [{"x-reconciler-side": side, **other}] * 20)
            assert {answer.side for answer in answers} == {side}


def test_a_session_with_a_cookie_stays_on_its_side_while_weights_grow(envoy: Envoy) -> None:
    follow(envoy, migration(COOKIE), Stage.CANARY)
    first = ask_side_by_side(envoy.port, [{}] * 400)
    assert all(len(answer.cookies) == 1 for answer in first)
    assert {answer.side for answer in first} == {"source", "target"}
    sessions = [(answer.side, {"cookie": f"a=b; {answer.cookies[0].partition(';')[0]}"}) for answer in first]
    for stage in SPLITS:
        follow(envoy, migration(COOKIE), stage)
        answers = ask(envoy.port, [cookie for _, cookie in sessions])
        assert [answer.side for answer in answers] == [side for side, _ in sessions]
        assert not [answer for answer in answers if answer.cookies]


@pytest.mark.parametrize("cookie", ["agent-side=target-1", "my-agent-side=target-2", "agent-side=target-22"])
def test_a_cookie_of_an_earlier_attempt_or_another_name_goes_by_the_weights(envoy: Envoy, cookie: str) -> None:
    follow(envoy, migration(COOKIE), Stage.CANARY, attempt=2)
    answers = ask_side_by_side(envoy.port, [{"cookie": cookie}] * 2000)
    assert within_four_deviations(share(answers), 10, 2000)
    assert {answer.cookies[0].partition(";")[0] for answer in answers} == {"agent-side=source-2", "agent-side=target-2"}


def test_no_cookie_holds_a_session_on_the_target_after_a_rollback(envoy: Envoy) -> None:
    follow(envoy, migration(COOKIE), Stage.ROLLED_BACK)
    answers = ask(envoy.port, [{"cookie": "agent-side=target-1"}] * 200)
    assert share(answers) == 0
    assert not [answer for answer in answers if answer.cookies]


def test_the_buckets_below_the_share_are_on_the_target_and_stay_there(envoy: Envoy) -> None:
    for stage in SPLITS:
        follow(envoy, migration(BUCKET), stage)
        answers = ask(envoy.port, [{"X-Agent-Bucket": str(bucket)} for bucket in range(100)])
        assert [bucket for bucket, answer in enumerate(answers) if answer.side == "target"] == list(
            range(stage.target_weight)
        )


def test_a_request_without_a_valid_bucket_goes_by_the_weights(envoy: Envoy) -> None:
    follow(envoy, migration(BUCKET), Stage.ROLLOUT_25)
    invalid = itertools.cycle([{}, {"x-agent-bucket": "100"}, {"x-agent-bucket": "007"}, {"x-agent-bucket": "none"}])
    measured = share(ask_side_by_side(envoy.port, list(itertools.islice(invalid, 2000)), clients=4))
    assert within_four_deviations(measured, 25, 2000)


def test_the_mirror_copies_its_share_and_answers_come_from_the_source(envoy: Envoy, sides: Sides) -> None:
    source, target = sides
    follow(envoy, migration(mirror=10), Stage.TESTING)
    assert share(ask_side_by_side(envoy.port, [{}] * 2000)) == 0
    total, completed = (f"cluster.{HOST}|target.upstream_rq_{name}" for name in ("total", "completed"))
    assert eventually(lambda: (stats := envoy.stats())[completed] == stats[total] == len(target.arrived))
    assert within_four_deviations(len(target.arrived) / 2000, 10, 2000)
    assert Counter(target.arrived) == {f"{HOST}-shadow": len(target.arrived)}
    assert Counter(source.arrived) == {HOST: 2000}


def test_no_request_fails_while_weights_are_swapped(envoy: Envoy) -> None:
    wanted, done = migration(None, mirror=0), threading.Event()
    follow(envoy, wanted, Stage.PLANNING)
    before = envoy.stats()
    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(ask, envoy.port, [{}] * 20_000, until=done.is_set) for _ in range(4)]
        for turn, stage in zip(range(60), itertools.cycle(Stage), strict=False):
            follow(envoy, wanted, stage, version=f"turn-{turn}")
            time.sleep(0.02)  # requests under these routes before the next ones come
        done.set()
        answers = [answer for client in clients for answer in client.result(30)]
    after = envoy.stats()
    assert Counter(answer.status for answer in answers) == {200: len(answers)}
    assert {answer.side for answer in answers} == {"source", "target"}
    assert len(answers) > 500
    rds = "http.agents.rds.agents."
    assert after[rds + "update_success"] - before[rds + "update_success"] == 60
    assert after[rds + "update_rejected"] == 0


TO_NOBODY = {"name": "a", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "nobody"}}]}


@pytest.mark.parametrize(
    ("bad", "words"),
    [({"virtual_hosts": [TO_NOBODY]}, "unknown cluster 'nobody'"), ({"virtual_hots": []}, "virtual_hots")],
)
def test_routes_that_envoy_rejects_change_nothing_and_say_why(envoy: Envoy, bad: dict[str, Any], words: str) -> None:
    follow(envoy, migration(None), Stage.COMPLETE)
    broken = route_configuration({}, version="broken")
    broken["resources"][0] |= bad
    with pytest.raises(EnvoyError, match=words):
        envoy.apply(broken)
    assert envoy.version() == "complete-1"
    assert share(ask(envoy.port, [{}] * 20)) == 1
    follow(envoy, migration(None), Stage.PLANNING)
    assert share(ask(envoy.port, [{}] * 20)) == 0


def test_envoy_is_not_started_from_a_thread_that_ends_before_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="main thread"):
        pool.submit(Envoy(tmp_path, {}).__enter__).result()


def test_an_envoy_that_cannot_start_says_why(tmp_path: Path, envoy: Envoy) -> None:
    del envoy  # only for the binary
    with pytest.raises(EnvoyError, match="Envoy has ended"), Envoy(tmp_path / "bad", {"a": ("not an address", 1)}):
        pass
