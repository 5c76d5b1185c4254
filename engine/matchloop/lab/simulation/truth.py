"""The truth of a table, and how hard each of its pairs is to judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import pair_ids
from matchloop.data.records import Records

__all__ = ["Truth"]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The true groups of a table, for oracles.

    Parameters
    ----------
    entities
        Number of the entity of each record, shape (records,).
    pair_ids
        Numbers of the candidate pairs, ascending, from :func:`matchloop.data.pairs.pair_ids`.
    ambiguity
        How hard each candidate is to judge, shape (pairs,), in [0, 1]: ``4 p (1 - p)`` of the prior
        model's probability p.
    records
        The table, for oracles that read it, such as a person or a labelling file.
    """

    entities: NDArray[np.int64]
    pair_ids: NDArray[np.int64]
    ambiguity: NDArray[np.float64]
    records: Records | None = None

    def hardness(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return how hard pairs are to judge, shape (pairs,); 0 for non-candidates."""
        if len(self.pair_ids) == 0:
            return np.zeros(len(left))
        ids = pair_ids(np.minimum(left, right), np.maximum(left, right))
        at = np.minimum(np.searchsorted(self.pair_ids, ids), len(self.pair_ids) - 1)
        return np.where(self.pair_ids[at] == ids, self.ambiguity[at], 0.0)
