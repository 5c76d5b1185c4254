"""Similarity of two groupings of the same rows: adjusted Rand and B-cubed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["adjusted_rand", "bcubed"]


def adjusted_rand(first: NDArray[np.integer], second: NDArray[np.integer]) -> float:
    """Return the adjusted Rand index of two groupings; 1 if they are the same.

    Parameters
    ----------
    first, second
        Group of each row, shape (rows,).

    Notes
    -----
    Hubert and Arabie (1985), Comparing partitions. Where the index is undefined, because both
    groupings join no pair or every pair, it is 1.
    """
    table = _crossed(first, second)
    inside = _pairs(table).sum()
    in_first, in_second = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    total = len(first) * (len(first) - 1) / 2
    expected = in_first * in_second / total if total else 0.0
    most = (in_first + in_second) / 2
    return float((inside - expected) / (most - expected)) if most != expected else 1.0


def bcubed(first: NDArray[np.integer], second: NDArray[np.integer]) -> float:
    """Return the B-cubed F1 of two groupings; it is symmetric.

    Notes
    -----
    Bagga and Baldwin (1998), Algorithms for scoring coreference chains. Precision is the mean over
    rows of the share of a row's first group that is in its second group; recall is the reverse.
    """
    table = _crossed(first, second)
    squared = table.astype(np.float64) ** 2
    precision = float((squared / table.sum(axis=1, keepdims=True)).sum() / len(first))
    recall = float((squared / table.sum(axis=0, keepdims=True)).sum() / len(first))
    return 2 * precision * recall / (precision + recall)


def _crossed(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.int64]:
    rows, columns = np.unique(first, return_inverse=True), np.unique(second, return_inverse=True)
    table = np.zeros((len(rows[0]), len(columns[0])), np.int64)
    np.add.at(table, (rows[1], columns[1]), 1)
    return table


def _pairs(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return sizes * (sizes - 1) // 2
