"""Makes the lines of the loss ledger. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.convert.documents import Origin
from reconciler.model.conversion import Item, Outcome


def kept(item: str, origin: Origin, target: str) -> Item:
    """Say that an item is in the target as it was."""
    return Item(item, str(origin), Outcome.KEPT, target)


def degraded(item: str, origin: Origin, target: str, reason: str) -> Item:
    """Say that an item is in the target with a difference."""
    return Item(item, str(origin), Outcome.DEGRADED, target, reason)


def dropped(item: str, origin: Origin, reason: str) -> Item:
    """Say that nothing in the target stands for an item."""
    return Item(item, str(origin), Outcome.DROPPED, "", reason)


def settled(item: str, origin: Origin, target: str, differences: list[str]) -> Item:
    """Say kept when there is no difference, degraded with all of them otherwise."""
    return degraded(item, origin, target, "; ".join(differences)) if differences else kept(item, origin, target)


def keyed(
    name: str,
    lines: Mapping[str, int],
    origin: Origin,
    target: str,
    differences: Mapping[str, str],
    lost: Mapping[str, str],
) -> list[Item]:
    """Say of each key of a part what became of it: kept unless it stands in ``differences`` or in ``lost``.

    Args:
        name: The part's name in the ledger, e.g. ``subagent:reviewer``.
        lines: The line of each key, by the key as the source writes it.
        origin: The part's place.
        target: Where the part went.
        differences: Why a key is not there as it was.
        lost: Why nothing stands for a key.
    """
    items = []
    for key, line in lines.items():
        place = Origin(origin.path, line)
        if key in lost:
            items.append(dropped(f"{name}:{key}", place, lost[key]))
        else:
            items.append(settled(f"{name}:{key}", place, target, [differences[key]] if key in differences else []))
    return items
