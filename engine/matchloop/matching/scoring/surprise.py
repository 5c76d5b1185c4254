"""The number of pairs that chance alone would make as alike as supposed matches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranks", "expected_by_chance"]

# These are conventions.
FEWEST = 50  # random pairs with both values present, from which chance is estimated
BULK, TAIL = 0.95, 0.99  # quantiles of random pairs between which the tail is fitted
LEAST = 0.3  # least mean excess of the tail, in nats
TYPICAL = 0.25  # quantile of the matches that is compared to the tail
TIE = 1e-6  # similarities this near are equal


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """The ranks of pairs among random pairs, by their similarity in each column.

    Parameters
    ----------
    ordered
        By column: the random pairs with a value, the least alike first.
    place
        By column: how many of these are less alike than each pair, shape (pairs,); -1 where the
        pair has no value.
    """

    ordered: tuple[NDArray[np.int64], ...]
    place: tuple[NDArray[np.int32], ...]

    @classmethod
    def of(cls, similarity: NDArray[np.float32], drawn: NDArray[np.float32]) -> Ranks:
        """Rank pairs among random pairs.

        Parameters
        ----------
        similarity
            Similarity of pairs by column, shape (pairs, columns), NaN where missing.
        drawn
            The same of random pairs.
        """
        ordered, places = [], []
        for values, chance in zip(similarity.T, drawn.T, strict=True):
            rows = np.argsort(chance)[: np.count_nonzero(np.isfinite(chance))]  # NaN comes last
            place = np.searchsorted(chance[rows], values - TIE).astype(np.int32)
            ordered.append(rows)
            places.append(np.where(np.isfinite(values), place, np.int32(-1)))
        return cls(tuple(ordered), tuple(places))

    def surprise(self, chosen: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Compute how rarely random pairs are as alike as each pair, summed over the columns.

        Parameters
        ----------
        chosen
            Which random pairs to compare to, shape (random pairs,); all by default.

        Returns
        -------
        NDArray[np.float64]
            Negative log of the share of random pairs that are at least as alike, in nats, shape
            (pairs,); a missing value adds nothing.
        """
        total = np.zeros(len(self.place[0]) if self.place else 0)
        for rows, place in zip(self.ordered, self.place, strict=True):
            counts = np.ones(len(rows), np.int64) if chosen is None else chosen[rows]
            above = np.append(np.cumsum(counts[::-1])[::-1], 0)  # random pairs from a place on
            if above[0] >= FEWEST:
                share = np.log((above + 1) / (above[0] + 1))
                total -= np.append(share, 0.0)[place]  # a place of -1 reads the last, 0
        return total


def expected_by_chance(
    candidates: NDArray[np.float64],
    taken: NDArray[np.bool_],
    drawn: NDArray[np.float64],
    total: float,
) -> float:
    """Estimate the share of pairs as alike as supposed matches that chance explains, in [0, 1].

    Random pairs are too few to reach the tail of chance. The tail is extrapolated: it falls off
    exponentially, at the rate between two quantiles of the random pairs (peaks over a threshold:
    Pickands 1975). Columns that depend on each other make a heavier tail, and need no further
    correction.

    Parameters
    ----------
    candidates
        :meth:`Ranks.surprise` of every candidate, shape (pairs,).
    taken
        Which of them are the supposed matches, shape (pairs,).
    drawn
        The same of random pairs.
    total
        Pairs of the table that could be compared.
    """
    if not taken.any() or len(drawn) < FEWEST:
        return 0.0
    bulk, tail = np.quantile(drawn, (BULK, TAIL))
    rate = max(float(tail - bulk) / np.log((1 - BULK) / (1 - TAIL)), LEAST)
    reached = float(np.quantile(candidates[taken], TYPICAL))
    log_count = np.log(max(total, 1.0) * (1 - BULK)) - max(reached - float(bulk), 0.0) / rate
    return float(min(1.0, np.exp(log_count) / (candidates >= reached).sum()))
