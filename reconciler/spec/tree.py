"""Checks that no file can make alone: what the migrations of a repository ask of each other. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.errors import Mistake
from reconciler.model.migration import Environment, Migration, MigrationId
from reconciler.spec.expected import did_you_mean
from reconciler.spec.layout import Kind, environment_path, locate, migration_path, policy_path
from reconciler.spec.reader import read


def check_tree(
    migrations: Sequence[Migration], environments: Mapping[str, Environment], policies: Collection[str]
) -> list[Mistake]:
    """Find what the migrations of a repository get wrong together.

    Args:
        migrations: Every migration that could be read.
        environments: Every environment that could be read, by name.
        policies: The names of the health policies, also of those that could not be read.

    Returns:
        Mistakes by file: a host used twice in a namespace, a required migration or a policy that does not exist,
        migrations that wait for each other, an environment without its file.
    """
    found = [
        *_shared_hosts(migrations, environments),
        *_missing_requirements(migrations),
        *_circles(migrations),
        *_missing_policies(migrations, policies),
        *_missing_environments(migrations, environments),
    ]
    return sorted(found, key=lambda mistake: (mistake.path, mistake.message))


def placed(mistake: Mistake, text: bytes) -> Mistake:
    """Add the line to a mistake that was found between files.

    Args:
        mistake: What was found; ``key`` says about which entry.
        text: The file that it stands in, which could be read before.
    """
    return replace(mistake, line=read(text, mistake.path).line(mistake.key))


def misplaced(paths: Iterable[str]) -> list[Mistake]:
    """Find files that look like ours and that nothing would read, such as ``migrations/rex.yml``.

    Args:
        paths: Every file of the repository, from its root.
    """
    return [
        Mistake(path, 0, "nothing reads a file of this name here", _WHERE_FILES_BELONG)
        for path in sorted(paths)
        if locate(path).kind is Kind.OTHER and _looks_like_ours(path)
    ]


def _looks_like_ours(path: str) -> bool:
    if not path.endswith((".yaml", ".yml")):
        return False
    match path.split("/"):
        case ["policies", _] | ["environments", _] | ["environments", _, _]:
            return True
        case ["environments", _, "migrations" | "status", *_]:
            return True
        case _:
            return False


def _shared_hosts(migrations: Sequence[Migration], environments: Mapping[str, Environment]) -> Iterable[Mistake]:
    users: defaultdict[tuple[str, str], list[MigrationId]] = defaultdict(list)
    for migration in migrations:
        if environment := environments.get(migration.id.environment):
            users[environment.namespace, migration.traffic.host].append(migration.id)
    for (namespace, host), ids in users.items():
        for migration_id in ids if len(ids) > 1 else ():
            others = ", ".join(str(other) for other in ids if other != migration_id)
            message = f"traffic.host {host} in namespace {namespace} is used by {others} too, must be used once"
            hint = "two routes for one host would overrule each other"
            yield Mistake(migration_path(migration_id), 0, message, hint, ("traffic", "host"))


def _missing_requirements(migrations: Sequence[Migration]) -> Iterable[Mistake]:
    by_name: defaultdict[str, list[MigrationId]] = defaultdict(list)
    for migration in migrations:
        by_name[migration.id.name].append(migration.id)
    for migration in migrations:
        for index, required in enumerate(migration.requires):
            same_name = by_name[required.name]
            if required not in same_name:
                message = f"requires names {required}, must name a migration of this repository"
                hint = f"there is {', '.join(map(str, same_name))}" if same_name else "is its file missing?"
                yield Mistake(migration_path(migration.id), 0, message, hint, ("requires", index))


def _circles(migrations: Sequence[Migration]) -> Iterable[Mistake]:
    requires = {migration.id: migration.requires for migration in migrations}
    for migration in migrations:
        if migration.id in _everything_before(migration.id, requires):
            message = "requires leads back to this migration, must not: each would wait for the other"
            yield Mistake(migration_path(migration.id), 0, message, "take one requires out", ("requires",))


def _everything_before(start: MigrationId, requires: Mapping[MigrationId, Sequence[MigrationId]]) -> set[MigrationId]:
    before: set[MigrationId] = set()
    ahead = list(requires[start])
    while ahead:
        required = ahead.pop()
        if required not in before:
            before.add(required)
            ahead.extend(requires.get(required, ()))
    return before


def _missing_policies(migrations: Sequence[Migration], policies: Collection[str]) -> Iterable[Mistake]:
    for migration in migrations:
        if migration.policy not in policies:
            message = f"policy is {migration.policy}, and there is no {policy_path(migration.policy)}"
            hint = did_you_mean(migration.policy, policies) or "add the policy, or name another one"
            yield Mistake(migration_path(migration.id), 0, message, hint, ("policy",))


def _missing_environments(
    migrations: Sequence[Migration], environments: Mapping[str, Environment]
) -> Iterable[Mistake]:
    needed = Counter(migration.id.environment for migration in migrations)
    for environment in needed.keys() - environments.keys():
        message = f"the file is missing or wrong, must hold the facts for {needed[environment]} migrations"
        yield Mistake(environment_path(environment), 0, message, "reconciler schema environment says what it holds")


_WHERE_FILES_BELONG = (
    "environments/<environment>/environment.yaml, environments/<environment>/migrations/<name>.yaml, "
    "policies/<name>.yaml; names are lower-case letters, digits and hyphens"
)
