"""Rarity: how seldom two records agree as much as a pair does. It needs no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.columns import column_features, column_similarity

__all__ = ["rarity"]


def rarity(features: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float64]:
    """Compute how seldom candidates agree as much as each pair does, column by column.

    Parameters
    ----------
    features
        Features of the candidates, shape (pairs, features), NaN where missing.
    names
        Feature names, ``column:measure``.

    Returns
    -------
    NDArray
        Shape (pairs,): the negative log of the share of pairs at least as alike, summed over the
        columns. A value that all pairs share, or that is missing, adds nothing.
    """
    total = np.zeros(len(features))
    for column in column_similarity(features, column_features(names)).T:
        present = np.flatnonzero(np.isfinite(column))
        similarity = column[present]
        less_alike = np.searchsorted(np.sort(similarity), similarity, "left")
        total[present] -= np.log(1.0 - less_alike / max(len(similarity), 1))
    return total
