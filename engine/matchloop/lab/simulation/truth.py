"""What is true of a table, and how hard each of its pairs is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import pair_ids
from matchloop.data.records import Records

__all__ = ["Truth"]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The true groups, as oracles see them.

    Parameters
    ----------
    entities
        Number of the entity of each record, shape (records,).
    pair_ids
        Numbers of the candidate pairs, ascending, as :func:`matchloop.data.pairs.pair_ids` makes
        them.
    ambiguity
        How hard each candidate is to judge, shape (pairs,), in [0, 1]: ``4 p (1 - p)`` of the
        probability without labels.
    records
        The table, for oracles that read it: a person, a file of labels.
    """

    entities: NDArray[np.int64]
    pair_ids: NDArray[np.int64]
    ambiguity: NDArray[np.float64]
    records: Records | None = None

    def hardness(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return how hard pairs are to judge, shape (pairs,); those never compared are easy."""
        if len(self.pair_ids) == 0:
            return np.zeros(len(left))
        ids = pair_ids(np.minimum(left, right), np.maximum(left, right))
        at = np.minimum(np.searchsorted(self.pair_ids, ids), len(self.pair_ids) - 1)
        return np.where(self.pair_ids[at] == ids, self.ambiguity[at], 0.0)
