"""Renders one migration from the files of a commit: the agent's configuration, the templates, the stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.adapters.git_values import blob_id
from reconciler.adapters.packaged import packaged_templates
from reconciler.loop.agents import config_folder, convert_agent
from reconciler.loop.tree import Tree
from reconciler.model.conversion import Conversion
from reconciler.model.migration import Environment, Migration
from reconciler.model.stage import Stage
from reconciler.render.manifests import render_manifests
from reconciler.spec import layout


@dataclass(frozen=True, slots=True)
class Templates:
    """The manifest templates in force: the repository's own, the packaged ones where it has none.

    Attributes:
        texts: Template text by file name.
        oids: Blob id by the path that the template has in a repository.
    """

    texts: Mapping[str, str]
    oids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a migration's rendered folder should hold.

    Attributes:
        files: Content by path from the repository's root.
        inputs: Blob id of everything it was made from, by path.
        conversion: What became of the agent's configuration.
    """

    files: Mapping[str, bytes]
    inputs: Mapping[str, str]
    conversion: Conversion

    @property
    def oids(self) -> dict[str, str]:
        """Blob id by file name, to compare with what is there."""
        return {path.rsplit("/", 1)[-1]: blob_id(content) for path, content in self.files.items()}


def templates_of(tree: Tree) -> Templates:
    """Collect the templates that are in force in a commit."""
    texts = {name: text for name, text in packaged_templates().items() if "/" not in name}
    oids = {f"templates/{name}": blob_id(text.encode()) for name, text in texts.items()}
    for path, oid in tree.under("templates").items():
        name = path.removeprefix("templates/")
        if name in texts:
            texts[name] = (tree.read(path) or b"").decode("utf-8", "replace")
            oids[path] = oid
    return Templates(texts, oids)


def inputs_of(tree: Tree, migration: Migration, templates: Templates) -> dict[str, str]:
    """Name the blobs that a rendering rests on; never the migration file, which every transition changes."""
    environment_file = layout.environment_path(migration.id.environment)
    return {
        **tree.under(config_folder(migration)),
        environment_file: tree.oid(environment_file) or "",
        **templates.oids,
    }


def render(
    tree: Tree, migration: Migration, environment: Environment, stage: Stage, attempt: int, templates: Templates
) -> Rendered:
    """Render everything that a migration's folder holds at a stage.

    Raises:
        SpecError: The agent's configuration cannot be used.
        RenderError: A template or a value cannot be rendered.
    """
    files, conversion = convert_agent(tree, migration)
    manifests = render_manifests(
        migration,
        environment,
        stage,
        attempt,
        source_files=files,
        target_files=conversion.files,
        templates=templates.texts,
    )
    folder = layout.rendered_folder(migration.id)
    return Rendered(
        {f"{folder}/{name}": content for name, content in manifests.items()},
        inputs_of(tree, migration, templates),
        conversion,
    )
