"""Names what a file asks for that is read and checked, but that nothing acts on yet. Pure."""

from __future__ import annotations

from reconciler.errors import Mistake, SpecError
from reconciler.spec.core_types import Plain
from reconciler.spec.document import Document, KeyPath
from reconciler.spec.layout import Kind, locate
from reconciler.spec.reader import read


def not_yet_supported(text: bytes, path: str) -> list[Mistake]:
    """Find the keys of a file that have no effect yet.

    These are notes, no mistakes: the file is right.

    Args:
        text: The file's bytes.
        path: The file, from the repository's root.

    Returns:
        A line for each key, in the order of lines; nothing for a file that cannot be read.
    """
    try:
        document = read(text, path)
    except SpecError:
        return []
    notes = [
        Mistake(path, document.line(where), f"not yet supported: {'.'.join(map(str, where))}: {effect}")
        for where, value, effect in _LATER.get(locate(path).kind, ())
        if _asked(document, where, value)
    ]
    return sorted(notes, key=lambda note: note.line)


def _asked(document: Document, where: KeyPath, value: Plain) -> bool:
    found = document.at(where)
    return found not in (None, [], {}, 0) and (value is None or found == value)


_LATER: dict[Kind, tuple[tuple[KeyPath, Plain, str], ...]] = {
    Kind.MIGRATION: (
        (("shadow", "percent"), None, "tasks are mirrored, and the answers of both sides are not compared"),
    ),
    Kind.ENVIRONMENT: (
        (("mesh",), "none", "only istio splits traffic"),
        (("approvers",), None, "signatures are not checked"),
        (("notify",), None, "nobody is told"),
    ),
}
