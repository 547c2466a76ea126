"""Writes the configuration that Envoy starts with: one listener, its routes from a file, one cluster a side. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.demo.rds import ROUTES, Json

NAME = "agents"
"""Name of the listener in Envoy's statistics."""


def bootstrap(routes: Path, clusters: Mapping[str, tuple[str, int]]) -> Json:
    """Configure an Envoy with free ports on loopback.

    Args:
        routes: The watched folder; ``routes.json`` in it must exist at the start.
        clusters: Address and port by cluster name.
    """
    return {
        "node": {"id": NAME, "cluster": NAME},
        "admin": {"address": _loopback(0)},
        "static_resources": {
            "listeners": [_listener(routes)],
            "clusters": [_cluster(name, *address) for name, address in clusters.items()],
        },
    }


def _listener(routes: Path) -> Json:
    connection_manager: dict[str, Any] = {
        "@type": _TYPE + "filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": NAME,
        "stream_idle_timeout": "0s",  # a task may be silent for as long as its route allows
        "rds": {
            "route_config_name": ROUTES,
            "config_source": {
                "resource_api_version": "V3",
                "path_config_source": {
                    "path": str(routes / "routes.json"),
                    "watched_directory": {"path": str(routes)},
                },
            },
        },
        "http_filters": [
            {"name": "router", "typed_config": {"@type": _TYPE + "filters.http.router.v3.Router"}},
        ],
    }
    filters = [{"name": "http", "typed_config": connection_manager}]
    return {"name": NAME, "address": _loopback(0), "filter_chains": [{"filters": filters}]}


def _cluster(name: str, address: str, port: int) -> Json:
    endpoint = {"endpoint": {"address": {"socket_address": {"address": address, "port_value": port}}}}
    assignment = {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {"name": name, "type": "STATIC", "connect_timeout": "1s", "load_assignment": assignment}


def _loopback(port: int) -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


_TYPE = "type.googleapis.com/envoy.extensions."
