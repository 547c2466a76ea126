import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from reconciler.adapters.ledger import Ledger
from reconciler.demo.agent import AgentServer, Conduct, TaskDone
from reconciler.demo.exposition import Exposition
from reconciler.demo.fleet import Fleet
from reconciler.demo.waiting import DemoError, wait_for
from reconciler.model.migration import MigrationId
from reconciler.model.observation import SideObservations
from reconciler.model.stage import Side

REX = MigrationId("demo", "rex")


@contextmanager
def serving(server: AgentServer) -> Iterator[tuple[str, int]]:
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield "127.0.0.1", int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(address: tuple[str, int], path: str, body: str | None = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("error_rate", "status", "outcome"), [(0.0, 200, "completed"), (1.0, 500, "error")], ids=["well", "failing"]
)
def test_a_task_is_answered_and_recorded_as_it_went(error_rate: float, status: int, outcome: str) -> None:
    recorded: list[TaskDone] = []
    with serving(AgentServer(REX, Side.TARGET, recorded.append, None)) as address:
        quick = {"error_rate": error_rate, "seconds": 0.001, "cost_usd": 0.5}
        assert ask(address, "/switch", json.dumps(quick))[0] == 200
        answer = ask(address, "/tasks", "{}")
        ask(address, "/tasks", "{}", cookie="agent-side=target-1")
    assert (answer[0], json.loads(answer[1])) == (status, {"agent": "rex", "side": "target", "outcome": outcome})
    assert [(one.migration, one.side, one.outcome, one.cost_usd) for one in recorded] == [
        (REX, Side.TARGET, outcome, 0.5)
    ] * 2
    assert [one.new_session for one in recorded] == [True, False]
    assert all(0 < one.seconds < 10 for one in recorded)


@pytest.mark.parametrize(
    "wanted",
    ['{"error_rate": 1.5}', '{"error_rate": -0.1}', '{"error_rate": "high"}', '{"eror_rate": 0.1}', "[]", "no", "3"],
)
def test_a_switch_that_makes_no_sense_is_refused_and_changes_nothing(wanted: str) -> None:
    with serving(AgentServer(REX, Side.SOURCE, lambda _: None, None)) as address:
        before = ask(address, "/switch", "{}")
        assert ask(address, "/switch", wanted)[0] == 400
        assert ask(address, "/switch", "{}") == before


def test_a_switch_changes_what_it_names_and_nothing_else() -> None:
    assert Conduct().switched({"error_rate": 0.3}) == Conduct(error_rate=0.3)


def test_the_metrics_have_the_names_that_every_agent_uses() -> None:
    exposition = Exposition([REX])
    exposition.record(TaskDone(REX, Side.TARGET, "error", seconds=0.3, cost_usd=0.25, new_session=True))
    with serving(AgentServer(REX, Side.SOURCE, exposition.record, exposition.text)) as address:
        status, text = ask(address, "/metrics")
    labels = 'environment="demo",migration="rex"'
    assert status == 200
    assert {
        f'agent_tasks_total{{{labels},outcome="error",side="target"}} 1.0',
        f'agent_tasks_total{{{labels},outcome="error",side="source"}} 0.0',
        f'agent_task_cost_usd_total{{{labels},side="target"}} 0.25',
        f'agent_sessions_total{{{labels},side="target"}} 1.0',
        'agent_task_duration_seconds_bucket{environment="demo",le="0.3",migration="rex",side="target"} 1.0',
        'agent_task_duration_seconds_bucket{environment="demo",le="3600.0",migration="rex",side="target"} 1.0',
    } <= {_sorted_labels(line) for line in text.splitlines()}
    assert "_created" not in text


def _sorted_labels(line: str) -> str:
    name, brace, rest = line.partition("{")
    labels, _, value = rest.partition("}")
    return f"{name}{brace}{','.join(sorted(labels.split(',')))}}}{value}" if brace else line


def test_agents_without_a_prometheus_write_every_task_to_the_ledger(tmp_path: Path) -> None:
    tasks, began = 30, datetime.now(UTC) - timedelta(seconds=1)
    database = tmp_path / "outcomes.db"
    with Fleet(tmp_path / "agents", [REX], ledger=database) as fleet:
        fleet.switch(REX, Side.TARGET, {"error_rate": 1, "seconds": 0.001})
        for _ in range(tasks):
            assert ask(fleet.address(REX, Side.TARGET), "/tasks", "{}")[0] == 500

        def seen() -> list[int]:
            ledger, now = Ledger(f"sqlite:///{database}"), datetime.now(UTC)
            if not database.exists():
                return []
            observed = ledger.observe({REX: began}, at=now, step=now - began)[REX].target
            assert isinstance(observed, SideObservations)
            counts = [sum(one.tasks for one in observed.slices), sum(one.errors for one in observed.slices)]
            return counts if counts[0] == tasks else []

        assert wait_for(seen, "all tasks stand in the ledger", within=20) == [tasks, tasks]


def test_the_fleet_says_why_it_cannot_be_switched(tmp_path: Path) -> None:
    with (
        Fleet(tmp_path / "agents", [REX], ledger=None) as fleet,
        pytest.raises(DemoError, match=r"demo/rex target: cannot be switched: .*error_rate is 2"),
    ):
        fleet.switch(REX, Side.TARGET, {"error_rate": 2})


def test_agents_that_cannot_start_say_why_and_where_their_log_is(tmp_path: Path) -> None:
    with (
        pytest.raises(DemoError, match=r"the agents ended: .*required: migrations\n.*agents\.log"),
        Fleet(tmp_path, [], ledger=None),
    ):
        pass
