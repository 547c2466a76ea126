"""What a new GitOps repository shall hold: words that can stand in its files and names, or an error. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from reconciler.errors import RenderError
from reconciler.model.migration import (
    Advance,
    Affinity,
    BucketAffinity,
    Cli,
    CookieAffinity,
    LedgerMetrics,
    Metrics,
    MigrationId,
    PrometheusMetrics,
)


@dataclass(frozen=True, slots=True)
class ScaffoldMigration:
    """One agent that shall move, with a small configuration to start from.

    Attributes:
        name: RFC 1123 label; the agent, its Deployments and its files are named so.
        source: The CLI it runs on today.
        source_model: That CLI's model.
        target: The CLI it goes to; may be the same, for another model.
        target_model: That CLI's model.
        host: The host that callers send tasks to; its first part names the Service of the example pair.
        affinity: What keeps a session on its side.
        advance: How each stage is entered.
        requires: Migrations that must be complete before this one takes traffic.

    Raises:
        RenderError: A word cannot stand where it would stand.
    """

    name: str
    source: Cli
    source_model: str
    target: Cli
    target_model: str
    host: str
    affinity: Affinity | None = None
    advance: Advance = field(default_factory=Advance)
    requires: tuple[MigrationId, ...] = ()

    def __post_init__(self) -> None:
        """Refuse words that would change the meaning of a file, a query or a header."""
        _refuse_unless(_LABEL, "migration name", self.name)
        _refuse_unless(_MODEL, f"{self.name}: source model", self.source_model)
        _refuse_unless(_MODEL, f"{self.name}: target model", self.target_model)
        _refuse_unless(_HOST, f"{self.name}: host", self.host)
        match self.affinity:
            case CookieAffinity(cookie, ttl):
                _refuse_unless(_COOKIE, f"{self.name}: cookie", cookie)
                if ttl < _SECOND or ttl % _SECOND:
                    raise RenderError(f"{self.name}: cookie lives for {ttl}, expected whole seconds, at least one")
            case BucketAffinity(header):
                _refuse_unless(_HEADER, f"{self.name}: header", header)
            case None:
                pass


@dataclass(frozen=True, slots=True)
class ScaffoldEnvironment:
    """One cluster's namespace, where its metrics are, and the agents in it (none is fine).

    Attributes:
        name: RFC 1123 label; its folder under ``environments/`` is named so.
        namespace: RFC 1123 label.
        metrics: Prometheus or a ledger; None leaves the choice to people. Queries are theirs to add.
        migrations: What stands in it from the start.

    Raises:
        RenderError: A word cannot stand where it would stand, or two migrations share a name.
    """

    name: str
    namespace: str
    metrics: Metrics | None
    migrations: tuple[ScaffoldMigration, ...] = ()

    def __post_init__(self) -> None:
        """Refuse words that would change the meaning of a file, and a migration that would overwrite another."""
        _refuse_unless(_LABEL, "environment name", self.name)
        _refuse_unless(_LABEL, f"{self.name}: namespace", self.namespace)
        match self.metrics:
            case PrometheusMetrics(url=url):
                refuse_bad_address(f"{self.name}: metrics", url)
                _refuse_unless(_PROMETHEUS, f"{self.name}: metrics", url)
            case LedgerMetrics(url=url):
                refuse_bad_address(f"{self.name}: metrics", url)
                _refuse_unless(_LEDGER, f"{self.name}: metrics", url)
            case None:
                pass
        refuse_twice(f"{self.name}: migrations", [migration.name for migration in self.migrations])


def refuse_bad_address(what: str, address: str) -> None:
    """Refuse an address that would be read as an option, or that would commit credentials.

    Raises:
        RenderError: It does; the message does not repeat them.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise RenderError(f"{what}: {error}, expected an address such as https://host/path") from error
    # Over HTTP the name alone may be a token; over SSH it is a login.
    if parts.password or (parts.username and parts.scheme in {"http", "https"}):
        raise RenderError(
            f"{what}: credentials stand in the address, expected none",
            hint="everybody who reads the repository would have it; name an environment variable or use a helper",
        )
    _refuse_unless(_ADDRESS, what, address)


def refuse_twice(what: str, names: Iterable[str]) -> None:
    """Refuse a name that is given twice, because one file would silently replace the other.

    Raises:
        RenderError: One is.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise RenderError(f"{what}: {', '.join(twice)} is given twice, each name must be given once")


@dataclass(frozen=True, slots=True)
class _Word:
    pattern: re.Pattern[str]
    expected: str


def _refuse_unless(word: _Word, what: str, text: str) -> None:
    if not word.pattern.fullmatch(text):
        raise RenderError(f"{what}: found {text!a}, expected {word.expected}")


_SECOND = timedelta(seconds=1)
_LABEL_TEXT = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_LABEL = _Word(re.compile(_LABEL_TEXT), "1 to 63 lower-case letters, digits and dashes, with no dash at either end")
_HOST = _Word(
    re.compile(rf"(?=.{{1,253}}\Z){_LABEL_TEXT}(\.{_LABEL_TEXT})*"), "a host such as rex.agents.svc.cluster.local"
)
_MODEL = _Word(re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+~\[\]-]{0,127}"), "a model's name such as claude-sonnet-4-5")
_COOKIE = _Word(re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"), "a cookie's name such as agent-side")
_HEADER = _Word(
    re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"), "a header's name in lower case such as x-agent-bucket"
)
_PROMETHEUS = _Word(re.compile(r"https?://[A-Za-z0-9\[][^@?#]*"), "a URL such as http://prometheus.monitoring:9090")
_LEDGER = _Word(re.compile(r"(sqlite:///|postgresql://).+"), "a database's URL such as sqlite:///outcomes.db")
_ADDRESS = _Word(re.compile(r"[A-Za-z0-9/.][!-~]{0,2047}"), "an address without spaces, such as https://host/path")
