"""Says in the ledger what became of each import edge. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconciler.convert import ledger
from reconciler.convert.documents import Import, ImportStatus, MemoryDocument
from reconciler.model.conversion import Item


def import_items(documents: Iterable[MemoryDocument], path_of_folder: Callable[[str], str]) -> list[Item]:
    """Give one line for each edge, also where several documents hold it.

    Args:
        documents: The memory, with its edges.
        path_of_folder: Says where the memory of a folder goes.
    """
    items: dict[tuple[str, str], Item] = {}
    for document in documents:
        for edge in document.imports:
            item = _item(edge, path_of_folder(document.folder))
            key = (item.item, item.source)
            if key not in items or edge.status is ImportStatus.INLINED:
                items[key] = item
    return list(items.values())


def _item(edge: Import, path: str) -> Item:
    name = f"import:{edge.name}"
    match edge.status:
        case ImportStatus.INLINED:
            return ledger.kept(name, edge.origin, path)
        case ImportStatus.NOT_AN_IMPORT:
            return ledger.kept(name, edge.origin, f"{path}:text")
        case ImportStatus.HOME | ImportStatus.ABSOLUTE | ImportStatus.OUTSIDE | ImportStatus.TOO_MANY:
            return ledger.dropped(name, edge.origin, f"{edge.status}: {_REASONS[edge.status]}")
        case (
            ImportStatus.REPEATED
            | ImportStatus.CYCLE
            | ImportStatus.TOO_DEEP
            | ImportStatus.DIRECTORY
            | ImportStatus.MISSING
            | ImportStatus.NOT_TEXT
        ):
            return ledger.degraded(name, edge.origin, path, f"{edge.status}: {_REASONS[edge.status]}")


_REASONS = {
    ImportStatus.HOME: "the file is in somebody's home folder, not in the agent's",
    ImportStatus.ABSOLUTE: "the file is outside the agent's folder",
    ImportStatus.OUTSIDE: "the file is outside the agent's folder",
    ImportStatus.TOO_MANY: "over the limit of 200 imports or 1 MiB",
    ImportStatus.REPEATED: "its text stands in this file once, at the first import",
    ImportStatus.CYCLE: "it imports the text it stands in; only the path stays",
    ImportStatus.TOO_DEEP: "more than 5 imports deep, not loaded by the source either; only the path stays",
    ImportStatus.DIRECTORY: "a folder, not loaded by the source either; stays as text",
    ImportStatus.MISSING: "no such file, not loaded by the source either; stays as text",
    ImportStatus.NOT_TEXT: "no UTF-8 text; stays as text",
}
