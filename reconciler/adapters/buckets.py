"""Reads counts and histograms off the counters that grew."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from reconciler.model.observation import Histogram

_NEARLY_WHOLE = 1e-6


class Layout:
    """The buckets that a histogram has.

    Args:
        labels: The upper bounds of all its buckets, as their label says them; each ``is_bound``.
        unit: Seconds in one unit of the bounds.
    """

    def __init__(self, labels: Iterable[str], *, unit: float = 1.0) -> None:
        self._known = frozenset(labels)
        self._labels = sorted(self._known, key=float)
        self._unit = unit
        self._bounds = tuple(float(label) * unit for label in self._labels)

    def histogram(self, grown: Mapping[str, float]) -> Histogram:
        """Turn cumulative buckets into a histogram.

        A bucket that is not mentioned did not grow. Counters of one histogram that started anew between two scrapes may
        disagree for a moment: a bucket never holds less than the ones it includes, as Prometheus itself assumes. When
        others grew than there are, the histogram has those too, and so says that the buckets changed.

        Args:
            grown: By how much each bucket grew, by its label.

        >>> Layout(("10.0", "60.0", "+Inf")).histogram({"60.0": 1.0, "+Inf": 3.0})
        Histogram(bounds=(10.0, 60.0, inf), counts=(0.0, 1.0, 2.0))
        """
        if not grown.keys() <= self._known:
            return Layout((*self._labels, *grown), unit=self._unit).histogram(grown)
        rising, counts = 0.0, []
        for label in self._labels:
            reached = max(rising, grown.get(label, 0.0))
            counts.append(reached - rising)
            rising = reached
        return Histogram(self._bounds, tuple(counts))


def is_bound(label: str) -> bool:
    """Say whether a label is the upper bound of a bucket."""
    try:
        return not math.isnan(float(label))
    except ValueError:
        return False


def is_whole(count: float) -> bool:
    """Say whether a number counts something; one that is not finite does not."""
    return math.isfinite(count) and abs(count - round(count)) <= _NEARLY_WHOLE
