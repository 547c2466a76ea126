"""Gives the templates that the package brings along."""

from __future__ import annotations

from pathlib import Path

import reconciler


def packaged_templates() -> dict[str, str]:
    """Read the packaged templates.

    Returns:
        Text by name, the path from the templates' folder: ``virtualservice.yaml.j2``, ``scaffold/README.md.j2``.
        A repository's own template of the same name takes its place: ``{**packaged_templates(), **own}``.
    """
    folder = _folder()
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*.j2"))
        if path.is_file()
    }


def _folder() -> Path:
    package = Path(reconciler.__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
