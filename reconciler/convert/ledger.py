"""Makes the lines of the loss ledger. Pure."""

from __future__ import annotations

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
