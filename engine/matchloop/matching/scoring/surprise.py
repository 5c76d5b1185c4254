"""The number of pairs that chance alone would make as alike as supposed matches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["expected_by_chance", "surprise"]

# These are conventions.
FEWEST = 50  # random pairs with both values present, from which chance is estimated
BULK, TAIL = 0.95, 0.99  # quantiles of random pairs between which the tail is fitted
LEAST = 0.3  # least mean excess of the tail, in nats
TYPICAL = 0.25  # quantile of the matches that is compared to the tail
TIE = 1e-6  # similarities this near are equal


def surprise(similarity: NDArray[np.float32], drawn: NDArray[np.float32]) -> NDArray[np.float64]:
    """Compute how rarely random pairs are as alike as each pair, summed over the columns.

    Parameters
    ----------
    similarity
        Similarity of pairs by column, shape (pairs, columns), NaN where missing.
    drawn
        The same of random pairs.

    Returns
    -------
    NDArray[np.float64]
        Negative log of the share of random pairs that are at least as alike, in nats, shape
        (pairs,); a missing value adds nothing.
    """
    total = np.zeros(len(similarity))
    for place in range(similarity.shape[1]):
        chance = np.sort(drawn[np.isfinite(drawn[:, place]), place])
        if len(chance) < FEWEST:
            continue
        values = similarity[:, place]
        present = np.isfinite(values)
        above = len(chance) - np.searchsorted(chance, values[present] - TIE, "left")
        total[present] -= np.log((above + 1) / (len(chance) + 1))
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
        :func:`surprise` of every candidate, shape (pairs,).
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
