"""The neighbourhood of new records: the part of a table that an incremental run looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Scores

__all__ = ["Near"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """The records that new ones may join, with their groups.

    Parameters
    ----------
    start
        Whether a record is new, shape (records,).
    group
        Earlier group of each record, -1 where it has none, shape (records,).
    """

    start: Mask
    group: NDArray[np.int64]

    def records(self, pairs: CandidatePairs) -> Mask:
        """Return the new records, their candidates, and whoever shares a group with one of them.

        Parameters
        ----------
        pairs
            Candidates of the table, at least all those of new records.
        """
        near = self.start.copy()
        touches = self.start[pairs.left] | self.start[pairs.right]
        near[pairs.left[touches]] = True
        near[pairs.right[touches]] = True
        has_group = self.group >= 0
        groups = np.unique(self.group[near & has_group])
        return near | (has_group & np.isin(self.group, groups))

    def candidates(self, pairs: CandidatePairs) -> CandidatePairs:
        """Return the candidates of near records: those to score, and their rivals."""
        near = self.records(pairs)
        return pairs.take(near[pairs.left] | near[pairs.right])

    def scores(self, scores: Scores) -> Scores:
        """Return the scores of pairs of which both records are near."""
        near = self.records(scores.pairs)
        inside = near[scores.pairs.left] & near[scores.pairs.right]
        return Scores(scores.pairs.take(inside), scores.probability[inside])
