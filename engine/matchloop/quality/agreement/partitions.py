"""How alike two groupings of the same rows are: adjusted Rand and B-cubed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["adjusted_rand", "bcubed"]


def adjusted_rand(one: NDArray[np.integer], other: NDArray[np.integer]) -> float:
    """Return the adjusted Rand index of two groupings; 1 where they are the same.

    Parameters
    ----------
    one, other
        Group of each row, shape (rows,).

    Notes
    -----
    Hubert and Arabie (1985), Comparing partitions. Two groupings without any pair, or with every
    pair, are the same, and where nothing but that is possible the index is 1.
    """
    table = _crossed(one, other)
    inside = _pairs(table).sum()
    first, second = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    total = len(one) * (len(one) - 1) / 2
    expected = first * second / total if total else 0.0
    most = (first + second) / 2
    return float((inside - expected) / (most - expected)) if most != expected else 1.0


def bcubed(one: NDArray[np.integer], other: NDArray[np.integer]) -> float:
    """Return the B-cubed F1 of two groupings, which is the same either way round.

    Notes
    -----
    Bagga and Baldwin (1998), Algorithms for scoring coreference chains: the mean over rows of the
    share of its group in the one that stands together in the other, and the reverse.
    """
    table = _crossed(one, other)
    squared = table.astype(np.float64) ** 2
    precision = float((squared / table.sum(axis=1, keepdims=True)).sum() / len(one))
    recall = float((squared / table.sum(axis=0, keepdims=True)).sum() / len(one))
    return 2 * precision * recall / (precision + recall)


def _crossed(one: NDArray[np.integer], other: NDArray[np.integer]) -> NDArray[np.int64]:
    first, second = np.unique(one, return_inverse=True), np.unique(other, return_inverse=True)
    table = np.zeros((len(first[0]), len(second[0])), np.int64)
    np.add.at(table, (first[1], second[1]), 1)
    return table


def _pairs(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return sizes * (sizes - 1) // 2
