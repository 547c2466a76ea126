"""Reads a migration's file: what people want for one agent. Pure."""

from __future__ import annotations

import re

from reconciler.errors import Mistake, SpecError
from reconciler.model.migration import (
    Advance,
    Affinity,
    Arm,
    BucketAffinity,
    CookieAffinity,
    Environment,
    Migration,
    MigrationId,
    PersonsHold,
    Retries,
    Shadow,
    Traffic,
)
from reconciler.quoting import quote
from reconciler.spec.addresses import config_path
from reconciler.spec.checking import Wrong, check, empty_entries, mismatch, unmet
from reconciler.spec.document import Document, KeyPath
from reconciler.spec.expected import Expected
from reconciler.spec.layout import Kind, locate
from reconciler.spec.limits import MIGRATION_BYTES
from reconciler.spec.migration_shape import AffinityShape, HoldShape, MigrationShape, TrafficShape
from reconciler.spec.reader import read


def parse_migration(text: bytes, path: str, environment: Environment | None) -> Migration:
    """Read what people want for one agent.

    Args:
        text: The file's bytes.
        path: The file, from the repository's root; it names environment and migration.
        environment: The environment's facts and defaults; None when its own file could not be read.

    Returns:
        The migration, with defaults filled in and ``source.config`` as a path from the repository's root.

    Raises:
        SpecError: Every mistake of the file.
    """
    migration = _id(path)
    document = read(text, path, most_bytes=MIGRATION_BYTES)
    shape = check(document, MigrationShape, also=_wrong(document, migration, environment))
    defaults = environment.default_advance if environment else Advance()
    return Migration(
        id=migration,
        source=_source(shape, migration.environment),
        target=Arm(shape.target.cli, shape.target.model, shape.target.version or str(shape.target.cli)),
        stage=shape.stage,
        policy=shape.policy or _default_policy(environment) or "",
        traffic=_traffic(shape.traffic),
        shadow=Shadow(shape.shadow.percent, shape.shadow.side_effect_free),
        accepted_losses=shape.losses.accept,
        advance=shape.advance.over(defaults),
        requires=shape.requires,
        hold=_hold(shape.hold),
    )


def _id(path: str) -> MigrationId:
    location = locate(path)
    if location.kind is not Kind.MIGRATION or location.id is None:
        message = "this is no place for a migration, must be environments/<environment>/migrations/<name>.yaml"
        raise SpecError([Mistake(path, 0, message, "names are lower-case letters, digits and hyphens")])
    return location.id


def _wrong(document: Document, migration: MigrationId, environment: Environment | None) -> dict[KeyPath, Wrong]:
    return {
        **empty_entries(document),
        **mismatch(document, "name", migration.name),
        **_missing_policy(document, environment),
        **_same_version(document),
        **_wrong_config(document, migration.environment),
        **_requires_itself(document, migration),
    }


def _default_policy(environment: Environment | None) -> str | None:
    return environment.default_policy if environment else None


def _missing_policy(document: Document, environment: Environment | None) -> dict[KeyPath, Wrong]:
    written = isinstance(document.value, dict) and "policy" in document.value
    if written or _default_policy(environment) is not None:
        return {}
    why = "its environment names no default" if environment else "its environment could not be read"
    return {("policy",): Wrong(f"policy is missing, and {why}", "add a line such as policy: default")}


def _same_version(document: Document) -> dict[KeyPath, Wrong]:
    source, target = (document.at((side, "version")) or document.at((side, "cli")) for side in ("source", "target"))
    if not isinstance(source, str) or source != target:
        return {}
    message = f"both sides have the version {quote(source[:_SHOWN])}, they must differ"
    hint = "pods are told apart by this label: add version to source or target (its default is the CLI's name)"
    return {("target", "version"): Wrong(message, hint)}


def _wrong_config(document: Document, environment: str) -> dict[KeyPath, Wrong]:
    where: KeyPath = ("source", "config")
    config = document.at(where)
    if not isinstance(config, str):
        return {}
    try:
        if _NOT_AN_AGENT.fullmatch(config_path(environment, config)):
            raise Expected("be the folder of one agent's configuration", hint="such as agents/rex")  # noqa: TRY301
    except Expected as expected:
        return {where: unmet(document, where, expected)}
    return {}


def _requires_itself(document: Document, migration: MigrationId) -> dict[KeyPath, Wrong]:
    required = document.at(("requires",))
    if not isinstance(required, list) or str(migration) not in required:
        return {}
    message = f"requires names {migration} itself, must name other migrations"
    return {("requires", required.index(str(migration))): Wrong(message, "name the environment that comes before")}


def _source(shape: MigrationShape, environment: str) -> Arm:
    source = shape.source
    return Arm(source.cli, source.model, source.version or str(source.cli), config_path(environment, source.config))


def _traffic(shape: TrafficShape) -> Traffic:
    retries = Retries(shape.retries.attempts, shape.retries.per_try_timeout)
    return Traffic(shape.host, shape.gateways, _affinity(shape.affinity), shape.timeout, retries)


def _affinity(shape: AffinityShape | None) -> Affinity | None:
    match shape:
        case AffinityShape(cookie=str(cookie), ttl=ttl) if ttl is not None:
            return CookieAffinity(cookie, ttl)
        case AffinityShape(bucket_header=str(header)):
            return BucketAffinity(header)
        case _:
            return None


def _hold(shape: HoldShape | None) -> PersonsHold | None:
    return PersonsHold(shape.reason, shape.by) if shape else None


_SHOWN = 60
# A configuration that holds what we write would change with every commit of ours.
_NOT_AN_AGENT = re.compile(r"environments(/[^/]+(/(rendered|status|migrations)(/.*)?)?)?", re.DOTALL)
