"""Computes what the next pass would commit, and why. Reads the repository and the metrics; changes neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.adapters.git import Repository
from reconciler.errors import ReconcilerError
from reconciler.loop.cases import World, read_environment
from reconciler.loop.judging import Planned, broken, judge_environment
from reconciler.loop.left import Left, find_left
from reconciler.loop.ports import Pass, Scope
from reconciler.loop.steps import Step
from reconciler.model import decision as made


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pass would do.

    Attributes:
        revision: The commit that was judged.
        base: The commit with what we left; None when there is none.
        at: The pass's moment.
        migrations: Every migration that the pass acts on.
        rerenders: Commits that renew rendered files, one for each environment at most.
        judged: The environments that were judged completely, each with the commit that was judged.
    """

    revision: str
    base: str | None
    at: datetime
    migrations: tuple[Planned, ...]
    rerenders: tuple[Step, ...] = ()
    judged: Mapping[str, str] = field(default_factory=dict)

    @property
    def commits(self) -> list[Step]:
        """The commits for the main branch, in order."""
        own = [step for one in self.migrations if not _proposed(one) for step in one.steps]
        return [*self.rerenders, *own]

    @property
    def proposals(self) -> list[Planned]:
        """The migrations whose next step a person is to merge."""
        return [one for one in self.migrations if _proposed(one)]

    @property
    def degraded(self) -> bool:
        """Whether something could not be judged or rendered."""
        return any(one.degraded for one in self.migrations)


def make_plan(repository: Repository, this: Pass, *, revision: str, base: str | None = None) -> Plan:
    """Compute what a pass would do with a commit.

    Args:
        repository: Where the commit is.
        this: The pass: its moment, its scope, its metric sources.
        revision: The commit to judge.
        base: Compare with this commit instead of what we left last (to judge a pull request).

    Raises:
        ReconcilerError: The scope names nothing, or the moment lies before a stage began.
    """
    world = World.open(repository, revision)
    names = [name for name in world.tree.environments() if this.scope.covers_environment(name)]
    left = {name: Left(base, {}) for name in names} if base else find_left(repository, revision, names)
    planned: list[Planned] = []
    rerenders: list[Step] = []
    judged: dict[str, str] = {}
    for name in names:
        some, renewed = _plan_environment(world, name, left[name], this)
        planned += some
        rerenders += renewed
        if this.scope.whole_environments and not any(one.degraded for one in some):
            judged[name] = revision
    _require_a_match(this.scope, names, planned)
    found = base or next((one.judged for one in left.values() if one.judged), None)
    return Plan(revision, found, this.at, tuple(planned), tuple(rerenders), judged)


def _plan_environment(world: World, name: str, left: Left, this: Pass) -> tuple[list[Planned], list[Step]]:
    try:
        read = read_environment(world, name, left)
    except ReconcilerError as error:
        return [broken(world, one, error) for one in world.tree.migrations(name) if this.scope.covers(one)], []
    return judge_environment(world, read, this)


def _require_a_match(scope: Scope, names: list[str], planned: list[Planned]) -> None:
    missing = (scope.environment and not names and scope.environment) or (
        scope.migration and not planned and scope.migration
    )
    if missing:
        raise ReconcilerError(
            f"{missing}: no such migration or environment", hint="see environments/ in the repository"
        )


def _proposed(one: Planned) -> bool:
    return isinstance(one.decision, made.Propose)
