"""Reads each migration of an environment into one case: what is wanted, what stands, what people did, by which law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from reconciler.adapters.git import CommitInfo, Repository
from reconciler.errors import Mistake, ReconcilerError, SpecError
from reconciler.loop.left import Left, complete_log
from reconciler.loop.rendering import Templates, templates_of
from reconciler.loop.trail import Trails
from reconciler.loop.tree import Blobs, Tree
from reconciler.model.migration import Environment, Migration, MigrationId
from reconciler.model.policy import Decide, HealthPolicy
from reconciler.model.stage import Stage
from reconciler.model.status import Notes, Status
from reconciler.rollout import people
from reconciler.rollout.evolve import Person
from reconciler.rollout.people import PersonsAct, Snapshot, what_people_did
from reconciler.spec import layout
from reconciler.spec.environment import parse_environment
from reconciler.spec.indicators import check_indicators
from reconciler.spec.migration import parse_migration
from reconciler.spec.notes import parse_notes
from reconciler.spec.policy import parse_policy
from reconciler.spec.status import parse_status


@dataclass(slots=True)
class World:
    """The commit that is judged, and every other commit that the judging looks at.

    Attributes:
        repository: Where the commits are.
        tree: The commit that is judged.
        trails: What led to where its migrations stand.
    """

    repository: Repository
    tree: Tree
    trails: Trails
    _blobs: Blobs
    _trees: dict[str, Tree] = field(default_factory=dict)
    _policies: dict[tuple[str, str], HealthPolicy] = field(default_factory=dict)

    @classmethod
    def open(cls, repository: Repository, revision: str) -> World:
        """List a commit."""
        blobs = Blobs(repository)
        return cls(repository, Tree(blobs, revision), Trails(repository, revision), blobs)

    def at(self, revision: str) -> Tree:
        """Give the tree of any commit; each is listed once."""
        if revision == self.tree.revision:
            return self.tree
        if revision not in self._trees:
            self._trees[revision] = Tree(self._blobs, revision)
        return self._trees[revision]

    def policy(self, oid: str, path: str, environment: Environment) -> HealthPolicy:
        """Give a health policy; each is parsed and checked once for an environment, however many migrations name it.

        Raises:
            SpecError: It cannot be used, or asks for an indicator that the environment does not know.
        """
        if (oid, environment.name) not in self._policies:
            policy = parse_policy(self._blobs.read([oid])[oid], path)
            if mistakes := check_indicators(policy, environment):
                raise SpecError(mistakes)
            self._policies[oid, environment.name] = policy
        return self._policies[oid, environment.name]


@dataclass(frozen=True, slots=True)
class Case:
    """One migration, read.

    Attributes:
        id: Which migration.
        migration: What people want; None when the file is gone.
        now: Its files in the commit that is judged.
        before: Its files as we left them; None when we never did.
        left: The commit in which we left it; None when we never did.
        act: What people did since.
        policy: The law of the decision.
        law: The commit that the law was read from.
    """

    id: MigrationId
    migration: Migration | None
    now: Snapshot
    before: Snapshot | None
    left: str | None
    act: PersonsAct
    policy: HealthPolicy
    law: str

    @property
    def status(self) -> Status | None:
        """Where it stands."""
        return self.now.status

    @property
    def notes(self) -> Notes | None:
        """Our notes on it."""
        return self.now.notes


@dataclass(frozen=True, slots=True)
class Broken:
    """A migration whose files cannot be read; the others go on."""

    id: MigrationId
    error: ReconcilerError


@dataclass(frozen=True, slots=True)
class EnvironmentCases:
    """One environment, read."""

    environment: Environment
    templates: Templates
    cases: tuple[Case, ...]
    broken: tuple[Broken, ...]


def read_environment(world: World, name: str, left: Left) -> EnvironmentCases:
    """Read an environment and all its migrations.

    Raises:
        SpecError: The environment file itself cannot be used.
    """
    tree = world.tree
    environment = environment_in(tree, name)
    ids = tree.migrations(name)
    tree.warm(file for one in ids for file in _files(one))
    cases: list[Case] = []
    broken: list[Broken] = []
    for one in ids:
        try:
            cases.append(_read_case(world, one, environment, left.of(one)))
        except ReconcilerError as error:
            broken.append(Broken(one, error))
    shared = _shared_hosts(cases)
    separate = tuple(case for case in cases if case.id not in {one.id for one in shared})
    return EnvironmentCases(environment, templates_of(tree), separate, (*broken, *shared))


def case_for_command(world: World, one: MigrationId) -> tuple[Case, Environment]:
    """Read one migration for a command, which needs no policy: a rollback works whatever the law says.

    Raises:
        ReconcilerError: There is no such migration, or its files cannot be read.
    """
    has_environment = world.tree.oid(layout.environment_path(one.environment)) is not None
    if not has_environment or one not in world.tree.migrations(one.environment):
        raise ReconcilerError(f"{one}: there is no such migration", hint="see: reconciler status")
    environment = environment_in(world.tree, one.environment)
    migration = read_migration(world.tree, one, environment)
    now = snapshot(world.tree, one, migration)
    return Case(one, migration, now, None, None, people.Nothing(), _NO_POLICY, world.tree.revision), environment


def snapshot(tree: Tree, migration: MigrationId, wanted: Migration | None) -> Snapshot:
    """Read a migration's status, notes and rendered files in a commit."""
    status_file, notes_file = layout.status_path(migration), layout.notes_path(migration)
    status, notes = tree.read(status_file), tree.read(notes_file)
    folder = layout.rendered_folder(migration)
    return Snapshot(
        wanted.stage if wanted else None,
        parse_status(status, status_file) if status is not None else None,
        parse_notes(notes, notes_file) if notes is not None else None,
        {path.removeprefix(f"{folder}/"): oid for path, oid in tree.under(folder).items()},
    )


def last_person(world: World, case: Case) -> Person:
    """Name who last touched a migration's files since we left it, for a hold to say."""
    folder = layout.rendered_folder(case.id)
    for commit in _commits_since(world, case.left, (*_files(case.id), folder)):
        return Person(commit.author, commit.oid)
    return Person("unknown", world.tree.revision)


def environment_in(tree: Tree, name: str) -> Environment:
    """Read an environment's own file in a commit.

    Raises:
        SpecError: It is missing or cannot be used.
    """
    path = layout.environment_path(name)
    text = tree.read(path)
    if text is None:
        raise SpecError([Mistake(path, 0, "there is no such file", "every environment needs its environment.yaml")])
    return parse_environment(text, path)


def wanted_in(tree: Tree, migration: MigrationId) -> Migration | None:
    """Read a migration file of a commit against its own environment there; None when there is no such file."""
    return read_migration(tree, migration, environment_in(tree, migration.environment))


def read_migration(tree: Tree, migration: MigrationId, environment: Environment) -> Migration | None:
    """Read the migration file of a commit; None when there is none."""
    path = layout.migration_path(migration)
    text = tree.read(path)
    return parse_migration(text, path, environment) if text is not None else None


def _shared_hosts(cases: Sequence[Case]) -> list[Broken]:
    """Find new migrations whose host another one routes: two VirtualServices for one host fight."""
    hosts = Counter(case.migration.traffic.host for case in cases if case.migration)
    return [
        Broken(case.id, SpecError([Mistake(layout.migration_path(case.id), 0, _SHARED.format(host), _ONE_EACH)]))
        for case in cases
        if case.migration and case.status is None and hosts[host := case.migration.traffic.host] > 1
    ]


def _files(migration: MigrationId) -> tuple[str, ...]:
    return layout.migration_path(migration), layout.status_path(migration), layout.notes_path(migration)


def _read_case(world: World, one: MigrationId, environment: Environment, left: str | None) -> Case:
    migration = read_migration(world.tree, one, environment)
    now = snapshot(world.tree, one, migration)
    before = snapshot(world.at(left), one, None) if left else None
    act = what_people_did(before, now)
    law = _law(world, one, environment, act)
    policy = _policy(world, law, migration, environment) if migration else _NO_POLICY
    return Case(one, migration, now, before, left, act, policy, law)


def _law(world: World, one: MigrationId, environment: Environment, act: PersonsAct) -> str:
    """Say which commit's law judges: for a person's stage the one before it was written, else the judged one."""
    match act:
        case people.Raised(to) | people.RaisedTooFar(to) | people.Lowered(to) | people.Rearmed(to):
            return _before_stage(world, one, environment, to)
        case _:
            return world.tree.revision


def _before_stage(world: World, one: MigrationId, environment: Environment, stage: Stage) -> str:
    for commit in complete_log(world.repository, world.tree.revision, paths=(layout.migration_path(one),)):
        if not commit.parents:
            break
        try:
            before = read_migration(world.at(commit.parents[0]), one, environment)
        except SpecError:
            before = None
        if before is None or before.stage is not stage:
            return commit.parents[0]
    return world.tree.revision


def _commits_since(world: World, left: str | None, paths: Sequence[str]) -> Iterator[CommitInfo]:
    return world.repository.log(world.tree.revision, until=left, paths=tuple(paths), limit=1)


def _policy(world: World, law: str, migration: Migration, environment: Environment) -> HealthPolicy:
    path = layout.policy_path(migration.policy)
    oid = world.at(law).oid(path)
    if oid is None:
        where = layout.migration_path(migration.id)
        raise SpecError([Mistake(where, 0, f"policy is {migration.policy}, there is no {path}", "add the policy")])
    return world.policy(oid, path, environment)


_SHARED = "traffic.host is {}, which another migration of this environment routes already"
_ONE_EACH = "give each migration a host of its own"
_NO_POLICY = HealthPolicy("none", (), 20, Decide.EVIDENCE, 0.05, {}, timedelta(days=7))
