"""Every sequence that a short history can have, with its chance: averages over them are exact."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def every_sequence(length: int, chance: float) -> tuple[Floats, Floats]:
    """Give all sequences of 0 and 1 as runs x slices, and the chance of each."""
    sequences = np.asarray(list(product((0.0, 1.0), repeat=length)))
    return sequences, np.prod(np.where(sequences > 0, chance, 1 - chance), axis=1)


def every_choice(length: int, chances: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Give all sequences of places in ``chances`` as runs x slices, and the chance of each."""
    sequences = np.asarray(list(product(range(len(chances)), repeat=length)))
    return sequences, np.prod(chances[sequences], axis=1)
