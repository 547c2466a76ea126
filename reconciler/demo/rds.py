"""Translates VirtualServices into the route configuration that Istio would give to Envoy. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.errors import RenderError
from reconciler.render.durations import duration_of

ROUTES = "agents"
"""Name of the route configuration."""

Json = dict[str, Any]


def route_configuration(virtualservices: Mapping[str, Mapping[str, Any]], *, version: str) -> Json:
    """Translate VirtualServices into the discovery response that a file-based Envoy follows.

    As in Istio, a destination without weight is left out, the only one left takes everything, and each header
    match comes before the weights in the order given. A destination is the cluster ``<host>|<subset>``.

    Args:
        virtualservices: Parsed manifests by a name for messages, such as their path.
        version: What Envoy reports once it follows this, e.g. a commit id.

    Raises:
        ValueError: A field is not understood; nothing is ignored, so what Envoy does is what the manifest says.
    """
    hosts = [_virtual_host(document, place) for place, document in virtualservices.items()]
    names = [host["name"] for host in hosts]
    for place, name in zip(virtualservices, names, strict=True):
        if names.count(name) > 1:
            raise ValueError(f"{place}: spec.hosts: {name} is routed by another VirtualService too, expected one")
    return {
        "version_info": version,
        "resources": [
            {
                "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
                "name": ROUTES,
                "validate_clusters": True,
                "virtual_hosts": hosts,
            }
        ],
    }


def _virtual_host(document: Mapping[str, Any], place: str) -> Json:
    _only(document, place, required=("apiVersion", "kind", "metadata", "spec"))
    if (document["apiVersion"], document["kind"]) != ("networking.istio.io/v1", "VirtualService"):
        raise ValueError(f"{place}: is {document['kind']} {document['apiVersion']}, expected a VirtualService")
    spec = document["spec"]
    _only(spec, f"{place}: spec", required=("hosts", "http"), optional=("gateways",))
    match spec["hosts"]:
        case [str() as host]:
            pass
        case other:
            raise ValueError(f"{place}: spec.hosts is {other!r}, expected one host")
    rules = [(rule, f"{place}: spec.http[{index}]") for index, rule in enumerate(spec["http"])]
    routes = [route for rule, where in rules for route in _routes(rule, where)]
    return {"name": host, "domains": [host, f"{host}:*"], "routes": routes}


def _routes(rule: Mapping[str, Any], place: str) -> list[Json]:
    _only(
        rule,
        place,
        required=("route",),
        optional=("name", "match", "timeout", "retries", "mirror", "mirrorPercentage"),
    )
    action, headers = _destinations(rule["route"], f"{place}.route")
    # Without one, Envoy would end a task after 15 seconds; Istio leaves it unlimited.
    action["timeout"] = _duration(rule["timeout"], f"{place}.timeout") if "timeout" in rule else "0s"
    action |= _retry_policy(rule.get("retries", {}), f"{place}.retries") | _mirror(rule, place)
    named = {"name": rule["name"]} if "name" in rule else {}
    added = {"response_headers_to_add": headers} if headers else {}
    return [{**named, "match": match, "route": action, **added} for match in _matches(rule, place)]


def _matches(rule: Mapping[str, Any], place: str) -> list[Json]:
    if "match" not in rule:
        return [{"prefix": "/"}]
    matches = []
    for index, match in enumerate(rule["match"]):
        where = f"{place}.match[{index}]"
        _only(match, where, required=("headers",))
        headers = [
            {"name": name, "string_match": _string_match(text, f"{where}.headers.{name}")}
            for name, text in match["headers"].items()
        ]
        matches.append({"prefix": "/", "headers": headers})
    return matches


def _string_match(text: Mapping[str, Any], place: str) -> Json:
    match dict(text):
        case {"exact": str() as exact, **rest} if not rest:
            return {"exact": exact}
        case {"regex": str() as regex, **rest} if not rest:
            return {"safe_regex": {"regex": regex}}
        case other:
            raise ValueError(f"{place} is {other!r}, expected exact or regex")


def _destinations(route: Sequence[Mapping[str, Any]], place: str) -> tuple[Json, list[Json]]:
    for index, destination in enumerate(route):
        _only(destination, f"{place}[{index}]", required=("destination",), optional=("weight", "headers"))
    weighted = [
        (item, f"{place}[{index}]") for index, item in enumerate(route) if len(route) == 1 or item.get("weight", 0)
    ]
    clusters = [
        {
            "name": _cluster(item["destination"], f"{where}.destination"),
            "weight": item.get("weight", 100),
            "response_headers_to_add": _added(item.get("headers", {}), f"{where}.headers"),
        }
        for item, where in weighted
    ]
    if not clusters:
        raise ValueError(f"{place}: no destination has a weight, expected weights that add up to 100")
    if len(clusters) == 1:
        return {"cluster": clusters[0]["name"]}, clusters[0]["response_headers_to_add"]
    return {"weighted_clusters": {"clusters": clusters}}, []


def _cluster(destination: Mapping[str, Any], place: str) -> str:
    _only(destination, place, required=("host", "subset"))
    return f"{destination['host']}|{destination['subset']}"


def _added(headers: Mapping[str, Any], place: str) -> list[Json]:
    _only(headers, place, optional=("response",))
    response = headers.get("response", {})
    _only(response, f"{place}.response", optional=("add",))
    return [
        {"header": {"key": name, "value": value}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}
        for name, value in response.get("add", {}).items()
    ]


def _retry_policy(retries: Mapping[str, Any], place: str) -> Json:
    _only(retries, place, optional=("attempts", "retryOn", "perTryTimeout"))
    if not retries.get("attempts"):
        return {}
    _only(retries, place, required=("attempts", "retryOn"), optional=("perTryTimeout",))
    policy: Json = {"retry_on": retries["retryOn"], "num_retries": retries["attempts"]}
    if "perTryTimeout" in retries:
        policy["per_try_timeout"] = _duration(retries["perTryTimeout"], f"{place}.perTryTimeout")
    return {"retry_policy": policy}


def _mirror(rule: Mapping[str, Any], place: str) -> Json:
    if "mirror" not in rule and "mirrorPercentage" not in rule:
        return {}
    _only(rule.get("mirrorPercentage", {}), f"{place}.mirrorPercentage", required=("value",))
    fraction = {"numerator": round(rule["mirrorPercentage"]["value"] * 10_000), "denominator": "MILLION"}
    policy = {
        "cluster": _cluster(rule.get("mirror", {}), f"{place}.mirror"),
        "runtime_fraction": {"default_value": fraction},
    }
    return {"request_mirror_policies": [policy]}


def _duration(text: object, place: str) -> str:
    try:
        return f"{duration_of(str(text)).total_seconds():.3f}s"
    except RenderError as error:
        raise ValueError(f"{place}: {error.message}") from error


def _only(found: object, place: str, *, required: Sequence[str] = (), optional: Sequence[str] = ()) -> None:
    if not isinstance(found, Mapping):
        raise ValueError(f"{place} is {found!r}, expected a mapping")  # noqa: TRY004 - one error for every bad manifest
    unknown, missing = sorted(found.keys() - {*required, *optional}), sorted(set(required) - found.keys())
    if unknown or missing:
        known = ", ".join([*required, *optional])
        raise ValueError(f"{place} has {', '.join(unknown) or 'no ' + ', '.join(missing)}, expected {known}")
