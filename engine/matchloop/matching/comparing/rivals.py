"""Competition: the rank of a pair among the candidates of both its records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.data.text.arrays import taken
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.rival_kernels import best_rivals, compare_rivals

__all__ = ["Rivals"]

KEPT = 8
"""Rivals to keep per record; a pair behind more ranks as if behind this many (a convention)."""


@dataclass(frozen=True, slots=True, eq=False)
class Rivals:
    """Rank and lead of a pair among the candidate pairs of its left and of its right record.

    The measures are the reciprocal rank, better and worse of the two sides, and the lead over the
    best rival (negative behind one), smaller and larger of the two sides.

    Parameters
    ----------
    pairs
        Every candidate pair of the table.
    best
        The highest similarities among the candidates of each record, descending, shape
        (records, KEPT); -1 where there are fewer.
    first
        Position of the first candidate with each record on the left, shape (records + 1,).
    """

    measures: ClassVar[tuple[str, ...]] = ("best_rank", "worst_rank", "least_lead", "most_lead")
    pairs: CandidatePairs
    best: NDArray[np.float32]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: CandidatePairs, similarity: NDArray[np.float32], n_records: int) -> Self:
        """Prepare the competition of all candidates by one similarity, shape (pairs,)."""
        first = np.searchsorted(pairs.left, np.arange(n_records + 1, dtype=np.int32))
        best = np.full((n_records, KEPT), -1, np.float32)
        best_rivals(pairs.left, pairs.right, np.nan_to_num(similarity), best)
        return cls(pairs, best, first)

    def joined(self, best: NDArray[np.float32], others: CandidatePairs) -> Self:
        """Return the competition with candidates that were compared earlier.

        Parameters
        ----------
        best
            Their highest similarities per record, as in :attr:`best`.
        others
            Earlier candidates, as far as they may be compared again.
        """
        ends = [(pairs.left, pairs.right) for pairs in (self.pairs, others)]
        left, right = (np.concatenate(side) for side in zip(*ends, strict=True))
        pairs = CandidatePairs.of(left, right, "candidate")
        first = np.searchsorted(pairs.left, np.arange(len(best) + 1, dtype=np.int32))
        both = np.sort(np.concatenate((self.best, best), axis=1), axis=1)[:, ::-1]
        return type(self)(pairs, np.ascontiguousarray(both[:, :KEPT]), first)

    def take(self, rows: Positions) -> Self:
        """Keep some records, with the candidates among them."""
        first, places = taken(self.first, rows)
        left = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(first))
        place = np.minimum(np.searchsorted(rows, self.pairs.right[places]), len(rows) - 1)
        inside = rows[place] == self.pairs.right[places]
        pairs = CandidatePairs.of(left[inside], place[inside], "candidate")
        first = np.searchsorted(pairs.left, np.arange(len(rows) + 1, dtype=np.int32))
        return type(self)(pairs, self.best[rows], first)

    def compare(
        self,
        left: Positions,
        right: Positions,
        similarity: NDArray[np.float32],
        out: Features,
    ) -> None:
        """Compare pairs by their similarity, shape (pairs,), candidates or not."""
        compare_rivals(
            self.first, self.pairs.right, self.best, left, right, np.nan_to_num(similarity), *out
        )
