"""Sets the stage on one machine: a bare remote, the agents, what measures them, and an Envoy that follows main."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.demo.envoy import Envoy
from reconciler.demo.fleet import Fleet
from reconciler.demo.follower import Follower
from reconciler.demo.metrics import find_prometheus, running_prometheus
from reconciler.demo.passes import Passes
from reconciler.demo.person import Person
from reconciler.demo.repository import KIT, RENDERED, REX, first_files, host
from reconciler.model.migration import LedgerMetrics, Metrics, PrometheusMetrics
from reconciler.model.stage import Side


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything that runs.

    Attributes:
        remote: The bare repository that everybody pushes to.
        author: The person who made the first commit.
        night: Another person, who has no clone yet.
        metrics: What measures the agents: ``prometheus`` or ``ledger``.
    """

    remote: Path
    author: Person
    night: Person
    fleet: Fleet
    envoy: Envoy
    follower: Follower
    passes: Passes
    metrics: str


@contextmanager
def open_workshop(folder: Path) -> Iterator[Workshop]:
    """Start everything, and end it again; call it in the main thread, which Envoy lives and dies with.

    Args:
        folder: An empty folder for all that is written.

    Raises:
        DemoError: Something did not start; the message says where to look.
        EnvoyError: There is no Envoy, or it did not start.
    """
    remote = _bare_repository(folder / "remote.git")
    program = find_prometheus()
    ledger = folder / "outcomes.db"
    with ExitStack() as running:
        fleet = running.enter_context(Fleet(folder / "agents", [REX, KIT], ledger=None if program else ledger))
        metrics: Metrics
        if program:
            scraped = fleet.address(REX, Side.SOURCE)
            metrics = PrometheusMetrics(running.enter_context(running_prometheus(program, folder / "metrics", scraped)))
        else:
            metrics = LedgerMetrics(f"sqlite:///{ledger}")
        author = Person("Ada", folder / "ada")
        author.begin(remote, first_files(metrics), "Begin with two agents that shall move to Codex")
        envoy = running.enter_context(Envoy(folder / "envoy", _clusters(fleet)))
        follower = running.enter_context(Follower(str(remote), RENDERED, envoy, folder / "follower"))
        yield Workshop(
            remote=remote,
            author=author,
            night=Person("Noor", folder / "noor"),
            fleet=fleet,
            envoy=envoy,
            follower=follower,
            passes=Passes(str(remote), folder / "loop"),
            metrics="prometheus" if program else "ledger",
        )


def _clusters(fleet: Fleet) -> dict[str, tuple[str, int]]:
    return {f"{host(migration)}|{side}": fleet.address(migration, side) for migration in (REX, KIT) for side in Side}


def _bare_repository(path: Path) -> Path:
    # Without automatic packing, so that nothing of git goes on in the background when the demo ends.
    path.mkdir(parents=True)
    git = Person("Nobody", path)
    git.git("init", "--quiet", "--bare", "--initial-branch=main")
    git.git("config", "gc.auto", "0")
    git.git("config", "receive.autogc", "false")
    return path
