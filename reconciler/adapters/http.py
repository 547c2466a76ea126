"""The one guarded way to ask a server for JSON: a deadline for the whole exchange, a size, no redirects, no surprises.

A per-read timeout is no deadline: a server that sends two bytes a second keeps such a client for hours. Every
doubt about an answer is a SourceFault, so that nobody decides on half of one.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth

from reconciler.adapters.bodies import LARGEST_BODY, parse_json, read_body
from reconciler.errors import SourceFault

_CONNECT_SECONDS = 2.0
_OK = 200
_REDIRECTS = range(300, 400)
_LONGEST_WORDS = 200


class GuardedSession(requests.Session):
    """A session whose every answer is whole, small, in time and strict JSON; anything else is a SourceFault.

    Proxies, ``.netrc`` and certificates of the process's environment are not used. Nothing is asked twice.

    Args:
        within: The time for all requests of this session together, from now.
        inspect: Looks at each parsed answer first and raises SourceFault when it cannot be trusted.
        auth: Credentials, sent to whatever this session asks.
        largest: How many bytes an answer may have, inflated.
    """

    def __init__(
        self,
        *,
        within: timedelta,
        inspect: Callable[[object], None],
        auth: AuthBase | None = None,
        largest: int = LARGEST_BODY,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.auth = auth
        self.headers["Accept"] = "application/json"
        self.headers["Accept-Encoding"] = "gzip"
        self._seconds = within.total_seconds()
        self._until = time.monotonic() + self._seconds
        self._inspect = inspect
        self._largest = largest
        self._transport = HTTPAdapter(max_retries=0)

    def send(self, request: requests.PreparedRequest, **_: Any) -> JsonAnswer:
        """Exchange one request; the caller's own timeouts, redirects and adapters do not apply.

        Raises:
            SourceFault: There is no whole, strict answer within the deadline.
        """
        received = self._within_deadline(request)
        document = parse_json(received.checked_body())
        self._inspect(document)
        return JsonAnswer(document)

    def close(self) -> None:
        """Close the connections that are not in use."""
        super().close()
        self._transport.close()

    def _within_deadline(self, request: requests.PreparedRequest) -> _Received:
        # Name resolution, TLS and headers know no deadline, so the exchange runs beside us and is left behind when it
        # is late. It ends by itself, at the latest when the server does.
        late = SourceFault(
            f"no whole answer within {self._seconds:g} s",
            hint="is the server overloaded? timeouts.metrics in environment.yaml sets the deadline",
        )
        outcome: queue.SimpleQueue[_Received | Exception] = queue.SimpleQueue()
        remaining = self._until - time.monotonic()
        if remaining <= 0:
            raise late
        threading.Thread(target=lambda: outcome.put(self._exchange(request, remaining)), daemon=True).start()
        try:
            received = outcome.get(timeout=remaining)
        except queue.Empty:
            raise late from None
        if isinstance(received, _Received):
            return received
        if isinstance(received, requests.Timeout) and time.monotonic() >= self._until:
            raise late from None
        raise received if isinstance(received, SourceFault) else SourceFault(_why(received)) from None

    def _exchange(self, request: requests.PreparedRequest, seconds: float) -> _Received | Exception:
        timeout = (min(_CONNECT_SECONDS, seconds), seconds)
        try:
            response = self._transport.send(request, stream=True, timeout=timeout, verify=True)
            with response:
                return _Received(
                    response.status_code,
                    response.headers.get("Content-Type", ""),
                    read_body(response, self._until, self._largest),
                )
        except Exception as error:  # noqa: BLE001 - the caller's thread raises it, or makes a SourceFault of it
            return error


class JsonAnswer(requests.Response):
    """An answer that was read, parsed and inspected; ``json()`` gives the document."""

    def __init__(self, document: object) -> None:
        super().__init__()
        self.status_code = _OK
        self._document = document

    def json(self, **_: Any) -> Any:
        """Give the parsed document."""
        return self._document


class BearerAuth(AuthBase):
    """Sends a bearer token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def credentials(variables: Mapping[str, str], prefix: str) -> AuthBase | None:
    """Find credentials in environment variables.

    ``<prefix>_TOKEN`` is a bearer token; ``<prefix>_USERNAME`` and ``<prefix>_PASSWORD`` are for basic authentication.
    Secrets come in this way alone, never by a URL, so that no file or message ever holds one.
    """
    if token := variables.get(f"{prefix}_TOKEN"):
        return BearerAuth(token)
    if username := variables.get(f"{prefix}_USERNAME"):
        return HTTPBasicAuth(username, variables.get(f"{prefix}_PASSWORD", ""))
    return None


@dataclass(frozen=True, slots=True)
class _Received:
    status: int
    content_type: str
    body: bytes

    def checked_body(self) -> bytes:
        if self.status in _REDIRECTS:
            raise SourceFault(f"HTTP {self.status} to another place; redirects are not followed")
        is_json = self.content_type.partition(";")[0].strip().lower() == "application/json"
        if self.status != _OK:
            raise SourceFault(f"HTTP {self.status}, expected 200{_words(self.body) if is_json else ''}")
        if not is_json:
            raise SourceFault(
                f"the answer is {printable(self.content_type) or 'of no type'}, expected application/json"
            )
        return self.body


def printable(text: str) -> str:
    """Make a server's words safe to show: one line, no control characters, not long."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST_WORDS])


def _words(body: bytes) -> str:
    """Quote what a JSON answer says about its own failure, such as a mistake in a query."""
    try:
        document = parse_json(body)
    except SourceFault:
        return ""
    said = document.get("error") if isinstance(document, dict) else None
    return f": {printable(said)}" if isinstance(said, str) else ""


def _why(error: Exception) -> str:
    """Name the cause without the library's own words, which hold the whole URL."""
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {_CONNECT_SECONDS:g} s"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return f"the connection failed: {cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    return f"the connection failed or broke off ({type(error).__name__})"
