"""Checks every file of a commit against its schema, its law and its CLI; all mistakes at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.adapters.git import Repository
from reconciler.convert.validation import CATALOGUE, Catalogue
from reconciler.errors import Mistake, ReconcilerError, SpecError
from reconciler.loop.agents import added_capabilities, check_conversion, config_folder, unaccepted_losses
from reconciler.loop.cases import World
from reconciler.loop.rendering import render, templates_of
from reconciler.loop.tree import Tree
from reconciler.model.migration import Environment, Migration, MigrationId
from reconciler.model.policy import HealthPolicy
from reconciler.model.stage import Stage
from reconciler.spec.environment import parse_environment
from reconciler.spec.indicators import check_indicators
from reconciler.spec.layout import Kind, locate
from reconciler.spec.migration import parse_migration
from reconciler.spec.notes import parse_notes
from reconciler.spec.pending import not_yet_supported
from reconciler.spec.policy import parse_policy
from reconciler.spec.status import parse_status
from reconciler.spec.tree import check_tree, misplaced, placed


@dataclass(slots=True)
class Findings:
    """What validation found.

    Attributes:
        mistakes: What people must mend.
        notes: What is right but has no effect yet, or waits for a person.
        files: How many files were checked.
    """

    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0


@dataclass(slots=True)
class _Parsed:
    environments: dict[str, Environment] = field(default_factory=dict)
    policies: dict[str, HealthPolicy] = field(default_factory=dict)
    migrations: dict[MigrationId, Migration] = field(default_factory=dict)


def validate(
    repository: Repository, revision: str, *, base: str | None = None, catalogue: Catalogue = CATALOGUE
) -> Findings:
    """Check all files of a commit.

    Args:
        repository: Where the commit is.
        revision: The commit; it may hold uncommitted files of a clone.
        base: What a pull request is compared with; a change of both a stage and the law is then noted, and what an
            agent may do that it could not do before.
        catalogue: The models that are known.

    Returns:
        Everything that was found, in the order of files.
    """
    tree = World.open(repository, revision).tree
    found = Findings()
    parsed = _parse_all(tree, found)
    found.mistakes += misplaced(tree.paths())
    policies = {place.name for place in map(locate, tree.paths()) if place.kind is Kind.POLICY and place.name}
    found.mistakes += check_tree(list(parsed.migrations.values()), parsed.environments, policies)
    _check_indicators(parsed, found)
    _check_agents(tree, parsed, found, catalogue)
    found.mistakes = [placed(one, tree.read(one.path) or b"") if one.key else one for one in found.mistakes]
    if base is not None:
        found.notes += _law_beside_intent(repository, base, revision)
        found.notes += _increases(World.open(repository, base).tree, tree, parsed)
    found.mistakes.sort(key=lambda mistake: (mistake.path, mistake.line))
    return found


def _law_beside_intent(repository: Repository, base: str, revision: str) -> list[str]:
    kinds = {path: locate(path).kind for path in repository.changed(base, revision)}
    law = sorted(path for path, kind in kinds.items() if kind in _LAW)
    if not law or Kind.MIGRATION not in kinds.values():
        return []
    return [f"{', '.join(law)}: changes together with a migration, which is judged by the law it found"]


def _parse_all(tree: Tree, found: Findings) -> _Parsed:
    """Parse the environments first, because a migration is read against its own."""
    parsed = _Parsed()
    paths = [path for path in tree.paths() if locate(path).kind in _READ]
    tree.warm(paths)
    for path in sorted(paths, key=lambda path: (_READ.index(locate(path).kind), path)):
        found.files += 1
        _guarded(found, _reader(parsed, tree, path, found))
    return parsed


def _reader(parsed: _Parsed, tree: Tree, path: str, found: Findings) -> Callable[[], object]:
    place = locate(path)

    def read() -> object:
        text = tree.read(path) or b""
        found.notes += [str(note) for note in not_yet_supported(text, path)]
        match place.kind:
            case Kind.ENVIRONMENT:
                environment = parse_environment(text, path)
                return parsed.environments.setdefault(environment.name, environment)
            case Kind.POLICY:
                policy = parse_policy(text, path)
                return parsed.policies.setdefault(policy.name, policy)
            case Kind.MIGRATION:
                migration = parse_migration(text, path, parsed.environments.get(place.environment or ""))
                return parsed.migrations.setdefault(migration.id, migration)
            case Kind.STATUS:
                return parse_status(text, path)
            case Kind.NOTES:
                return parse_notes(text, path)
            case Kind.AGENT | Kind.RENDERED | Kind.TEMPLATE | Kind.OTHER:
                return None

    return read


def _check_indicators(parsed: _Parsed, found: Findings) -> None:
    pairs = {(one.policy, one.id.environment) for one in parsed.migrations.values()}
    for policy, environment in sorted(pairs):
        if policy in parsed.policies and environment in parsed.environments:
            found.mistakes += check_indicators(parsed.policies[policy], parsed.environments[environment])


def _increases(before: Tree, after: Tree, parsed: _Parsed) -> list[str]:
    """Name what an agent's changed configuration lets it do: a reviewer decides on that, not on the words."""
    return [
        f"{config_folder(migration)}/{one.where}: new {one.kind}: {one.what}"
        for migration in parsed.migrations.values()
        if before.under(config_folder(migration)) != after.under(config_folder(migration))
        for one in added_capabilities(before, after, migration)
    ]


def _check_agents(tree: Tree, parsed: _Parsed, found: Findings, catalogue: Catalogue) -> None:
    """Convert and render every agent as planning would."""
    templates = templates_of(tree)
    for migration in parsed.migrations.values():
        environment = parsed.environments.get(migration.id.environment)
        if environment is None:
            continue

        where = f"environments/{migration.id.environment}/migrations/{migration.id.name}.yaml"

        def check(migration: Migration = migration, environment: Environment = environment, where: str = where) -> None:
            rendered = render(tree, migration, environment, Stage.PLANNING, 1, templates)
            if losses := unaccepted_losses(migration, rendered.conversion):
                found.notes.append(f"{migration.id}: losses nobody accepted, it stays at planning: {', '.join(losses)}")
            result = check_conversion(tree, migration, rendered.conversion, catalogue)
            found.mistakes += [Mistake(where, 0, f"{one.where}: {one.what}", one.hint) for one in result.errors]
            found.notes += [f"{migration.id}: {one}" for one in result.warnings]

        _guarded(found, check, where=where)


def _guarded(found: Findings, check: Callable[[], object], *, where: str = "") -> None:
    try:
        check()
    except SpecError as error:
        found.mistakes += error.mistakes
    except ReconcilerError as error:
        found.mistakes.append(Mistake(where, 0, error.message, error.hint))


_LAW = (Kind.POLICY, Kind.ENVIRONMENT, Kind.TEMPLATE)
_READ = (Kind.ENVIRONMENT, Kind.POLICY, Kind.MIGRATION, Kind.STATUS, Kind.NOTES)
