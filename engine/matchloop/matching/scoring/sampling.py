"""Fewer candidates, the rivals of a pair among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs

__all__ = ["neighbourhoods"]


def neighbourhoods(
    pairs: CandidatePairs, n_records: int, size: int, *, seed: int = 0
) -> NDArray[np.int64]:
    """Draw records and keep the candidates among them and their partners.

    Pairs drawn one by one would lose their rivals, and no three records would all be compared. Such
    pairs do not show the structure of a table.

    Parameters
    ----------
    pairs
        All candidates.
    n_records
        Records of the table.
    size
        How many candidates to keep, about.
    seed
        The same seed draws the same records.

    Returns
    -------
    NDArray[np.int64]
        Positions of the kept candidates, ascending; all where there are at most ``size``.
    """
    if len(pairs) <= size:
        return np.arange(len(pairs))
    drawn = np.random.default_rng(seed).permutation(n_records)
    reached = drawn.copy()
    np.minimum.at(reached, pairs.left, drawn[pairs.right])
    np.minimum.at(reached, pairs.right, drawn[pairs.left])
    order = np.maximum(reached[pairs.left], reached[pairs.right])
    last = np.partition(order, size - 1)[size - 1]
    return np.flatnonzero(order <= last)
