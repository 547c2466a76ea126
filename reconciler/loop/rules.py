"""Gathers what the rules for Prometheus follow from: the environments, policies and statuses of one commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from reconciler.adapters.git import Repository
from reconciler.errors import Mistake, ReconcilerError, SpecError
from reconciler.health.durations import COARSE
from reconciler.health.limits import reference
from reconciler.loop.cases import World, environment_in, read_migration, snapshot
from reconciler.loop.sources import slice_length
from reconciler.model.migration import Environment, Migration
from reconciler.model.observation import Unknown
from reconciler.model.policy import Absolute, HealthPolicy, TimesExpected
from reconciler.model.stage import Stage
from reconciler.model.status import Status
from reconciler.render.watched import RuleSheet, Watched
from reconciler.rollout.situation import evidence_since
from reconciler.spec import layout


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found.

    Attributes:
        sheets: One for each environment that could be read.
        errors: Why a migration or an environment is missing from them, by its name.
    """

    sheets: tuple[RuleSheet, ...]
    errors: tuple[tuple[str, ReconcilerError], ...]


def gather_rules(repository: Repository, revision: str, environment: str | None = None) -> Gathered:
    """Read what the rules of a commit follow from.

    Args:
        repository: Where the commit is.
        revision: The commit; it may hold uncommitted files of a clone.
        environment: Only this environment; None means all.

    Raises:
        ReconcilerError: There is no such environment.
    """
    world = World.open(repository, revision)
    names = [name for name in world.tree.environments() if environment in (None, name)]
    if environment is not None and not names:
        raise ReconcilerError(
            f"{environment}: no such migration or environment", hint="see environments/ in the repository"
        )
    sheets: list[RuleSheet] = []
    errors: list[tuple[str, ReconcilerError]] = []
    for name in names:
        try:
            sheets.append(_sheet(world, name, errors))
        except ReconcilerError as error:
            errors.append((name, error))
    return Gathered(tuple(sheets), tuple(errors))


def _sheet(world: World, name: str, errors: list[tuple[str, ReconcilerError]]) -> RuleSheet:
    environment = environment_in(world.tree, name)
    policies: dict[str, HealthPolicy] = {}
    watched: list[Watched] = []
    for one in world.tree.migrations(name):
        try:
            migration = read_migration(world.tree, one, environment)
            if migration is not None:
                policy = policies.setdefault(migration.policy, _policy(world, migration, environment))
                watched += _watched(world, migration, policy)
        except ReconcilerError as error:
            errors.append((str(one), error))
    in_order = tuple(policies[name] for name in sorted(policies))
    return RuleSheet(environment, slice_length(in_order), in_order, tuple(watched), COARSE)


def _policy(world: World, migration: Migration, environment: Environment) -> HealthPolicy:
    path = layout.policy_path(migration.policy)
    oid = world.tree.oid(path)
    if oid is None:
        message = f"policy is {migration.policy}, there is no {path}"
        raise SpecError([Mistake(layout.migration_path(migration.id), 0, message, "add the policy")])
    return world.policy(oid, path, environment)


def _watched(world: World, migration: Migration, policy: HealthPolicy) -> Iterator[Watched]:
    """Give a migration when it is at a stage that is measured."""
    now = snapshot(world.tree, migration.id, migration)
    if now.status is not None and now.status.stage not in (Stage.PLANNING, Stage.ROLLED_BACK):
        begin = evidence_since(now.status, now.notes)
        yield Watched(migration.id, policy.name, now.status.stage, begin, _references(policy, now.status))


def _references(policy: HealthPolicy, status: Status) -> dict[str, float]:
    """Find the limits that rest on the frozen baseline, the way health does it."""
    found: dict[str, float] = {}
    for check in policy.checks:
        frozen = isinstance(check.limit, TimesExpected) or status.stage is Stage.COMPLETE
        if isinstance(check.limit, Absolute) or not frozen:
            continue
        number = reference(
            check.limit,
            check.indicator,
            source=Unknown("only what is frozen counts here"),
            covered=_HOUR,
            stage=status.stage,
            baseline=status.baseline,
            totals=status.carried.source,
        )
        if isinstance(number, float):
            found[check.name] = number
    return found


_HOUR = timedelta(hours=1)
