"""Lets Envoy follow the main branch, as a cluster does: fetch, read the rendered routes of the commit, apply."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from reconciler.adapters.git import Repository, open_repository
from reconciler.demo.envoy import Envoy
from reconciler.demo.rds import route_configuration
from reconciler.demo.waiting import DemoError, wait_for
from reconciler.errors import ReconcilerError
from reconciler.render.parsing import read_manifest
from reconciler.render.routing import VIRTUAL_SERVICE, target_weight_of

_LOOK_AGAIN = 0.2
_PATIENCE = 20.0
_ROUTES = f"/{VIRTUAL_SERVICE}"


@dataclass(frozen=True, slots=True)
class Applied:
    """What Envoy follows.

    Attributes:
        revision: The commit, as Envoy itself reports it.
        weights: The target's rendered percent by migration, read from that commit.
    """

    revision: str
    weights: Mapping[str, int]


class Follower:
    """Follows one folder of the main branch, for the length of a ``with`` block.

    Args:
        remote: The repository that everybody pushes to.
        folder: Where the rendered manifests stand in a commit: ``environments/demo/rendered``.
        envoy: Who takes the routes.
        cache_home: Where the follower's own copy of the repository is kept.
    """

    def __init__(self, remote: str, folder: str, envoy: Envoy, cache_home: Path) -> None:
        self._remote = remote
        self._folder = folder
        self._envoy = envoy
        self._cache_home = cache_home
        self._applied = Applied("", {})
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_PATIENCE)

    @property
    def applied(self) -> Applied:
        """What Envoy follows now."""
        return self._applied

    def reach(self, revision: str) -> Applied:
        """Wait until Envoy follows a commit, and give what it follows then.

        Raises:
            DemoError: It does not come, or Envoy rejects it.
        """
        return wait_for(
            lambda: self._seen(revision),
            f"Envoy follows {revision[:12]}",
            within=_PATIENCE,
            hint=f"see {self._envoy.log}",
        )

    def _seen(self, revision: str) -> Applied | None:
        if self._error is not None:
            raise DemoError(f"the follower stopped: {self._error}") from self._error
        return self._applied if self._applied.revision == revision else None

    def _follow(self) -> None:
        try:
            with open_repository(self._remote, cache_home=self._cache_home) as repository:
                while not self._stop.is_set():
                    revision = repository.sync()
                    if revision != self._applied.revision:
                        self._applied = self._apply(repository, revision)
                    self._stop.wait(_LOOK_AGAIN)
        except (ReconcilerError, ValueError, OSError) as error:
            self._error = error

    def _apply(self, repository: Repository, revision: str) -> Applied:
        listing = repository.listing(revision, self._folder)
        oids = {path: entry.oid for path, entry in listing.items() if path.endswith(_ROUTES)}
        contents = repository.read(oids.values())
        routes = {path: read_manifest(contents[oid], path) for path, oid in oids.items()}
        self._envoy.apply(route_configuration(routes, version=revision))
        weights = {path.split("/")[-2]: target_weight_of(contents[oid]) for path, oid in oids.items()}
        return Applied(revision, weights)
