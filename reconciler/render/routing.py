"""Says which request goes to which side in a stage, as Istio's rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import RenderError
from reconciler.model.migration import Migration
from reconciler.model.stage import Side, Stage
from reconciler.model.status import Weights
from reconciler.render.parsing import read_manifest
from reconciler.render.pins import Pin, affinity_pins, forced_pins, side_cookies

VIRTUAL_SERVICE = "virtualservice.yaml"
"""File name of the manifest that splits the traffic."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Where the requests of one migration go. It does not know the stage, so no manifest can tell it.

    Attributes:
        host: Whom the requests ask for.
        pins: Rules that come before the weights, in order.
        weights: For every other request.
        cookies: What each side sets on a weighted answer; empty without cookie affinity.
        mirror_percentage: How much is copied to the target, 0 to 100; the answers to copies are dropped.
    """

    host: str
    pins: tuple[Pin, ...]
    weights: Weights
    cookies: Mapping[Side, str]
    mirror_percentage: int

    def rules(self) -> list[dict[str, Any]]:
        """Give the VirtualService's ``http`` rules, without what does not decide where a request goes."""
        pinned = [
            {
                "match": [{"headers": {pin.header: {pin.kind: pin.value}}}],
                "route": [{"destination": self._destination(pin.side)}],
            }
            for pin in self.pins
        ]
        default: dict[str, Any] = {"route": [self._weighted(side) for side in Side]}
        if self.mirror_percentage:
            default["mirror"] = self._destination(Side.TARGET)
            default["mirrorPercentage"] = {"value": self.mirror_percentage}
        return [*pinned, default]

    def weight(self, side: Side) -> int:
        """Give the percent of this side."""
        return self.weights.target if side is Side.TARGET else self.weights.source

    def _destination(self, side: Side) -> dict[str, str]:
        return {"host": self.host, "subset": side.value}

    def _weighted(self, side: Side) -> dict[str, Any]:
        destination: dict[str, Any] = {"destination": self._destination(side), "weight": self.weight(side)}
        if side in self.cookies:
            destination["headers"] = {"response": {"add": {"set-cookie": self.cookies[side]}}}
        return destination


def routing_of(migration: Migration, stage: Stage, attempt: int) -> Routing:
    """Decide the routing of a stage; rolled-back routes exactly as planning.

    Args:
        migration: Its host, affinity and shadow.
        stage: Gives the weights; only testing mirrors, only a split keeps sessions on their side.
        attempt: Counts the re-arms from 1.

    Raises:
        RenderError: The affinity cannot be written.
    """
    affinity = migration.traffic.affinity if stage.splits_traffic else None
    weights = Weights.of(stage)
    return Routing(
        host=migration.traffic.host,
        pins=(*forced_pins(), *affinity_pins(affinity, weights, attempt)),
        weights=weights,
        cookies=side_cookies(affinity, attempt),
        mirror_percentage=migration.shadow.mirror_percentage if stage is Stage.TESTING else 0,
    )


def target_weight_of(virtualservice: bytes) -> int:
    """Read what a rendered VirtualService says: percent of the default route to the target, 0 to 100.

    Raises:
        RenderError: It has no default route with the two sides and weights that add up to 100.
    """
    document = read_manifest(virtualservice, VIRTUAL_SERVICE)
    try:
        *_, default = document["spec"]["http"]
        weights = [(route["destination"]["subset"], route["weight"]) for route in default["route"]]
        shares = dict(weights)
    except (KeyError, TypeError, ValueError) as error:
        raise RenderError(f"{VIRTUAL_SERVICE}: has no weighted route, expected one to both sides") from error
    if (
        "match" in default
        or document.get("kind") != "VirtualService"
        or [side for side, _ in weights] != list(Side)
        or not all(type(weight) is int and 0 <= weight <= _WHOLE for weight in shares.values())
        or sum(shares.values()) != _WHOLE
    ):
        found = ", ".join(f"{side}: {weight}" for side, weight in weights)
        raise RenderError(
            f"{VIRTUAL_SERVICE}: the last rule routes {found or 'nowhere'}, "
            "expected source and target with weights that add up to 100 and no match"
        )
    return int(shares[Side.TARGET])


_WHOLE = 100
