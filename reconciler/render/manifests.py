"""Renders the four manifests of a migration at a stage, and lets none out that was not read back and checked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from reconciler.errors import RenderError
from reconciler.model.migration import Environment, Mesh, Migration
from reconciler.model.stage import Side, Stage
from reconciler.render.checks import (
    check_config_map,
    check_destination_rule,
    check_object,
    check_virtual_service,
)
from reconciler.render.configmaps import DIGEST_ANNOTATION, config_digest, refuse_oversize, split_files
from reconciler.render.durations import duration_text
from reconciler.render.parsing import read_manifest
from reconciler.render.routing import VIRTUAL_SERVICE, Routing, routing_of
from reconciler.render.templating import Lines, render

DESTINATION_RULE = "destinationrule.yaml"
"""File name of the manifest that defines both sides."""


def render_manifests(
    migration: Migration,
    environment: Environment,
    stage: Stage,
    attempt: int,
    *,
    source_files: Mapping[str, bytes],
    target_files: Mapping[str, bytes],
    templates: Mapping[str, str],
) -> dict[str, bytes]:
    """Render everything that stands in a migration's rendered folder.

    Args:
        migration: Whose manifests.
        environment: Gives the namespace.
        stage: Changes virtualservice.yaml and nothing else.
        attempt: Counts the re-arms from 1; part of the affinity cookie.
        source_files: Configuration of the source side by path from the agent's folder.
        target_files: The same of the target side.
        templates: Template text by name: the packaged ones, replaced by the repository's own.

    Returns:
        Content by file name, the same four names in every stage.

    Raises:
        RenderError: A template fails, or what it made is not what this migration may apply.
    """
    with _naming(migration):
        return {
            VIRTUAL_SERVICE: _virtual_service(migration, environment, routing_of(migration, stage, attempt), templates),
            DESTINATION_RULE: _destination_rule(migration, environment, templates),
            "configmap-source.yaml": _config_map(migration, environment, Side.SOURCE, source_files, templates),
            "configmap-target.yaml": _config_map(migration, environment, Side.TARGET, target_files, templates),
        }


def render_routing(
    migration: Migration, environment: Environment, stage: Stage, attempt: int, templates: Mapping[str, str]
) -> bytes:
    """Render virtualservice.yaml alone: what a transition changes.

    Raises:
        RenderError: The template fails, or what it made would route otherwise than the stage says.
    """
    with _naming(migration):
        return _virtual_service(migration, environment, routing_of(migration, stage, attempt), templates)


@contextmanager
def _naming(migration: Migration) -> Iterator[None]:
    try:
        yield
    except RenderError as error:
        raise RenderError(f"{migration.id}: {error.message}", hint=error.hint) from error


def _virtual_service(
    migration: Migration, environment: Environment, routing: Routing, templates: Mapping[str, str]
) -> bytes:
    traffic = migration.traffic
    retries = traffic.retries
    values = {
        **_identity(migration, environment, migration.id.name),
        "host": routing.host,
        "gateways": list(traffic.gateways),
        "pins": [
            {"name": pin.name, "header": pin.header, "kind": pin.kind, "value": pin.value, "side": pin.side.value}
            for pin in routing.pins
        ],
        "sides": [
            {"side": side.value, "weight": routing.weight(side), "cookie": routing.cookies.get(side, "")}
            for side in Side
        ],
        "mirror_percentage": routing.mirror_percentage,
        "timeout": duration_text(traffic.timeout) if traffic.timeout is not None else "",
        "attempts": retries.attempts,
        "per_try_timeout": duration_text(retries.per_try_timeout) if retries.per_try_timeout is not None else "",
    }
    content = render(templates, _template(VIRTUAL_SERVICE), values).encode()
    document = read_manifest(content, VIRTUAL_SERVICE)
    check_object(document, migration, environment, kind="VirtualService", name=migration.id.name, place=VIRTUAL_SERVICE)
    check_virtual_service(document, migration, routing, VIRTUAL_SERVICE)
    return content


def _destination_rule(migration: Migration, environment: Environment, templates: Mapping[str, str]) -> bytes:
    values = {
        **_identity(migration, environment, migration.id.name),
        "host": migration.traffic.host,
        "sides": [
            {"side": side.value, "version": arm.version}
            for side, arm in ((Side.SOURCE, migration.source), (Side.TARGET, migration.target))
        ],
    }
    content = render(templates, _template(DESTINATION_RULE), values).encode()
    document = read_manifest(content, DESTINATION_RULE)
    check_object(
        document, migration, environment, kind="DestinationRule", name=migration.id.name, place=DESTINATION_RULE
    )
    check_destination_rule(document, migration, DESTINATION_RULE)
    return content


def _config_map(
    migration: Migration,
    environment: Environment,
    side: Side,
    files: Mapping[str, bytes],
    templates: Mapping[str, str],
) -> bytes:
    place, name = f"configmap-{side}.yaml", f"{migration.id.name}-{side}-config"
    text, binary = split_files(files)
    packed = {key: value for key, value in (("data", text), ("binaryData", binary)) if value}
    annotations = {DIGEST_ANNOTATION: config_digest(files)}
    # Before the template runs, whose own limit could not name the files; and again on what it made.
    refuse_oversize({"metadata": {"annotations": annotations}, **packed}, files, place)
    values = {
        **_identity(migration, environment, name),
        "digest": annotations[DIGEST_ANNOTATION],
        "text": [{"key": key, "value": Lines(value)} for key, value in text.items()],
        "binary": [{"key": key, "value": value} for key, value in binary.items()],
    }
    content = render(templates, _template("configmap.yaml"), values).encode()
    document = read_manifest(content, place)
    check_object(document, migration, environment, kind="ConfigMap", name=name, place=place)
    check_config_map(document, packed, annotations, place)
    refuse_oversize(document, files, place)
    return content


def _identity(migration: Migration, environment: Environment, name: str) -> dict[str, object]:
    if environment.mesh is not Mesh.ISTIO:
        raise RenderError(
            f'the environment says "mesh: {environment.mesh}", only "mesh: istio" can be rendered yet',
            hint=f"set mesh in environments/{environment.name}/environment.yaml",
        )
    return {"name": name, "namespace": environment.namespace, "migration": migration.id.name}


def _template(manifest: str) -> str:
    return f"{manifest}.j2"
