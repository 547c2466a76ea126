"""Sends tasks through Envoy as callers would: sessions with and without a cookie, and never a word about sides."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from reconciler.demo.share import Answer
from reconciler.demo.waiting import wait_for
from reconciler.model.stage import Side

_WORKERS = 9
_PACE = 1 / 12
_KEPT = 4
_KEPT_EVERY = 8
_PATIENCE = 10.0
_ERRORS = (OSError, http.client.HTTPException, ValueError)


class Traffic:
    """A bounded stream of tasks for several agents, for the length of a ``with`` block.

    About a hundred tasks a second an agent, over connections that stay open. Most begin a session; one in eight goes
    on with one of a few sessions that keep the cookie they were given, through every stage.

    Args:
        port: Where Envoy takes requests on loopback.
        hosts: Each agent's host, by the agent's name.
    """

    def __init__(self, port: int, hosts: Mapping[str, str]) -> None:
        self._port = port
        self._hosts = hosts
        self._answers: dict[str, list[Answer]] = {name: [] for name in hosts}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(name,), daemon=True) for name in hosts for _ in range(_WORKERS)
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def answers(self, agent: str) -> Sequence[Answer]:
        """Give every answer of an agent so far, in the order in which they came."""
        return self._answers[agent].copy()

    def settled(self, agent: str) -> float:
        """Give a moment after which every request goes by the routes that Envoy follows now.

        Envoy's one worker takes new routes between two requests; once it has served a request that came after them,
        it has taken them.
        """
        now = time.monotonic()
        wait_for(
            lambda: any(answer.began > now for answer in self._answers[agent][-_WORKERS:]),
            f"a new task of {agent} is answered",
            within=_PATIENCE,
        )
        return time.monotonic()

    def probe(self, agent: str) -> Answer:
        """Send one task to the target by the header that a team's own probes send; it counts for no share."""
        caller = _Caller(self._port, self._hosts[agent])
        try:
            return caller.task({"x-reconciler-side": Side.TARGET.value}).answer
        finally:
            caller.close()

    def _work(self, agent: str) -> None:
        caller, sessions = _Caller(self._port, self._hosts[agent]), _Sessions()
        for turn in itertools.count():
            began = time.monotonic()
            self._answers[agent].append(sessions.next_task(caller, turn))
            if self._stop.wait(max(0.0, began + _PACE - time.monotonic())):
                break
        caller.close()


@dataclass(frozen=True, slots=True)
class _Told:
    answer: Answer
    cookie: str = ""


@dataclass(slots=True)
class _Sessions:
    """The sessions of one worker that keep their cookie: cookie and the side that answered first."""

    kept: list[tuple[str, Side]] = field(default_factory=list)

    def next_task(self, caller: _Caller, turn: int) -> Answer:
        if self.kept and turn % _KEPT_EVERY == 0:
            cookie, side = self.kept[turn // _KEPT_EVERY % len(self.kept)]
            answer = caller.task({"cookie": cookie}).answer
            return replace(answer, first=False, moved=answer.side not in (None, side))
        told = caller.task({})
        if told.cookie and told.answer.side and len(self.kept) < _KEPT:
            self.kept.append((told.cookie, told.answer.side))
        return told.answer


class _Caller:
    """One connection that stays open."""

    def __init__(self, port: int, host: str) -> None:
        self._host = host
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)

    def task(self, headers: Mapping[str, str]) -> _Told:
        began = time.monotonic()
        try:
            self._connection.request("POST", "/tasks", b"{}", {"Host": self._host, **headers})
            answer = self._connection.getresponse()
            status, said = answer.status, json.loads(answer.read())
        except _ERRORS:
            self._connection.close()
            return _Told(Answer(began, None, failed=True))
        # An agent's own error says so in its answer, and no agent has errors unless they were switched on.
        switched_on = said.get("outcome") == "error"
        side = Side(said["side"]) if "side" in said else None
        failed = status != http.client.OK and not switched_on
        return _Told(Answer(began, side, failed), (answer.headers.get("set-cookie") or "").partition(";")[0])

    def close(self) -> None:
        self._connection.close()
