"""Converts one migration's agent, and says what is lost, what is added and what the target cannot work with."""

from __future__ import annotations

from fnmatch import fnmatchcase

from reconciler.convert import SPOKES, Scope, convert, with_carried
from reconciler.convert.capabilities import increases
from reconciler.convert.validation import CATALOGUE, Catalogue, validate
from reconciler.errors import Mistake, SpecError
from reconciler.loop.tree import Tree
from reconciler.model.conversion import Capability, Conversion, Outcome
from reconciler.model.migration import Migration
from reconciler.model.validation import ValidationResult
from reconciler.spec import layout


def config_folder(migration: Migration) -> str:
    """Give the folder of the agent's configuration, from the repository's root."""
    return migration.source.config or f"environments/{migration.id.environment}/agents/{migration.id.name}"


def convert_agent(tree: Tree, migration: Migration) -> tuple[dict[str, bytes], Conversion]:
    """Read and convert the agent's configuration.

    Returns:
        The source's own files and the conversion.

    Raises:
        SpecError: There is no configuration, a link leads out of it, or it holds a literal secret.
    """
    folder = config_folder(migration)
    files = tree.contents(folder)
    if not files:
        where = layout.migration_path(migration.id)
        message = f"source.config is {folder}, which holds no file"
        raise SpecError([Mistake(where, 0, message, "add the agent's files", ("source", "config"))])
    raw = convert(files, source=migration.source.cli, target=migration.target.cli, model=migration.target.model)
    conversion = with_carried(raw, files)
    if conversion.problems:
        raise SpecError(
            [_mistake(folder, problem.where, problem.found, problem.hint) for problem in conversion.problems]
        )
    return files, conversion


def check_conversion(
    tree: Tree, migration: Migration, conversion: Conversion, catalogue: Catalogue = CATALOGUE
) -> ValidationResult:
    """Ask whether the target CLI can work with what was converted.

    Args:
        tree: Where the agent's configuration is.
        migration: What is wanted.
        conversion: The agent's, converted.
        catalogue: The models that are known.
    """
    files = tree.contents(config_folder(migration))
    source, target = SPOKES[migration.source.cli], SPOKES[migration.target.cli]
    return validate(conversion, files, source, target, model=migration.target.model, catalogue=catalogue)


def added_capabilities(before: Tree, after: Tree, migration: Migration) -> tuple[Capability, ...]:
    """Say what the agent may do with its new configuration and could not do with the old one."""
    read = SPOKES[migration.source.cli].read
    folder = config_folder(migration)
    return increases(read(before.contents(folder), Scope.PROJECT), read(after.contents(folder), Scope.PROJECT))


def unaccepted_losses(migration: Migration, conversion: Conversion) -> list[str]:
    """Name the dropped items that nobody accepted.

    ``losses.accept`` holds shell patterns over an item's name. One that accepts a part (``subagent:reviewer``) accepts
    each of its keys, and one for a rule may leave out what the rule decides (``permission:Bash(git push:*)``).
    """
    return [
        item.item
        for item in conversion.items
        if item.outcome is Outcome.DROPPED
        and not any(fnmatchcase(name, pattern) for pattern in migration.accepted_losses for name in _names(item.item))
    ]


def _names(item: str) -> list[str]:
    kind, *words = item.split(":")
    if kind == "permission":
        return [item, ":".join([kind, *words[1:]])]
    return [":".join([kind, *words[:end]]) for end in range(1, len(words) + 1)]


def _mistake(folder: str, where: str, found: str, hint: str) -> Mistake:
    path, _, line = where.rpartition(":")
    if not path or not line.isdecimal():
        path, line = where, "0"
    return Mistake(f"{folder}/{path}", int(line), found, hint)
