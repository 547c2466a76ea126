"""Compares what a template made with what it had to make: it may not move traffic or name other objects. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.errors import RenderError
from reconciler.model.migration import Environment, Migration
from reconciler.model.stage import Side
from reconciler.render.durations import duration_of
from reconciler.render.routing import Routing


def check_object(
    document: Mapping[str, Any], migration: Migration, environment: Environment, *, kind: str, name: str, place: str
) -> None:
    """Require that this is the one object that may stand in this file: kind, name, namespace and labels.

    Raises:
        RenderError: It is another object, or its metadata says more than labels and annotations.
    """
    expect(document.get("apiVersion"), _API_VERSIONS[kind], f"{place}: apiVersion")
    expect(document.get("kind"), kind, f"{place}: kind")
    metadata = _mapping(document.get("metadata"), f"{place}: metadata")
    _refuse_unknown(metadata, ("name", "namespace", "labels", "annotations"), f"{place}: metadata")
    expect(metadata.get("name"), name, f"{place}: metadata.name")
    expect(metadata.get("namespace"), environment.namespace, f"{place}: metadata.namespace")
    labels = {"app.kubernetes.io/managed-by": "reconciler", "reconciler.dev/migration": migration.id.name}
    _expect_strings(metadata.get("labels"), labels, f"{place}: metadata.labels")
    _expect_strings(metadata.get("annotations", {}), {}, f"{place}: metadata.annotations")


def check_virtual_service(document: Mapping[str, Any], migration: Migration, routing: Routing, place: str) -> None:
    """Require that hosts, gateways, matches, destinations, weights and mirror are exactly those of the routing.

    Raises:
        RenderError: A request would go elsewhere, or a duration is none.
    """
    _refuse_unknown(document, ("apiVersion", "kind", "metadata", "spec"), place)
    spec = _mapping(document.get("spec"), f"{place}: spec")
    _refuse_unknown(spec, ("hosts", "gateways", "http", "exportTo"), f"{place}: spec")
    expect(spec.get("hosts"), [routing.host], f"{place}: spec.hosts")
    expect(spec.get("gateways"), list(migration.traffic.gateways), f"{place}: spec.gateways")
    rules = [_mapping(rule, f"{place}: spec.http") for rule in _sequence(spec.get("http"), f"{place}: spec.http")]
    for index, rule in enumerate(rules):
        _refuse_unknown(rule, (*_DECIDING, *_FREE), f"{place}: spec.http[{index}]")
        _check_durations({key: rule[key] for key in _FREE if key in rule}, f"{place}: spec.http[{index}]")
    deciding = [{key: rule[key] for key in _DECIDING if key in rule} for rule in rules]
    expect(deciding, routing.rules(), f"{place}: spec.http")


def check_destination_rule(document: Mapping[str, Any], migration: Migration, place: str) -> None:
    """Require the host and both subsets with the labels of their pods; the traffic policies are the template's.

    Raises:
        RenderError: A subset is missing, is another one, or a duration is none.
    """
    _refuse_unknown(document, ("apiVersion", "kind", "metadata", "spec"), place)
    spec = _mapping(document.get("spec"), f"{place}: spec")
    _refuse_unknown(spec, ("host", "subsets", "trafficPolicy", "exportTo"), f"{place}: spec")
    expect(spec.get("host"), migration.traffic.host, f"{place}: spec.host")
    _check_durations(spec, f"{place}: spec")
    subsets = [
        _mapping(subset, f"{place}: spec.subsets")
        for subset in _sequence(spec.get("subsets"), f"{place}: spec.subsets")
    ]
    deciding = [{key: value for key, value in subset.items() if key != "trafficPolicy"} for subset in subsets]
    arms = {Side.SOURCE: migration.source, Side.TARGET: migration.target}
    wanted = [{"name": side.value, "labels": {"version": arm.version}} for side, arm in arms.items()]
    expect(deciding, wanted, f"{place}: spec.subsets")


def check_config_map(
    document: Mapping[str, Any], content: Mapping[str, Mapping[str, str]], annotations: Mapping[str, str], place: str
) -> None:
    """Require that the ConfigMap holds these files, nothing more, and says their digest.

    Args:
        document: The manifest.
        content: ``data`` and ``binaryData``, each only when it holds something.
        annotations: What must be among its annotations.
        place: The file's name for messages.

    Raises:
        RenderError: A file is missing, differs or was added.
    """
    _refuse_unknown(document, ("apiVersion", "kind", "metadata", "data", "binaryData"), place)
    found = {key: document[key] for key in ("data", "binaryData") if key in document}
    expect(found, content, place)
    _expect_strings(document["metadata"].get("annotations"), annotations, f"{place}: metadata.annotations")


def expect(found: object, wanted: object, place: str) -> None:
    """Require that a document is exactly what it should be, types included.

    Raises:
        RenderError: It is not; the message names the first difference.
    """
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key in sorted(wanted.keys() | found.keys()):
            expect(found.get(key, _ABSENT), wanted.get(key, _ABSENT), f"{place}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list):
        for index in range(max(len(wanted), len(found))):
            at = slice(index, index + 1)
            expect(next(iter(found[at]), _ABSENT), next(iter(wanted[at]), _ABSENT), f"{place}[{index}]")
    elif type(found) is not type(wanted) or found != wanted:
        raise RenderError(f"{place} is {_shown(found)}, must be {_shown(wanted)}")


def _expect_strings(found: object, wanted: Mapping[str, str], place: str) -> None:
    strings = _mapping(found, place)
    for key, value in strings.items():
        if not isinstance(value, str):
            raise RenderError(f"{place}.{key} is {_shown(value)}, must be a string in quotes")
    expect({key: strings[key] for key in wanted if key in strings}, wanted, place)


def _check_durations(value: object, place: str) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check_durations(item, f"{place}[{index}]")
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key in _DURATIONS and not isinstance(item, Mapping):
            try:
                duration_of(item if isinstance(item, str) else _shown(item))
            except RenderError as error:
                raise RenderError(f"{place}.{key}: {error.message}") from error
        elif key != "headers":
            _check_durations(item, f"{place}.{key}")


def _refuse_unknown(found: Mapping[str, Any], known: Sequence[str], place: str) -> None:
    unknown = sorted(found.keys() - set(known))
    if unknown:
        raise RenderError(f"{place} has {', '.join(unknown)}, may have {', '.join(known)} only")


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RenderError(f"{place} is {_shown(value)}, must be a mapping")
    return value


def _sequence(value: object, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise RenderError(f"{place} is {_shown(value)}, must be a list")
    return value


def _shown(value: object) -> str:
    if value is None or value is _ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"another text of {len(text)} characters"


_ABSENT = object()
_SHOWN = 120
_API_VERSIONS = {
    "VirtualService": "networking.istio.io/v1",
    "DestinationRule": "networking.istio.io/v1",
    "ConfigMap": "v1",
}
_DECIDING = ("match", "route", "mirror", "mirrorPercentage")
_FREE = ("name", "timeout", "retries", "headers", "corsPolicy")
_DURATIONS = frozenset(
    {
        "timeout",
        "perTryTimeout",
        "backoff",
        "connectTimeout",
        "idleTimeout",
        "maxConnectionDuration",
        "interval",
        "time",
        "baseEjectionTime",
        "maxAge",
    }
)
