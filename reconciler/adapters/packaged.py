"""Gives the templates that the package brings along, and the id under which git knows their bytes."""

from __future__ import annotations

import hashlib
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


def blob_id(content: bytes) -> str:
    """Compute the id of a git blob with this content, 40 hex digits.

    >>> blob_id(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _folder() -> Path:
    package = Path(reconciler.__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
