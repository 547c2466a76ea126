"""Says whether a migration's rendered files are what they should be, and whether they may be renewed."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.errors import Mistake, ReconcilerError, RenderError, SpecError
from reconciler.loop.agents import config_folder
from reconciler.loop.cases import Case, World, environment_in, read_migration
from reconciler.loop.left import complete_log
from reconciler.loop.rendering import Rendered, Templates, inputs_of, render, templates_of
from reconciler.model.migration import Environment, Migration
from reconciler.model.stage import Stage
from reconciler.model.status import HoldKind, Notes, Status
from reconciler.render.routing import VIRTUAL_SERVICE, target_weight_of
from reconciler.spec import layout


@dataclass(frozen=True, slots=True)
class Rerender:
    """The rendered files are renewed.

    Attributes:
        agent_changed: Whether the agent's own configuration changed, so that old evidence no longer counts.
    """

    rendered: Rendered
    reason: str
    agent_changed: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """The rendered files are not what they should be and are left alone."""

    reason: str


def upkeep(
    world: World, case: Case, environment: Environment, templates: Templates, *, resumed: bool
) -> Rerender | Drift | None:
    """Compare the rendered files with what the commit's own files render to.

    Args:
        world: The commit that is judged.
        case: The migration.
        environment: Its environment.
        templates: The templates in force.
        resumed: Whether a person just lifted a hold, so that nothing may be taken as checked.

    Returns:
        What is to be done; None when all is well or a person wants these bytes.

    Raises:
        SpecError: The agent's configuration cannot be used, or something immutable changed under a live migration.
        RenderError: It cannot be rendered.
    """
    migration, status, notes = case.migration, case.status, case.notes
    if migration is None or status is None or notes is None:
        return None
    inputs = inputs_of(world.tree, migration, templates)
    if _person_keeps_bytes(world, migration, notes, inputs):
        return None
    if inputs == notes.inputs and not resumed and not _disturbed(world, case):
        return None
    _refuse_immutable(world, case, migration, environment)
    rendered = render(world.tree, migration, environment, status.stage, status.attempt, templates)
    if rendered.oids == case.now.rendered and inputs == notes.inputs:
        return None
    if rendered.oids != case.now.rendered and (reason := _must_stand(world, case, status)):
        return Drift(reason)
    folder = config_folder(migration)
    changed = [path for path in {*inputs, *notes.inputs} if inputs.get(path) != notes.inputs.get(path)]
    return Rerender(rendered, _why(changed), any(path.startswith(f"{folder}/") for path in changed if notes.inputs))


def _disturbed(world: World, case: Case) -> bool:
    """Say whether anything that rendering depends on, or that it made, differs from what we left."""
    if case.before is None or case.left is None or case.before.rendered != case.now.rendered:
        return True
    before, path = world.at(case.left), layout.migration_path(case.id)
    return before.oid(path) != world.tree.oid(path)


def _person_keeps_bytes(world: World, migration: Migration, notes: Notes, inputs: dict[str, str]) -> bool:
    """Say whether a reverted re-render stands: it does until a person changes one of the inputs."""
    hold = notes.hold
    if hold is None or hold.kind is not HoldKind.RERENDER_REVERTED:
        return False
    try:
        then = world.at(hold.commit)
    except ReconcilerError:
        return True
    return inputs_of(then, migration, templates_of(then)) == inputs


def _refuse_immutable(world: World, case: Case, migration: Migration, environment: Environment) -> None:
    """Refuse a change of namespace, mesh, host or subset while the target is live."""
    status = case.status
    if status is None or case.left is None or status.stage in (Stage.PLANNING, Stage.ROLLED_BACK):
        return
    before = world.at(case.left)
    old_environment = environment_in(before, case.id.environment)
    old = read_migration(before, case.id, old_environment)
    if old is None:
        return
    pairs = [
        ("namespace", old_environment.namespace, environment.namespace),
        ("mesh", old_environment.mesh, environment.mesh),
        ("traffic.host", old.traffic.host, migration.traffic.host),
        ("source.version", old.source.version, migration.source.version),
        ("target.version", old.target.version, migration.target.version),
    ]
    mistakes = [
        Mistake(
            layout.migration_path(case.id),
            0,
            f"{name} changed from {was} to {now} while {status.stage} is live",
            "change it back, or roll the migration back first",
        )
        for name, was, now in pairs
        if was != now
    ]
    if mistakes:
        raise SpecError(mistakes)


def _must_stand(world: World, case: Case, status: Status) -> str:
    """Say why a person's change of the rendered files is not undone; empty when restoring is safe."""
    if case.before is not None and case.before.rendered == case.now.rendered:
        return ""
    routing = world.tree.read(f"{layout.rendered_folder(case.id)}/{VIRTUAL_SERVICE}")
    try:
        weight = target_weight_of(routing) if routing is not None else -1
    except RenderError:
        weight = -1
    if weight < status.weights.target:
        seen = f"routes {weight} %" if weight >= 0 else "is gone or cannot be read"
        due = f"{status.stage} routes {status.weights.target} %"
        return f"{VIRTUAL_SERVICE} {seen}, {due}; restoring would raise the target"
    if reverted := _reverted_files(world, case):
        return f"a person took {', '.join(reverted)} back to an earlier version"
    return ""


def _reverted_files(world: World, case: Case) -> list[str]:
    before = case.before.rendered if case.before else {}
    folder = layout.rendered_folder(case.id)
    return [
        name
        for name, oid in case.now.rendered.items()
        if before.get(name) not in (None, oid) and _seen_before(world, case, f"{folder}/{name}", oid)
    ]


def _seen_before(world: World, case: Case, path: str, oid: str) -> bool:
    if case.left is None:
        return False
    history = complete_log(world.repository, case.left, paths=(path,))
    listings = (world.repository.listing(commit.oid, path) for commit in history)
    return any(path in listing and listing[path].oid == oid for listing in listings)


def _why(changed: list[str]) -> str:
    if not changed:
        return "rendered files were changed by hand"
    shown = sorted(changed)[:2]
    more = f" and {len(changed) - len(shown)} more" if len(changed) > len(shown) else ""
    return f"{', '.join(shown)}{more} changed"
