"""Measures agents by what their mesh sees of their requests: the profile ``istio``."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.adapters import promql
from reconciler.adapters.asking import Asker
from reconciler.adapters.freshness import newest_samples
from reconciler.adapters.istio_requests import OUTCOME
from reconciler.adapters.istio_sides import DURATIONS, REPORTERS, REQUESTS, Answers
from reconciler.adapters.rows import Key
from reconciler.model.migration import MigrationId
from reconciler.model.observation import Route, Unknown

_IN_CLUSTER = "svc.cluster.local"
_NOT_MEASURED = "the profile istio sees requests, not what agents make of them or spend; add it to metrics.queries"


class Mesh:
    """The services of a namespace.

    A request counts by the exact name of the service, so mirrored ones that are sent to a host of another name
    (``-shadow``) do not. Those that the mesh counts under the service itself are seen by the server's proxy alone: they
    are what the target did in testing, when it has no other requests.

    Args:
        namespace: Where the services are.
        routes: The host, versions and weight of each migration.
    """

    unmeasured: Mapping[str, Unknown] = dict.fromkeys(
        ("completion_rate", "cost_per_completed_task", "cost_total"), Unknown(_NOT_MEASURED)
    )

    def __init__(self, namespace: str, routes: Mapping[MigrationId, Route]) -> None:
        self._namespace = namespace
        self._routes = routes
        self._scope = promql.mesh(namespace)

    def ask(self, asker: Asker) -> Answers:
        """Ask what all of them did; ``Answers`` tells it by side."""
        scope, step = self._scope, asker.grid.step
        services = {one: service(route.host, self._namespace) for one, route in self._routes.items()}
        return Answers(
            grid=asker.grid,
            routes=self._routes,
            services=services,
            newest=newest_samples(
                asker,
                (REQUESTS,),
                scope,
                by=scope.owner,
                whose=_service,
                keys=[(services[one],) for one in asker.grid.lengths if one in services],
            ),
            bounds=asker.now("buckets", promql.bounds(DURATIONS, scope), _version, ("le",)),
            requests=asker.over_time(REQUESTS, promql.increases(REQUESTS, scope, step, by=OUTCOME), _version, OUTCOME),
            durations=asker.over_time(
                DURATIONS, promql.increases(DURATIONS, scope, step, by=("le",)), _version, ("le",)
            ),
        )


def service(host: str, namespace: str) -> str:
    """Give the name under which Istio counts a host's requests: a service of the cluster by its first label.

    >>> [service(host, "agents") for host in ("rex.agents.svc.cluster.local", "rex", "rex.example.com")]
    ['rex', 'rex', 'rex.example.com']
    """
    for ending in ("", f".{namespace}", f".{namespace}.svc", f".{namespace}.{_IN_CLUSTER}"):
        name = host.removesuffix(ending)
        if host.endswith(ending) and name and "." not in name:
            return name
    return host


def _service(labels: Mapping[str, str]) -> Key | None:
    return (labels["destination_service_name"],) if "destination_service_name" in labels else None


def _version(labels: Mapping[str, str]) -> Key | None:
    found = tuple(labels.get(label, "") for label in ("destination_service_name", "destination_version", "reporter"))
    return found if found[0] and found[2] in REPORTERS else None
