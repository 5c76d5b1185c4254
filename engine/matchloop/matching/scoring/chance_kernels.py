"""Compiled loop over supposed matches and their columns."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["count_similar"]


@numba.njit(cache=True, nogil=True)
def count_similar(similarity, taken, middle, half, alike):  # type: ignore[no-untyped-def]
    """Count pairs by their similarity in each column, shape (4, columns).

    The counts are of pairs with both values, of those up to ``middle``, below ``half``, and from
    ``alike`` on. Only pairs that are ``taken`` count.
    """
    columns = similarity.shape[1]
    counts = np.zeros((4, columns), np.int64)
    for pair in range(len(similarity)):
        if not taken[pair]:
            continue
        for column in range(columns):
            value = similarity[pair, column]
            if np.isfinite(value):
                counts[0, column] += 1
                counts[1, column] += value <= middle[column]
                counts[2, column] += value < half[column]
                counts[3, column] += value >= alike
    return counts
