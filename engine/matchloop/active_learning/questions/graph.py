"""The candidate pairs as a graph, to look up the pairs of a record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from matchloop.data.pairs import CandidatePairs

__all__ = ["PairGraph"]


class PairGraph:
    """The candidate pairs as a graph over records, built once per table.

    Parameters
    ----------
    pairs
        The candidates, sorted by (left, right).
    n_records
        How many records the table holds.
    """

    def __init__(self, pairs: CandidatePairs, n_records: int) -> None:
        self.pairs = pairs
        self.n_records = n_records
        counts = np.bincount(pairs.left, minlength=n_records)
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        # a counting sort by the right end, in the time of one pass
        numbers = np.arange(len(pairs), dtype=np.int64)
        ends = coo_array((numbers, (pairs.right, pairs.left)), shape=(n_records, n_records)).tocsr()
        self._right_starts, self._by_right = ends.indptr, ends.data

    def edges(self, record: int) -> NDArray[np.int64]:
        """Return the positions of the pairs of a record, ascending."""
        as_left = np.arange(self._starts[record], self._starts[record + 1])
        as_right = self._by_right[self._right_starts[record] : self._right_starts[record + 1]]
        return np.concatenate([as_right, as_left])

    def others(self, record: int, edges: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the other record of each of a record's pairs."""
        left = self.pairs.left[edges]
        return np.where(left == record, self.pairs.right[edges], left)

    def best(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the best score among each record's pairs, shape (records,); -inf without any."""
        best = np.full(self.n_records, -np.inf)
        np.maximum.at(best, self.pairs.left, score)
        np.maximum.at(best, self.pairs.right, score)
        return best
