import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reconciler.demo.traffic import Traffic
from reconciler.demo.waiting import wait_for
from reconciler.model.stage import Side

HOST = "rex.demo.svc.cluster.local"


class Door(ThreadingHTTPServer):
    """Answers in Envoy's place and keeps the headers of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, str]] = []
        self.answer: tuple[int, dict[str, str]] = (200, {"side": "source", "outcome": "completed"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Door

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append({name.lower(): value for name, value in self.headers.items()})
        status, document = self.server.answer
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if "cookie" not in self.headers:
            self.send_header("set-cookie", f"agent-side={document.get('side')}-1; Max-Age=86400; Path=/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the library
        pass


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def traffic_at(door: Door) -> Traffic:
    return Traffic(int(door.server_address[1]), {"rex": HOST})


def test_no_task_names_a_side_but_by_the_cookie_that_its_session_was_given(door: Door) -> None:
    with traffic_at(door) as traffic:
        wait_for(lambda: sum(not answer.first for answer in traffic.answers("rex")) > 20, "sessions go on", within=20)
    seen = Counter((one["host"], one.get("cookie")) for one in door.requests)
    assert seen.keys() == {(HOST, None), (HOST, "agent-side=source-1")}
    assert seen[HOST, None] > 4 * seen[HOST, "agent-side=source-1"]
    assert all("x-reconciler-side" not in one for one in door.requests)


def test_only_a_probe_asks_for_the_target(door: Door) -> None:
    door.answer = (200, {"side": "target", "outcome": "completed"})
    answer = traffic_at(door).probe("rex")
    assert (answer.side, answer.failed) == (Side.TARGET, False)
    assert [one["x-reconciler-side"] for one in door.requests] == ["target"]


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        pytest.param((200, {"side": "source", "outcome": "completed"}), False, id="served"),
        pytest.param((500, {"side": "target", "outcome": "error"}), False, id="an-error-that-was-switched-on"),
        pytest.param((503, {"error": "no healthy upstream"}), True, id="nobody-there"),
        pytest.param((404, {}), True, id="no-route"),
        pytest.param((500, {"side": "source", "outcome": "completed"}), True, id="an-error-nobody-switched-on"),
    ],
)
def test_every_answer_but_a_good_one_failed_unless_it_was_switched_on(
    door: Door, answer: tuple[int, dict[str, str]], *, failed: bool
) -> None:
    door.answer = answer
    assert traffic_at(door).probe("rex").failed is failed


def test_a_broken_connection_is_a_failed_task(door: Door) -> None:
    with traffic_at(door) as traffic:
        traffic.settled("rex")
        door.shutdown()
        door.server_close()
        assert traffic.probe("rex").failed


def test_a_session_that_is_answered_by_the_other_side_has_moved(door: Door) -> None:
    with traffic_at(door) as traffic:
        wait_for(lambda: any(not answer.first for answer in traffic.answers("rex")), "sessions go on", within=20)
        assert not any(answer.moved for answer in traffic.answers("rex"))
        door.answer = (200, {"side": "target", "outcome": "completed"})
        wait_for(lambda: any(answer.moved for answer in traffic.answers("rex")), "it is seen", within=20)
    assert all(not answer.first for answer in traffic.answers("rex") if answer.moved)


def test_what_has_settled_began_after_it_was_asked(door: Door) -> None:
    with traffic_at(door) as traffic:
        traffic.settled("rex")
        door.answer = (200, {"side": "target", "outcome": "completed"})
        began, seen = traffic.settled("rex"), len(traffic.answers("rex"))
        wait_for(lambda: len(traffic.answers("rex")) > seen + 50, "more answers come", within=20)
        later = [answer for answer in traffic.answers("rex")[seen:] if answer.began >= began]
    assert later
    assert {answer.side for answer in later} == {Side.TARGET}
