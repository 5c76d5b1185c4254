"""Ask where a pair's probability contradicts what the other pairs imply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.active_learning.strategies.reading import doubt
from matchloop.errors import UsageError

__all__ = ["GraphConflict"]


@dataclass(frozen=True, slots=True)
class GraphConflict:
    """Prefer pairs that break the transitivity of matching.

    There are two kinds of conflict. A predicted non-match whose two records both match a third
    record is one. A predicted match where a third record matches only one of the two is the other.
    The idea that the match graph shows more than single pairs is from ALMSER (Primpeli and Bizer
    2021). Here conflicts are counted on triangles, and doubt decides among equal counts.

    Parameters
    ----------
    weight
        Weight of conflicts beside doubt, at least 0; 0 is :class:`Margin`.
    """

    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise UsageError(f"weight is {self.weight}; give a number of at least 0")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return doubt plus the weighted logarithm of one plus the conflicts, shape (pairs,)."""
        return doubt(context) + self.weight * np.log1p(_conflicts(context))


def _conflicts(context: QueryContext) -> NDArray[np.float64]:
    left, right = context.pairs.left, context.pairs.right
    probability = context.probability.astype(np.float64)
    is_match = probability >= 0.5
    matches = _graph(context, np.where(is_match, probability, 0.0))
    others = _graph(context, np.where(is_match, 0.0, 1.0 - probability))
    both = _at(matches @ matches, left, right)
    only = _at(matches @ others, left, right) + _at(others @ matches, left, right)
    return np.where(is_match, only, both)


def _graph(context: QueryContext, weight: NDArray[np.float64]) -> csr_array:
    kept = np.flatnonzero(weight > 0)
    left, right = context.pairs.left[kept], context.pairs.right[kept]
    ends = np.concatenate([left, right]), np.concatenate([right, left])
    shape = (context.n_records, context.n_records)
    return csr_array((np.concatenate([weight[kept], weight[kept]]), ends), shape=shape)


def _at(
    matrix: csr_array, left: NDArray[np.int32], right: NDArray[np.int32]
) -> NDArray[np.float64]:
    if len(left) == 0:
        return np.zeros(0)
    return np.asarray(matrix[left, right], np.float64).ravel()
