"""Gives the templates that the package brings along."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import reconciler


@cache
def packaged_templates() -> Mapping[str, str]:
    """Read the packaged templates, once for a process: they do not change while it runs.

    Returns:
        Text by name, the path from the templates' folder: ``virtualservice.yaml.j2``, ``scaffold/README.md.j2``.
        A repository's own template of the same name takes its place: ``{**packaged_templates(), **own}``.
    """
    folder = _folder()
    return MappingProxyType(
        {
            path.relative_to(folder).as_posix(): path.read_bytes().decode()
            for path in sorted(folder.rglob("*.j2"))
            if path.is_file()
        }
    )


def _folder() -> Path:
    package = Path(reconciler.__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
